#include "extractors/mysql/name_case.h"

#include <cwctype>

#include <locale.h>

namespace tailrace::mysql {
namespace {

// Not the process's locale, which may know ASCII alone.
wint_t lower(wint_t letter) {
  static const locale_t kUnicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return kUnicode == nullptr ? letter : towlower_l(letter, kUnicode);
}

void append_utf8(wint_t letter, std::string& out) {
  const auto append = [&](wint_t octet) { out += static_cast<char>(octet); };
  if (letter < 0x80) return append(letter);
  if (letter < 0x800) {
    append(0xC0 | letter >> 6);
  } else {
    append(0xE0 | letter >> 12);
    append(0x80 | (letter >> 6 & 0x3F));
  }
  append(0x80 | (letter & 0x3F));
}

}  // namespace

std::string lower_case_name(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto first = static_cast<unsigned char>(name[i]);
    if (first >= 'A' && first <= 'Z') {
      out += static_cast<char>(first - 'A' + 'a');
    } else if (first >= 0xC2 && first <= 0xDF && i + 1 < name.size()) {
      const auto second = static_cast<unsigned char>(name[++i]);
      append_utf8(lower((first & 0x1FU) << 6 | (second & 0x3FU)), out);
    } else {
      out += name[i];
    }
  }
  return out;
}

void lower_case_names(Statement& statement) {
  for (TableName& name : statement.tables) {
    name = {lower_case_name(name.schema), lower_case_name(name.table)};
  }
  if (statement.kind == StatementKind::drop_database) {
    statement.identifier = lower_case_name(statement.identifier);
  }
}

}  // namespace tailrace::mysql
