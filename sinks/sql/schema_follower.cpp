#include "sinks/sql/schema_follower.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "sinks/sql/announced_columns.h"
#include "sinks/sql/column_identity.h"

namespace tailrace::sql {
namespace {

// Some name is given up and taken again: a repetition could not tell what has been done.
bool is_cyclic(std::span<const TableName> pairs) {
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
    for (std::size_t j = 0; j + 1 < pairs.size(); j += 2) {
      if (pairs[i] == pairs[j + 1]) return true;
    }
  }
  return false;
}

}  // namespace

std::vector<std::string> rename_statements(const Dialect& dialect,
                                           const std::vector<TableName>& pairs,
                                           const RenameMarkers& markers) {
  if (markers.after.table.empty()) return dialect.rename_tables(pairs);
  std::vector<std::string> statements;
  const auto make_marker = [&](const TableName& name) {
    statements.push_back("CREATE TABLE " + dialect.table(name) + " (done INT)");
  };
  if (!dialect.definitions_commit()) {
    statements = dialect.rename_tables(pairs);
    make_marker(markers.after);
    return statements;
  }
  for (const TableName& name : {markers.old, markers.before}) {
    if (name.table.empty()) continue;
    statements.push_back("DROP TABLE IF EXISTS " + dialect.table(name));
  }
  make_marker(markers.before);
  std::vector<TableName> all = pairs;
  all.insert(all.end(), {markers.before, markers.after});
  for (std::string& sql : dialect.rename_tables(all)) statements.push_back(std::move(sql));
  return statements;
}

void SchemaFollower::rolled_back() {
  memory_.rolled_back();
  stale_.clear();
  followed_.clear();
  emptied_.clear();
}

Status SchemaFollower::on_change(const SchemaChange& change, std::span<const TableName> targets) {
  switch (change.kind) {
    case SchemaChangeKind::create_table:
      memory_.forget(change.tables[0]);
      if (change.helper) memory_.of(change.tables[0]) = KnownTable();
      return {};
    case SchemaChangeKind::alter_table:
      return on_altered(change, targets[0]);
    case SchemaChangeKind::rename_table:
      return on_renamed(change, targets);
    case SchemaChangeKind::swap_table:
      return on_swapped(change, targets[0]);
    case SchemaChangeKind::drop_table:
      for (const TableName& name : change.tables) memory_.forget(name);
      return {};
    case SchemaChangeKind::drop_schema:
      memory_.forget_schema(change.tables[0].schema);
      return {};
    case SchemaChangeKind::truncate:
    case SchemaChangeKind::other:
      return {};
  }
  return {};
}

Status SchemaFollower::apply(const SchemaChange& change, std::span<const TableName> targets,
                             const Deeds& deeds) {
  if (auto followed = on_change(change, targets); !followed) return followed;
  for (const TableName& target : targets) {
    auto applied = apply_to(target, change.kind, deeds);
    if (!applied) return std::move(applied).error().with("table " + target.to_string());
  }
  return {};
}

Status SchemaFollower::apply_to(const TableName& target, SchemaChangeKind kind,
                                const Deeds& deeds) {
  switch (kind) {
    case SchemaChangeKind::truncate:
      return deeds.truncate ? deeds.truncate(target) : Status();
    case SchemaChangeKind::drop_table: {
      auto goes = drops(target);
      if (!goes) return std::move(goes).error();
      return *goes ? deeds.drop(target) : Status();
    }
    case SchemaChangeKind::drop_schema:
      return keeps_tables() ? Status() : deeds.refuse_drop_schema(target);
    case SchemaChangeKind::create_table:
    case SchemaChangeKind::alter_table:
    case SchemaChangeKind::rename_table:
    case SchemaChangeKind::swap_table:
    // Rows of a changed table show what is missing at the target, if anything.
    case SchemaChangeKind::other:
      return {};
  }
  return {};
}

