#include "sinks/sql/identifier.h"

#include <fmt/format.h>

#include "core/crc32.h"

namespace tailrace::sql {

std::string quote_identifier(std::string_view name, char quote) {
  std::string out;
  out.reserve(name.size() + 2);
  out += quote;
  for (const char c : name) {
    if (c == quote) out += quote;
    out += c;
  }
  out += quote;
  return out;
}

std::string shorten_identifier(std::string_view name, std::size_t limit_bytes) {
  constexpr std::size_t kSuffixBytes = 9;  // "_" and 8 hexadecimal digits
  if (name.size() <= limit_bytes) return std::string(name);
  std::size_t keep = limit_bytes - kSuffixBytes;
  const auto continues = [&](std::size_t at) {
    return (static_cast<unsigned char>(name[at]) & 0xC0) == 0x80;
  };
  while (keep > 0 && continues(keep)) --keep;
  return fmt::format("{}_{:08x}", name.substr(0, keep), crc32(as_bytes(name)));
}

}  // namespace tailrace::sql
