#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char *argv[]) {
  int width = argc > 1 ? atoi(argv[1]) : 40;
  int counts[26] = {0}, most = 1;
  for (int c; (c = getchar()) != EOF;)
    if (isalpha(c) && ++counts[tolower(c) - 'a'] > most) most = counts[tolower(c) - 'a'];
  for (int i = 0; i < 26; i++) {
    if (counts[i] == 0) continue;
    printf("%c %3d ", 'a' + i, counts[i]);
    for (int n = 0; n < counts[i] * width / most; n++) putchar('#');
    putchar('\n');
  }
  return 0;
}