Status SchemaFollower::on_altered(const SchemaChange& change, const TableName& target) {
  const TableName& source = change.tables[0];
  // Of a helper whose beginning was not seen nothing is known, and nothing will be assumed.
  if (change.helper && memory_.find(source) == nullptr) return {};
  KnownTable& known = memory_.of(source);
  known.pending.insert(known.pending.end(), change.columns.begin(), change.columns.end());
  known.columns_known = known.columns_known && change.columns_known;
  if (change.helper) {
    known.rows_changed = known.rows_changed || change.rows_changed;
    known.filled = known.filled || change.filled;
    return {};
  }
  known.ahead = converging_.contains(target);
  if (change.rows_changed) {
    if (auto given_up = give_up_rows(source, target, std::string(kRowsChanged)); !given_up) {
      return given_up;
    }
  }
  if (change.after != nullptr && agrees(known, *change.after)) {
    return follow(source, *change.after, target);
  }
  const auto after = announced_schema(known);
  return after ? follow(source, *after, target) : Status();
}

Status SchemaFollower::on_swapped(const SchemaChange& change, const TableName& target) {
  const TableName& source = change.tables[0];
  const KnownTable* helper = memory_.find(change.tables[1]);
  SchemaChange altered;
  altered.kind = SchemaChangeKind::alter_table;
  altered.tables = {source};
  altered.statement = change.statement;
  altered.columns_known = helper != nullptr && helper->columns_known;
  altered.rows_changed = !altered.columns_known || helper->rows_changed || !helper->filled;
  if (altered.columns_known) altered.columns = helper->pending;
  memory_.forget(change.tables[1]);
  return on_altered(altered, target);
}

// What is there, and what will be when its turn comes: a table that is missing never had rows, or
// was renamed already, by a person or before a crash.
Result<std::vector<TableName>> SchemaFollower::pairs_to_rename(
    std::span<const TableName> targets) const {
  std::vector<TableName> pairs;
  std::map<TableName, bool> known;
  for (std::size_t i = 0; i + 1 < targets.size(); i += 2) {
    if (!known.contains(targets[i])) {
      auto table = access_.load(targets[i]);
      if (!table) return std::move(table).error();
      known[targets[i]] = table->has_value();
    }
    if (!known[targets[i]]) continue;
    pairs.insert(pairs.end(), {targets[i], targets[i + 1]});
    known[targets[i]] = false;
    known[targets[i + 1]] = true;
  }
  return pairs;
}

Status SchemaFollower::on_renamed(const SchemaChange& change, std::span<const TableName> targets) {
  // PostgreSQL: another table has taken over that name, which the identities of its rows will show.
  const KnownTable* holder = change.tables.size() == 2 ? memory_.find(change.tables[1]) : nullptr;
  if (holder != nullptr && holder->schema && holder->schema->engine == SourceEngine::postgresql) {
    memory_.forget(change.tables[0]);
    return {};
  }
  for (std::size_t i = 0; i + 1 < change.tables.size(); i += 2) {
    memory_.rename(change.tables[i], change.tables[i + 1]);
    if (policy_ == SchemaPolicy::ignore) memory_.forget(change.tables[i + 1]);
  }
  if (policy_ == SchemaPolicy::ignore) return {};
  auto pairs = pairs_to_rename(targets);
  if (!pairs) return std::move(pairs).error();
  if (pairs->empty()) return {};
  const bool cyclic = is_cyclic(targets);
  if (cyclic && (dialect_.definitions_commit() || policy_ != SchemaPolicy::apply)) {
    auto done = access_.load(dialect_.state_table(marker("renamed", memory_.renames())));
    if (!done) return std::move(done).error();
    if (*done) {
      memory_.count_rename();
      return {};
    }
  }
  if (policy_ == SchemaPolicy::apply) return rename_once(*pairs, cyclic);
  std::string cure;
  for (const std::string& sql :
       rename_statements(dialect_, *pairs, cyclic ? markers() : RenameMarkers())) {
    cure += (cure.empty() ? "" : "; ") + sql;
  }
  return Error(ErrorKind::schema_mismatch,
               fmt::format("the source renamed table {} to {}, and the target may not follow by "
                           "itself",
                           change.tables[0].to_string(), change.tables[1].to_string()))
      .hint(std::move(cure));
}

