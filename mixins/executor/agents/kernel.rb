# Calls of the kernel by their numbers, as the host tells them.
module Greenroom
  module Calls
    NUMBERS = {}

    def self.know(told) = told.split(',').each { |pair| pair.split(':').then { |name, number| NUMBERS[name] = number.to_i } }

    # Raises SystemCallError. The kernel gets the address of a text, and may write there.
    def self.make(name, *values) = by_number(NUMBERS.fetch(name), values)

    def self.by_number(number, values)
      Kernel.syscall(number, *values.map { |value| value.is_a?(String) ? address(value) : value })
    end

    def self.address(bytes) = [bytes].pack('P').unpack1('J')

    def self.open(path, at: -100, flags: 0) = make('openat', at, "#{path}\0", flags, 0)

    # Its copy under a number clear of those that sandboxes use.
    def self.aside(fd, clear: 64)
      copy = make('fcntl', fd, 1030, clear) # F_DUPFD_CLOEXEC
      make('close', fd)
      copy
    end
  end
end
