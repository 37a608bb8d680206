# How a fork becomes the first process of a sandbox: it joins its group and makes the calls that the host has listed.
module Greenroom
  module Isolation
    NEWPID, DETACH, CHILD = 0x20000000, 2, 17

    def self.prepare(settings)
      @trees = settings['trees'].split(',').to_h { |name| [name, open_tree("/home/groups/#{name}")] }
      @filter = [settings['filter']].pack('H*')
      @own = Calls.aside(Calls.open('/proc/self/ns/pid'))
      # Whoever ends is nobody's concern here; a sandbox gets back what was before.
      @usual = "\0".b * 32
      Calls.make('rt_sigaction', CHILD, [1].pack('Qx24'), @usual, 8)
    end

    # The trees of groups stay open here, and out of sight.
    def self.open_tree(path)
      fd = Calls.open(path)
      Calls.make('umount2', "#{path}\0", DETACH)
      Calls.aside(fd)
    end

    # A fork with a namespace of processes of its own; nil in the fork. The interpreter itself has to know of it.
    def self.fork
      Calls.make('unshare', NEWPID)
      pid = Process.fork
    ensure
      Calls.make('setns', @own, NEWPID) if pid || $!
    end

    def self.hear_children = Calls.make('rt_sigaction', CHILD, @usual, 0, 8)

    def self.isolate(group, calls)
      procs = Calls.open("#{group}/cgroup.procs", at: @trees['unified'], flags: 1)
      Calls.make('write', procs, '0', 1)
      last = 0
      calls.each do |call|
        name, number, *values = call.split(':')
        result = made(name, number, values.map { |value| argument(value, last) })
        last = result if name.start_with?('+')
      end
    end

    def self.made(name, number, values)
      Calls.by_number(number.to_i, values)
    rescue SystemCallError => error
      raise "#{name.delete('+')}: #{error.message}"
    end

    def self.argument(value, last)
      case value[0]
      when 'x' then [value[1..]].pack('H*')
      when 't' then @trees[value[1..]]
      when 'f' then [@filter.bytesize / 8, @filter].pack('Sx6P')
      when 'r' then last
      else value.to_i
      end
    end
  end
end
