#include "extractors/mysql/logged_statement.h"

#include <fmt/core.h>

namespace tailrace::mysql {
namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

Result<std::string_view> StatementText::read(const EventView& event, const Query& query,
                                             const CharsetTable& charsets) {
  if (query.client_collation == 0) return query.sql_text();
  const Charset* charset = charsets.find(query.client_collation);
  if (charset == nullptr) {
    return unsupported_event(event, fmt::format("statement in a character set that is not known "
                                                "(collation {})",
                                                query.client_collation));
  }
  if (charset->encoding == TextEncoding::binary) return query.sql_text();
  text_.clear();
  if (const auto bad = converter_.append_utf8(*charset, query.sql, text_)) {
    return unsupported_event(
        event, fmt::format("statement is not valid {} at byte {}", charset->name, *bad));
  }
  return text_.text();
}

bool may_touch_captured(const Statement& statement, std::string_view default_schema,
                        std::string_view sql, const CaptureFilter& filter) {
  for (const TableName& name : statement.tables) {
    if (filter.captures(name.schema, name.table)) return true;
  }
  if (default_schema.empty() || filter.captures_schema(default_schema)) return true;
  for (auto dot = sql.find('.'); dot != std::string_view::npos; dot = sql.find('.', dot + 1)) {
    std::string_view before = sql.substr(0, dot);
    while (!before.empty() &&
           (before.back() == ' ' || before.back() == '`' || before.back() == '"')) {
      before.remove_suffix(1);
    }
    std::size_t start = before.size();
    while (start > 0 && is_name_character(before[start - 1])) --start;
    if (start != before.size() && filter.captures_schema(before.substr(start))) return true;
  }
  return false;
}

}  // namespace tailrace::mysql
