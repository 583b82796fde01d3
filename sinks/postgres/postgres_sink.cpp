#include "sinks/postgres/postgres_sink.h"

#include <algorithm>
#include <array>
#include <numeric>

#include <fmt/format.h>

#include "sinks/postgres/state_tables.h"
#include "sinks/postgres/statements.h"
#include "sinks/postgres/truncate.h"
#include "sinks/sql/checkpoint_row.h"
#include "sinks/sql/keyless.h"
#include "sinks/sql/ledger.h"

namespace tailrace::postgres {
namespace {

using sql::Image;
using sql::TableMapping;

// Divides by zero when the epoch is not ours any more: the server then skips the COMMIT that is
// already on its way behind it.
constexpr const char* kStoreCheckpoint =
    "WITH stored AS (UPDATE tailrace.checkpoint SET source_id = $4, position = $5,"
    " commit_time_us = $6::bigint, updated_at = clock_timestamp()"
    " WHERE pipeline = $1 AND sink = $2 AND epoch = $3::bigint RETURNING 1)"
    " SELECT 1 / count(*) FROM stored";

bool is_lost(const Connection& connection, const Error& error) {
  return !connection.alive() || error.kind() == ErrorKind::unreachable;
}

}  // namespace

PostgresSink::PostgresSink(Connection connection, const PostgresDialect& dialect,
                           const Lease& lease, std::optional<Checkpoint> checkpoint, Origin origin)
    : connection_(std::move(connection)),
      lease_(lease),
      checkpoint_(std::move(checkpoint)),
      origin_(std::move(origin)),
      tables_(connection_, dialect, [this] { return take_all(); }),
      follower_(tables_.dialect(),
                {.load = [this](const TableName& name) { return tables_.load(name); },
                 .execute = [this](const std::string& sql,
                                   const TableName& target) { return define(sql, target); },
                 .clear = [this](const TableName& target) { return clear_table(target); },
                 .finds_row = [this](const std::string& sql) -> Result<bool> {
                   auto rows = ask(sql, {});
                   if (!rows) return std::move(rows).error();
                   return rows->row_count() > 0;
                 },
                 .sink = lease.pipeline + "/" + lease.sink}) {}

Status PostgresSink::begin() {
  if (begun_) return {};
  if (auto taken = origin_.take(connection_); !taken) return explain(std::move(taken).error(), {});
  begun_ = true;
  return send_plain("BEGIN");
}

Error PostgresSink::explain(Error error, const Sent& sent) const {
  if (interrupted_) return Error(ErrorKind::cancelled, "interrupted");
  // Of many rows: the applier repeats them one by one, and that names the row.
  if (sent.row.empty() && error.kind() == ErrorKind::unsupported_value) {
    error = std::move(error).as(ErrorKind::row_rejected);
  }
  if (!sent.row.empty()) error = std::move(error).with(sent.row);
  if (!sent.table.empty()) error = std::move(error).with("table " + sent.table);
  return error;
}

Status PostgresSink::send(const std::string& sql, std::span<const char* const> parameters,
                          Sent sent) {
  constexpr std::size_t kMostPrepared = 1000;
  if (prepared_.size() >= kMostPrepared) {
    prepared_.clear();
    if (auto dropped = send_plain("DEALLOCATE ALL"); !dropped) return dropped;
  }
  std::string& name = prepared_[sql];
  if (name.empty()) {
    name = "t" + std::to_string(++prepared_count_);
    sent_.push_back({sent.table, sent.row, {}});
    if (auto prepared = connection_.send_prepare(name, sql); !prepared) {
      return explain(std::move(prepared).error(), sent);
    }
  }
  sent_.push_back(std::move(sent));
  if (auto status = connection_.send_prepared(name, parameters); !status) {
    return explain(std::move(status).error(), sent_.back());
  }
  return {};
}

Status PostgresSink::send_plain(const std::string& sql, std::string table) {
  sent_.push_back({std::move(table), {}, {}});
  if (auto sent = connection_.send(sql, {}); !sent) {
    return explain(std::move(sent).error(), sent_.back());
  }
  return {};
}

Status PostgresSink::take_one() {
  auto answer = connection_.take();
  const Sent sent = std::move(sent_.front());
  sent_.pop_front();
  if (!answer) return explain(std::move(answer).error(), sent);
  last_affected_ = answer->affected_rows();
  if (sent.expected && *sent.expected != last_affected_) {
    const bool moved = sent.expect == Expect::moved_row;
    return explain(moved ? sql::lost_row(lease_, sent.schema->name)
                         : sql::missing_row(lease_, sent.schema->name),
                   sent);
  }
  return {};
}

// Notices errors early, without waiting.
Status PostgresSink::take_ready() {
  if (auto asked = connection_.request_answers(); !asked) {
    return explain(std::move(asked).error(), {});
  }
  while (!sent_.empty()) {
    auto ready = connection_.answer_ready();
    if (!ready) return explain(std::move(ready).error(), {});
    if (!*ready) return {};
    if (auto taken = take_one(); !taken) return taken;
  }
  return {};
}

Status PostgresSink::take_all() {
  if (sent_.empty()) return {};
  if (auto synced = connection_.sync(); !synced) return explain(std::move(synced).error(), {});
  while (!sent_.empty()) {
    if (auto taken = take_one(); !taken) return taken;
  }
  return {};
}

// A statement whose answer is needed at once.
Result<QueryResult> PostgresSink::ask(const std::string& sql,
                                      std::span<const char* const> parameters) {
  if (auto taken = take_all(); !taken) return std::move(taken).error();
  auto answer = connection_.exec_params(sql, parameters);
  if (!answer) return explain(std::move(answer).error(), {});
  return answer;
}

Status PostgresSink::put_row(const TableMapping& mapping, std::span<const std::uint16_t> columns,
                             Image row) {
  for (const std::uint16_t index : columns) {
    const sql::MappedColumn& column = mapping.columns[index];
    if (auto problem = batch_.put(column, row)) {
      return sql::value_error(mapping, row, column, *problem);
    }
  }
  return {};
}

Status PostgresSink::send_batch(const TableMapping& mapping, const std::string& sql, Expect expect,
                                std::string row) {
  Sent sent{mapping.target.name.to_string(), std::move(row), {}, expect, mapping.schema};
  if (expect != Expect::any_rows) sent.expected = batch_.row_count();
  return send(sql, batch_.finish(), std::move(sent));
}

Status PostgresSink::send_rows(const TableMapping& mapping, const std::string& sql,
                               std::span<const std::uint16_t> columns, std::span<const Image> rows,
                               Expect expect, bool name_row) {
  while (!rows.empty()) {
    batch_.start(columns.size());
    std::size_t count = 0;
    while (count < rows.size() && !batch_.full()) {
      if (auto put = put_row(mapping, columns, rows[count]); !put) return put;
      batch_.end_row();
      ++count;
    }
    std::string row = name_row ? sql::describe_row(mapping, rows.front()) : std::string();
    if (auto sent = send_batch(mapping, sql, expect, std::move(row)); !sent) return sent;
    rows = rows.subspan(count);
  }
  return {};
}

Status PostgresSink::upsert(const TableMapping& mapping, std::span<const Image> rows,
                            bool name_row) {
  if (rows.empty()) return {};
  all_columns_.resize(mapping.columns.size());
  std::iota(all_columns_.begin(), all_columns_.end(), std::uint16_t{0});
  return send_rows(mapping, upsert_statement(tables_.dialect(), mapping), all_columns_, rows,
                   Expect::any_rows, name_row);
}

Status PostgresSink::remove_displaced(const TableMapping& mapping, std::span<const Image> rows) {
  if (rows.empty()) return {};
  std::vector<std::uint16_t> columns = mapping.key;
  columns.insert(columns.end(), mapping.unique.begin(), mapping.unique.end());
  return send_rows(mapping, delete_displaced_statement(tables_.dialect(), mapping), columns, rows,
                   Expect::any_rows, false);
}

Status PostgresSink::remove(const TableMapping& mapping, std::span<const Image> rows,
                            bool name_row) {
  if (rows.empty()) return {};
  return send_rows(mapping, delete_statement(tables_.dialect(), mapping), mapping.key, rows,
                   Expect::any_rows, name_row);
}

Status PostgresSink::apply_net(const NetTable& rows) {
  auto found = find(rows.schema, rows.target);
  if (!found) return std::move(found).error();
  const TableMapping& mapping = **found;
  TR_ASSERT(!mapping.keyless() || (rows.removes.empty() && rows.updates.empty()));
  left_out_.note(mapping, rows.updates.size() + rows.inserts.size());
  auto plan = sql::plan_rows(mapping, rows);
  if (!plan) return std::move(plan).error();
  if (auto removed = remove(mapping, plan->removes, false); !removed) return removed;
  if (auto removed = remove_displaced(mapping, plan->displaced); !removed) return removed;
  for (const auto& partial : plan->partials) {
    std::vector<std::uint16_t> sent = mapping.key;
    sent.insert(sent.end(), partial.columns.begin(), partial.columns.end());
    auto updated = send_rows(mapping, update_statement(tables_.dialect(), mapping, partial.columns),
                             sent, partial.rows, expect_of(mapping), false);
    if (!updated) return updated;
  }
  if (auto upserted = upsert(mapping, plan->upserts, false); !upserted) return upserted;
  return take_ready();
}

Status PostgresSink::apply_ordered(const Change& change, const TableName& target) {
  auto found = find(change.schema, target);
  if (!found) return std::move(found).error();
  const TableMapping& mapping = **found;
  if (change.kind != ChangeKind::remove) left_out_.note(mapping, 1);
  auto images = sql::split_images(change, before_, after_);
  if (!images) return std::move(images).error();
  auto applied = mapping.keyless()
                     ? apply_keyless(mapping, change.kind, images->before, images->after)
                     : apply_keyed(mapping, change.kind, images->before, images->after);
  if (!applied) return applied;
  // Answers are small: they are looked at once in a while.
  constexpr std::size_t kMostSent = 1000;
  return sent_.size() >= kMostSent ? take_ready() : Status();
}

Status PostgresSink::apply_keyed(const TableMapping& mapping, ChangeKind kind, Image before,
                                 Image after) {
  const Image keyed = kind == ChangeKind::remove ? before : after;
  if (auto found = sql::has_key_values(mapping, keyed); !found) return found;
  switch (kind) {
    case ChangeKind::remove:
      return remove(mapping, std::span(&before, 1), true);
    case ChangeKind::insert:
      if (!sql::is_complete(mapping, after)) return sql::incomplete_row(mapping, after);
      return upsert(mapping, std::span(&after, 1), true);
    case ChangeKind::update:
      return apply_update(mapping, before, after);
  }
  return {};
}

Status PostgresSink::apply_update(const TableMapping& mapping, Image before, Image after) {
  if (!before.empty() && sql::key_differs(mapping, before, after)) {
    return move_row(mapping, before, after);
  }
  if (sql::is_complete(mapping, after)) return upsert(mapping, std::span(&after, 1), true);
  const auto columns = sql::present_columns(mapping, after);
  if (columns.empty()) return {};
  std::vector<std::uint16_t> sent = mapping.key;
  sent.insert(sent.end(), columns.begin(), columns.end());
  return send_rows(mapping, update_statement(tables_.dialect(), mapping, columns), sent,
                   std::span(&after, 1), expect_of(mapping), true);
}

// An update that gives the row another key. It keeps what only the target has.
Status PostgresSink::move_row(const TableMapping& mapping, Image before, Image after) {
  std::vector<std::uint16_t> columns;
  for (std::uint16_t i = 0; i < mapping.columns.size(); ++i) {
    if (!after[mapping.columns[i].source].is_unchanged()) columns.push_back(i);
  }
  const bool complete = columns.size() == mapping.columns.size();
  batch_.start(mapping.key.size() + columns.size());
  if (auto put = put_row(mapping, mapping.key, before); !put) return put;
  if (auto put = put_row(mapping, columns, after); !put) return put;
  batch_.end_row();
  const Expect expect = complete                 ? Expect::any_rows
                        : is_converging(mapping) ? Expect::moved_row
                                                 : Expect::every_row;
  auto sent = send_batch(mapping, update_statement(tables_.dialect(), mapping, columns), expect,
                         sql::describe_row(mapping, before));
  if (!sent || !complete) return sent;
  if (auto taken = take_all(); !taken) return taken;
  // The row is missing under its old key: converge.
  return last_affected_ == 0 ? upsert(mapping, std::span(&after, 1), true) : Status();
}

Status PostgresSink::apply_keyless(const TableMapping& mapping, ChangeKind kind, Image before,
                                   Image after) {
  if (kind == ChangeKind::insert) {
    if (!sql::is_complete(mapping, after)) return sql::incomplete_row(mapping, after);
    return upsert(mapping, std::span(&after, 1), true);
  }
  if (auto possible = sql::can_match_all_columns(
          mapping, before, mapping.schema->engine == SourceEngine::postgresql);
      !possible)
    return possible;
  const bool update = kind == ChangeKind::update;
  if (update && !sql::is_complete(mapping, after)) return sql::incomplete_row(mapping, after);
  all_columns_.resize(mapping.columns.size());
  std::iota(all_columns_.begin(), all_columns_.end(), std::uint16_t{0});
  batch_.start(all_columns_.size() * (update ? 2 : 1));
  if (auto put = put_row(mapping, all_columns_, before); !put) return put;
  if (update) {
    if (auto put = put_row(mapping, all_columns_, after); !put) return put;
  }
  batch_.end_row();
  const std::string sql = update ? update_one_statement(tables_.dialect(), mapping)
                                 : delete_one_statement(tables_.dialect(), mapping);
  return send_batch(mapping, sql, Expect::every_row, sql::describe_row(mapping, before));
}

// Read once a session, before anything is followed.
Status PostgresSink::know_schemas() {
  if (follower_.loaded()) return {};
  auto entries = read_all_entries();
  if (!entries) return std::move(entries).error();
  follower_.load(*entries);
  return {};
}

// Part of the unit: it goes with its rollback.
Status PostgresSink::define(const std::string& sql, const TableName& target) {
  auto done = ask(sql, {});
  if (!done) return std::move(done).error().with("table " + target.to_string());
  return {};
}

Status PostgresSink::follow(const SchemaPtr& schema, const TableName& target) {
  SchemaPtr& followed = followed_[target];
  if (followed == schema) return {};
  if (auto known = know_schemas(); !known) return known;
  if (auto resolved = tables_.resolve_types(*schema); !resolved) return resolved;
  if (auto done = follower_.before_rows(*schema, target); !done) return done;
  tables_.clear();
  followed = schema;
  return {};
}

Status PostgresSink::apply_schema_change(const SchemaChange& change,
                                         std::span<const TableName> targets) {
  if (auto taken = take_all(); !taken) return taken;
  tables_.clear();
  followed_.clear();
  if (auto known = know_schemas(); !known) return known;
  auto applied = follower_.apply(
      change, targets,
      {.drop = [this](const TableName& name) { return drop_table(name); },
       .refuse_drop_schema = [this](const TableName& name) { return refuse_drop_schema(name); }});
  if (!applied) return applied;
  // All at once: they may refer to each other.
  if (change.kind == SchemaChangeKind::truncate) {
    if (auto emptied = truncate(targets, change.restart_identity); !emptied) return emptied;
  }
  return take_all();
}

Status PostgresSink::drop_table(const TableName& name) {
  return send_plain("DROP TABLE IF EXISTS " + tables_.dialect().table(name));
}

// Names that a query answers for one table; a NULL among them is left out.
Result<std::vector<TableName>> PostgresSink::ask_tables(const char* sql, const TableName& name,
                                                        bool& exists) {
  const std::array parameters = {name.schema.c_str(), name.table.c_str()};
  auto rows = ask(sql, parameters);
  if (!rows) return std::move(rows).error().with("table " + name.to_string());
  exists = rows->row_count() > 0;
  std::vector<TableName> tables;
  for (std::size_t row = 0; row < rows->row_count(); ++row) {
    if (!rows->cell(row, 1)) continue;
    tables.push_back({std::string(*rows->cell(row, 0)), std::string(*rows->cell(row, 1))});
  }
  return tables;
}

// Tables that the target does not have are empty already. Partitions share the foreign keys of
// their root.
Status PostgresSink::truncate(std::span<const TableName> names, bool restart_identity) {
  std::vector<TruncatedTable> tables;
  for (const TableName& name : names) {
    bool exists = false;
    auto referencing = ask_tables(
        "SELECT fn.nspname, f.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " LEFT JOIN pg_constraint k ON k.contype = 'f' AND k.confrelid = c.oid"
        "  AND k.conrelid <> c.oid AND k.conparentid = 0"
        " LEFT JOIN pg_class f ON f.oid = k.conrelid"
        " LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace"
        " WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')",
        name, exists);
    if (!referencing) return std::move(referencing).error();
    if (!exists) continue;
    TruncatedTable table{name, *std::move(referencing), {}};
    if (restart_identity && !table.referencing.empty()) {
      auto sequences = ask_tables(
          "SELECT sn.nspname, s.relname FROM pg_class c"
          " JOIN pg_namespace n ON n.oid = c.relnamespace"
          " JOIN pg_depend d ON d.refobjid = c.oid AND d.refclassid = 'pg_class'::regclass"
          "  AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')"
          " JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'"
          " JOIN pg_namespace sn ON sn.oid = s.relnamespace"
          " WHERE n.nspname = $1 AND c.relname = $2",
          name, exists);
      if (!sequences) return std::move(sequences).error();
      table.sequences = *std::move(sequences);
    }
    tables.push_back(std::move(table));
  }
  for (const std::string& sql : truncate_statements(tables_.dialect(), tables, restart_identity)) {
    const std::string table = tables.front().name.to_string();
    if (auto sent = send_plain(sql, table); !sent) return sent;
  }
  return {};
}

Status PostgresSink::refuse_drop_schema(const TableName& name) {
  const std::array parameters = {name.schema.c_str()};
  auto count =
      ask("SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
          " WHERE n.nspname = $1 AND c.relkind IN ('r', 'p')",
          parameters);
  if (!count) return std::move(count).error();
  if (count->scalar() == "0") return {};
  return Error(ErrorKind::schema_mismatch,
               fmt::format("the source dropped the database of schema \"{}\", which still has {} "
                           "tables at the target",
                           name.schema, *count->scalar()))
      .hint("DROP SCHEMA " + tables_.dialect().quote(name.schema) + " CASCADE");
}

Result<const TableMapping*> PostgresSink::find(const SchemaPtr& schema, const TableName& target) {
  if (auto followed = follow(schema, target); !followed) return std::move(followed).error();
  auto found = tables_.find(schema, target);
  if (!found && interrupted_) return Error(ErrorKind::cancelled, "interrupted");
  return found;
}

Result<std::vector<LedgerEntry>> PostgresSink::read_ledger() {
  auto entries = read_all_entries();
  if (entries) std::erase_if(*entries, sql::SchemaMemory::owns);
  return entries;
}

Result<std::vector<LedgerEntry>> PostgresSink::read_all_entries() {
  const std::array parameters = {lease_.pipeline.c_str(), lease_.sink.c_str()};
  auto rows =
      ask("SELECT entry, text FROM tailrace.ledger WHERE pipeline = $1 AND sink = $2", parameters);
  if (!rows) return std::move(rows).error().with(std::string("table ") + kLedgerTable);
  std::vector<LedgerEntry> entries;
  for (std::size_t row = 0; row < rows->row_count(); ++row) {
    entries.push_back({std::string(*rows->cell(row, 0)), std::string(*rows->cell(row, 1))});
  }
  return entries;
}

Status PostgresSink::write_ledger(std::span<const LedgerEntry> entries) {
  auto statements = ledger_statements(connection_, lease_, entries);
  if (!statements) return std::move(statements).error();
  for (const std::string& sql : *statements) {
    if (auto sent = send_plain(sql, kLedgerTable); !sent) return sent;
  }
  return {};
}

// Rows of tables that refer to this one stay: where foreign keys are not suppressed, removing its
// rows would remove or change those.
Status PostgresSink::clear_table(const TableName& target) {
  if (auto taken = take_all(); !taken) return taken;
  auto table = tables_.load(target);
  if (!table) return explain(std::move(table).error(), {});
  if (!*table) return {};
  if ((*table)->deletes_cascade) {
    return Error(ErrorKind::schema_mismatch,
                 fmt::format("removing the rows of table {} would also change rows of tables that "
                             "refer to it",
                             target.to_string()))
        .hint(
            "GRANT SET ON PARAMETER session_replication_role TO <user of the target URL>"
            " (PostgreSQL 15 and later), or drop these foreign keys");
  }
  return truncate(std::span(&target, 1), false);
}

// Rows, checkpoint and mark are one transaction.
Status PostgresSink::mark(const Checkpoint& checkpoint) {
  if (origin_.state() != Origin::State::marking) return {};
  const std::string lsn = lsn_of(checkpoint.position);
  const std::string time = std::to_string(checkpoint.commit_time_us);
  const std::array parameters = {lsn.c_str(), time.c_str()};
  return send(Origin::kMark, parameters, {});
}

Result<Durability> PostgresSink::commit(const Checkpoint& checkpoint) {
  const std::string epoch = std::to_string(lease_.epoch.value_or(0));
  const std::string time = std::to_string(checkpoint.commit_time_us);
  const std::array parameters = {lease_.pipeline.c_str(),
                                 lease_.sink.c_str(),
                                 epoch.c_str(),
                                 checkpoint.source_id.c_str(),
                                 checkpoint.position.text.c_str(),
                                 time.c_str()};
  Status status = begin();
  if (status) status = write_ledger(follower_.ledger_changes());
  if (status) status = mark(checkpoint);
  if (status) status = send(kStoreCheckpoint, parameters, {kCheckpointTable, {}, {}});
  if (status) status = send_plain("COMMIT");
  if (status) status = take_all();
  if (status) {
    begun_ = false;
    checkpoint_ = checkpoint;
    follower_.committed();
    left_out_.committed();
    return Durability::durable;
  }
  Error error = std::move(status).error();
  if (error.native() == kDivisionByZero) {
    rollback();
    origin_.release(connection_);
    return sql::lost_lease(lease_.sink);
  }
  const bool lost = is_lost(connection_, error);
  if (!lost) return error;
  return Error(ErrorKind::commit_in_doubt, "connection lost during commit: " + error.message());
}

void PostgresSink::rollback() {
  // Tables that the transaction created are gone.
  tables_.clear();
  followed_.clear();
  follower_.rolled_back();
  left_out_.rolled_back();
  const bool was_begun = std::exchange(begun_, false);
  if (!connection_.alive()) return;
  bool failed = false;
  if (!sent_.empty()) {
    if (!connection_.sync()) return;
    while (!sent_.empty() && connection_.alive()) failed |= !take_one();
  }
  if (!was_begun || !connection_.alive()) return;
  // Statements that were skipped after an error were not prepared either.
  if (failed) prepared_.clear();
  static_cast<void>(connection_.exec_params("ROLLBACK", {}));
  if (failed) static_cast<void>(connection_.exec_params("DEALLOCATE ALL", {}));
}

void PostgresSink::interrupt() {
  interrupted_ = true;
  connection_.interrupt();
}

}  // namespace tailrace::postgres
