#include "extractors/mysql/definition_changes.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "extractors/mysql/helper_table.h"

namespace tailrace::mysql {
namespace {

using Changes = std::vector<SchemaChange>;
using Kind = SchemaChangeKind;

// How the tools sign their statements (go/logic/applier.go; bin/pt-online-schema-change).
constexpr std::string_view kGhost = "/* gh-ost */";
constexpr std::string_view kPtOnlineSchemaChange = "/* pt-online-schema-change */";

SchemaChange change_of(Kind kind, std::vector<TableName> tables, std::string_view sql) {
  SchemaChange change;
  change.kind = kind;
  change.tables = std::move(tables);
  change.statement = sql;
  return change;
}

class Interpreter {
 public:
  Interpreter(const Statement& statement, std::string_view sql, const CaptureFilter& filter,
              const HelperTables& helpers)
      : statement_(statement), sql_(sql), filter_(filter), helpers_(helpers) {}

  Result<Changes> interpret() {
    if (auto told = tell(); !told) return std::move(told).error();
    if (auto told = tell_of_helpers(); !told) return std::move(told).error();
    return std::move(changes_);
  }

 private:
  Status tell() {
    switch (statement_.kind) {
      case StatementKind::drop_database:
        return removed_database();
      case StatementKind::drop_table:
        return dropped_tables();
      case StatementKind::truncate_table:
        return truncated_tables();
      case StatementKind::create_table:
        return created_table();
      case StatementKind::create_index:
      case StatementKind::drop_index:
      case StatementKind::alter_table:
        return altered_table();
      case StatementKind::rename_table:
        return renamed_tables();
      case StatementKind::analyze_table:
        return analyzed_tables();
      case StatementKind::partition_rows:
        return changed_partition();
      default:
        return {};
    }
  }

  bool captures(const TableName& name) const { return filter_.captures(name.schema, name.table); }

  Result<bool> is_helper(const TableName& name) const {
    auto base = helpers_.base_of(name);
    if (!base) return std::move(base).error();
    return !base->table.empty();
  }
  // Its rows are sent.
  Result<bool> is_sent(const TableName& name) const {
    if (!captures(name)) return false;
    auto helper = is_helper(name);
    if (!helper) return std::move(helper).error();
    return !*helper;
  }

  Status removed_database() {
    if (!filter_.captures_schema(statement_.identifier)) return {};
    changes_.push_back(change_of(Kind::drop_schema, {{statement_.identifier, ""}}, sql_));
    return {};
  }

  Status dropped_tables() {
    SchemaChange change = change_of(Kind::drop_table, {}, sql_);
    for (const TableName& name : statement_.tables) {
      if (!captures(name)) continue;
      change.tables.push_back(name);
      gone_.insert(name);
    }
    if (!change.tables.empty()) changes_.push_back(std::move(change));
    return {};
  }

  Status truncated_tables() {
    for (const TableName& name : statement_.tables) {
      auto sent = is_sent(name);
      if (!sent) return std::move(sent).error();
      if (*sent) changes_.push_back(change_of(Kind::truncate, {name}, sql_));
    }
    return {};
  }

  Status created_table() {
    if (statement_.tables.empty()) return {};
    const TableName& name = statement_.tables[0];
    const auto helper = is_helper(name);
    if (!helper) return helper.error();
    if (!captures(name) && !*helper) return {};
    // MariaDB: the table that was there is gone with its rows, which are not logged.
    if (statement_.replaces && !*helper) {
      changes_.push_back(change_of(Kind::drop_table, {name}, sql_));
    }
    // Logged where it was there already, too: then nothing has become of it.
    const bool maybe = statement_.may_exist && !*helper;
    changes_.push_back(change_of(maybe ? Kind::alter_table : Kind::create_table, {name}, sql_));
    changes_.back().columns_known = maybe;
    changes_.back().helper = *helper;
    if (!*helper) came_.insert(name);
    return {};
  }

  Status altered_table() {
    if (statement_.tables.empty()) return {};
    return add_alteration(statement_.tables[0], statement_.alterations.changes_values);
  }

  // A unique index is refused where rows are equal in it. Only in a helper it loses rows: there the
  // tools copy what fits, and pass over the rest.
  Status add_alteration(const TableName& name, bool rows_changed) {
    const auto helper = is_helper(name);
    if (!helper) return helper.error();
    if (!captures(name) && !*helper) return {};
    const Alterations& done = statement_.alterations;
    SchemaChange change = change_of(Kind::alter_table, {name}, sql_);
    change.helper = *helper;
    change.columns_known = done.known;
    change.columns = done.columns;
    // What was not understood may have been anything.
    change.rows_changed = rows_changed || !done.known || (*helper && done.adds_unique);
    changes_.push_back(std::move(change));
    return {};
  }

