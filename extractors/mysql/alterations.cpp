#include "extractors/mysql/alterations.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "extractors/mysql/one_by_one.h"

namespace tailrace::mysql {
namespace {

using Fill = ColumnFill::Kind;

// First words of clauses that leave columns and rows as they are.
constexpr std::array<std::string_view, 61> kOtherClauses = {"ALGORITHM",
                                                            "ANALYZE",
                                                            "AUTOEXTEND_SIZE",
                                                            "AUTO_INCREMENT",
                                                            "AVG_ROW_LENGTH",
                                                            "CHARACTER",
                                                            "CHARSET",
                                                            "CHECK",
                                                            "CHECKSUM",
                                                            "COALESCE",
                                                            "COLLATE",
                                                            "COMMENT",
                                                            "COMPRESSION",
                                                            "CONNECTION",
                                                            "DATA",
                                                            "DEFAULT",
                                                            "DELAY_KEY_WRITE",
                                                            "DISABLE",
                                                            "ENABLE",
                                                            "ENCRYPTED",
                                                            "ENCRYPTION",
                                                            "ENCRYPTION_KEY_ID",
                                                            "ENGINE_ATTRIBUTE",
                                                            "FORCE",
                                                            "INDEX",
                                                            "INSERT_METHOD",
                                                            "KEY_BLOCK_SIZE",
                                                            "LOCK",
                                                            "MAX_ROWS",
                                                            "MIN_ROWS",
                                                            "NOWAIT",
                                                            "OPTIMIZE",
                                                            "PACK_KEYS",
                                                            "PAGE_CHECKSUM",
                                                            "PAGE_COMPRESSED",
                                                            "PAGE_COMPRESSION_LEVEL",
                                                            "PARTITION",
                                                            "PASSWORD",
                                                            "REBUILD",
                                                            "REMOVE",
                                                            "REORGANIZE",
                                                            "REPAIR",
                                                            "ROW_FORMAT",
                                                            "SECONDARY_ENGINE",
                                                            "SECONDARY_ENGINE_ATTRIBUTE",
                                                            "SECONDARY_LOAD",
                                                            "SECONDARY_UNLOAD",
                                                            "SEQUENCE",
                                                            "STATS_AUTO_RECALC",
                                                            "STATS_PERSISTENT",
                                                            "STATS_SAMPLE_PAGES",
                                                            "STORAGE",
                                                            "TABLESPACE",
                                                            "TABLE_CHECKSUM",
                                                            "TRANSACTIONAL",
                                                            "TYPE",
                                                            "UNION",
                                                            "UPGRADE",
                                                            "VALIDATION",
                                                            "WAIT",
                                                            "WITHOUT"};

std::string unescaped(const SqlToken& token, bool backslash_escapes) {
  constexpr std::string_view kEscaped = "0bnrtZ";
  constexpr std::string_view kMeant("\0\b\n\r\t\x1a", 6);
  std::string out;
  for (std::size_t i = 0; i < token.text.size(); ++i) {
    char c = token.text[i];
    const bool last = i + 1 == token.text.size();
    if (c == token.quote && !last) {
      ++i;
    } else if (c == '\\' && backslash_escapes && !last) {
      c = token.text[++i];
      const std::size_t at = kEscaped.find(c);
      if (at != std::string_view::npos) c = kMeant[at];
      if (c == '%' || c == '_') out += '\\';
    }
    out += c;
  }
  return out;
}

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// As the servers write a number into text: "7" of "007", "0" of "-0".
std::string number_text(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  while (text.size() > 1 && text[0] == '0' && text[1] != '.') text.remove_prefix(1);
  const bool is_zero = text.find_first_not_of("0.") == std::string_view::npos;
  return (negative && !is_zero ? "-" : "") + std::string(text);
}

// What a column definition says about rows that were there before the column.
struct Definition {
  bool not_null = false;
  bool may_be_null = false;  // says NULL
  bool numbered = false;     // AUTO_INCREMENT
  bool computed = false;     // from other columns
  bool is_timestamp = false;
  bool unique = false;
  std::optional<ColumnFill> fallback = {};  // DEFAULT

