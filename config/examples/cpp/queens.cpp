#include <array>
#include <cstdlib>
#include <iostream>

constexpr int size = 8;
std::array<int, size> column{};
int solutions = 0;

bool isSafe(int row) {
  for (int above = 0; above < row; above++)
    if (column[above] == column[row] || std::abs(column[above] - column[row]) == row - above) return false;
  return true;
}

void place(int row) {
  if (row == size) {
    if (++solutions > 1) return;
    for (int queen : column) {
      for (int x = 0; x < size; x++) std::cout << (x == queen ? "Q " : ". ");
      std::cout << '\n';
    }
    return;
  }
  for (column[row] = 0; column[row] < size; column[row]++)
    if (isSafe(row)) place(row + 1);
}

int main() {
  place(0);
  std::cout << solutions << " ways to place " << size << " queens\n";
}
