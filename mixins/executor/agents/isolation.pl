# How a fork becomes the first process of a sandbox: born in a group, it makes the calls that the host has listed.
use strict;

our (%call, %setting);

my ($NEWPID, $INTO_CGROUP, $DETACH) = (0x20000000, 0x200000000, 2);
my %tree;

sub checked { my ($result, $what) = @_; $result == -1 ? die "$what: $!\n" : $result }

# The trees of groups stay open here, and out of sight.
sub open_groups {
  for my $name (split /,/, $setting{trees}) {
    my $path = "/home/groups/$name";
    my $fd = checked(invoke('openat', -100, $path, 0), "open $path");
    checked(invoke('umount2', $path, $DETACH), "umount $path");
    $tree{$name} = aside($fd);
    invoke('close', $fd);
  }
}

# A copy of this process in a namespace of processes of its own, born in its group, which no move between groups has to wait for.
sub fork_into {
  my ($group) = @_;
  my $folder = checked(invoke('openat', $tree{unified}, $group, 0), "open group $group");
  my $request = pack 'Q11', $NEWPID | $INTO_CGROUP, 0, 0, 0, 17, 0, 0, 0, 0, 0, $folder;
  my $pid = invoke('clone3', $request, length $request);
  invoke('close', $folder);
  return $pid;
}

# Makes the calls in order; dies at the first that fails, and names it.
sub isolate {
  my $filter = pack 'H*', $setting{filter};
  my $described = pack 'Sx6P', length($filter) / 8, $filter;
  my $last = 0;
  for (@_) {
    my ($name, $number, @values) = split /:/;
    my @made = map {
      my ($kind, $rest) = /^([xtrf])(.*)/;
      !defined $kind ? 0 + $_ : $kind eq 'x' ? pack('H*', $rest) : $kind eq 't' ? $tree{$rest} : $kind eq 'f' ? $described : $last
    } @values;
    my $result = checked(syscall(0 + $number, @made), $name =~ s/^\+//r);
    $last = $result if $name =~ /^\+/;
  }
}

1;