  ColumnFill fill() const {
    if (numbered || computed) return {};
    if (fallback) return *fallback;
    // Old servers give a TIMESTAMP a default of their own.
    if (is_timestamp && !may_be_null) return {};
    return {not_null ? Fill::zero : Fill::null, {}};
  }
};

class Reader {
 public:
  Reader(SqlLexer sql, bool backslash_escapes) : sql_(sql), backslash_escapes_(backslash_escapes) {}

  Alterations read() {
    while (!sql_.at_end() && result_.known) {
      if (sql_.take_symbol(',')) continue;
      if (!read_clause()) result_.known = false;
    }
    if (!result_.known) result_.columns.clear();
    result_.changes_values |= !put_one_by_one(result_.columns);
    return std::move(result_);
  }

 private:
  bool read_clause() {
    result_.alters |= !is_new_name();
    if (sql_.take("ADD")) return read_add();
    if (sql_.take("DROP")) return read_drop();
    if (sql_.take("CHANGE")) return read_change();
    if (sql_.take("MODIFY")) return read_modify();
    if (sql_.take("RENAME")) return read_rename();
    if (sql_.take("CONVERT")) return read_convert();
    if (sql_.take("ALTER")) return skip_clause();  // defaults and visibility
    if (sql_.token().is("ENGINE")) return skip_clause();
    if (sql_.take("ORDER")) return skip_rest();
    if (!is_any(kOtherClauses)) return false;
    return at_partitions() ? skip_rest() : skip_clause();
  }

  // REBUILD PARTITION a, b: commas separate partitions, and no other clause can follow.
  bool at_partitions() const {
    SqlLexer ahead = sql_;
    ahead.advance();
    return ahead.token().is("PARTITION");
  }

  template <typename Words>
  bool is_any(const Words& words) const {
    return std::any_of(std::begin(words), std::end(words),
                       [&](std::string_view word) { return sql_.token().is(word); });
  }
  bool is_any(std::initializer_list<std::string_view> words) const {
    return is_any<std::initializer_list<std::string_view>>(words);
  }

  std::string take_name() {
    if (!sql_.token().is_name()) return {};
    std::string name = sql_.token().name();
    sql_.advance();
    return name;
  }

  void take_if_exists() {
    if (!sql_.take("IF")) return;
    sql_.take("NOT");
    sql_.take("EXISTS");
  }

  // RENAME [TO | AS | =] table
  bool is_new_name() const {
    SqlLexer ahead = sql_;
    if (!ahead.take("RENAME")) return false;
    return !ahead.token().is("COLUMN") && !ahead.token().is("INDEX") && !ahead.token().is("KEY") &&
           !ahead.token().is("CONSTRAINT");
  }

  // Rows of all engines go over, except into the one that keeps none.
  void note_engine() {
    SqlLexer ahead = sql_;
    if (!ahead.take("ENGINE")) return;
    ahead.take_symbol('=');
    const SqlToken& engine = ahead.token();
    const std::string quoted = engine.kind == SqlToken::Kind::word ? "" : engine.name();
    result_.changes_values |=
        engine.is("BLACKHOLE") || quoted == "BLACKHOLE" || quoted == "blackhole";
  }

  // Commas separate columns of ORDER BY, which no other clause can follow.
  bool skip_rest() {
    while (!sql_.at_end()) sql_.advance();
    return true;
  }

  // To the comma that ends it: a blank is enough between options of the table. Brackets that do not
  // close end with the statement.
  bool skip_clause() {
    for (int depth = 0; !sql_.at_end(); sql_.advance()) {
      if (sql_.token().is_symbol('(')) ++depth;
      if (sql_.token().is_symbol(')')) --depth;
      if (depth < 0) return false;
      if (depth == 0 && sql_.token().is_symbol(',')) break;
      if (depth == 0) note_engine();
    }
    return true;
  }

