import type { Row } from './row.ts'

/** Programs in Ruby by which an interpreter that was up already could tell itself from one that was not. */
export const ruby: Row[] = [
  ['a value', { source: 'puts 1' }],
  [
    'the main program',
    {
      source: 'p __FILE__, $0, $PROGRAM_NAME, ARGV, __method__, self, __dir__; puts "main" if __FILE__ == $0',
      args: ['x'],
    },
  ],
  ['the CPUs it is given', { source: 'require "etc"; puts Etc.nprocessors' }],
  ['a raised error', { source: 'def f(x)\n  1 / x\nend\nf(0)' }],
  ['a syntax error', { source: 'def f(' }],
  ['exit by a number', { source: 'exit 3' }],
  ['exit by a text', { source: 'abort "no"' }],
  ['exit without clean-up', { source: 'print "x"; $stdout.flush; exit! 5' }],
  ['exit functions', { source: 'at_exit { puts "bye" }; puts "hi"' }],
  ['an error in an exit function', { source: 'at_exit { raise "late" }' }],
  ['data behind the program', { source: 'puts DATA.read\n__END__\none\ntwo' }],
  ['stdin', { source: 'puts gets, $stdin.read.upcase', stdin: 'one\nthrée' }],
  ['the environment', { source: 'p ENV.to_h.sort', env: { A: 'b' } }],
  ['other files', { files: { 'main.rb': 'require_relative "lib/a"; puts X', 'lib/a.rb': 'X = 5' } }],
  ['children', { source: 'puts `echo hi`; p $?.exitstatus' }],
  [
    'a recursion without end',
    { source: 'def f(n) = f(n + 1) + 1\nbegin; f(0); rescue SystemStackError => e; puts e.message; end' },
  ],
  ['threads', { source: 'Thread.new { puts "t" }.join' }],
  ['local names and constants', { source: 'x = 1; p local_variables, Object.constants.size; p defined?(Greenroom)' }],
  ['its own number', { source: 'p Process.pid, $$, Process.ppid' }],
  ['a signal that ends it', { source: 'Process.kill(:TERM, $$); sleep' }],
  ['signals to itself', { source: 'trap(:USR1) { puts "heard"; exit 4 }; Process.kill(:USR1, $$); sleep' }],
  ['exit from a thread', { source: 'Thread.new { exit 6 }.join' }],
  ['an error in a thread', { source: 'Thread.new { raise "no" }.join' }],
  ['forks', { source: 'fork { puts "child"; exit 3 }; Process.wait; p $?.exitstatus; at_exit { puts "bye" }' }],
  [
    'timeouts',
    { source: 'require "timeout"; begin; Timeout.timeout(0.05) { sleep }; rescue Timeout::Error; puts "late"; end' },
  ],
  [
    'much that is allocated and collected',
    { source: 'a = []; 600_000.times { |n| a << "x#{n}"; a.clear if a.size > 50_000 }; p a.size, a.last' },
  ],
  ['limits', { source: 'p %i[NOFILE FSIZE CORE NPROC].map { |n| Process.getrlimit(n) }' }],
  [
    'who it is',
    { source: 'require "socket"; p Process.uid, Process.gid, Process.groups, Dir.pwd, Socket.gethostname, File.umask' },
  ],
]
