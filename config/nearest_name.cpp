#include "config/nearest_name.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

namespace tailrace {
namespace {

char folded(char character) {
  if (character == '-' || character == ' ') return '_';
  return static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
}

std::string folded(std::string_view name) {
  std::string result;
  for (const char character : name) result += folded(character);
  return result;
}

// Letters inserted, left out, replaced, or swapped with their neighbour.
std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::vector<std::size_t>> cost(from.size() + 1,
                                             std::vector<std::size_t>(to.size() + 1));
  for (std::size_t i = 0; i <= from.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= to.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = cost[i - 1][j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[from.size()][to.size()];
}

}  // namespace

std::string_view nearest_name(std::string_view misspelt, std::span<const std::string_view> known) {
  const std::string wanted = folded(misspelt);
  // A third of the letters may be wrong; more is a guess that helps nobody.
  std::size_t best = std::max<std::size_t>(wanted.size() / 3, 1) + 1;
  std::string_view nearest;
  for (const std::string_view name : known) {
    const std::size_t distance = edit_distance(wanted, folded(name));
    if (distance < best) {
      best = distance;
      nearest = name;
    }
  }
  return nearest;
}

}  // namespace tailrace