// Where definitions commit at once, a crash may come between them and the checkpoint. So a marker
// is renamed in the same statement, which does all or nothing; its number is in the ledger, and
// goes on with the checkpoint.
Status SchemaFollower::rename_once(const std::vector<TableName>& pairs, bool cyclic) {
  const bool marked = cyclic && dialect_.definitions_commit();
  for (const std::string& sql :
       rename_statements(dialect_, pairs, marked ? markers() : RenameMarkers())) {
    if (auto done = access_.execute(sql, pairs.front()); !done) return done;
  }
  if (marked) memory_.count_rename();
  return {};
}

std::string SchemaFollower::marker(std::string_view prefix, std::uint64_t number) const {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const char c : access_.sink) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  }
  return fmt::format("{}_{:016x}_{}", prefix, hash, number);
}

RenameMarkers SchemaFollower::markers() const {
  const std::uint64_t number = memory_.renames();
  RenameMarkers names;
  if (number > 0) names.old = dialect_.state_table(marker("renamed", number - 1));
  names.before = dialect_.state_table(marker("renaming", number));
  names.after = dialect_.state_table(marker("renamed", number));
  return names;
}

Result<bool> SchemaFollower::drops(const TableName& target) {
  if (policy_ == SchemaPolicy::apply) return true;
  if (policy_ != SchemaPolicy::stop) return false;
  auto table = access_.load(target);
  if (!table) return std::move(table).error();
  if (!*table) return false;
  return Error(ErrorKind::schema_mismatch,
               fmt::format("the source dropped the table of {}, and the target may not follow by "
                           "itself",
                           target.to_string()))
      .hint("DROP TABLE " + dialect_.table(target));
}

Status SchemaFollower::before_rows(const TableSchema& schema, const TableName& target) {
  if (!loaded_) return {};
  const KnownTable* known = memory_.find(schema.name);
  if (known != nullptr && known->pending.empty() && !known->rows_changed &&
      known->schema == schema) {
    auto table = access_.load(target);
    if (!table) return std::move(table).error();
    return *table ? Status() : follow_missing(schema.name, schema, target);
  }
  if (schema.engine == SourceEngine::postgresql) return follow_identities(schema, target);
  return follow(schema.name, schema, target);
}

// A PostgreSQL source announces nothing but renamed tables: what changed is found by comparing.
Status SchemaFollower::follow_identities(const TableSchema& schema, const TableName& target) {
  KnownTable& known = memory_.of(schema.name);
  if (!known.schema) {
    const std::optional<TableName> before = memory_.find_identity(schema);
    known.schema = with_known_identities({}, schema);
    if (!before) return follow_lost_rows(schema.name, target);
    memory_.forget(*before);
    return give_up_rows(schema.name, target, "it was renamed from " + before->to_string());
  }
  // Of a catalogue that may be behind what the rows have shown, or ahead of it: the mapping
  // compares.
  if (!has_identities(schema) || is_older(schema, *known.schema)) {
    return follow_lost_rows(schema.name, target);
  }
  const TableSchema after = with_known_identities(*known.schema, schema);
  IdentifiedChanges changes = identified_changes(*known.schema, schema);
  known.pending = std::move(changes.columns);
  known.schema = without_columns(*known.schema, changes.unsent);
  return follow(schema.name, after, target, changes.stale);
}

// A unit that was to say so never ended.
Status SchemaFollower::follow_lost_rows(const TableName& source, const TableName& target) {
  const KnownTable* known = memory_.find(source);
  if (known == nullptr || !known->rows_changed) return {};
  return give_up_rows(source, target, std::string(kRowsChanged));
}

Status SchemaFollower::follow(const TableName& source, const TableSchema& after,
                              const TableName& target, const std::string& stale) {
  auto table = access_.load(target);
  if (!table) return std::move(table).error();
  KnownTable& known = memory_.of(source);
  if (!*table && (known.schema || known.rows_changed)) {
    if (auto followed = follow_missing(source, after, target); !followed) return followed;
  }
  if (*table) {
    (*table)->name = target;
    known.ahead = converging_.contains(target);
    SchemaDiff diff = diff_schema(known, after, **table, dialect_, policy_);
    if (!stale.empty()) diff.stale = stale;
    auto steps = permitted_steps(diff.steps, policy_, target);
    if (!steps) return std::move(steps).error();
    if (!diff.stale.empty()) {
      if (auto given_up = give_up_rows(source, target, diff.stale); !given_up) return given_up;
    }
    if (auto done = run(*steps, source, target); !done) return done;
    if (!steps->empty()) followed_.push_back(source);
  }
  known = KnownTable();
  known.schema = after;
  return {};
}

