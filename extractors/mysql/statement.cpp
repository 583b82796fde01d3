#include "extractors/mysql/statement.h"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "extractors/mysql/event.h"
#include "extractors/mysql/sql_lexer.h"

namespace tailrace::mysql {

namespace {

using Kind = StatementKind;

class Classifier {
 public:
  Classifier(SqlLexer& sql, std::string_view default_schema, std::uint64_t sql_mode, bool mariadb,
             Statement& statement)
      : sql_(sql),
        default_schema_(default_schema),
        sql_mode_(sql_mode),
        mariadb_(mariadb),
        statement_(statement) {}

  Kind classify() {
    skip_set_statement();
    statement_.first_word = sql_.token().text;
    if (sql_.at_end()) return Kind::dummy;
    if (sql_.take("BEGIN")) return Kind::begin;
    if (sql_.take("COMMIT")) return Kind::commit;
    if (sql_.take("START")) {
      return sql_.take("TRANSACTION") ? Kind::begin : Kind::other_definition;
    }
    if (sql_.take("ROLLBACK")) return classify_rollback();
    if (sql_.take("SAVEPOINT")) return named(Kind::savepoint);
    if (sql_.take("RELEASE")) {
      sql_.take("SAVEPOINT");
      return named(Kind::release_savepoint);
    }
    if (sql_.take("XA")) return classify_xa();
    if (sql_.take("CREATE")) return classify_create();
    if (sql_.take("ALTER")) return classify_alter();
    if (sql_.take("DROP")) return classify_drop();
    if (sql_.take("TRUNCATE")) {
      sql_.take("TABLE");
      take_table();
      return Kind::truncate_table;
    }
    if (sql_.take("RENAME")) return classify_rename();
    if (sql_.take("ANALYZE")) return classify_analyze();
    if (is_data_change()) return classify_data_change();
    return is_other_definition() ? Kind::other_definition : Kind::unknown;
  }

 private:
  bool take_any(std::initializer_list<std::string_view> words) {
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return sql_.take(word); });
  }

