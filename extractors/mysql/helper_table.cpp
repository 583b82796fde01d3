#include "extractors/mysql/helper_table.h"

#include <algorithm>
#include <array>

namespace tailrace::mysql {

std::vector<std::string> bases_of_helper(std::string_view table) {
  constexpr std::array<std::string_view, 3> kGhost = {"_gho", "_ghc", "_ghk"};
  constexpr std::string_view kCopy = "_new";
  constexpr std::size_t kSuffixBytes = 4;
  constexpr std::size_t kMostUnderscores = 10;
  if (table.size() < kSuffixBytes + 2 || table.front() != '_') return {};
  const std::string_view suffix = table.substr(table.size() - kSuffixBytes);
  std::string_view base = table.substr(1, table.size() - kSuffixBytes - 1);
  if (std::find(kGhost.begin(), kGhost.end(), suffix) != kGhost.end()) return {std::string(base)};
  if (suffix != kCopy) return {};
  std::vector<std::string> bases;
  while (!base.empty() && bases.size() < kMostUnderscores) {
    bases.emplace_back(base);
    if (base.front() != '_') break;
    base.remove_prefix(1);
  }
  return bases;
}

}  // namespace tailrace::mysql
