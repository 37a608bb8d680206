<?php

// Reads lines such as "3 pencils 0.45"; the tax in percent is the first argument.
$tax = (float) ($argv[1] ?? 0);
$total = 0;

while (($line = fgets(STDIN)) !== false) {
    [$count, $what, $price] = sscanf($line, '%d %s %f');
    $sum = $count * $price;
    $total += $sum;
    printf("%3d  %-12s %8.2f\n", $count, $what, $sum);
}

printf("     %-12s %8.2f\n", "tax $tax%", $total * $tax / 100);
printf("     %-12s %8.2f\n", 'total', $total * (1 + $tax / 100));
