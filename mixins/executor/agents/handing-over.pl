# What of its files a sandbox hands to the host, when nobody is alive any more who could change them.
use strict;

# Files below a folder with their sizes; dies for anything else, which could not be told in this way.
sub built {
  my ($folder) = @_;
  lstat $folder;
  opendir(my $entries, -d _ ? $folder : die) or die;
  return map {
    my $path = "$folder/$_";
    lstat $path;
    -d _ ? built($path) : -f _ ? [$path, -s _] : die
  } sort grep { !/^\.\.?$/ } readdir $entries;
}

# A build as it will be when it was built before; no length where there is none, or too much.
sub hand_back {
  my ($folder, $most) = @_;
  my @files = eval { built($folder) };
  chmod 0555, map { $_->[0] } @files;
  my $bytes = 0;
  $bytes += $_->[1] for @files;
  return host_write(pack 'N', 0) if !@files || @files > 4096 || $bytes > $most;
  hand_over('', @files);
}

# The length of all that follows, the number of files, each with its path and its bytes, and what is told besides.
sub hand_over {
  my ($besides, @files) = @_;
  my $length = 4 + length $besides;
  $length += 8 + length($_->[0]) + $_->[1] for @files;
  host_write(pack 'NN', $length, scalar @files);
  for (@files) {
    my ($path, $left, $place) = @$_;
    host_write(pack('N', length $path) . $path . pack('N', $left));
    open(my $file, '<', $place // $path) or fail("cannot read $path: $!");
    binmode $file;
    while ($left > 0) {
      my $read = sysread($file, my $piece, $left < 65536 ? $left : 65536) or fail("$path is shorter than it was");
      $left -= $read;
      host_write($piece);
    }
  }
  host_write($besides);
}

# What the program left in the folder that it declared, when nobody is alive any more who could change it.
sub hand_out {
  my ($folder, $most_files, $most_bytes) = @_;
  my %found = (folder => $folder, most => $most_files, room => $most_bytes, seen => 0, files => [], left => [], more => 0);
  is_folder($folder) ? look_into(\%found, '') : leave_out(\%found, '', 'folder');
  my $left = join '', map { map { pack('N', length) . $_ } @$_ } @{$found{left}};
  hand_over(pack('N', scalar @{$found{left}}) . $left . pack('N', $found{more}), @{$found{files}});
}

# No part of the way may be a link.
sub is_folder {
  my $path = '';
  for (split m{/}, $_[0]) {
    lstat($path .= $_);
    return 0 unless -d _;
    $path .= '/';
  }
  return 1;
}

sub leave_out {
  my ($found, @what) = @_;
  @{$found->{left}} < 100 ? push(@{$found->{left}}, \@what) : $found->{more}++;
}

sub look_into {
  my ($found, $below) = @_;
  opendir(my $entries, "$found->{folder}/$below") or return leave_out($found, $below, 'unreadable');
  my @names;
  while (defined(my $name = readdir $entries)) {
    next if $name =~ /^\.\.?\z/;
    if (++$found->{seen} > 10_000) { leave_out($found, $below, 'entries'); last }
    push @names, $below eq '' ? $name : "$below/$name";
  }
  closedir $entries;
  look_at($found, $_) for sort @names;
}

sub look_at {
  my ($found, $path) = @_;
  my $place = "$found->{folder}/$path";
  my (undef, undef, undef, $links, undef, undef, undef, $size) = lstat $place;
  return leave_out($found, $path, 'name') unless is_clean($path);
  return leave_out($found, $path, 'link') if -l _;
  return look_into($found, $path) if -d _;
  return leave_out($found, $path, 'special') unless -f _;
  return leave_out($found, $path, 'hardlink') if $links > 1;
  return leave_out($found, $path, 'unreadable') unless -r _;
  return leave_out($found, $path, 'files') if @{$found->{files}} >= $found->{most};
  return leave_out($found, $path, 'bytes') if $size > $found->{room};
  $found->{room} -= $size;
  push @{$found->{files}}, [$path, $size, $place];
}

# Valid UTF-8 without characters that nobody sees or that change how others are shown.
sub is_clean {
  my ($name) = @_;
  return 0 if length $name > 512 || !utf8::decode($name);
  return $name !~ /[\x00-\x1f\x7f-\x9f\\\x{200b}-\x{200f}\x{2028}-\x{202e}\x{2060}-\x{206f}\x{d800}-\x{dfff}\x{feff}]|[^\x{0}-\x{10ffff}]/;
}

1;
