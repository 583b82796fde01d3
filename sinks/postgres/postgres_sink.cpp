#include "sinks/postgres/postgres_sink.h"

#include <algorithm>
#include <array>
#include <numeric>

#include <fmt/format.h>

#include "sinks/postgres/catalogue.h"
#include "sinks/postgres/statements.h"
#include "sinks/postgres/truncate.h"
#include "sinks/sql/checkpoint_row.h"
#include "sinks/sql/keyless.h"

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
constexpr const char* kDivisionByZero = "22012";
constexpr const char* kCheckpointTable = "tailrace.checkpoint";

bool is_lost(const Connection& connection, const Error& error) {
  return !connection.alive() || error.kind() == ErrorKind::unreachable;
}

}  // namespace

PostgresSink::PostgresSink(Connection connection, const PostgresDialect& dialect,
                           const Lease& lease, std::optional<Checkpoint> checkpoint, Origin origin)
    : connection_(std::move(connection)),
      dialect_(dialect),
      lease_(lease),
      checkpoint_(std::move(checkpoint)),
      origin_(std::move(origin)),
      mappings_(
          dialect_, [this](const TableName& name) { return load(name); },
          [this](const TableSchema& schema, const TableName& name) { return create(schema, name); },
          [this](const TableSchema& schema) { return resolve_types(schema); }) {}

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

