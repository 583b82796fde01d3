#include "config/byte_size.h"

#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include <fmt/core.h>

namespace tailrace {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};

constexpr std::array<Unit, 10> kUnits{{{"", 1},
                                       {"B", 1},
                                       {"KiB", std::uint64_t{1} << 10U},
                                       {"MiB", std::uint64_t{1} << 20U},
                                       {"GiB", std::uint64_t{1} << 30U},
                                       {"TiB", std::uint64_t{1} << 40U},
                                       {"KB", 1'000},
                                       {"MB", 1'000'000},
                                       {"GB", 1'000'000'000},
                                       {"TB", 1'000'000'000'000}}};

std::optional<std::uint64_t> unit_bytes(std::string_view name) {
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return unit.bytes;
  }
  return std::nullopt;
}

Error invalid(std::string_view text) {
  return Error(ErrorKind::invalid_config, "\"" + std::string(text) + "\" is not a size")
      .hint("a whole number and a unit: 64MiB, 20GiB, 512KiB");
}

}  // namespace

Result<std::uint64_t> parse_byte_size(std::string_view text) {
  std::uint64_t count = 0;
  const char* end = text.data() + text.size();
  const auto [behind, fault] = std::from_chars(text.data(), end, count);
  if (fault != std::errc()) return invalid(text);
  std::string_view name(behind, static_cast<std::size_t>(end - behind));
  if (name.starts_with(' ')) name.remove_prefix(1);
  const auto unit = unit_bytes(name);
  if (!unit) return invalid(text);
  if (count > std::numeric_limits<std::uint64_t>::max() / *unit) return invalid(text);
  return count * *unit;
}

std::string format_byte_size(std::uint64_t bytes) {
  static constexpr std::array<std::string_view, 5> kNames{"B", "KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  auto amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (amount >= 1024 && unit + 1 < kNames.size()) {
    amount /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", amount, kNames[unit]);
}

}  // namespace tailrace
