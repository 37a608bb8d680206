# The first process of a forked sandbox: builds it, starts the program's process, tells how that ended.
module Greenroom
  module First
    CHILD, OVER, TRIED, KILL = 17, 39, 40, 9
    SET_MASK, DUMPABLE = 2, 4
    ALL = "\xff".b * 8
    JOB, TOLD = 4, 3
    SIGNALS = [CHILD, OVER].freeze
    # Woken by its own end, a process of this policy does not go before whoever has woken it.
    YIELDING = 3
    NO_PRIORITY = "\0".b * 4
    NO_SIGNALS = "\0".b * 8
    # A sandbox waits on some of them, its program goes on on all.
    CPUS = "\0".b * 128

    # Comes back with the entry of the program in the process that becomes it, and nowhere else.
    def self.become(opened, group, calls, hurry)
      Isolation.hear_children
      opened.map { |fd| Calls.aside(fd) }.each_with_index do |fd, number|
        Calls.make('dup3', fd, number, number < 3 ? 0 : 0o2000000)
      end
      Isolation.isolate(group, calls)
      forsake
      # Nobody reads or traces this process.
      dumpable(0)
      # Nor does any signal of the program end it, or disturb it.
      before = mask(ALL)
      main = Process.fork
      main ? watch(main, hurry) : serve(before, hurry)
    rescue StandardError => error
      tell("F #{error.message}")
      exit!(121)
    end

    # The interpreter closes its own descriptors in a fork, so that their numbers must not be others' by then.
    def self.forsake
      null = Calls.open('/dev/null', flags: 2)
      (open_ones - [null]).each { |fd| Calls.make('dup3', null, fd, 0o2000000) }
    end

    def self.forget_forsaken
      open_ones.each { |fd| Calls.make('close', fd) if link(fd) == '/dev/null' }
    end

    def self.open_ones = Dir.children('/proc/self/fd').map(&:to_i).select { |fd| fd > JOB }

    # Nothing for that of the listing itself.
    def self.link(fd)
      File.readlink("/proc/self/fd/#{fd}")
    rescue Errno::ENOENT
      nil
    end

    def self.dumpable(yes) = Calls.make('prctl', DUMPABLE, yes, 0, 0, 0)

    # Tells what was before.
    def self.mask(set)
      before = "\0".b * 8
      Calls.make('rt_sigprocmask', SET_MASK, set, before, 8)
      before
    end

    def self.set(signals) = signals.sum { |number| 1 << (number - 1) }

    def self.tell(line) = Calls.make('write', TOLD, "#{line}\n", line.bytesize + 1)

    # The program's own process: waits for the job.
    def self.serve(before, hurry)
      dumpable(1)
      mask(before)
      forget_forsaken
      note_cpus
      File.write('/proc/self/oom_score_adj', '1000')
      unless hurry
        Agent.pretouch
        over_with(0, 0)
      end
      Agent.leave_early { |code| end_with(code) }
      tell('R')
      take_job(Agent::Frames.new(JOB))
    end

    def self.take_job(frames)
      exit!(122) if frames.count != 1
      limits, environment, command = frames.step
      unpack(frames)
      frames.list # a fork hands nothing out
      entry = Agent.become(environment, command)
      frames.go
      everywhere
      tell("S #{now}")
      limits.each { |row| Process.setrlimit(*row.split(':').map(&:to_i)) }
      [TOLD, JOB].each { |fd| Calls.make('close', fd) }
      entry
    end

    def self.unpack(frames)
      frames.count.times { Agent.write_file(frames) }
    rescue SystemCallError
      tell('B')
      exit!(1)
    end

    def self.note_cpus
      Calls.make('sched_getaffinity', 0, CPUS.bytesize, CPUS)
    rescue SystemCallError
      nil # more than we know of; then it is not moved either
    end

    def self.everywhere
      Calls.make('sched_setaffinity', 0, CPUS.bytesize, CPUS)
    rescue SystemCallError
      nil # none of them is there any more; it goes on where it is
    end

    # The first process ends this one, which is taken apart only after that: nobody has to wait for it.
    def self.end_with(code)
      Calls.make('sched_setscheduler', 0, YIELDING, NO_PRIORITY)
      over_with(OVER, code)
      Calls.make('rt_sigtimedwait', NO_SIGNALS, 0, 0, NO_SIGNALS.bytesize)
    end

    def self.over_with(number, code)
      Calls.make('rt_sigqueueinfo', 1, number, [number, 0, -1, 0, 0, 0, code].pack('i7x100'))
    end

    def self.now = Process.clock_gettime(Process::CLOCK_MONOTONIC, :microsecond)

    def self.watch(main, hurry)
      Calls.make('close_range', JOB, 0xffffffff, 0)
      null = Calls.open('/dev/null', flags: 2)
      3.times { |fd| Calls.make('dup3', null, fd, 0) }
      rehearse_end unless hurry
      status = over(main)
      ended = now
      kill_all(KILL)
      tell(last_word(status, ended))
      exit!(0)
    end

    # Goes the way of an end once, so that what a fork copies of it is copied while it waits.
    def self.rehearse_end
      over_with(TRIED, 0)
      last_word(heard([TRIED]).last, now)
      kill_all(0)
    end

    # Waits for the end of the program and tells its wait status. Whoever forges OVER has merely ended it early.
    def self.over(main)
      loop do
        number, code = heard(SIGNALS)
        return (code & 255) << 8 if number == OVER

        while (pid, status = reaped) && pid.positive?
          return status if pid == main
        end
      end
    end

    def self.heard(signals)
      info = "\0".b * 128
      number = Calls.make('rt_sigtimedwait', [set(signals)].pack('Q'), info, 0, 8)
      [number, info.unpack1('@24i')]
    end

    def self.reaped
      status = "\0".b * 4
      [Calls.make('wait4', -1, status, 1, 0), status.unpack1('i')]
    end

    def self.kill_all(number)
      Process.kill(number, -1)
    rescue Errno::ESRCH
      nil
    end

    def self.last_word(status, ended)
      room = "\0".b * 256
      Calls.make('statfs', "/home\0", room)
      _, block, blocks, free = room.unpack('q4')
      "E #{status} #{ended} #{free * block} #{blocks * block}"
    end
  end
end
