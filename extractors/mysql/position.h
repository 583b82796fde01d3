#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "core/position.h"
#include "core/result.h"
#include "extractors/mysql/gtid_set.h"
#include "extractors/mysql/mariadb_gtid.h"

namespace tailrace::mysql {

// An offset in a binlog file. Files are ordered by the number in their name, not by its text: after
// 999999 comes 1000000.
struct FilePosition {
  std::string file;
  std::uint64_t offset = 4;
  std::string to_string() const { return file + ":" + std::to_string(offset); }
  friend bool operator==(const FilePosition&, const FilePosition&) = default;
};

// Before the first GTID of a history; "beginning" as text, because an empty text is no position.
struct Beginning {
  friend bool operator==(const Beginning&, const Beginning&) = default;
};

// What core's Position means here. The text tells the alternatives apart:
//   beginning | 3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5 | 0-1-100,1-7-3 | binlog.000003:4567
using LogPosition = std::variant<Beginning, GtidSet, MariadbPosition, FilePosition>;

Result<LogPosition> parse_position(std::string_view text);
Position to_position(const LogPosition& position);
// "GTID set", "MariaDB GTID position", "file position": for messages
std::string_view kind_name(const LogPosition& position);

// Order by what is behind: less means that everything at left is also at right. Positions of
// different kinds, and files of different names, are unordered.
std::partial_ordering compare(const LogPosition& left, const LogPosition& right);
// The latest position that both contain.
Result<LogPosition> earlier(const LogPosition& left, const LogPosition& right);
// Whether whoever stands at `held` has the transaction with this GTID (may be empty), which ended
// at `committed` (looked at only where the GTID does not tell).
Result<std::optional<bool>> contains(const LogPosition& held, std::string_view gtid,
                                     const Position& committed);

// "binlog.000003" is less than "binlog.1000000"; unordered when the names differ before the number.
std::partial_ordering compare_binlog_files(std::string_view left, std::string_view right);

}  // namespace tailrace::mysql
