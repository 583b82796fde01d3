#include "sinks/mysql/mysql_sink.h"

#include <fmt/format.h>

#include "sinks/mysql/ledger.h"
#include "sinks/mysql/session.h"
#include "sinks/sql/checkpoint_row.h"
#include "sinks/sql/keyless.h"

namespace tailrace::mysql {

using sql::Image;
using sql::TableMapping;

MySqlSink::MySqlSink(Connection connection, const TargetOptions& options, const Lease& lease,
                     std::optional<Checkpoint> checkpoint, std::size_t max_packet_bytes)
    : options_(options),
      lease_(lease),
      checkpoint_(std::move(checkpoint)),
      dialect_(connection.version()),
      sender_(std::move(connection), lease, max_packet_bytes),
      tables_(sender_, dialect_, options),
      follower_(dialect_,
                {.load = [this](const TableName& name) { return tables_.load(name); },
                 .execute = [this](const std::string& sql,
                                   const TableName& target) { return define(sql, target); },
                 .clear = [this](const TableName& target) { return clear_table(target); },
                 .finds_row = [this](const std::string& sql) { return finds_row(sql); },
                 .remember = [this](const LedgerEntry& entry) { return remember(entry); },
                 .sink = lease.pipeline + "/" + lease.sink}),
      rows_(sender_, dialect_, options) {}

// The session has no autocommit: the first statement begins a transaction.
Status MySqlSink::begin() {
  if (sender_.interrupted()) return Error(ErrorKind::cancelled, "interrupted");
  return {};
}

Status MySqlSink::apply_net(const NetTable& rows) {
  auto found = find(rows.schema, rows.target);
  if (!found) return std::move(found).error();
  const TableMapping& mapping = **found;
  TR_ASSERT(!mapping.keyless() || (rows.removes.empty() && rows.updates.empty()));
  left_out_.note(mapping, rows.updates.size() + rows.inserts.size());
  auto plan = sql::plan_rows(mapping, rows);
  if (!plan) return std::move(plan).error();
  if (auto removed = rows_.remove(mapping, plan->removes, false); !removed) return removed;
  // The upserts remove their rows themselves, where there is a second unique index.
  if (!plan->partials.empty()) {
    if (auto removed = rows_.remove(mapping, plan->displaced, false); !removed) return removed;
  }
  const bool must_exist = !is_converging(rows.target);
  for (const auto& partial : plan->partials) {
    for (const Image row : partial.rows) {
      auto updated = rows_.update(mapping, partial.columns, row, row, must_exist, true);
      if (!updated) return updated;
    }
  }
  return rows_.upsert(mapping, plan->upserts, false);
}

Status MySqlSink::apply_ordered(const Change& change, const TableName& target) {
  auto found = find(change.schema, target);
  if (!found) return std::move(found).error();
  const TableMapping& mapping = **found;
  if (change.kind != ChangeKind::remove) left_out_.note(mapping, 1);
  auto images = sql::split_images(change, before_, after_);
  if (!images) return std::move(images).error();
  return mapping.keyless()
             ? rows_.apply_keyless(mapping, change.kind, images->before, images->after)
             : apply_keyed(mapping, change.kind, images->before, images->after);
}

Status MySqlSink::apply_keyed(const TableMapping& mapping, ChangeKind kind, Image before,
                              Image after) {
  if (kind == ChangeKind::remove) return rows_.remove(mapping, std::span(&before, 1), true);
  const bool complete = sql::is_complete(mapping, after);
  const bool converging = is_converging(mapping.target.name);
  if (kind == ChangeKind::insert) {
    if (!complete) return sql::incomplete_row(mapping, after);
    return rows_.upsert(mapping, std::span(&after, 1), true);
  }
  if (!before.empty() && sql::key_differs(mapping, before, after)) {
    return rows_.move_row(mapping, before, after, converging);
  }
  if (complete) return rows_.upsert(mapping, std::span(&after, 1), true);
  const auto columns = sql::present_columns(mapping, after);
  return columns.empty() ? Status()
                         : rows_.update(mapping, columns, after, after, !converging, true);
}

Status MySqlSink::apply_schema_change(const SchemaChange& change,
                                      std::span<const TableName> targets) {
  if (auto flushed = sender_.flush(); !flushed) return flushed;
  tables_.forget();
  followed_.clear();
  if (auto known = know_schemas(); !known) return known;
  return follower_.apply(
      change, targets,
      {.truncate = [this](const TableName& name) { return truncate(name); },
       .drop = [this](const TableName& name) { return drop_table(name); },
       .refuse_drop_schema = [this](const TableName& name) { return refuse_drop_schema(name); }});
}

// TRUNCATE would commit what the unit has done so far, and could not be rolled back with it. So it
// is never used, not even where the unit has nothing else: readers see rows and checkpoint as one.
Status MySqlSink::truncate(const TableName& name) {
  auto table = tables_.load(name);
  if (!table) return std::move(table).error();
  if (!*table) return {};
  sender_.start().text("DELETE FROM " + dialect_.table(name));
  if (auto sent = sender_.end({.table = name.to_string()}); !sent) return sent;
  auto emptied = sender_.flush();
  if (emptied || !is_lost(emptied.error())) return emptied;
  // The client gives up a statement without answer (ConnectionOptions::read_timeout).
  return std::move(emptied).error().hint(
      "when the table is too large to be emptied within five minutes: TRUNCATE TABLE " +
      dialect_.table(name) + " at the target");
}

// Read once a session, before anything is followed.
Status MySqlSink::know_schemas() {
  if (follower_.loaded()) return {};
  if (auto flushed = sender_.flush(); !flushed) return flushed;
  auto entries = read_all_entries();
  if (!entries) return std::move(entries).error();
  follower_.load(*entries);
  return {};
}

Result<const TableMapping*> MySqlSink::find(const SchemaPtr& schema, const TableName& target) {
  SchemaPtr& followed = followed_[target];
  if (followed != schema) {
    if (auto known = know_schemas(); !known) return std::move(known).error();
    if (auto flushed = sender_.flush(); !flushed) return std::move(flushed).error();
    if (auto done = follower_.before_rows(*schema, target); !done) return std::move(done).error();
    tables_.forget();
    followed = schema;
  }
  return tables_.find(schema, target);
}

// On a connection of its own, because it would commit what this one has done so far. Where that
// waits for rows of this very unit there is no other way: they become visible before their
// checkpoint, and converge when they come again.
Status MySqlSink::define(const std::string& sql, const TableName& target) {
  if (auto flushed = sender_.flush(); !flushed) return flushed;
  if (auto ours = check_lease(); !ours) return ours;
  auto connection = open_session(options_);
  if (!connection) return std::move(connection).error();
  if (auto set = connection->query("SET SESSION lock_wait_timeout = 2"); !set) {
    return std::move(set).error();
  }
  auto done = connection->query(sql);
  constexpr std::string_view kLockWaitTimeout = "1205/";
  if (!done && done.error().native().starts_with(kLockWaitTimeout)) {
    done = sender_.connection().query(sql);
  }
  if (done) return {};
  return sender_.explain(std::move(done).error(), {}).with("table " + target.to_string());
}

// Whatever becomes of the unit, which has not written to the ledger yet.
Status MySqlSink::remember(const LedgerEntry& entry) {
  auto connection = open_session(options_);
  if (!connection) return std::move(connection).error();
  return store_entry(*connection, lease_, entry);
}

Result<bool> MySqlSink::finds_row(const std::string& sql) {
  if (auto flushed = sender_.flush(); !flushed) return std::move(flushed).error();
  auto rows = sender_.connection().query(sql);
  if (!rows) return sender_.explain(std::move(rows).error(), {});
  return rows->row_count() > 0;
}

void MySqlSink::rollback() {
  followed_.clear();
  follower_.rolled_back();
  left_out_.rolled_back();
  sender_.rollback();
}

// Commits by itself, so the lease is looked at before; a repetition is harmless.
Status MySqlSink::drop_table(const TableName& name) {
  if (auto ours = check_lease(); !ours) return ours;
  auto dropped = sender_.connection().query("DROP TABLE IF EXISTS " + dialect_.table(name));
  if (!dropped) return sender_.explain(std::move(dropped).error(), {});
  return {};
}

Status MySqlSink::check_lease() {
  Connection& connection = sender_.connection();
  auto epoch = connection.query(fmt::format(
      "SELECT epoch FROM tailrace.checkpoint WHERE pipeline = {} AND sink = {} AND epoch = {}",
      connection.quoted(lease_.pipeline), connection.quoted(lease_.sink),
      lease_.epoch.value_or(0)));
  if (!epoch) return sender_.explain(std::move(epoch).error(), {});
  if (epoch->row_count() == 0) return sql::lost_lease(lease_.sink);
  return {};
}

Status MySqlSink::refuse_drop_schema(const TableName& name) {
  auto count = sender_.connection().query(
      "SELECT COUNT(*) FROM information_schema.TABLES"
      " WHERE TABLE_TYPE = 'BASE TABLE' AND TABLE_SCHEMA = " +
      sender_.connection().quoted(name.schema));
  if (!count) return sender_.explain(std::move(count).error(), {});
  if (count->scalar() == "0") return {};
  return Error(ErrorKind::schema_mismatch,
               fmt::format("the source dropped the database of \"{}\", which still has {} tables "
                           "at the target",
                           name.schema, count->scalar().value_or("?")))
      .hint("DROP DATABASE " + dialect_.quote(name.schema));
}

Result<Durability> MySqlSink::commit(const Checkpoint& checkpoint) {
  if (auto noted = write_ledger(follower_.ledger_changes()); !noted)
    return std::move(noted).error();
  const Connection& connection = sender_.connection();
  sender_.start().text(fmt::format(
      "UPDATE tailrace.checkpoint SET source_id={}, position={}, commit_time_us={},"
      " updated_at=UTC_TIMESTAMP(6) WHERE pipeline={} AND sink={} AND epoch={}",
      connection.quoted(checkpoint.source_id), connection.quoted(checkpoint.position.text),
      checkpoint.commit_time_us, connection.quoted(lease_.pipeline), connection.quoted(lease_.sink),
      lease_.epoch.value_or(0)));
  auto stored = sender_.end({.table = "tailrace.checkpoint",
                             .expected = 1,
                             .otherwise = StatementBatch::Sent::Otherwise::lost_lease});
  if (stored) stored = sender_.flush();
  if (!stored) {
    if (stored.error().kind() == ErrorKind::fenced) rollback();
    return std::move(stored).error();
  }
  if (auto committed = sender_.commit(); !committed) return std::move(committed).error();
  checkpoint_ = checkpoint;
  follower_.committed();
  left_out_.committed();
  return Durability::durable;
}

Result<std::vector<LedgerEntry>> MySqlSink::read_ledger() {
  auto entries = read_all_entries();
  if (entries) std::erase_if(*entries, sql::SchemaMemory::owns);
  return entries;
}

Result<std::vector<LedgerEntry>> MySqlSink::read_all_entries() {
  auto entries = mysql::read_ledger(sender_.connection(), lease_);
  if (!entries) return sender_.explain(std::move(entries).error(), {});
  return entries;
}

Status MySqlSink::write_ledger(std::span<const LedgerEntry> entries) {
  return mysql::write_ledger(sender_, lease_, entries);
}

Status MySqlSink::clear_table(const TableName& target) {
  if (auto flushed = sender_.flush(); !flushed) return flushed;
  auto emptied = truncate(target);
  if (emptied) return emptied;
  return std::move(emptied).error().with("table " + target.to_string());
}

}  // namespace tailrace::mysql
