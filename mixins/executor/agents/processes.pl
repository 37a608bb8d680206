# The processes of a sandbox besides the first.
use strict;

sub become {
  my ($limits, $environment, $command) = @_;
  dumpable(1);
  if (open(my $score, '>', '/proc/self/oom_score_adj')) { syswrite($score, '1000'); close $score }
  limit(0, split /:/) for @$limits;
  %ENV = @$environment;
  exec { $command->[0] } @$command;
  tell_host("F cannot start $command->[0]: $!");
  kill 9, $$;
}

sub start {
  my ($prepare, @what) = @_;
  my $child = fork;
  fail("cannot fork: $!") unless defined $child;
  return $child if $child;
  $prepare->();
  become(@what);
}

sub silence { open(STDIN, '<', '/dev/null'); open(STDOUT, '>', '/dev/null'); open(STDERR, '>', '/dev/null') }

sub reap {
  my ($main) = @_;
  while ((my $gone = wait) != -1) { return $? if $gone == $main }
  fail('the main process was lost');
}

sub kill_rest { kill 9, -1; 1 while wait != -1 }

# An interpreter that comes up now and waits for its program: its process, and the pipes to it and from it.
sub interpreter {
  my ($step) = @_;
  pipe(my $orders, my $to_agent);
  pipe(my $answers, my $to_init);
  my $pid = start(sub {
    my ($in, $out) = (fileno $orders, fileno $to_init);
    invoke('dup3', $in, 3, 0);
    invoke('dup3', $out, 4, 0);
  }, @$step);
  close $orders; close $to_init;
  silence();
  sysread($answers, my $ready, 1) or fail('the interpreter did not come up');
  return ($pid, $to_agent, $answers);
}

# Waits for the end of a program whose interpreter may say `X code` where its own shutdown would only cost time.
sub follow {
  my ($pid, $answers) = @_;
  local $SIG{CHLD} = sub { };
  my $watched = '';
  vec($watched, fileno $answers, 1) = 1;
  while (1) {
    while ((my $gone = waitpid(-1, 1)) > 0) {
      next if $gone != $pid;
      my ($status, $ended) = ($?, now());
      kill_rest();
      return ($status, $ended);
    }
    # A signal between the check above and the wait below costs no more than this.
    next unless select(my $ready = $watched, undef, undef, 0.05) > 0;
    my $read = sysread($answers, my $said, 16);
    return (($1 & 255) << 8, now()) if $read && $said =~ /^X (\d+)\n/;
    $watched = '' if !$read;
  }
}

1;
