#pragma once

// The statements that read a table, and the bounds of key ranges. Pure.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "extractors/postgres/copied_table.h"
#include "extractors/snapshot/snapshot.h"

namespace tailrace::postgres {

// A bound of a KeyRange: the values of the key's columns in their text form, as a JSON array of
// strings.
std::string print_bound(std::span<const std::string> values);
// schema_mismatch when it is not one of a key with that many columns.
Result<std::vector<std::string>> parse_bound(std::string_view bound, std::size_t columns);

// COPY in binary form of the rows of a range. A value that is read as text only comes as what the
// type's output function prints (a cast to text is something else: it strips the padding of
// character(n)), which format() calls. Bounds are compared by the server, in the order of the key's
// index, so that it can use it.
Result<std::string> copy_statement(const CopiedTable& table, const KeyRange& range);

// A sample of the pages of a table, and how many of its rows are looked at.
struct KeySample {
  double percent_of_pages = 100;
  double share_of_rows = 1;
};
// The keys that cut a table into pieces of about that many rows, in order: one column for each of
// the key's.
std::string bounds_statement(const CopiedTable& table, const KeySample& sample,
                             std::uint64_t rows_per_range);

// How many rows the server expects, as EXPLAIN in JSON: it goes by the size of the files, and by
// what ANALYZE found per page, if it ever ran.
std::string estimate_statement(const CopiedTable& table);

// 'a''b'; the sessions have standard_conforming_strings.
std::string quoted_literal(std::string_view text);

}  // namespace tailrace::postgres
