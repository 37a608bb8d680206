# The files that a program comes with.
use strict;

sub make_folders {
  my $folder = '';
  for (@_) { $folder .= "$_/"; mkdir $folder, 0755 }
}

# The folder that artifacts are to lie in, which is there from the start, and how many files and bytes they may be.
sub wanted {
  my @artifacts = list();
  make_folders(split m{/}, $artifacts[0]) if @artifacts;
  return @artifacts;
}

sub unpack_files { unpack_file() for 1 .. count() }

# In pieces, so that a large file does not become memory of this process.
sub unpack_file {
  my ($path, $left) = (text(), count());
  my @folders = split m{/}, $path;
  pop @folders;
  make_folders(@folders);
  open(my $file, '>', $path) or fail("cannot write $path: $!");
  while ($left > 0) {
    my $piece = bytes($left < 65536 ? $left : 65536);
    $left -= length $piece;
    my $written = syswrite($file, $piece);
    if (!defined $written || $written < length $piece) { tell_host('B'); leave(0) }
  }
  close $file;
  chmod 0555, $path if $path =~ m{^/};    # part of a program that was built before
}

1;
