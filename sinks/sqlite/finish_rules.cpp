#include "sinks/sqlite/finish_rules.h"

namespace tailrace::sqlite {

sql::FinishRules finish_rules() {
  sql::FinishRules rules;
  rules.names_ignore_case = true;
  rules.no_defaults =
      "SQLite takes them with CREATE TABLE alone, so make the table before the copy";
  rules.no_foreign_keys = rules.no_defaults;
  rules.no_comments = "SQLite has none";
  rules.no_auto_increment = "only the INTEGER PRIMARY KEY of a table counts";
  rules.adapt = [](const sql::TargetTable&, sql::MissingIndex& index) {
    // Names that SQLite keeps to itself, in any case.
    std::string start = index.name.substr(0, 7);
    for (char& c : start) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    if (start == "sqlite_") index.name = "index_" + index.name;
    return std::optional<std::string>();
  };
  return rules;
}

}  // namespace tailrace::sqlite