  bool is_any(std::initializer_list<std::string_view> words) const {
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return sql_.token().is(word); });
  }

  bool is_data_change() const {
    return is_any({"INSERT", "UPDATE", "DELETE", "REPLACE", "LOAD", "CALL", "WITH", "SELECT", "DO",
                   "VALUES"});
  }

  // They change no table's rows or columns that are captured.
  bool is_other_definition() const {
    return is_any({"OPTIMIZE", "REPAIR", "CHECK",   "CHECKSUM",  "GRANT", "REVOKE",
                   "SET",      "FLUSH",  "INSTALL", "UNINSTALL", "LOCK",  "UNLOCK",
                   "STOP",     "CHANGE", "RESET",   "PURGE",     "CACHE", "KILL",
                   "SHUTDOWN", "USE",    "SIGNAL",  "RESIGNAL"});
  }

  // MariaDB: SET STATEMENT name = value, ... FOR statement
  void skip_set_statement() {
    SqlLexer ahead = sql_;
    while (ahead.take("SET") && ahead.take("STATEMENT")) {
      while (!ahead.at_end() && !ahead.token().is("FOR")) ahead.advance();
      if (!ahead.take("FOR")) return;
      sql_ = ahead;
    }
  }

  void take_if_exists() {
    if (!sql_.take("IF")) return;
    sql_.take("NOT");
    sql_.take("EXISTS");
  }

  std::string take_name() {
    if (!sql_.token().is_name()) return {};
    std::string name = sql_.token().name();
    sql_.advance();
    return name;
  }

  // [schema .] table
  bool take_table() {
    TableName name{std::string(default_schema_), take_name()};
    if (sql_.take_symbol('.')) {
      if (!name.table.empty()) name.schema = std::move(name.table);
      name.table = take_name();
    }
    if (name.table.empty()) return false;
    statement_.tables.push_back(std::move(name));
    return true;
  }

  Kind named(Kind kind) {
    statement_.identifier = take_name();
    return kind;
  }

  Kind classify_rollback() {
    sql_.take("WORK");
    if (!sql_.take("TO")) return Kind::rollback;
    sql_.take("SAVEPOINT");
    return named(Kind::rollback_to);
  }

  Kind classify_xa() {
    if (take_any({"START", "BEGIN"})) return Kind::xa_start;
    if (sql_.take("END")) return Kind::xa_end;
    if (sql_.take("PREPARE")) return Kind::xa_prepare;
    if (sql_.take("COMMIT")) return Kind::xa_commit;
    if (sql_.take("ROLLBACK")) return Kind::xa_rollback;
    return Kind::unknown;
  }

  Kind classify_create() {
    if (sql_.take("OR")) statement_.replaces = sql_.take("REPLACE");
    statement_.temporary = sql_.take("TEMPORARY");
    statement_.alterations.adds_unique = sql_.token().is("UNIQUE");
    while (take_any({"ONLINE", "OFFLINE", "UNIQUE", "FULLTEXT", "SPATIAL", "VECTOR"})) continue;
    if (sql_.take("TABLE")) {
      statement_.may_exist = sql_.token().is("IF");
      take_if_exists();
      take_table();
      sql_.take_symbol('(');
      if (sql_.take("LIKE")) take_table();
      return Kind::create_table;
    }
    if (sql_.take("INDEX")) {
      take_if_exists();
      return classify_index(Kind::create_index);
    }
    return take_any({"DATABASE", "SCHEMA"}) ? classify_database(Kind::other_database)
                                            : Kind::other_definition;
  }

  // ... ON table
  Kind classify_index(Kind kind) {
    sql_.advance();  // the index's name, which may be ON only when it is quoted
    while (!sql_.at_end() && !sql_.token().is("ON")) sql_.advance();
    sql_.take("ON");
    take_table();
    return kind;
  }

  Kind classify_database(Kind kind) {
    take_if_exists();
    statement_.identifier = take_name();
    if (statement_.identifier.empty()) statement_.identifier = default_schema_;
    return kind;
  }

  Kind classify_drop() {
    statement_.temporary = sql_.take("TEMPORARY");
    while (take_any({"ONLINE", "OFFLINE"})) continue;
    if (take_any({"TABLE", "TABLES"})) {
      take_if_exists();
      while (take_table() && sql_.take_symbol(',')) continue;
      return Kind::drop_table;
    }
    if (sql_.take("INDEX")) {
      take_if_exists();
      return classify_index(Kind::drop_index);
    }
    return take_any({"DATABASE", "SCHEMA"}) ? classify_database(Kind::drop_database)
                                            : Kind::other_definition;
  }

  // RENAME TABLE a [WAIT n | NOWAIT] TO b, ...
  Kind classify_rename() {
    if (!take_any({"TABLE", "TABLES"})) return Kind::other_definition;
    take_if_exists();
    do {
      take_table();
      while (!sql_.at_end() && !sql_.token().is("TO")) sql_.advance();
      sql_.take("TO");
      take_table();
    } while (sql_.take_symbol(','));
    return Kind::rename_table;
  }

  // ANALYZE TABLE a, b ...
  Kind classify_analyze() {
    if (!take_any({"TABLE", "TABLES"})) return Kind::other_definition;
    while (take_table() && sql_.take_symbol(',')) continue;
    return Kind::analyze_table;
  }

  Kind classify_alter() {
    bool drops_duplicates = false;
    while (is_any({"ONLINE", "OFFLINE", "IGNORE"})) {
      drops_duplicates |= sql_.token().is("IGNORE");
      sql_.advance();
    }
    if (take_any({"DATABASE", "SCHEMA"})) return classify_alter_database();
    if (!sql_.take("TABLE")) return Kind::other_definition;
    take_if_exists();
    take_table();
    // MariaDB: [WAIT n | NOWAIT]
    if (sql_.take("WAIT")) sql_.advance();
    sql_.take("NOWAIT");
    Alterations& alterations = statement_.alterations;
    alterations = read_alterations(sql_, (sql_mode_ & Query::kNoBackslashEscapes) == 0);
    const bool strict = (sql_mode_ & Query::kStrict) != 0;
    alterations.changes_values |= drops_duplicates || (alterations.forbids_null && !strict) ||
                                  (alterations.forbids_null_timestamp && mariadb_);
    return classify_alterations();
  }

  // The name may be missing: the default database is meant.
  Kind classify_alter_database() {
    const bool unnamed = is_any(
        {"CHARACTER", "CHARSET", "COLLATE", "DEFAULT", "ENCRYPTION", "READ", "COMMENT", "UPGRADE"});
    if (!unnamed) return classify_database(Kind::other_database);
    statement_.identifier = default_schema_;
    return Kind::other_database;
  }

  // Walks over what an ALTER TABLE does, outside brackets.
  Kind classify_alterations() {
    Kind kind = Kind::alter_table;
    int depth = 0;
    while (!sql_.at_end()) {
      if (sql_.take_symbol('(')) {
        ++depth;
      } else if (sql_.take_symbol(')')) {
        --depth;
      } else if (depth > 0) {
        sql_.advance();
      } else if (sql_.take("RENAME")) {
        if (take_new_name()) kind = Kind::rename_table;
      } else if (take_any({"DROP", "TRUNCATE"})) {
        if (sql_.take("PARTITION")) kind = Kind::partition_rows;
      } else if (take_any({"EXCHANGE", "DISCARD", "IMPORT", "CONVERT"})) {
        if (is_any({"PARTITION", "TABLESPACE", "TABLE"})) {
          kind = Kind::partition_rows;
          statement_.other_goes = sql_.token().is("TABLE");
          take_other_table();
        }
      } else {
        sql_.advance();
      }
    }
    return kind;
  }

  // RENAME [TO | AS | =] name, but not RENAME COLUMN | INDEX | KEY | CONSTRAINT a TO b
  bool take_new_name() {
    if (is_any({"COLUMN", "INDEX", "KEY", "CONSTRAINT"})) return false;
    if (!take_any({"TO", "AS"})) sql_.take_symbol('=');
    return take_table();
  }

  // EXCHANGE PARTITION p WITH TABLE t, CONVERT PARTITION p TO TABLE t, CONVERT TABLE t TO ...
  void take_other_table() {
    while (!sql_.at_end() && !sql_.token().is_symbol(',')) {
      if (sql_.take("TABLE")) {
        take_table();
        return;
      }
      sql_.advance();
    }
  }

  // The first table that is named: enough to say whose rows changed behind the log's back.
  Kind classify_data_change() {
    const bool names_table = is_any({"INSERT", "REPLACE", "UPDATE", "DELETE"});
    sql_.advance();
    if (!names_table) return Kind::data_change;
    while (
        take_any({"LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "QUICK", "IGNORE", "INTO", "FROM"})) {
      continue;
    }
    take_table();
    return Kind::data_change;
  }

  SqlLexer& sql_;
  std::string_view default_schema_;
  const std::uint64_t sql_mode_;
  const bool mariadb_;
  Statement& statement_;
};

}  // namespace

