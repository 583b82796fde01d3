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
  // With the UNIQUE and PRIMARY KEY constraints that name it.
  bool drop_column(std::string_view column);
  // Replaces the primary key; none: the table has no key.
  void set_key(std::span<const std::string> columns);

  // The statement that makes a table of that (quoted) name.
  std::string statement(std::string_view quoted_name) const;

 private:
  std::vector<std::string> parts_;  // columns, and behind them constraints of the table
  std::string suffix_;              // " STRICT"
};

}  // namespace tailrace::sqlite
