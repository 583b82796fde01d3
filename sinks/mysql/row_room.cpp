#include "sinks/mysql/row_room.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>

#include "sinks/sql/dialect.h"

namespace tailrace::mysql {
namespace {

constexpr std::uint32_t kFixedOctets = 30;    // DECIMAL(65,30); the other fixed types have less
constexpr std::uint32_t kPointerOctets = 12;  // what a BLOB leaves in the row

std::uint32_t length_of(std::string_view type) {
  const std::size_t open = type.find('(');
  std::uint32_t length = 0;
  if (open == std::string_view::npos) return length;
  std::from_chars(type.data() + open + 1, type.data() + type.size(), length);
  return length;
}

std::uint32_t octets_per_unit(std::string_view type) {
  if (type.starts_with("VARBINARY") || type.starts_with("BINARY")) return 1;
  return type.find("CHARACTER SET ascii") != std::string_view::npos ? 1 : 4;
}

bool has_units(std::string_view type) {
  constexpr std::array<std::string_view, 4> kTypes = {"VARCHAR(", "VARBINARY(", "CHAR(", "BINARY("};
  return std::any_of(kTypes.begin(), kTypes.end(),
                     [&](std::string_view known) { return type.starts_with(known); });
}

// Case apart: types that keep the source's name come in lower case.
bool is_outside_of_row(std::string_view type) {
  constexpr std::array<std::string_view, 10> kParts = {
      "TEXT", "text", "BLOB", "blob", "JSON", "VECTOR", "geom", "point", "polygon", "linestring"};
  return std::any_of(kParts.begin(), kParts.end(), [&](std::string_view part) {
    return type.find(part) != std::string_view::npos;
  });
}

}  // namespace

bool is_variable(std::string_view type) {
  return type.starts_with("VARCHAR(") || type.starts_with("VARBINARY(");
}

std::uint32_t octets_in_key(std::string_view type) {
  return has_units(type) ? length_of(type) * octets_per_unit(type) : kFixedOctets;
}

std::uint32_t octets_in_row(std::string_view type) {
  if (has_units(type)) return length_of(type) * octets_per_unit(type) + 2;
  const bool labels = type.starts_with("ENUM") || type.starts_with("SET");
  return !labels && is_outside_of_row(type) ? kPointerOctets : kFixedOctets;
}

std::vector<std::uint32_t> share_key(const std::vector<std::string>& types) {
  std::vector<std::uint32_t> octets(types.size());
  std::uint32_t left = kMaxKeyOctets;
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < types.size(); ++i) {
    octets[i] = octets_in_key(types[i]);
    if (is_variable(types[i])) {
      open.push_back(i);
    } else {
      left -= std::min(left, octets[i]);
    }
  }
  // The shortest first: what it leaves is for the others.
  std::sort(open.begin(), open.end(),
            [&](std::size_t a, std::size_t b) { return octets[a] < octets[b]; });
  for (std::size_t i = 0; i < open.size(); ++i) {
    const auto share = left / static_cast<std::uint32_t>(open.size() - i);
    octets[open[i]] = std::min(octets[open[i]], share);
    left -= octets[open[i]];
  }
  return octets;
}

void fit_row(const TableSchema& schema, std::vector<std::string>& types) {
  std::size_t total = (types.size() + 7) / 8;  // one bit for each NULL
  for (const std::string& type : types) total += octets_in_row(type);
  while (total > kMaxRowOctets) {
    std::size_t longest = types.size();
    for (std::size_t i = 0; i < types.size(); ++i) {
      if (!is_variable(types[i]) || sql::in_key(schema, i)) continue;
      const bool longer =
          longest == types.size() || octets_in_row(types[i]) > octets_in_row(types[longest]);
      if (longer && octets_in_row(types[i]) > kPointerOctets) longest = i;
    }
    if (longest == types.size()) return;  // the server says what is wrong
    std::string& type = types[longest];
    total -= octets_in_row(type) - kPointerOctets;
    const std::size_t behind = type.find(')') + 1;
    type = (type.starts_with("VARCHAR") ? "TEXT" : "BLOB") + type.substr(behind);
  }
}

}  // namespace tailrace::mysql