  // Rows go, come or move between tables with a partition, or with the file of a tablespace.
  Status changed_partition() {
    if (statement_.tables.empty()) return {};
    if (auto added = add_alteration(statement_.tables[0], true); !added) return added;
    if (statement_.tables.size() < 2) return {};
    const TableName& other = statement_.tables[1];
    if (statement_.other_goes) {
      if (!captures(other)) return {};
      changes_.push_back(change_of(Kind::drop_table, {other}, sql_));
      gone_.insert(other);
      return {};
    }
    came_.insert(other);
    return add_unknown_rows(other);
  }

  // pt-online-schema-change does it to its table when all rows are there, just before the swap.
  Status analyzed_tables() {
    if (!is_of(kPtOnlineSchemaChange)) return {};
    for (const TableName& name : statement_.tables) {
      const auto helper = is_helper(name);
      if (!helper) return helper.error();
      if (*helper) add_filled(name);
    }
    return {};
  }

  // The tool names itself in a comment.
  bool is_of(std::string_view tool) const { return sql_.find(tool) != std::string_view::npos; }

  void add_filled(const TableName& helper) {
    changes_.push_back(change_of(Kind::alter_table, {helper}, sql_));
    changes_.back().helper = true;
    changes_.back().columns_known = true;
    changes_.back().filled = true;
  }

  // Pairs: old, new, old, new. A statement renames all of them, or none.
  Status renamed_tables() {
    const auto& names = statement_.tables;
    for (std::size_t i = 0; i + 1 < names.size(); i += 2) {
      if (auto added = add_rename(i); !added) return added;
      note_rename(names[i], names[i + 1]);
    }
    // ALTER TABLE: under the new name, so that all that follows from it concerns that.
    const bool renamed = !changes_.empty() && changes_.back().kind == Kind::rename_table;
    if (!statement_.alterations.alters || !renamed) return {};
    return add_alteration(names[1], statement_.alterations.changes_values);
  }

  void note_rename(const TableName& from, const TableName& to) {
    if (came_.erase(from) == 0) gone_.insert(from);
    if (gone_.erase(to) == 0) came_.insert(to);
  }

  Status add_rename(std::size_t i) {
    const TableName& from = statement_.tables[i];
    const TableName& to = statement_.tables[i + 1];
    if (is_swapped_in(i)) return add_swap(to, from);
    if (is_put_away(i)) return captures(to) ? add_unknown_rows(to) : Status();
    const auto wanted = is_sent(to);
    if (!wanted) return wanted.error();
    // Of a table with such a name nobody can tell later which of its rows were sent.
    const bool doubtful = helpers_.has_helper_name(from);
    const bool known = captures(from) && !doubtful;
    if (known && *wanted) {
      add_pair(from, to);
      return {};
    }
    if (captures(from) && !given_to_unknown_rows(i)) {
      changes_.push_back(change_of(Kind::drop_table, {from}, sql_));
    }
    return *wanted ? add_unknown_rows(to) : Status();
  }

  // An earlier pair has taken the name from its table.
  bool is_swapped_in(std::size_t i) const {
    const auto& names = statement_.tables;
    if (!helpers_.takes_over(names[i], names[i + 1])) return false;
    for (std::size_t before = 0; before < i; before += 2) {
      if (names[before] == names[i + 1]) return true;
    }
    return false;
  }

  // T TO x, _T_gho TO T: T keeps its rows at the targets.
  bool is_put_away(std::size_t i) const {
    const auto& names = statement_.tables;
    for (std::size_t next = i + 2; next + 1 < names.size(); next += 2) {
      if (names[next + 1] == names[i] && helpers_.takes_over(names[next], names[i])) return true;
    }
    return false;
  }

  // A later pair gives the name to a table that was not sent: T is copied anew, and so emptied.
  bool given_to_unknown_rows(std::size_t i) const {
    const auto& names = statement_.tables;
    for (std::size_t next = i + 2; next + 1 < names.size(); next += 2) {
      if (names[next + 1] != names[i]) continue;
      return !captures(names[next]) || helpers_.has_helper_name(names[next]);
    }
    return false;
  }

  Status add_swap(const TableName& table, const TableName& helper) {
    if (is_of(kGhost)) add_filled(helper);
    changes_.push_back(change_of(Kind::swap_table, {table, helper}, sql_));
    // In case that it was taken for a table like any other for a while.
    if (captures(helper)) changes_.push_back(change_of(Kind::drop_table, {helper}, sql_));
    return {};
  }

