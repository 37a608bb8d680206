#include <iostream>
#include <map>
#include <string>
#include <vector>

int main(int argc, char* argv[]) {
  const std::size_t least = argc > 1 ? std::stoul(argv[1]) : 1;
  std::map<std::size_t, std::vector<std::string>> byLength;
  for (std::string word; std::cin >> word;)
    if (word.size() >= least) byLength[word.size()].push_back(word);
  for (const auto& [length, words] : byLength) {
    std::cout << length << ':';
    for (const auto& word : words) std::cout << ' ' << word;
    std::cout << '\n';
  }
}
