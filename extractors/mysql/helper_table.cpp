#include "extractors/mysql/helper_table.h"

#include <algorithm>
#include <cstddef>

namespace tailrace::mysql {
namespace {

constexpr std::size_t kSuffixBytes = 4;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// T of "T_20240102030405"; empty: no such name.
std::string_view without_time(std::string_view name) {
  constexpr std::size_t kDigits = 14;
  if (name.size() < kDigits + 2) return {};
  const std::string_view time = name.substr(name.size() - kDigits);
  const bool is_time =
      std::all_of(time.begin(), time.end(), is_digit) && name[name.size() - kDigits - 1] == '_';
  return is_time ? name.substr(0, name.size() - kDigits - 1) : std::string_view();
}

// pt-online-schema-change puts underscores in front until the name is free.
std::vector<std::string> with_fewer_underscores(std::string_view base) {
  constexpr std::size_t kMostUnderscores = 10;
  std::vector<std::string> bases;
  while (!base.empty() && bases.size() < kMostUnderscores) {
    bases.emplace_back(base);
    if (base.front() != '_') break;
    base.remove_prefix(1);
  }
  return bases;
}

}  // namespace

HelperName parse_helper_name(std::string_view table) {
  if (table.size() < kSuffixBytes + 2 || table.front() != '_') return {};
  const std::string_view suffix = table.substr(table.size() - kSuffixBytes);
  const std::string_view base = table.substr(1, table.size() - kSuffixBytes - 1);
  if (suffix == "_gho") return {{std::string(base)}, true};
  if (suffix == "_ghc" || suffix == "_ghk") return {{std::string(base)}};
  if (suffix == "_new") return {with_fewer_underscores(base), true};
  if (suffix == "_old") return {with_fewer_underscores(base)};
  if (suffix != "_del") return {};
  HelperName put_away{{std::string(base)}};
  const std::string_view timeless = without_time(base);
  if (!timeless.empty()) put_away.bases.emplace(put_away.bases.begin(), timeless);
  return put_away;
}

}  // namespace tailrace::mysql
