#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/table_schema.h"

namespace tailrace::sql {

// What a column of the target can hold, independent of the engine.
enum class TargetType : std::uint8_t {
  boolean,
  integer,  // between minimum and maximum
  decimal,  // precision 0: unlimited
  float32,
  float64,
  text,
  bytes,
  date,
  time,
  timetz,
  timestamp,
  timestamptz,
  interval,
  json,
  uuid,
  bit,     // exactly length bits
  varbit,  // at most length bits
  enumeration,
  set,
  geometry,
  text_array,
  number_array,
  array,  // of anything else
  inet,
  vector,
  numeric_affinity,  // SQLite: rewrites text that looks like a number
  any,               // SQLite: keeps every value as it is
  other,
};

struct TargetColumn {
  std::string name;
  TargetType type = TargetType::other;
  std::string type_name;       // as the engine prints it: "numeric(20,0)"
  std::string base_type_name;  // without length and precision: "numeric"
  // PostgreSQL: as a PostgreSQL source spells it, "public.mood"; of a domain the type below it.
  std::string native_name;
  std::string native_base;       // the same without length and precision
  char element_delimiter = ',';  // PostgreSQL: between the elements of an array of this type
  // MySQL: all that stands behind the name, as SHOW CREATE TABLE has it; empty: not known.
  std::string definition;
  bool not_null = false;
  bool has_default = false;       // or an identity, or an auto-increment
  bool counts = false;            // MySQL: AUTO_INCREMENT, which has to lead an index
  bool generated = false;         // the target computes it
  bool identity_always = false;   // PostgreSQL: written only with OVERRIDING SYSTEM VALUE
  bool binary_comparison = true;  // MySQL: false when its collation takes different texts for equal
  bool pads_with_spaces = false;  // MySQL: its collation ignores spaces at the end
  std::int64_t minimum = 0;       // integer
  std::uint64_t maximum = 0;
  std::vector<std::string> labels = {};  // enumeration, set: where the catalogue tells them
  std::uint32_t length = 0;              // text: characters; bytes: octets; bit: bits; 0: no limit
  std::uint16_t precision = 0;           // decimal
  std::int16_t scale = 0;                // decimal; temporal: fraction digits
};

// A unique index that is not the one that identifies rows.
struct UniqueIndex {
  std::string name;
  std::vector<std::uint16_t> columns;  // of TargetTable::columns
  bool on_expression = false;          // depends on columns that are not listed
};

// An index or a trigger, by the statement that made it.
struct Dependent {
  std::string sql;
  std::vector<std::uint16_t> columns;  // of TargetTable::columns; an index's
};

// A table of the target as its catalogue has it. An unique index without nullable columns, partial
// predicate or expression can identify rows; the primary key comes first.
struct TargetTable {
  TableName name;
  std::vector<TargetColumn> columns;
  std::vector<std::vector<std::uint16_t>> keys;
  std::vector<UniqueIndex> unique_indexes;  // all of them, those in keys included
  std::string primary_key = {};             // the name of its constraint; empty: there is none
  // SQLite, where a table is changed by making it anew: its CREATE TABLE.
  std::string definition = {};
  std::vector<Dependent> dependents = {};  // SQLite: what goes with the table, and has to come back
  // Removing a row also changes rows of other tables (foreign keys with ON DELETE CASCADE).
  bool deletes_cascade = false;
};

}  // namespace tailrace::sql
