use strict;
use warnings;

my @row = (1);
for my $n (1 .. 12) {
    print ' ' x (3 * (12 - $n)), join('', map { sprintf '%6d', $_ } @row), "\n";
    @row = (1, (map { $row[$_] + $row[$_ + 1] } 0 .. $#row - 1), 1);
}