  // Not of a column: words that are reserved, or that a column cannot be followed by.
  bool at_index_or_constraint() const {
    if (is_any({"INDEX", "KEY", "UNIQUE", "PRIMARY", "FULLTEXT", "SPATIAL", "CONSTRAINT", "FOREIGN",
                "CHECK", "PARTITION"})) {
      return true;
    }
    SqlLexer ahead = sql_;
    if (ahead.take("VECTOR")) return ahead.token().is("INDEX") || ahead.token().is("KEY");
    if (ahead.take("PERIOD")) return ahead.token().is("FOR");
    return at_versioning();
  }

  bool skip_index_or_constraint() {
    for (int depth = 0; !sql_.at_end(); sql_.advance()) {
      if (sql_.token().is_symbol('(')) ++depth;
      if (sql_.token().is_symbol(')')) --depth;
      if (depth < 0) return false;
      if (depth == 0 && sql_.token().is_symbol(',')) break;
      if (depth == 0) note_unique();
    }
    return true;
  }

  void note_unique() {
    result_.adds_unique |= is_any({"UNIQUE", "PRIMARY"});
    result_.forbids_null |= sql_.token().is("PRIMARY");
  }

  bool at_versioning() const {
    SqlLexer ahead = sql_;
    return ahead.take("SYSTEM") && ahead.token().is("VERSIONING");
  }

  bool read_add() {
    const bool column = sql_.take("COLUMN");
    if (!column && at_index_or_constraint()) return skip_index_or_constraint();
    take_if_exists();
    if (!sql_.take_symbol('(')) return add_column(false);
    do {
      if (at_index_or_constraint()) {
        if (!skip_within_list()) return false;
      } else if (!add_column(true)) {
        return false;
      }
    } while (sql_.take_symbol(','));
    return sql_.take_symbol(')');
  }

  bool skip_within_list() {
    for (int depth = 0; !sql_.at_end(); sql_.advance()) {
      if (sql_.token().is_symbol('(')) ++depth;
      if (sql_.token().is_symbol(')') && --depth < 0) return true;
      if (depth == 0 && sql_.token().is_symbol(',')) return true;
      if (depth == 0) note_unique();
    }
    return false;
  }

  bool add_column(bool in_list) {
    ColumnChange change{ColumnChange::Kind::add, take_name(), {}, {}};
    const auto definition = read_definition(in_list);
    if (change.name.empty() || !definition) return false;
    change.fill = definition->fill();
    result_.adds_unique |= definition->unique;
    result_.columns.push_back(std::move(change));
    return true;
  }

  bool read_drop() {
    const bool column = sql_.take("COLUMN");
    // What was deleted while rows had versions went on living in them, and goes with them.
    result_.changes_values |= !column && at_versioning();
    if (!column && at_index_or_constraint()) return skip_clause();
    take_if_exists();
    ColumnChange change{ColumnChange::Kind::drop, take_name(), {}, {}};
    if (change.name.empty()) return false;
    result_.columns.push_back(std::move(change));
    return skip_clause();
  }

  bool read_change() {
    sql_.take("COLUMN");
    take_if_exists();
    const std::string name = take_name();
    const std::string new_name = take_name();
    const auto definition = read_definition(false);
    if (name.empty() || new_name.empty() || !definition) return false;
    if (name != new_name) {
      result_.columns.push_back({ColumnChange::Kind::rename, name, new_name, {}});
    }
    return add_modified(new_name, *definition);
  }

  bool read_modify() {
    sql_.take("COLUMN");
    take_if_exists();
    const std::string name = take_name();
    const auto definition = read_definition(false);
    return !name.empty() && definition && add_modified(name, *definition);
  }

  bool add_modified(const std::string& name, const Definition& definition) {
    result_.adds_unique |= definition.unique;
    // Some servers forbid it where a TIMESTAMP does not allow it.
    const bool forbids_stamp = definition.is_timestamp && !definition.may_be_null;
    result_.forbids_null |= definition.not_null || forbids_stamp;
    result_.forbids_null_timestamp |= forbids_stamp;
    result_.changes_values |= definition.computed;
    result_.columns.push_back({ColumnChange::Kind::modify, name, {}, {}});
    return true;
  }