Status PostgresSink::send_plain(const std::string& sql) {
  sent_.push_back({});
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
    return explain(Error(ErrorKind::row_rejected,
                         "the target has no such row, and the source did not send all of it")
                       .hint("let the source log whole rows, or copy the table anew"),
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

Status PostgresSink::send_batch(const TableMapping& mapping, const std::string& sql,
                                bool expect_all, std::string row) {
  Sent sent{mapping.target.name.to_string(), std::move(row), {}};
  if (expect_all) sent.expected = batch_.row_count();
  return send(sql, batch_.finish(), std::move(sent));
}

Status PostgresSink::send_rows(const TableMapping& mapping, const std::string& sql,
                               std::span<const std::uint16_t> columns, std::span<const Image> rows,
                               bool expect_all, bool name_row) {
  while (!rows.empty()) {
    batch_.start(columns.size());
    std::size_t count = 0;
    while (count < rows.size() && !batch_.full()) {
      if (auto put = put_row(mapping, columns, rows[count]); !put) return put;
      batch_.end_row();
      ++count;
    }
    std::string row = name_row ? sql::describe_row(mapping, rows.front()) : std::string();
    if (auto sent = send_batch(mapping, sql, expect_all, std::move(row)); !sent) return sent;
    rows = rows.subspan(count);
  }
  return {};
}

Status PostgresSink::upsert(const TableMapping& mapping, std::span<const Image> rows,
                            bool name_row) {
  if (rows.empty()) return {};
  all_columns_.resize(mapping.columns.size());
  std::iota(all_columns_.begin(), all_columns_.end(), std::uint16_t{0});
  return send_rows(mapping, upsert_statement(dialect_, mapping), all_columns_, rows, false,
                   name_row);
}

Status PostgresSink::remove_displaced(const TableMapping& mapping, std::span<const Image> rows) {
  if (rows.empty()) return {};
  std::vector<std::uint16_t> columns = mapping.key;
  columns.insert(columns.end(), mapping.unique.begin(), mapping.unique.end());
  return send_rows(mapping, delete_displaced_statement(dialect_, mapping), columns, rows, false,
                   false);
}

Status PostgresSink::remove(const TableMapping& mapping, std::span<const Image> rows,
                            bool name_row) {
  if (rows.empty()) return {};
  return send_rows(mapping, delete_statement(dialect_, mapping), mapping.key, rows, false,
                   name_row);
}

Status PostgresSink::apply_net(const NetTable& rows) {
  auto found = mappings_.find(rows.schema, rows.target);
  if (!found) return std::move(found).error();
  const TableMapping& mapping = **found;
  TR_ASSERT(!mapping.keyless() || (rows.removes.empty() && rows.updates.empty()));
  auto plan = sql::plan_rows(mapping, rows);
  if (!plan) return std::move(plan).error();
  if (auto removed = remove(mapping, plan->removes, false); !removed) return removed;
  if (auto removed = remove_displaced(mapping, plan->displaced); !removed) return removed;
  for (const auto& partial : plan->partials) {
    std::vector<std::uint16_t> sent = mapping.key;
    sent.insert(sent.end(), partial.columns.begin(), partial.columns.end());
    auto updated = send_rows(mapping, update_statement(dialect_, mapping, partial.columns), sent,
                             partial.rows, true, false);
    if (!updated) return updated;
  }
  if (auto upserted = upsert(mapping, plan->upserts, false); !upserted) return upserted;
  return take_ready();
}

Status PostgresSink::apply_ordered(const Change& change, const TableName& target) {
  auto found = mappings_.find(change.schema, target);
  if (!found) return std::move(found).error();
  const TableMapping& mapping = **found;
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
  return send_rows(mapping, update_statement(dialect_, mapping, columns), sent,
                   std::span(&after, 1), true, true);
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
  auto sent = send_batch(mapping, update_statement(dialect_, mapping, columns), !complete,
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
  const std::string sql =
      update ? update_one_statement(dialect_, mapping) : delete_one_statement(dialect_, mapping);
  return send_batch(mapping, sql, true, sql::describe_row(mapping, before));
}

Status PostgresSink::apply_schema_change(const SchemaChange& change,
                                         std::span<const TableName> targets) {
  if (auto taken = take_all(); !taken) return taken;
  mappings_.clear();
  if (change.kind == SchemaChangeKind::truncate) {
    if (auto emptied = truncate(targets, change.restart_identity); !emptied) return emptied;
    return take_all();
  }
  for (const TableName& target : targets) {
    Status applied;
    switch (change.kind) {
      case SchemaChangeKind::drop_table:
        applied = send_plain("DROP TABLE IF EXISTS " + dialect_.table(target));
        break;
      case SchemaChangeKind::drop_schema:
        applied = refuse_drop_schema(target);
        break;
      // Rows of a changed table show what is missing at the target, if anything.
      case SchemaChangeKind::other:
      case SchemaChangeKind::truncate:
        break;
    }
    if (!applied) return std::move(applied).error().with("table " + target.to_string());
  }
  return take_all();
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
  for (const std::string& sql : truncate_statements(dialect_, tables, restart_identity)) {
    const std::string table = tables.front().name.to_string();
    sent_.push_back({table, {}, {}});
    if (auto sent = connection_.send(sql, {}); !sent) {
      return explain(std::move(sent).error(), sent_.back());
    }
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
      .hint("DROP SCHEMA " + dialect_.quote(name.schema) + " CASCADE");
}

Result<std::optional<sql::TargetTable>> PostgresSink::load(const TableName& name) {
  if (auto taken = take_all(); !taken) return std::move(taken).error();
  auto table = load_table(connection_, name);
  if (!table) return explain(std::move(table).error(), {});
  return table;
}

// Which of the source's types the target has as well. Asked once a session and version of a table.
Status PostgresSink::resolve_types(const TableSchema& schema) {
  // An error of what was sent before is not this table's.
  if (auto taken = take_all(); !taken) return taken;
  if (schema.engine != SourceEngine::postgresql || schema.columns.empty()) return {};
  std::string sql;
  std::vector<const char*> parameters;
  for (const Column& column : schema.columns) {
    parameters.push_back(column.native_type.c_str());
    sql += fmt::format("{}to_regtype(${}::text) IS NOT NULL", sql.empty() ? "SELECT " : ", ",
                       parameters.size());
  }
  auto known = ask(sql, parameters);
  if (!known) return std::move(known).error().with("table " + schema.name.to_string());
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    if (known->cell(0, i) == "t") dialect_.add_native_type(schema.columns[i].native_type);
  }
  return {};
}

Status PostgresSink::create(const TableSchema& schema, const TableName& name) {
  const std::array parameters = {name.schema.c_str()};
  auto exists = ask("SELECT 1 FROM pg_namespace WHERE nspname = $1", parameters);
  if (!exists) return std::move(exists).error();
  if (exists->row_count() == 0) {
    auto created = ask("CREATE SCHEMA IF NOT EXISTS " + dialect_.quote(name.schema), {});
    if (!created) return std::move(created).error();
  }
  auto created = ask(sql::create_table(dialect_, schema, name), {});
  if (created) return {};
  Error error = std::move(created).error();
  // Another sink creates it at this moment: the next attempt finds it.
  if (error.native() == "23505") return std::move(error).as(ErrorKind::busy);
  return error;
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
  if (status) status = mark(checkpoint);
  if (status) status = send(kStoreCheckpoint, parameters, {kCheckpointTable, {}, {}});
  if (status) status = send_plain("COMMIT");
  if (status) status = take_all();
  if (status) {
    begun_ = false;
    checkpoint_ = checkpoint;
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
  mappings_.clear();
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