// It had rows, and would be made anew without them.
Status SchemaFollower::follow_missing(const TableName& source, const TableSchema& after,
                                      const TableName& target) {
  const bool may_create = policy_ == SchemaPolicy::apply || policy_ == SchemaPolicy::add_only;
  if (may_create && copies_again_) {
    return give_up_rows(source, target, "the target's table is gone");
  }
  return Error(
             ErrorKind::schema_mismatch,
             fmt::format("target table {} is gone, with the rows that it had", target.to_string()))
      .hint(create_table(dialect_, after, target));
}

Status SchemaFollower::run(const std::vector<SchemaStep>& steps, const TableName& source,
                           const TableName& target) {
  for (const SchemaStep& step : steps) {
    auto made = step.kind == SchemaStep::Kind::change_key ? make_key(step, source, target)
                                                          : make(step, target);
    if (!made) return made;
  }
  return {};
}

Status SchemaFollower::make(const SchemaStep& step, const TableName& target) {
  if (!dialect_.changes_whole_tables()) return execute(step, step.statement, target);
  auto table = access_.load(target);
  if (!table) return std::move(table).error();
  if (!*table) return {};
  (*table)->name = target;
  const std::string statement = restated(step, **table, dialect_);
  return statement.empty() ? Status() : execute(step, statement, target);
}

// Rows that do not fit the new key cannot be the source's.
Status SchemaFollower::make_key(const SchemaStep& step, const TableName& source,
                                const TableName& target) {
  if (!step.misfits.empty() && access_.finds_row) {
    auto misfit = access_.finds_row(step.misfits);
    if (!misfit) return std::move(misfit).error();
    if (*misfit) {
      auto given_up = give_up_rows(source, target, "rows do not fit the new primary key");
      if (!given_up) return std::move(given_up).error().hint(step.statement);
    }
  }
  return make(step, target);
}

Status SchemaFollower::execute(const SchemaStep& step, const std::string& statement,
                               const TableName& target) {
  Status done = access_.execute(statement, target);
  if (done) return {};
  Error error = std::move(done).error();
  const bool refused =
      error.kind() == ErrorKind::row_rejected || error.kind() == ErrorKind::unclassified ||
      error.kind() == ErrorKind::unsupported_value || error.kind() == ErrorKind::schema_mismatch;
  if (refused) error = std::move(error).as(ErrorKind::schema_mismatch);
  return std::move(error).hint(refused && !step.cure.empty() ? step.cure : statement);
}

// The rows go at once: they would only stand in the way of the new definition.
Status SchemaFollower::give_up_rows(const TableName& source, const TableName& target,
                                    const std::string& why) {
  if (!copies_again_) {
    return Error(ErrorKind::schema_mismatch,
                 fmt::format("rows of {} have to be copied again: {}", source.to_string(), why))
        .hint("tailrace snapshot with --table " + source.to_string());
  }
  if (auto noted = remember_given_up(source); !noted) return noted;
  // What came since the last time may not fit the new definition either.
  const auto known = [&](const StaleTable& stale) { return stale.table == source; };
  if (std::none_of(stale_.begin(), stale_.end(), known)) stale_.push_back({source, why});
  emptied_.insert(target);
  auto table = access_.load(target);
  if (!table) return std::move(table).error();
  return *table ? access_.clear(target) : Status();
}

// The definitions that follow commit by themselves, with the rows that went. Whoever goes on after
// a crash finds a table that looks as it should, and must not take its rows for the source's.
Status SchemaFollower::remember_given_up(const TableName& source) {
  if (KnownTable* known = memory_.find(source)) known->rows_changed = false;  // with the unit
  if (!dialect_.definitions_commit() || !access_.remember) return {};
  const auto entry = memory_.mark_rows_changed(source);
  return entry ? access_.remember(*entry) : Status();
}

}  // namespace tailrace::sql
