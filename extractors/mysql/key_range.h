#pragma once

// Bounds of key ranges: the values of a primary key's leading columns, as text that can be stored
// and put into SQL. A bound is a JSON array of strings, one per column: a decimal number, or "x"
// and hexadecimal digits of the octets that the column has. Fewer values than the key has columns
// stand for every row that begins with them.

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "extractors/mysql/catalogue_table.h"
#include "extractors/snapshot/snapshot.h"

namespace tailrace::mysql {

// How a key column's value stands in SQL, so that it is compared by the column's own rules.
enum class KeyForm : std::uint8_t {
  number,   // integers, decimals; the index of an ENUM, the bits of BIT and SET
  text,     // with the column's character set as introducer: its collation then decides
  octets,   // BINARY, VARBINARY
  literal,  // dates, times, UUID, INET: quoted text of harmless characters
};

struct KeyColumn {
  std::string name;
  KeyForm form{};
  std::string expression = {};  // what to select
  std::string charset = {};     // as the server calls it; KeyForm::text
  bool counts = false;          // integers: ranges can be halved by arithmetic
};

// The leading columns of a primary key by which rows can be told apart. Columns behind one whose
// values cannot be put into SQL exactly (FLOAT, DOUBLE, YEAR) are left away, with it.
std::vector<KeyColumn> key_columns(const CatalogueTable& table);

// Values as they stand in a bound: "42", "x616263".
using KeyValues = std::vector<std::string>;

std::string to_bound(const KeyValues& values);
// checkpoint_corrupt: not a bound, or not of this key.
Result<KeyValues> parse_bound(std::string_view bound, const std::vector<KeyColumn>& key);

// What was selected, as it stands in a bound.
std::string key_value(const KeyColumn& column, std::string_view cell);

// "(`a` >= 1 AND (`a` > 1 OR `b` > 2)) AND ..."; empty without bounds.
Result<std::string> range_condition(const KeyRange& range, const std::vector<KeyColumn>& key);
// The two sides of it.
std::string behind(const std::vector<KeyColumn>& key, const KeyValues& values);
std::string not_behind(const std::vector<KeyColumn>& key, const KeyValues& values);

}  // namespace tailrace::mysql
