# Forks sandboxes from an interpreter that is up. It reads orders of the executor and never runs a program itself.
%w[agent kernel isolation first].each { |name| load "/opt/greenroom/#{name}.rb" }

module Greenroom
  # The program's own process comes back from here, everybody else ends.
  module ForkServer
    INWARD = [true, false, false, false, true].freeze

    def self.order
      @ahead ||= ''.b
      @ahead << STDIN.sysread(65_536) until @ahead.include?("\n")
      @ahead.slice!(0, @ahead.index("\n") + 1).split
    rescue EOFError
      nil
    end

    def self.answer(*words) = STDOUT.syswrite("#{words.join(' ')}\n") && nil

    # The entry of the program, in its own process.
    def self.serve
      @held = {}
      settings = order.drop(1).to_h { |word| word.split('=', 2) }
      Calls.know(settings['calls'])
      Isolation.prepare(settings)
      Agent.pretouch('/dev/shm')
      GC.compact
      answer('up', Process.pid)
      while (what, id, *rest = order)
        entry = what == 'make' ? make(id, *rest) : @held.delete(id)&.each { |fd| Calls.make('close', fd) } && nil
        return entry if entry
      end
      leave
    end

    # The last of its sandboxes may outlive it; that it is there tells that they are.
    def self.leave
      # Not the interpreter's own way, which waits for ever where the kernel reaps.
      loop { Calls.make('wait4', -1, 0, 0, 0) }
    rescue Errno::ECHILD
      exit!(0)
    end

    def self.make(id, uid, group, haste, *calls)
      theirs, ours = open_pipes(id, uid.to_i)
      pid = Isolation.fork
      pid ? answer('made', id, pid, *ours) : sandbox(theirs, group, calls, haste == 'now')
    rescue SystemCallError => error
      answer('failed', id, error.message)
    end

    # Whatever happens, nothing of it comes back but the program's own process: the rest is not isolated, or not it.
    def self.sandbox(*order)
      entry = First.become(*order)
    ensure
      exit!(121) unless entry
    end

    # The ends of a sandbox's pipes: its own, and those that the host takes over. Bare numbers, which no collector closes.
    def self.open_pipes(id, uid)
      held = @held[id] = []
      pairs = INWARD.map do
        Calls.make('pipe2', pair = "\0".b * 8, 0o2000000)
        held.concat(pair.unpack('ii'))
        # The program may open its own output anew, by its name in /proc.
        held.last(2).each { |fd| Calls.make('fchown', fd, uid, uid) }
      end
      theirs, ours = pairs.zip(INWARD).map { |pair, into| into ? pair : pair.reverse }.transpose
      [theirs, ours]
    end
  end
end

entry = Greenroom::ForkServer.serve
agent = Greenroom::Agent
Greenroom.hide
agent.run(entry)