std::string_view to_string(StatementKind kind) {
  switch (kind) {
    case Kind::begin:
      return "begin";
    case Kind::commit:
      return "commit";
    case Kind::rollback:
      return "rollback";
    case Kind::savepoint:
      return "savepoint";
    case Kind::rollback_to:
      return "rollback to savepoint";
    case Kind::release_savepoint:
      return "release savepoint";
    case Kind::xa_start:
      return "xa start";
    case Kind::xa_end:
      return "xa end";
    case Kind::xa_prepare:
      return "xa prepare";
    case Kind::xa_commit:
      return "xa commit";
    case Kind::xa_rollback:
      return "xa rollback";
    case Kind::dummy:
      return "dummy";
    case Kind::create_table:
      return "create table";
    case Kind::alter_table:
      return "alter table";
    case Kind::create_index:
      return "create index";
    case Kind::drop_index:
      return "drop index";
    case Kind::drop_table:
      return "drop table";
    case Kind::truncate_table:
      return "truncate table";
    case Kind::rename_table:
      return "rename table";
    case Kind::analyze_table:
      return "analyze table";
    case Kind::partition_rows:
      return "partition maintenance";
    case Kind::drop_database:
      return "drop database";
    case Kind::other_database:
      return "create or alter database";
    case Kind::other_definition:
      return "other definition";
    case Kind::data_change:
      return "data change";
    case Kind::unknown:
      return "unknown";
  }
  return "unknown";
}

Statement classify_statement(std::string_view sql, std::string_view default_schema,
                             std::uint64_t sql_mode, bool mariadb) {
  SqlLexer lexer(sql, (sql_mode & Query::kAnsiQuotes) != 0,
                 (sql_mode & Query::kNoBackslashEscapes) == 0, mariadb);
  Statement statement;
  statement.kind = Classifier(lexer, default_schema, sql_mode, mariadb, statement).classify();
  return statement;
}

}  // namespace tailrace::mysql
