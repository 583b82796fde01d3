#pragma once

// What information_schema.COLUMNS.COLUMN_DEFAULT says of a column's default. The two servers write
// it differently, MySQL bare ("it's", NULL for none), MariaDB as SQL ("'it''s'", "NULL"), and both
// lose what their catalogue's character set does not have: the value of a literal is asked for with
// DEFAULT(column), where the server can be asked.

#include <optional>
#include <string>
#include <string_view>

#include "core/table_schema.h"
#include "extractors/mysql/text_column.h"

namespace tailrace::mysql {

struct DefaultText {
  std::optional<std::string_view> text;  // COLUMN_DEFAULT
  std::string_view extra;                // EXTRA
  bool mariadb = false;
};

enum class DefaultWritten : std::uint8_t {
  none,  // or NULL
  literal,
  current_timestamp,
  expression,
};

DefaultWritten classify_default(const DefaultText& written, const Column& column);

// The expression as it stands in SQL.
std::string default_expression(const DefaultText& written);

// The canonical form of a literal, as far as the catalogue shows it; nothing where it is not clear.
std::optional<std::string> literal_in_catalogue(const DefaultText& written,
                                                const TextColumn& reader, const Column& column);

}  // namespace tailrace::mysql
