#include "extractors/postgres/lsn.h"

#include <charconv>

#include <fmt/format.h>

namespace tailrace::postgres {
namespace {

std::optional<std::uint32_t> parse_half(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Error not_a_position(std::string_view text) {
  return Error(ErrorKind::invalid_config, fmt::format("\"{}\" is not a position in the log", text))
      .hint("an LSN as pg_current_wal_lsn() prints it: 0/16B3748");
}

}  // namespace

std::string Lsn::to_string() const {
  return fmt::format("{:X}/{:X}", value >> 32, value & 0xFFFFFFFF);
}

std::optional<Lsn> Lsn::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto high = parse_half(text.substr(0, slash));
  const auto low = parse_half(text.substr(slash + 1));
  if (!high || !low) return std::nullopt;
  return Lsn{std::uint64_t{*high} << 32 | *low};
}

Position WalPosition::to_position() const {
  return Position{timeline == 0 ? lsn.to_string()
                                : fmt::format("{}@{}", lsn.to_string(), timeline)};
}

Result<WalPosition> WalPosition::parse(const Position& position) {
  const std::string_view text = position.text;
  const std::size_t at = text.find('@');
  const auto lsn = Lsn::parse(text.substr(0, at));
  if (!lsn) return not_a_position(text);
  WalPosition parsed{*lsn, 0};
  if (at == std::string_view::npos) return parsed;
  const std::string_view number = text.substr(at + 1);
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), parsed.timeline);
  if (error != std::errc() || end != number.data() + number.size() || parsed.timeline == 0) {
    return not_a_position(text);
  }
  return parsed;
}

}  // namespace tailrace::postgres
