#include "sinks/mysql/postgres_types.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "sinks/mysql/labels.h"
#include "sinks/mysql/row_room.h"

namespace tailrace::mysql {
namespace {

constexpr std::uint32_t kMaxCharacters = 16'383;  // VARCHAR, utf8mb4
constexpr std::uint32_t kOctetsPerCharacter = 4;
constexpr std::uint32_t kLabelCharacters = 63;
constexpr std::uint32_t kMaxLabels = 65'535;

using KeyOctets = std::optional<std::uint32_t>;

// length: characters, 0: any number of them.
std::string text_type(std::uint32_t length, KeyOctets key_octets, const ServerVersion& version) {
  if (key_octets) {
    const std::uint32_t room = *key_octets / kOctetsPerCharacter;
    return fmt::format("VARCHAR({})", length > 0 ? std::min(length, room) : room) +
           exact_text(version);
  }
  return length > 0 && length <= kMaxCharacters ? fmt::format("VARCHAR({})", length) : "LONGTEXT";
}

// Text that is letters, digits and punctuation of ASCII, and has no trailing spaces.
std::string ascii_type(std::uint32_t length, KeyOctets key_octets) {
  constexpr std::uint32_t kMaxAscii = 65'000;
  const std::uint32_t room = key_octets.value_or(kMaxAscii);
  if (!key_octets && (length == 0 || length > room)) return "LONGTEXT";
  return fmt::format("VARCHAR({}) CHARACTER SET ascii COLLATE ascii_bin",
                     length > 0 ? std::min(length, room) : room);
}

// numeric(5,-2) has seven digits before the point, numeric(3,5) five behind it.
std::string decimal_type(const Column& column, KeyOctets key_octets) {
  constexpr int kMaxDigits = 65;
  constexpr int kMaxScale = 30;
  if (column.precision == 0) return fmt::format("DECIMAL({},{})", kMaxDigits, kMaxScale);
  const int scale = std::max<int>(column.scale, 0);
  const int digits = std::max<int>(column.precision - std::min<int>(column.scale, 0), scale);
  if (digits <= kMaxDigits && scale <= kMaxScale)
    return fmt::format("DECIMAL({},{})", digits, scale);
  constexpr int kSignPointAndZero = 3;
  return ascii_type(static_cast<std::uint32_t>(digits + kSignPointAndZero), key_octets);
}

// MySQL strips spaces at the end of labels.
std::string enumeration_type(const Column& column, KeyOctets key_octets,
                             const ServerVersion& version) {
  const bool kept = !column.labels.empty() && column.labels.size() <= kMaxLabels &&
                    std::none_of(column.labels.begin(), column.labels.end(),
                                 [](const std::string& label) { return label.ends_with(' '); });
  if (kept) return "ENUM(" + label_list(column.labels) + ")" + exact_text(version);
  const std::uint32_t room = key_octets.value_or(kMaxKeyOctets) / kOctetsPerCharacter;
  return fmt::format("VARCHAR({})", std::min(kLabelCharacters, room)) + exact_text(version);
}

std::string bits_type(const Column& column, KeyOctets key_octets) {
  const bool varying = column.native_type.starts_with("bit varying");
  const bool small = column.length >= 1 && column.length <= 64;
  // BIT has no length of its own for each value.
  if (!varying && small) return fmt::format("BIT({})", column.length);
  return ascii_type(column.length, key_octets);
}

std::string other_type(const Column& column, KeyOctets key_octets, const ServerVersion& version) {
  constexpr std::uint32_t kMacOctets = 23;
  if (column.native_type.starts_with("macaddr")) return ascii_type(kMacOctets, key_octets);
  return text_type(0, key_octets, version);
}

std::string temporal_type(const char* name, const Column& column) {
  return fmt::format("{}({})", name, column.scale);
}

}  // namespace

std::string exact_text(const ServerVersion& version) {
  return version.is_mariadb() ? " CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"
                              : " CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin";
}

std::string type_for_postgres(const Column& column, std::optional<std::uint32_t> key_octets,
                              const ServerVersion& version) {
  using L = LogicalType;
  constexpr std::uint32_t kTimetzCharacters = 24;  // 15:59:59.999999+15:59:59
  constexpr std::uint32_t kIntervalCharacters = 64;
  constexpr std::uint32_t kInetCharacters = 43;
  switch (column.type) {
    case L::boolean:
      return "TINYINT(1)";
    case L::int8:
      return "TINYINT";
    case L::int16:
      return "SMALLINT";
    case L::int32:
      return "INT";
    case L::int64:
      return "BIGINT";
    case L::uint8:
      return "TINYINT UNSIGNED";
    case L::uint16:
      return "SMALLINT UNSIGNED";
    case L::uint32:
      return "INT UNSIGNED";
    case L::uint64:
      return "BIGINT UNSIGNED";
    case L::decimal:
      return decimal_type(column, key_octets);
    case L::float32:
      return "FLOAT";
    case L::float64:
      return "DOUBLE";
    case L::string:
      return text_type(column.length, key_octets, version);
    case L::bytes:
      return key_octets ? fmt::format("VARBINARY({})", *key_octets) : "LONGBLOB";
    case L::date:
      return "DATE";
    case L::time:
      return temporal_type("TIME", column);
    case L::timetz:
      return ascii_type(kTimetzCharacters, key_octets);
    case L::timestamp:
    case L::timestamptz:
      return temporal_type("DATETIME", column);
    case L::interval:
      return ascii_type(kIntervalCharacters, key_octets);
    case L::uuid:
      return version.is_mariadb() && version.at_least(10, 7)
                 ? "UUID"
                 : "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin";
    case L::enumeration:
      return enumeration_type(column, key_octets, version);
    case L::bit:
      return bits_type(column, key_octets);
    case L::inet:
      return ascii_type(kInetCharacters, key_octets);
    // "json" is kept to the letter. MySQL's JSON keeps the values of numbers that it has; MariaDB's
    // is text, and an array with lower bounds of its own is not JSON.
    case L::json:
      if (key_octets || column.native_type == "json") return text_type(0, key_octets, version);
      return "JSON";
    case L::array:
      if (key_octets || version.is_mariadb()) return text_type(0, key_octets, version);
      return "JSON";
    case L::geometry:
      return key_octets ? fmt::format("VARBINARY({})", *key_octets) : "LONGBLOB";
    case L::set:
    case L::vector:
    case L::other:
      return other_type(column, key_octets, version);
  }
  return "LONGTEXT";
}

}  // namespace tailrace::mysql
