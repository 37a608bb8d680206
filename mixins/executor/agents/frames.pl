# What the first process of a sandbox reads of the host, tells it and hands back to it.
use strict;

our ($job, $told, $back);

# Takes over its descriptors, which no program gets.
sub open_wires {
  my ($in, $out, $returns) = @_;
  open($job,  '<&=', $in) or exit 120;
  open($told, '>&=', $out) or exit 120;
  open($back, '>&=', $returns) or exit 120;
  binmode $job;
}

# A descriptor clear of the numbers that it may have to move to.
sub aside { invoke('fcntl', 0 + $_[0], 1030, 64) }    # F_DUPFD_CLOEXEC

# Moves descriptors to the numbers from 0 on.
sub take_wires {
  invoke('dup3', $_[$_], $_, $_ < 3 ? 0 : 02000000) for 0 .. $#_;
  open_wires(4, 3, 5);
}

sub tell_host { syswrite($told, "$_[0]\n") }
sub fail      { tell_host("F $_[0]"); leave(121) }

# Reads ahead: a job is many small pieces.
my $ahead = '';

sub bytes {
  my ($size) = @_;
  while (length $ahead < $size) { sysread($job, $ahead, 65536, length $ahead) or leave(122) }
  return substr($ahead, 0, $size, '');
}
# Takes bytes for read that nobody has sent.
sub pretend { $ahead .= $_[0] }
sub count { unpack 'N', bytes(4) }
sub text  { bytes(count()) }
sub list  { map { text() } 1 .. count() }
sub step  { [[list()], [list()], [list()]] }

# Waits for the word to begin, which may come much later than the job.
sub go { bytes(1) }

sub framed { join '', map { my $list = $_; pack('N', scalar @$list), map { pack('N', length) . $_ } @$list } @_ }

sub host_write {
  my ($bytes) = @_;
  my $at = 0;
  while ($at < length $bytes) { $at += syswrite($back, $bytes, length($bytes) - $at, $at) // leave(123) }
}

1;
