#include <complex.h>
#include <stdio.h>

int main(void) {
  const char *shades = " .:-=+*#%@";
  for (double y = -1.2; y <= 1.2; y += 0.1) {
    for (double x = -2.1; x <= 0.7; x += 0.04) {
      double complex c = x + y * I, z = 0;
      int n = 0;
      while (n < 90 && cabs(z) < 2) {
        z = z * z + c;
        n++;
      }
      putchar(shades[n / 10]);
    }
    putchar('\n');
  }
}
