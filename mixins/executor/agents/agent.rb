# Runs one program as `ruby main.rb` would, in an interpreter that is already up.
module Waiting
  WORK = '/home/runner'
  ORDERS = IO.for_fd(3, 'rb')
  ANSWERS = IO.for_fd(4, 'wb')
  [ORDERS, ANSWERS].each { |io| io.close_on_exec = true }
  ANSWERS.sync = true

  def self.lists(frame)
    at = 0
    count = -> { (at += 4) && frame.byteslice(at - 4, 4).unpack1('N') }
    text = lambda do
      size = count.call
      at += size
      frame.byteslice(at - size, size).force_encoding('UTF-8')
    end
    Array.new(2) { Array.new(count.call) { text.call } }
  end

  # Walks the paths of a run once, so that a waiting interpreter has nothing left to load.
  def self.pretouch
    path = '/tmp/touch.rb'
    File.write(path, "x = [1, 'two'].map { |n| n.to_s }\nformat('%s %p', x, { a: 1 })\n")
    RubyVM::InstructionSequence.compile_file(path).eval
    File.unlink(path)
    GC.start
  end

  def self.become(environment, command)
    ENV.replace(environment.each_slice(2).to_h)
    entry, *args = command
    ARGV.replace(args)
    $0 = entry
    entry
  end

  def self.data(source, path)
    marker = source =~ /^__END__\r?\n/n
    return unless marker

    file = File.open(path)
    file.seek(source.index("\n", marker) + 1)
    Object.const_set(:DATA, file)
  end

  def self.own(line)
    line.start_with?(__FILE__) || line.start_with?('<internal:iseq')
  end

  # Runs after all that the program registered. The shutdown behind it costs milliseconds and nobody sees it.
  def self.leave_early
    answers = ANSWERS
    at_exit do
      if $!.nil? || ($!.is_a?(SystemExit) && $!.success?)
        [$stdout, $stderr, STDOUT, STDERR].uniq.each { |io| io.flush unless io.closed? }
        answers.write("X 0\n")
      end
    rescue IOError, SystemCallError
      nil
    end
  end

  def self.run(path)
    data(File.binread(path), path)
    RubyVM::InstructionSequence.compile_file(path).eval
  rescue SystemExit
    raise
  rescue SyntaxError => error
    warn error.message
    exit 1
  rescue Exception => error
    trace = error.backtrace
    error.set_backtrace(trace.reject { |line| own(line) }) if trace
    raise error
  end
end

Waiting.pretouch
Waiting.leave_early
Waiting::ANSWERS.write('R')
entry = Waiting.become(*Waiting.lists(Waiting::ORDERS.read(Waiting::ORDERS.read(4).unpack1('N'))))
Waiting::ORDERS.close
# The program finds no name of ours.
waiting = Object.send(:remove_const, :Waiting)
waiting.run(entry)