  // Another name of the table is the statement's business.
  bool read_rename() {
    if (!sql_.take("COLUMN")) return skip_clause();
    take_if_exists();
    ColumnChange change{ColumnChange::Kind::rename, take_name(), {}, {}};
    if (!sql_.take("TO")) return false;
    change.new_name = take_name();
    if (change.name.empty() || change.new_name.empty()) return false;
    result_.columns.push_back(std::move(change));
    return skip_clause();
  }

  bool read_convert() {
    if (!sql_.take("TO")) return skip_clause();  // PARTITION
    if (!sql_.take("CHARSET") && !(sql_.take("CHARACTER") && sql_.take("SET"))) return false;
    const SqlToken charset = sql_.token();
    const bool has_all = charset.is("UTF8MB4") ||
                         (charset.kind != SqlToken::Kind::word && charset.name() == "utf8mb4");
    if (!has_all) result_.changes_values = true;
    return skip_clause();
  }

  // Behind the column's name, up to the comma; in a list also up to its end.
  std::optional<Definition> read_definition(bool in_list) {
    Definition definition;
    if (!sql_.token().is_name()) return std::nullopt;
    definition.is_timestamp = sql_.token().is("TIMESTAMP");
    definition.numbered = sql_.token().is("SERIAL");
    sql_.advance();
    for (int depth = 0; !sql_.at_end();) {
      if (depth == 0 && sql_.token().is_symbol(',')) return definition;
      if (depth == 0 && in_list && sql_.token().is_symbol(')')) return definition;
      if (sql_.token().is_symbol('(')) ++depth;
      if (sql_.token().is_symbol(')') && --depth < 0) return std::nullopt;
      if (depth == 0 && read_attribute(definition)) continue;
      sql_.advance();
    }
    return in_list ? std::nullopt : std::optional(definition);
  }

  // True when it has stepped over something that bears on values.
  bool read_attribute(Definition& definition) {
    if (sql_.take("NOT")) {
      definition.not_null |= sql_.token().is("NULL");
      return sql_.take("NULL");
    }
    if (sql_.take("NULL")) return definition.may_be_null = true;
    if (sql_.take("AUTO_INCREMENT")) return definition.numbered = true;
    if (sql_.take("GENERATED") || sql_.take("AS")) return definition.computed = true;
    if (sql_.take("UNIQUE")) {
      sql_.take("KEY");
      return definition.unique = true;
    }
    // PRIMARY KEY, or KEY alone
    if (sql_.take("PRIMARY") || sql_.take("KEY")) {
      return definition.unique = definition.not_null = true;
    }
    if (!sql_.take("DEFAULT")) return false;
    definition.fallback = read_default();
    return true;
  }

  // A literal; anything else is not known, and stays to be stepped over.
  ColumnFill read_default() {
    if (sql_.token().kind == SqlToken::Kind::string) {
      ColumnFill fill{Fill::value, unescaped(sql_.token(), backslash_escapes_)};
      sql_.advance();
      // 'a' 'b' is one string.
      return sql_.token().kind == SqlToken::Kind::string ? ColumnFill() : fill;
    }
    if (sql_.take("NULL")) return {Fill::null, {}};
    if (sql_.take("TRUE")) return {Fill::value, "1"};
    if (sql_.take("FALSE")) return {Fill::value, "0"};
    std::string text;
    if (sql_.take_symbol('-')) {
      text = "-";
    } else {
      sql_.take_symbol('+');
    }
    const bool whole = all_digits(sql_.token().text) && sql_.token().kind == SqlToken::Kind::word;
    if (!whole) return {};
    text += sql_.token().text;
    sql_.advance();
    if (!sql_.take_symbol('.')) return {Fill::value, number_text(text)};
    if (!all_digits(sql_.token().text)) return {};
    text += "." + std::string(sql_.token().text);
    sql_.advance();
    return {Fill::value, number_text(text)};
  }

  SqlLexer sql_;
  const bool backslash_escapes_;
  Alterations result_;
};

}  // namespace

Alterations read_alterations(SqlLexer sql, bool backslash_escapes) {
  return Reader(sql, backslash_escapes).read();
}

}  // namespace tailrace::mysql
