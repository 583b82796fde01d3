#include "sinks/mysql/load_data.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace tailrace::mysql {
namespace {

using sql::TargetType;

// What makes the value of a field that cannot go into its column as it is.
std::optional<std::string> value_of(const sql::TargetColumn& column, const std::string& variable,
                                    const ServerVersion& version) {
  if (column.base_type_name == "year") return fmt::format("CAST({} AS SIGNED)", variable);
  switch (column.type) {
    case TargetType::bytes:
    case TargetType::geometry:
      return fmt::format("UNHEX({})", variable);
    case TargetType::bit:
    case TargetType::varbit:
      return fmt::format("CAST({} AS UNSIGNED)", variable);
    case TargetType::vector:
      return fmt::format("{}({})", version.is_mariadb() ? "VEC_FromText" : "STRING_TO_VECTOR",
                         variable);
    default:
      return std::nullopt;
  }
}

// MariaDB forgets that a counter's column has a value once SET has given values to others, and
// would make a number of its own for 0. A counter counts as a default.
bool may_count(const sql::TargetColumn& column) {
  return column.type == TargetType::integer && column.has_default;
}

std::string integer_of(const sql::TargetColumn& column, const std::string& variable) {
  return fmt::format("CAST({} AS {})", variable, column.minimum < 0 ? "SIGNED" : "UNSIGNED");
}

char escaped(char c) {
  switch (c) {
    case '\t':
      return 't';
    case '\n':
      return 'n';
    case '\0':
      return '0';
    case '\\':
      return '\\';
    default:
      return 0;
  }
}

}  // namespace

std::string load_statement(const MySqlDialect& dialect, const sql::TableMapping& mapping) {
  const auto is_made = [&](const sql::MappedColumn& column) {
    return value_of(*column.target, "", dialect.version()).has_value();
  };
  const bool any_made = std::any_of(mapping.columns.begin(), mapping.columns.end(), is_made);
  std::string fields;
  std::string values;
  for (std::size_t i = 0; i < mapping.columns.size(); ++i) {
    const sql::TargetColumn& column = *mapping.columns[i].target;
    const std::string name = dialect.quote(column.name);
    const std::string variable = fmt::format("@v{}", i);
    auto value = value_of(column, variable, dialect.version());
    if (!value && any_made && may_count(column)) value = integer_of(column, variable);
    fields += (i > 0 ? "," : "") + (value ? variable : name);
    if (value) values += (values.empty() ? " SET " : ",") + name + "=" + *value;
  }
  return fmt::format(
      "LOAD DATA LOCAL INFILE 'rows' INTO TABLE {} CHARACTER SET utf8mb4"
      " FIELDS TERMINATED BY '\\t' ENCLOSED BY '' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n'"
      " ({}){}",
      dialect.table(mapping.target.name), fields, values);
}

void put_field_text(std::string_view text, ByteWriter& out) {
  std::size_t start = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char letter = escaped(text[at]);
    if (letter == 0) continue;
    out.text(text.substr(start, at - start));
    out.character('\\');
    out.character(letter);
    start = at + 1;
  }
  out.text(text.substr(start));
}

}  // namespace tailrace::mysql
