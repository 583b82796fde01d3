#include "config/duration.h"

#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include <fmt/core.h>

namespace tailrace {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};

constexpr std::array<Unit, 5> kUnits{
    {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};

std::optional<std::int64_t> unit_milliseconds(std::string_view name) {
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return unit.milliseconds;
  }
  return std::nullopt;
}

Error invalid(std::string_view text) {
  return Error(ErrorKind::invalid_config, "\"" + std::string(text) + "\" is not a duration")
      .hint("a whole number and a unit: 500ms, 10s, 5m, 2h, 7d");
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const char* end = text.data() + text.size();
  const auto [behind, fault] = std::from_chars(text.data(), end, count);
  if (fault != std::errc() || count < 0) return invalid(text);
  std::string_view name(behind, static_cast<std::size_t>(end - behind));
  if (name.starts_with(' ')) name.remove_prefix(1);
  const auto unit = unit_milliseconds(name);
  if (!unit) return invalid(text);
  if (count > std::numeric_limits<std::int64_t>::max() / 1000 / *unit) return invalid(text);
  return std::chrono::milliseconds(count * *unit);
}

std::string format_duration(std::chrono::microseconds duration) {
  const auto count = static_cast<double>(duration.count());
  const double seconds = count / 1e6;
  if (count < 1'000) return fmt::format("{} us", duration.count());
  if (seconds < 1) return fmt::format("{:.0f} ms", count / 1'000);
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  if (seconds < 3'600) return fmt::format("{:.0f} min", seconds / 60);
  if (seconds < 86'400) return fmt::format("{:.1f} h", seconds / 3'600);
  return fmt::format("{:.1f} d", seconds / 86'400);
}

}  // namespace tailrace