  void add_pair(const TableName& from, const TableName& to) {
    const bool goes_on = !changes_.empty() && changes_.back().kind == Kind::rename_table;
    if (!goes_on) changes_.push_back(change_of(Kind::rename_table, {}, sql_));
    changes_.back().tables.push_back(from);
    changes_.back().tables.push_back(to);
  }

  // Its rows were logged under a name that is not captured, or before.
  Status add_unknown_rows(const TableName& name) {
    const auto sent = is_sent(name);
    if (!sent) return sent.error();
    if (!*sent) return {};
    changes_.push_back(change_of(Kind::alter_table, {name}, sql_));
    changes_.back().rows_changed = true;
    return {};
  }

  // Helpers of a table that is gone become tables like any other, of which no row was ever sent;
  // those of a table that has come are not sent from now on.
  Status tell_of_helpers() {
    const auto is_named = [&](const TableName& name) {
      const auto& names = statement_.tables;
      return std::find(names.begin(), names.end(), name) != names.end();
    };
    for (const auto* bases : {&gone_, &came_}) {
      for (const TableName& base : *bases) {
        auto helpers = helpers_.named_after(base);
        if (!helpers) return std::move(helpers).error();
        for (const TableName& name : *helpers) {
          if (is_named(name)) continue;
          if (auto told = tell_of_helper(name, bases == &gone_); !told) return told;
        }
      }
    }
    return {};
  }

  Status tell_of_helper(const TableName& name, bool base_is_gone) {
    if (base_is_gone) return add_unknown_rows(name);
    const auto helper = is_helper(name);
    if (!helper) return helper.error();
    if (*helper) changes_.push_back(change_of(Kind::drop_table, {name}, sql_));
    return {};
  }

  const Statement& statement_;
  const std::string_view sql_;
  const CaptureFilter& filter_;
  const HelperTables& helpers_;
  Changes changes_;
  // Names that no table has any more, and those that one has now and none had before.
  std::set<TableName> gone_;
  std::set<TableName> came_;
};

}  // namespace

std::vector<TableName> HelperTables::captured_bases(const TableName& table) const {
  std::vector<TableName> bases;
  if (!followed_) return bases;
  for (std::string& name : parse_helper_name(table.table).bases) {
    if (filter_.captures(table.schema, name)) bases.push_back({table.schema, std::move(name)});
  }
  return bases;
}

Result<TableName> HelperTables::base_of(const TableName& table) const {
  for (TableName& base : captured_bases(table)) {
    auto exists = existing_.has(base);
    if (!exists) return std::move(exists).error();
    if (*exists) return std::move(base);
  }
  return TableName();
}

bool HelperTables::has_helper_name(const TableName& table) const {
  return !captured_bases(table).empty();
}

bool HelperTables::takes_over(const TableName& table, const TableName& base) const {
  const std::vector<TableName> bases = captured_bases(table);
  return parse_helper_name(table.table).takes_over &&
         std::find(bases.begin(), bases.end(), base) != bases.end();
}

Result<std::vector<TableName>> HelperTables::named_after(const TableName& base) const {
  std::vector<TableName> found;
  if (!followed_ || !filter_.captures(base.schema, base.table)) return found;
  auto tables = existing_.underscored(base.schema);
  if (!tables) return std::move(tables).error();
  std::copy_if(std::make_move_iterator(tables->begin()), std::make_move_iterator(tables->end()),
               std::back_inserter(found), [&](const TableName& name) {
                 const auto bases = captured_bases(name);
                 return filter_.captures(name.schema, name.table) &&
                        std::find(bases.begin(), bases.end(), base) != bases.end();
               });
  return found;
}

std::map<TableName, TableName> find_helpers(const CaptureFilter& filter, bool followed,
                                            const std::set<TableName>& tables) {
  const HelperTables helpers(
      filter, followed,
      {[&](const TableName& name) -> Result<bool> { return tables.contains(name); }, {}});
  std::map<TableName, TableName> found;
  for (const TableName& name : tables) {
    auto base = helpers.base_of(name);
    if (base && !base->table.empty()) found.emplace(name, *std::move(base));
  }
  return found;
}

Result<std::vector<SchemaChange>> definition_changes(const Statement& statement,
                                                     std::string_view sql,
                                                     const CaptureFilter& filter,
                                                     const HelperTables& helpers) {
  return Interpreter(statement, sql, filter, helpers).interpret();
}

}  // namespace tailrace::mysql
