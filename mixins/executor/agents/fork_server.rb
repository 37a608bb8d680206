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
      Process.wait
    rescue Errno::ECHILD
      exit!(0)
    end

    def self.make(id, uid, group, haste, *calls)
      theirs, ours = open_pipes(id, uid.to_i)
      pid = Isolation.fork
      pid ? answer('made', id, pid, *ours) : First.become(theirs, group, calls, haste == 'now')
    rescue SystemCallError => error
      answer('failed', id, error.message)
    end

    # The ends of a sandbox's pipes: its own, and those that the host takes over. Bare numbers, which no collector closes.
    def self.open_pipes(id, uid)
      pairs = INWARD.map { Calls.make('pipe2', pair = "\0".b * 8, 0o2000000) && pair.unpack('ii') }
      # The program may open its own output anew, by its name in /proc.
      pairs.flatten.each { |fd| Calls.make('fchown', fd, uid, uid) }
      theirs, ours = pairs.zip(INWARD).map { |pair, into| into ? pair : pair.reverse }.transpose
      @held[id] = theirs + ours
      [theirs, ours]
    end
  end
end

entry = Greenroom::ForkServer.serve
agent = Greenroom::Agent
Greenroom.hide
agent.run(entry)
