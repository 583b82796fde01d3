#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/table_schema.h"

namespace tailrace::mysql {

// What fits into one InnoDB row and one InnoDB key, by the text of column types.
inline constexpr std::uint32_t kMaxKeyOctets = 3072;
inline constexpr std::uint32_t kMaxRowOctets = 65'535;

// Octets that the limit of the row counts for a column of this type, at most.
std::uint32_t octets_in_row(std::string_view type);
// The same for a column of a key; a VARCHAR's length is not counted there.
std::uint32_t octets_in_key(std::string_view type);
// VARCHAR or VARBINARY.
bool is_variable(std::string_view type);

// How many octets each key column may have, so that all together fit; columns of fixed size get
// what they need, short ones what they ask for, and the long ones share the rest. By column of
// `key`, as are the types.
std::vector<std::uint32_t> share_key(const std::vector<std::string>& types);

// Moves the longest variable columns that are not in the key out of the row, into TEXT and BLOB,
// until it fits. types: of all columns.
void fit_row(const TableSchema& schema, std::vector<std::string>& types);

}  // namespace tailrace::mysql
