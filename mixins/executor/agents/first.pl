# What the first process of a sandbox does: unpacks the files, starts the program, tells how it ended. What is left dies with it.
use strict;

sub first {
  dumpable(0);    # nobody reads or traces this process
  count() ? run_waiting(step()) : run_steps();
}

sub run_waiting {
  my ($pid, $to_agent, $answers) = interpreter(@_);
  rehearse();
  tell_host('R');
  fail('a waiting interpreter compiles nothing') if count() != 1;
  my ($limits, $environment, $command) = @{step()};
  unpack_files();
  my @artifacts = wanted();
  limit($pid, split /:/) for @$limits;
  my $frame = framed($environment, $command);
  go();
  tell_host('S ' . now());
  syswrite($to_agent, $frame);
  close $to_agent;
  my ($status, $ended) = follow($pid, $answers);
  @artifacts ? kill_rest() : kill 9, -1;
  end($status, $ended, @artifacts);
}

# Goes the way of a job and of its end once, so that what a fork copies of them is copied while it waits.
sub rehearse {
  my $path = '../tmp/rehearsal';
  pretend(framed(['4:1:1'], ['NAME', 'value'], [$path]) . pack('N', 1) . pack('N/a* N/a* N', $path, 'text', 0));
  my ($limits, $environment, $command) = @{step()};
  unpack_files();
  unlink $path;
  wanted();
  limit(0, split /:/) for @$limits;
  framed($environment, $command);
  my $said = "X 0\n" . join ' ', now(), disk();
  $said =~ /^X (\d+)\n/;
}

sub run_steps {
  tell_host('R');
  my @steps = map { step() } 1 .. count();
  unpack_files();
  my $program = pop @steps;
  my @wanted = @steps ? list() : ();
  my @artifacts = wanted();
  go();
  compile($_, @wanted) for @steps;
  tell_host('S ' . now());
  my $main = start(sub { }, @$program);
  silence();
  my ($status, $ended) = (reap($main), now());
  kill_rest();
  end($status, $ended, @artifacts);
}

sub compile {
  my ($step, @wanted) = @_;
  tell_host('C ' . now());
  my $status = reap(start(sub { open(STDIN, '<', '/dev/null'); open(STDOUT, '>&', \*STDERR) }, @$step));
  kill_rest();
  tell_host("D $status");
  leave(0) if $status != 0;
  hand_back(@wanted) if @wanted;
  go();    # the host has put this process under the limits of the run
}

sub end {
  my ($status, $ended, @artifacts) = @_;
  my ($free, $size) = disk();
  tell_host("E $status $ended $free $size");
  hand_out(@artifacts) if @artifacts;
  leave(0);
}

1;
