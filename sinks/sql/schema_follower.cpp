#include "sinks/sql/schema_follower.h"

#include <algorithm>

#include <fmt/format.h>

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
    case SchemaChangeKind::truncate:
    case SchemaChangeKind::drop_schema:
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
    return {};
  }
  if (change.rows_changed) {
    if (auto given_up = give_up_rows(source, target, "rows changed that were not logged");
        !given_up) {
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
  altered.rows_changed = !altered.columns_known || helper->rows_changed;
  if (altered.columns_known) altered.columns = helper->pending;
  memory_.forget(change.tables[1]);
  return on_altered(altered, target);
}

Status SchemaFollower::on_renamed(const SchemaChange& change, std::span<const TableName> targets) {
  std::vector<TableName> pairs;
  const bool unsafe = dialect_.definitions_commit() && is_cyclic(targets);
  for (std::size_t i = 0; i + 1 < targets.size(); i += 2) {
    memory_.rename(change.tables[i], change.tables[i + 1]);
    auto from = access_.load(targets[i]);
    if (!from) return std::move(from).error();
    // A link of a chain is there by the time that its turn comes.
    const bool comes = std::find(pairs.begin(), pairs.end(), targets[i]) != pairs.end();
    if (!unsafe && (*from || comes)) {
      pairs.insert(pairs.end(), {targets[i], targets[i + 1]});
      continue;
    }
    auto to = access_.load(targets[i + 1]);
    if (!to) return std::move(to).error();
    // Done by a person, or before a crash.
    if (!unsafe && *to && dialect_.definitions_commit()) continue;
    auto given_up = give_up_rows(change.tables[i + 1], targets[i + 1], "it was renamed");
    if (!given_up) return given_up;
  }
  const std::vector<std::string> statements = dialect_.rename_tables(pairs);
  if (statements.empty() || policy_ == SchemaPolicy::ignore) return {};
  if (policy_ != SchemaPolicy::apply) {
    return Error(ErrorKind::schema_mismatch,
                 fmt::format("the source renamed table {} to {}", change.tables[0].to_string(),
                             change.tables[1].to_string()))
        .hint(statements.front());
  }
  for (const std::string& sql : statements) {
    if (auto done = access_.execute(sql, pairs.front()); !done) return done;
  }
  return {};
}

Status SchemaFollower::before_rows(const TableSchema& schema, const TableName& target) {
  if (!loaded_) return {};
  const KnownTable* known = memory_.find(schema.name);
  if (known != nullptr && known->pending.empty() && known->schema == schema) return {};
  if (schema.engine == SourceEngine::postgresql) return follow_identities(schema, target);
  return follow(schema.name, schema, target);
}

// A PostgreSQL source announces nothing but renamed tables: what changed is found by comparing.
Status SchemaFollower::follow_identities(const TableSchema& schema, const TableName& target) {
  KnownTable& known = memory_.of(schema.name);
  if (!known.schema) {
    const std::optional<TableName> before = memory_.find_identity(schema);
    known.schema = with_known_identities({}, schema);
    if (!before) return {};
    memory_.forget(*before);
    return give_up_rows(schema.name, target, "it was renamed from " + before->to_string());
  }
  // Of a catalogue that may be behind what the rows have shown, or ahead of it: the mapping
  // compares.
  if (!has_identities(schema)) return {};
  const TableSchema after = with_known_identities(*known.schema, schema);
  IdentifiedChanges changes = identified_changes(*known.schema, schema);
  known.pending = std::move(changes.columns);
  known.schema = without_columns(*known.schema, changes.unsent);
  return follow(schema.name, after, target, changes.stale);
}

Status SchemaFollower::follow(const TableName& source, const TableSchema& after,
                              const TableName& target, const std::string& stale) {
  auto table = access_.load(target);
  if (!table) return std::move(table).error();
  KnownTable& known = memory_.of(source);
  if (*table) {
    (*table)->name = target;
    SchemaDiff diff = diff_schema(known, after, **table, dialect_);
    if (!stale.empty()) diff.stale = stale;
    // Rows show whether the target can take them, and what is missing is said with its cure.
    if (!diff.stale.empty() && !copies_again_) return {};
    auto steps = permitted_steps(diff, policy_, target);
    if (!steps) return std::move(steps).error();
    if (!diff.stale.empty()) {
      if (auto given_up = give_up_rows(source, target, diff.stale); !given_up) return given_up;
    }
    if (auto done = run(*steps, target); !done) return done;
    if (!steps->empty()) followed_.push_back(source);
  }
  known = KnownTable();
  known.schema = after;
  return {};
}

Status SchemaFollower::run(const std::vector<SchemaStep>& steps, const TableName& target) {
  for (const SchemaStep& step : steps) {
    Status done = access_.execute(step.statement, target);
    if (done) continue;
    Error error = std::move(done).error();
    if (error.kind() == ErrorKind::row_rejected || error.kind() == ErrorKind::unclassified ||
        error.kind() == ErrorKind::unsupported_value) {
      error = std::move(error).as(ErrorKind::schema_mismatch);
    }
    return std::move(error).hint(step.statement);
  }
  return {};
}

// The rows go at once: they would only stand in the way of the new definition.
Status SchemaFollower::give_up_rows(const TableName& source, const TableName& target,
                                    const std::string& why) {
  if (policy_ == SchemaPolicy::ignore) return {};
  if (policy_ == SchemaPolicy::stop || !copies_again_) {
    return Error(ErrorKind::schema_mismatch,
                 fmt::format("rows of {} have to be copied again: {}", source.to_string(), why))
        .hint("tailrace snapshot with --table " + source.to_string());
  }
  const auto known = [&](const StaleTable& stale) { return stale.table == source; };
  if (std::any_of(stale_.begin(), stale_.end(), known)) return {};
  stale_.push_back({source, why});
  emptied_.insert(target);
  auto table = access_.load(target);
  if (!table) return std::move(table).error();
  return *table ? access_.clear(target) : Status();
}

}  // namespace tailrace::sql
