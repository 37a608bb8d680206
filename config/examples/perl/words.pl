use strict;
use warnings;

my $most = shift // 5;
my %count;
while (my $line = <STDIN>) {
    $count{lc $_}++ for $line =~ /\w+/g;
}
my @words = sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
for my $word (splice @words, 0, $most) {
    printf "%-10s %s\n", $word, '*' x $count{$word};
}
