# How a fork becomes the first process of a sandbox: namespaces, groups, mounts of its own, and nothing besides.
use strict;

our (%call, %setting);

my ($NEWNS, $NEWCGROUP, $NEWUTS, $NEWIPC) = (0x20000, 0x2000000, 0x4000000, 0x8000000);
my ($NEWUSER, $NEWPID, $NEWNET, $INTO_CGROUP) = (0x10000000, 0x20000000, 0x40000000, 0x200000000);
my ($NOSUID, $NODEV, $NOEXEC, $BIND, $DETACH) = (2, 4, 8, 0x1000, 2);
my $WORK = '/home/runner';
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

# A copy of this process in namespaces of its own, born in its group, which no move between groups has to wait for.
sub fork_into {
  my ($group) = @_;
  my $folder = checked(invoke('openat', $tree{unified}, $group, 0), "open group $group");
  my $flags = $NEWNS | $NEWPID | $NEWNET | $NEWIPC | $NEWUTS | $INTO_CGROUP;
  my $request = pack 'Q11', $flags, 0, 0, 0, 17, 0, 0, 0, 0, 0, $folder;
  my $pid = invoke('clone3', $request, length $request);
  invoke('close', $folder);
  return $pid;
}

sub isolate {
  my ($uid, $disk, $group) = @_;
  join_groups($group);
  checked(invoke('unshare', $NEWCGROUP), 'unshare cgroup');
  invoke('close_range', 6, 0xffffffff, 0);
  invoke('setsid');
  mounts($uid, $disk);
  network();
  my $host = 'sandbox';
  checked(invoke('sethostname', $host, length $host), 'host name');
  chdir $WORK or die "$WORK: $!\n";
  umask 022;
  forsake($uid);
  checked(invoke('prctl', 1, 9, 0, 0, 0), 'death signal');
}

# The groups that it was not born in: a thread that moves itself moves at once.
sub join_groups {
  my ($group) = @_;
  for my $name (grep { $_ ne 'unified' } keys %tree) {
    my ($path, $self) = ("$group/tasks", '0');
    my $tasks = checked(invoke('openat', $tree{$name}, $path, 1), "open $path");
    checked(invoke('write', $tasks, $self, 1), "join $name");
  }
}

sub mount_at {
  my ($source, $target, $type, $flags, $data) = @_;
  checked(invoke('mount', $source, $target, $type, $flags, $data), "mount $target");
}

sub mounts {
  my ($uid, $disk) = @_;
  my $proc = '/proc';
  checked(invoke('umount2', $proc, $DETACH), 'umount /proc');
  mount_at('proc', $proc, 'proc', $NOSUID | $NODEV | $NOEXEC, '');
  mount_at('/dev/null', $_, '', $BIND, '') for split /,/, $setting{masked};
  mount_at('tmpfs', '/dev/shm', 'tmpfs', $NOSUID | $NODEV, 'size=16777216,mode=1777');
  mount_at('tmpfs', '/home', 'tmpfs', $NOSUID | $NODEV, "size=$disk,mode=755,uid=$uid,gid=$uid");
  for ([$WORK, 0700], ['/home/tmp', 01777]) {
    my ($path, $mode) = @$_;
    mkdir $path and chmod $mode, $path and chown $uid, $uid, $path or die "$path: $!\n";
  }
}

sub network {
  socket(my $control, 2, 2, 0) or die "socket: $!\n";
  my $request = pack 'a16 s x14', 'lo', 1;    # up
  ioctl($control, 0x8914, $request) or die "lo: $!\n";
}

sub put {
  my ($path, $text) = @_;
  open(my $file, '>', $path) or die "$path: $!\n";
  defined syswrite($file, $text) or die "$path: $!\n";
}

# Gives up everything that the sandbox must not have. The mounts stay those of the host's user namespace.
sub forsake {
  my ($uid) = @_;
  my $none = "\0" x 24;
  checked(invoke('setgroups', 0, $none), 'groups');
  checked(invoke($_, 0 + $uid, 0 + $uid, 0 + $uid), $_) for qw(setresgid setresuid);
  dumpable(1);
  checked(invoke('unshare', $NEWUSER), 'unshare user');
  put('/proc/self/setgroups', 'deny');
  put("/proc/self/${_}_map", "1000 $uid 1") for qw(uid gid);
  for my $capability (0 .. 63) { last if invoke('prctl', 24, $capability, 0, 0, 0) != 0 }
  my $header = pack 'Ii', 0x20080522, 0;
  checked(invoke('capset', $header, $none), 'capset');
  checked(invoke('prctl', 38, 1, 0, 0, 0), 'no new privileges');
  my $filter = pack 'H*', $setting{filter};
  my $described = pack 'Sx6P', length($filter) / 8, $filter;
  checked(invoke('prctl', 22, 2, $described, 0, 0), 'filter');
}

1;
