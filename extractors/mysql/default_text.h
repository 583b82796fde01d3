#pragma once

// A column's default as information_schema.COLUMNS.COLUMN_DEFAULT has it. The two servers write it
// differently: MySQL bare ("it's", NULL for none), MariaDB as SQL ("'it''s'", "NULL").

#include <optional>
#include <string_view>

#include "core/table_details.h"
#include "extractors/mysql/text_column.h"

namespace tailrace::mysql {

struct DefaultText {
  std::optional<std::string_view> text;  // COLUMN_DEFAULT
  std::string_view extra;                // EXTRA
  bool mariadb = false;
};

// Nothing: none, or NULL. A literal that cannot be brought into the canonical form of its type (a
// TIMESTAMP of MySQL, whose zone is that of whoever wrote it) is an expression.
std::optional<ColumnDefault> read_default(const DefaultText& written, const TextColumn& reader,
                                          const Column& column);

}  // namespace tailrace::mysql
