#include "sinks/sqlite/sqlite_sink.h"

#include <fmt/format.h>

#include "sinks/sql/checkpoint_row.h"
#include "sinks/sql/keyless.h"
#include "sinks/sql/ledger.h"
#include "sinks/sqlite/catalogue.h"
#include "sinks/sqlite/ledger_table.h"
#include "sinks/sqlite/rebuild.h"
#include "sinks/sqlite/statements.h"

namespace tailrace::sqlite {
namespace {

using sql::Image;
using sql::TableMapping;

constexpr const char* kStoreCheckpoint =
    "UPDATE tailrace_checkpoint SET source_id = ?4, position = ?5, commit_time_us = ?6,"
    " updated_at = strftime('%Y-%m-%d %H:%M:%fZ')"
    " WHERE pipeline = ?1 AND sink = ?2 AND epoch = ?3";

// Of the key as well.
std::vector<std::uint16_t> sent_columns(const TableMapping& mapping, Image row) {
  std::vector<std::uint16_t> columns;
  for (std::uint16_t i = 0; i < mapping.columns.size(); ++i) {
    if (!row[mapping.columns[i].source].is_unchanged()) columns.push_back(i);
  }
  return columns;
}

}  // namespace

SqliteSink::SqliteSink(Database database, const SqliteDialect& dialect,
                       const sql::ValuePolicy& values, const Lease& lease,
                       std::optional<Checkpoint> checkpoint)
    : database_(std::move(database)),
      dialect_(dialect),
      values_(values),
      lease_(lease),
      checkpoint_(std::move(checkpoint)),
      writer_(database_, values_),
      mappings_(
          dialect, [this](const TableName& name) { return load_table(database_, name); },
          [this](const TableSchema& schema, const TableName& name) {
            return database_.exec(sql::create_table(dialect_, schema, name));
          }),
      follower_(dialect_,
                {.load = [this](const TableName& name) { return load_table(database_, name); },
                 .execute = [this](const std::string& sql,
                                   const TableName& target) { return define(sql, target); },
                 .clear = [this](const TableName& target) { return clear_table(target); },
                 .finds_row = [this](const std::string& sql) { return finds_row(sql); },
                 .sink = lease.pipeline + "/" + lease.sink}) {}

Result<std::vector<LedgerEntry>> SqliteSink::read_ledger() {
  auto entries = read_all_entries();
  if (entries) std::erase_if(*entries, sql::SchemaMemory::owns);
  return entries;
}

Result<std::vector<LedgerEntry>> SqliteSink::read_all_entries() {
  return sqlite::read_ledger(database_, lease_);
}

// Read once a session, before anything is followed.
Status SqliteSink::know_schemas() {
  if (follower_.loaded()) return {};
  auto entries = read_all_entries();
  if (!entries) return std::move(entries).error();
  follower_.load(*entries);
  return {};
}

// A statement that is still prepared would keep its table locked.
Status SqliteSink::define(const std::string& sql, const TableName& target) {
  mappings_.clear();
  writer_.forget();
  auto done = database_.exec(inside_transaction(sql));
  if (done) return {};
  static_cast<void>(database_.exec("PRAGMA legacy_alter_table=OFF"));  // rebuild.h left it on
  return std::move(done).error().with("table " + target.table);
}

Result<bool> SqliteSink::finds_row(const std::string& sql) {
  auto rows = database_.prepare(sql);
  if (!rows) return std::move(rows).error();
  return rows->step();
}

Result<const TableMapping*> SqliteSink::find(const SchemaPtr& schema, const TableName& target) {
  SchemaPtr& followed = followed_[target];
  if (followed != schema) {
    if (auto known = know_schemas(); !known) return std::move(known).error();
    if (auto done = follower_.before_rows(*schema, target); !done) return std::move(done).error();
    mappings_.clear();
    followed = schema;
  }
  return mappings_.find(schema, target);
}

Status SqliteSink::write_ledger(std::span<const LedgerEntry> entries) {
  return sqlite::write_ledger(writer_, lease_, entries);
}

bool SqliteSink::is_converging(const TableMapping& mapping) const {
  return converging_.contains(mapping.target.name) || follower_.is_stale(mapping.target.name);
}

Error SqliteSink::absent_row(const TableMapping& mapping, Image row, Error error) const {
  return std::move(error)
      .with(sql::describe_row(mapping, row))
      .with("table " + mapping.target.name.table);
}

Status SqliteSink::run_rows(const TableMapping& mapping, const std::string& sql,
                            std::span<const std::uint16_t> columns, std::span<const Image> rows,
                            bool expect_all) {
  if (rows.empty()) return {};
  auto prepared = writer_.statement(sql);
  if (!prepared) return std::move(prepared).error().with("table " + mapping.target.name.table);
  for (const Image row : rows) {
    if (auto bound = writer_.bind(mapping, columns, row, 1, **prepared); !bound) return bound;
    const auto changed = writer_.run(mapping, **prepared, row);
    if (!changed) return changed.error();
    if (expect_all && *changed != 1) {
      return absent_row(mapping, row, sql::missing_row(lease_, mapping.schema->name));
    }
  }
  return {};
}

Status SqliteSink::upsert(const TableMapping& mapping, std::span<const Image> rows) {
  return run_rows(mapping, upsert_statement(dialect_, mapping), writer_.all_columns(mapping), rows,
                  false);
}

Status SqliteSink::remove(const TableMapping& mapping, std::span<const Image> rows) {
  return run_rows(mapping, delete_statement(dialect_, mapping), mapping.key, rows, false);
}

Status SqliteSink::update(const TableMapping& mapping, std::span<const std::uint16_t> columns,
                          std::span<const Image> rows) {
  std::vector<std::uint16_t> bound = mapping.key;
  bound.insert(bound.end(), columns.begin(), columns.end());
  return run_rows(mapping, update_statement(dialect_, mapping, columns), bound, rows,
                  !is_converging(mapping));
}

Status SqliteSink::apply_net(const NetTable& rows) {
  auto found = find(rows.schema, rows.target);
  if (!found) return std::move(found).error();
  const TableMapping& mapping = **found;
  TR_ASSERT(!mapping.keyless() || (rows.removes.empty() && rows.updates.empty()));
  left_out_.note(mapping, rows.updates.size() + rows.inserts.size());
  auto plan = sql::plan_rows(mapping, rows);
  if (!plan) return std::move(plan).error();
  if (auto removed = remove(mapping, plan->removes); !removed) return removed;
  if (auto removed = remove(mapping, plan->displaced); !removed) return removed;
  for (const auto& partial : plan->partials) {
    if (auto updated = update(mapping, partial.columns, partial.rows); !updated) return updated;
  }
  return upsert(mapping, plan->upserts);
}

Status SqliteSink::apply_ordered(const Change& change, const TableName& target) {
  auto found = find(change.schema, target);
  if (!found) return std::move(found).error();
  const TableMapping& mapping = **found;
  if (change.kind != ChangeKind::remove) left_out_.note(mapping, 1);
  auto images = sql::split_images(change, before_, after_);
  if (!images) return std::move(images).error();
  return mapping.keyless() ? apply_keyless(mapping, change.kind, images->before, images->after)
                           : apply_keyed(mapping, change.kind, images->before, images->after);
}

Status SqliteSink::apply_keyed(const TableMapping& mapping, ChangeKind kind, Image before,
                               Image after) {
  if (kind == ChangeKind::remove) return remove(mapping, std::span(&before, 1));
  const bool complete = sql::is_complete(mapping, after);
  if (kind == ChangeKind::insert) {
    if (!complete) return sql::incomplete_row(mapping, after);
    return upsert(mapping, std::span(&after, 1));
  }
  if (!before.empty() && sql::key_differs(mapping, before, after)) {
    return move_row(mapping, before, after);
  }
  if (complete) return upsert(mapping, std::span(&after, 1));
  const auto columns = sql::present_columns(mapping, after);
  return columns.empty() ? Status() : update(mapping, columns, std::span(&after, 1));
}

// An update that gives the row another key. It keeps what only the target has.
Status SqliteSink::move_row(const TableMapping& mapping, Image before, Image after) {
  const std::vector<std::uint16_t> columns = sent_columns(mapping, after);
  const bool complete = columns.size() == mapping.columns.size();
  auto prepared = writer_.statement(update_statement(dialect_, mapping, columns));
  if (!prepared) return std::move(prepared).error();
  if (auto bound = writer_.bind(mapping, mapping.key, before, 1, **prepared); !bound) return bound;
  const int next = static_cast<int>(mapping.key.size()) + 1;
  if (auto bound = writer_.bind(mapping, columns, after, next, **prepared); !bound) return bound;
  const auto changed = writer_.run(mapping, **prepared, before);
  if (!changed) return changed.error();
  if (*changed == 1) return {};
  // The row is missing under its old key: converge.
  if (complete) return upsert(mapping, std::span(&after, 1));
  const TableName& source = mapping.schema->name;
  return absent_row(
      mapping, before,
      is_converging(mapping) ? sql::lost_row(lease_, source) : sql::missing_row(lease_, source));
}

Status SqliteSink::apply_keyless(const TableMapping& mapping, ChangeKind kind, Image before,
                                 Image after) {
  const bool complete = kind == ChangeKind::remove || sql::is_complete(mapping, after);
  if (!complete) return sql::incomplete_row(mapping, after);
  if (kind == ChangeKind::insert) return upsert(mapping, std::span(&after, 1));
  if (auto possible = sql::can_match_all_columns(mapping, before); !possible) return possible;
  const bool is_update = kind == ChangeKind::update;
  auto prepared = writer_.statement(is_update ? update_one_statement(dialect_, mapping)
                                              : delete_one_statement(dialect_, mapping));
  if (!prepared) return std::move(prepared).error();
  const auto columns = writer_.all_columns(mapping);
  if (auto bound = writer_.bind(mapping, columns, before, 1, **prepared); !bound) return bound;
  if (is_update) {
    const int next = static_cast<int>(columns.size()) + 1;
    if (auto bound = writer_.bind(mapping, columns, after, next, **prepared); !bound) return bound;
  }
  const auto changed = writer_.run(mapping, **prepared, before);
  if (!changed) return changed.error();
  if (*changed == 1) return {};
  return absent_row(mapping, before, sql::missing_row(lease_, mapping.schema->name));
}

Status SqliteSink::apply_schema_change(const SchemaChange& change,
                                       std::span<const TableName> targets) {
  mappings_.clear();
  followed_.clear();
  writer_.forget();
  if (auto known = know_schemas(); !known) return known;
  const bool restart = change.restart_identity;
  return follower_.apply(
      change, targets,
      {.truncate = [&](const TableName& name) { return truncate(name, restart); },
       .drop =
           [&](const TableName& name) {
             return database_.exec("DROP TABLE IF EXISTS " + dialect_.table(name));
           },
       .refuse_drop_schema = [&](const TableName& name) { return refuse_drop_schema(name); }});
}

Status SqliteSink::clear_table(const TableName& target) {
  mappings_.clear();
  writer_.forget();
  auto cleared = truncate(target, false);
  return cleared ? Status() : std::move(cleared).error().with("table " + target.table);
}

Status SqliteSink::truncate(const TableName& name, bool restart_identity) {
  auto table = load_table(database_, name);
  if (!table) return std::move(table).error();
  if (!*table) return {};
  auto emptied = database_.exec("DELETE FROM " + dialect_.table(name));
  if (!emptied || !restart_identity) return emptied;
  // Made by SQLite with the first table that has an AUTOINCREMENT.
  auto counters = database_.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'");
  if (!counters) return std::move(counters).error();
  auto found = counters->step();
  if (!found) return std::move(found).error();
  if (!*found) return {};
  auto restart = database_.prepare("DELETE FROM sqlite_sequence WHERE name = ?1 COLLATE NOCASE");
  if (!restart) return std::move(restart).error();
  restart->bind_text(1, name.table);
  return restart->run();
}

Status SqliteSink::refuse_drop_schema(const TableName& name) {
  auto rows = database_.prepare(
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
      " AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'tailrace_%' "
      "LIMIT 1");
  if (!rows) return std::move(rows).error();
  auto found = rows->step();
  if (!found) return std::move(found).error();
  if (!*found) return {};
  return Error(ErrorKind::schema_mismatch,
               fmt::format("the source dropped a database (\"{}\" here), and the file still has "
                           "tables",
                           name.schema))
      .hint("DROP TABLE " + dialect_.quote(rows->text(0)) + ", and so on for every table");
}

Status SqliteSink::store(const Checkpoint& checkpoint) {
  auto prepared = writer_.statement(kStoreCheckpoint);
  if (!prepared) return std::move(prepared).error();
  Statement& update = **prepared;
  update.bind_text(1, lease_.pipeline);
  update.bind_text(2, lease_.sink);
  update.bind(3, lease_.epoch.value_or(0));
  update.bind_text(4, checkpoint.source_id);
  update.bind_text(5, checkpoint.position.text);
  update.bind(6, checkpoint.commit_time_us);
  if (auto ran = update.run(); !ran) return ran;
  if (database_.changed_rows() != 1) return sql::lost_lease(lease_.sink);
  return {};
}

Result<Durability> SqliteSink::commit(const Checkpoint& checkpoint) {
  if (auto begun = begin(); !begun) return std::move(begun).error();
  if (auto noted = write_ledger(follower_.ledger_changes()); !noted) {
    return std::move(noted).error();
  }
  if (auto stored = store(checkpoint); !stored) {
    if (stored.error().kind() == ErrorKind::fenced) rollback();
    return std::move(stored).error().with("checkpoint table");
  }
  // The file tells at once whether a COMMIT took place: it is never in doubt.
  if (auto committed = database_.exec("COMMIT"); !committed) return std::move(committed).error();
  checkpoint_ = checkpoint;
  follower_.committed();
  left_out_.committed();
  return Durability::durable;
}

void SqliteSink::rollback() {
  writer_.rollback();
  // Tables that the transaction created are gone.
  mappings_.clear();
  followed_.clear();
  follower_.rolled_back();
  left_out_.rolled_back();
}

}  // namespace tailrace::sqlite
