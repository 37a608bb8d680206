# Forks sandboxes with their first process up. Reads orders of the executor and never runs a program itself.
use strict;

our (%call, %setting);
require "/opt/greenroom/$_.pl" for qw(frames kernel files processes handing-over first isolation);

my $buffer = '';

sub order {
  while ((my $end = index $buffer, "\n") < 0) { sysread(STDIN, $buffer, 65536, length $buffer) or return }
  $buffer =~ s/^([^\n]*)\n//;
  return split / /, $1;
}

sub answer { syswrite(STDOUT, "@_\n") }

# The ends of the pipes that a sandbox will have under these numbers: its own, and those that the host takes over.
my @DIRECTIONS = qw(in out out out in out);
my %held;

sub open_pipes {
  my ($id, $uid) = @_;
  my (@theirs, @ours);
  for my $direction (@DIRECTIONS) {
    pipe(my $from, my $to) or die "pipe: $!";
    # The program may open its own output anew, by its name in /proc.
    chown $uid, $uid, $from, $to;
    push @theirs, $direction eq 'in' ? $from : $to;
    push @ours,   $direction eq 'in' ? $to   : $from;
  }
  $held{$id} = [@theirs, @ours];
  return (\@theirs, \@ours);
}

sub make {
  my ($id, $uid, $group, $haste, @calls) = @_;
  my ($theirs, $ours) = eval { open_pipes($id, $uid) } or return answer('failed', $id, $@);
  my $pid = fork_into($group);
  return answer('failed', $id, $!) if $pid < 0;
  return answer('made', $id, $pid, map { fileno $_ } @$ours) if $pid > 0;
  $SIG{CHLD} = 'DEFAULT';
  my @wires = map { aside(fileno $_) } @$theirs;
  # Closed as handles: their numbers come again, and must not be thought open then.
  close $_ for map { @$_ } values %held;
  take_wires(@wires);
  eval { isolate(@calls); invoke('close_range', scalar @wires, 0xffffffff, 0); first(); 1 } or fail($@);
  leave(121);
}

my ($word, @settings) = order();
%setting = map { split /=/, $_, 2 } @settings;
%call    = split /[,:]/, $setting{calls};
open_groups();
$SIG{CHLD} = 'IGNORE';
answer('up', $$);
while (my ($what, @rest) = order()) { $what eq 'make' ? make(@rest) : delete $held{$rest[0]} }
$SIG{CHLD} = 'DEFAULT';
1 while wait != -1;
