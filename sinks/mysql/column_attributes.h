#pragma once

#include <string>
#include <string_view>

namespace tailrace::mysql {

// What a column gets beside its type. Empty: nothing.
struct ColumnAttributes {
  std::string default_value = {};  // as SQL
  std::string on_update = {};      // as SQL
  bool auto_increment = false;
  std::string comment = {};  // as SQL
};

// The definition of a column, as SHOW CREATE TABLE prints it, with these attributes beside those
// that it has.
std::string with_attributes(std::string_view definition, const ColumnAttributes& added);

// The same without its comment.
std::string without_comment(std::string_view definition);

// The definition of a column with another type, and NULL or NOT NULL. A default and what else it
// has stay as far as the type can have them. The type that it has already stays as it is written
// there.
std::string with_type(std::string_view definition, std::string_view old_type, std::string_view type,
                      bool not_null);

// Where `part` begins outside of quotes, or npos.
std::size_t find_unquoted(std::string_view sql, std::string_view part);

}  // namespace tailrace::mysql
