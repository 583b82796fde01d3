#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tailrace::sqlite {

// A CREATE TABLE statement as sqlite_schema keeps it, taken apart where SQLite itself has no ALTER
// TABLE: what is not touched stays letter by letter, so that what a person wrote survives.
class TableText {
 public:
  // Nothing: it is not of columns in parentheses (a virtual table).
  static std::optional<TableText> parse(std::string_view sql);

  // Names are compared as SQLite does, without regard to the case of ASCII letters. False: there is
  // no such column.
  bool set_type(std::string_view column, std::string_view type);
  bool set_not_null(std::string_view column, bool not_null);
  // With the constraints that name it: keys, CHECK conditions, and foreign keys of its own.
  bool drop_column(std::string_view column);
  // Generated columns that are computed from it.
  std::vector<std::string> computed_from(std::string_view column) const;
  // Empty: it has none, or there is no such column.
  std::string type_of(std::string_view column) const;
  // Whether the key is an AUTOINCREMENT.
  bool counts() const;
  // Replaces the primary key; none: the table has no key.
  void set_key(std::span<const std::string> columns);

  // Whether a CREATE INDEX names it in its list or in its condition.
  static bool index_names(std::string_view sql, std::string_view column);

  // The statement that makes a table of that (quoted) name.
  std::string statement(std::string_view quoted_name) const;

 private:
  std::vector<std::string> parts_;  // columns, and behind them constraints of the table
  std::string suffix_;              // " STRICT"
};

}  // namespace tailrace::sqlite
