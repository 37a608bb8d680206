<?php

for ($y = 0; $y < 16; $y++) {
    $cells = array_map(fn (int $x) => ($x & $y) === 0 ? '▲ ' : '  ', range(0, 15 - $y));
    echo str_repeat(' ', $y), rtrim(implode('', $cells)), PHP_EOL;
}
