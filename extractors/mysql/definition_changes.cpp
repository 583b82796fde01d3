#include "extractors/mysql/definition_changes.h"

#include <algorithm>
#include <utility>

#include "extractors/mysql/helper_table.h"

namespace tailrace::mysql {
namespace {

using Changes = std::vector<SchemaChange>;
using Kind = SchemaChangeKind;

SchemaChange change_of(Kind kind, std::vector<TableName> tables, std::string_view sql) {
  SchemaChange change;
  change.kind = kind;
  change.tables = std::move(tables);
  change.statement = sql;
  return change;
}

// MariaDB: the table that was there is gone with its rows, which are not logged.
bool replaces_table(std::string_view sql) {
  SqlLexer words(sql, false, true);
  return words.take("CREATE") && words.take("OR") && words.take("REPLACE");
}

class Interpreter {
 public:
  Interpreter(const Statement& statement, std::string_view sql, const CaptureFilter& filter,
              const HelperTables& helpers)
      : statement_(statement), sql_(sql), filter_(filter), helpers_(helpers) {}

  Result<Changes> interpret() {
    switch (statement_.kind) {
      case StatementKind::drop_database:
        return removed_database();
      case StatementKind::drop_table:
      case StatementKind::truncate_table:
        return removed_tables();
      case StatementKind::create_table:
        return created_table();
      case StatementKind::create_index:
      case StatementKind::alter_table:
        return altered_table();
      case StatementKind::rename_table:
        return renamed_tables();
      default:
        return Changes();
    }
  }

 private:
  bool captures(const TableName& name) const { return filter_.captures(name.schema, name.table); }

  Result<bool> is_helper(const TableName& name) const {
    auto base = helpers_.base_of(name);
    if (!base) return std::move(base).error();
    return !base->table.empty();
  }

  Result<Changes> removed_database() const {
    if (!filter_.captures_schema(statement_.identifier)) return Changes();
    return Changes{change_of(Kind::drop_schema, {{statement_.identifier, ""}}, sql_)};
  }

  Result<Changes> removed_tables() const {
    const bool truncated = statement_.kind == StatementKind::truncate_table;
    SchemaChange change = change_of(truncated ? Kind::truncate : Kind::drop_table, {}, sql_);
    for (const TableName& name : statement_.tables) {
      if (captures(name)) change.tables.push_back(name);
    }
    if (change.tables.empty()) return Changes();
    return Changes{std::move(change)};
  }

  Result<Changes> created_table() const {
    Changes changes;
    if (statement_.tables.empty()) return changes;
    const TableName& name = statement_.tables[0];
    const auto helper = is_helper(name);
    if (!helper) return helper.error();
    if (!captures(name) && !*helper) return changes;
    if (replaces_table(sql_)) changes.push_back(change_of(Kind::drop_table, {name}, sql_));
    changes.push_back(change_of(Kind::create_table, {name}, sql_));
    changes.back().helper = *helper;
    return changes;
  }

  Result<Changes> altered_table() const {
    if (statement_.tables.empty()) return Changes();
    const auto helper = is_helper(statement_.tables[0]);
    if (!helper) return helper.error();
    if (!captures(statement_.tables[0]) && !*helper) return Changes();
    if (statement_.kind == StatementKind::create_index && !*helper) return Changes();
    return Changes{alteration(*helper)};
  }

  // A unique index is refused where rows are equal in it. Only in a helper it loses rows: there the
  // tools copy what fits, and pass over the rest.
  SchemaChange alteration(bool helper) const {
    const Alterations& done = statement_.alterations;
    SchemaChange change = change_of(Kind::alter_table, {statement_.tables[0]}, sql_);
    change.helper = helper;
    change.columns_known = done.known;
    change.columns = done.columns;
    change.rows_changed = done.changes_values || (helper && done.adds_unique);
    return change;
  }

  // Pairs: old, new, old, new. A statement renames all of them, or none.
  Result<Changes> renamed_tables() {
    if (!statement_.alterations.columns.empty() || !statement_.alterations.known) {
      auto altered = altered_table();
      if (!altered) return altered;
      changes_ = *std::move(altered);
    }
    const auto& names = statement_.tables;
    for (std::size_t i = 0; i + 1 < names.size(); i += 2) {
      if (auto added = add_rename(i); !added) return std::move(added).error();
    }
    return std::move(changes_);
  }

  Status add_rename(std::size_t i) {
    const TableName& from = statement_.tables[i];
    const TableName& to = statement_.tables[i + 1];
    auto base = helpers_.base_of(from);
    if (!base) return std::move(base).error();
    auto new_base = helpers_.base_of(to);
    if (!new_base) return std::move(new_base).error();
    const bool known = captures(from) && base->table.empty();
    const bool wanted = captures(to) && new_base->table.empty();
    if (!base->table.empty() && *base == to) {
      changes_.push_back(change_of(Kind::swap_table, {to, from}, sql_));
    } else if (known && put_away_for_helper(i)) {
      return {};
    } else if (known && wanted) {
      add_pair(from, to);
    } else if (wanted) {
      add_unknown_rows(to);
    } else if (known && !given_to_unknown_rows(i)) {
      changes_.push_back(change_of(Kind::drop_table, {from}, sql_));
    }
    return {};
  }

  // T TO x, _T_gho TO T: what becomes of x is no business of ours, it gets no rows.
  bool put_away_for_helper(std::size_t i) const {
    const auto& names = statement_.tables;
    for (std::size_t next = i + 2; next + 1 < names.size(); next += 2) {
      const auto base = helpers_.base_of(names[next]);
      if (names[next + 1] == names[i] && base && *base == names[i]) return true;
    }
    return false;
  }

  // A later pair gives the name to a table that was not sent: T is copied anew, and so emptied.
  bool given_to_unknown_rows(std::size_t i) const {
    const auto& names = statement_.tables;
    for (std::size_t next = i + 2; next + 1 < names.size(); next += 2) {
      if (names[next + 1] == names[i]) return !captures(names[next]);
    }
    return false;
  }

  void add_pair(const TableName& from, const TableName& to) {
    const bool goes_on = !changes_.empty() && changes_.back().kind == Kind::rename_table;
    if (!goes_on) changes_.push_back(change_of(Kind::rename_table, {}, sql_));
    changes_.back().tables.push_back(from);
    changes_.back().tables.push_back(to);
  }

  // Its rows were logged under a name that is not captured, or before.
  void add_unknown_rows(const TableName& name) {
    changes_.push_back(change_of(Kind::alter_table, {name}, sql_));
    changes_.back().rows_changed = true;
  }

  const Statement& statement_;
  const std::string_view sql_;
  const CaptureFilter& filter_;
  const HelperTables& helpers_;
  Changes changes_;
};

}  // namespace

Result<TableName> HelperTables::base_of(const TableName& table) const {
  for (std::string& name : bases_of_helper(table.table)) {
    TableName base{table.schema, std::move(name)};
    if (!filter_.captures(base.schema, base.table)) continue;
    auto exists = exists_(base);
    if (!exists) return std::move(exists).error();
    if (*exists) return base;
  }
  return TableName();
}

Result<std::vector<SchemaChange>> definition_changes(const Statement& statement,
                                                     std::string_view sql,
                                                     const CaptureFilter& filter,
                                                     const HelperTables& helpers) {
  return Interpreter(statement, sql, filter, helpers).interpret();
}

}  // namespace tailrace::mysql
