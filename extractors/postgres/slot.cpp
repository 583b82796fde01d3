#include "extractors/postgres/slot.h"

#include <utility>

#include <fmt/format.h>

namespace tailrace::postgres {
namespace {

// By way of JSON, so that a column which a version lacks reads as NULL. pg_stat_replication tells
// who uses the slot as far as our role may know.
constexpr const char* kSlot = R"(
SELECT s->>'plugin', s->>'database', s->>'temporary', s->>'two_phase', s->>'failover',
  s->>'synced', s->>'conflicting', s->>'wal_status', s->>'invalidation_reason',
  s->>'restart_lsn', s->>'confirmed_flush_lsn',
  pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                       ELSE pg_current_wal_lsn() END, (s->>'restart_lsn')::pg_lsn),
  s->>'safe_wal_size', s->>'active_pid',
  a.application_name, coalesce(host(a.client_addr), 'a local socket'),
  to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS"Z"')
FROM (SELECT to_jsonb(r) AS s FROM pg_replication_slots r WHERE slot_name = $1) slots
LEFT JOIN pg_stat_replication a ON a.pid = (s->>'active_pid')::int)";

std::string text_of(Cell cell) {
  return std::string(cell.value_or(""));
}

SlotFacts slot_in(const QueryResult& row, const std::string& name) {
  std::size_t column = 0;
  const auto next = [&] { return row.cell(0, column++); };
  SlotFacts slot;
  slot.name = name;
  slot.plugin = text_of(next());
  slot.database = text_of(next());
  slot.temporary = truth_in(next());
  slot.two_phase = truth_in(next());
  slot.failover = truth_in(next());
  slot.synced = truth_in(next());
  slot.conflicting = truth_in(next());
  slot.wal_status = text_of(next());
  slot.invalidation_reason = text_of(next());
  slot.restart = lsn_in(next());
  slot.confirmed = lsn_in(next());
  slot.retained_bytes = number_in(next());
  if (const Cell safe = next()) slot.safe_wal_bytes = signed_number_in(safe);
  slot.active_pid = static_cast<int>(number_in(next()));
  const Cell application = next();
  const Cell address = next();
  const Cell since = next();
  if (application) {
    slot.user = fmt::format("\"{}\" at {}", *application, text_of(address));
    if (since) slot.user += fmt::format(" since {}", *since);
  }
  return slot;
}

// The oldest transactions that write, and those that were prepared and forgotten.
constexpr const char* kRunning = R"(
(SELECT format('process %s (%s%s) since %s', pid, coalesce(nullif(application_name, ''), 'unnamed'),
               coalesce(', ' || state, ''),
               to_char(xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS"Z"'))
 FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()
 ORDER BY xact_start LIMIT 3)
UNION ALL
(SELECT format('prepared transaction %L since %s', gid,
               to_char(prepared AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS"Z"'))
 FROM pg_prepared_xacts ORDER BY prepared LIMIT 3))";

}  // namespace

bool SlotFacts::is_lost() const {
  return wal_status == "lost" || !invalidation_reason.empty() || conflicting;
}

std::string SlotFacts::state() const {
  if (!is_lost()) return wal_status;
  if (!invalidation_reason.empty()) return fmt::format("lost ({})", invalidation_reason);
  return conflicting ? "lost (conflict with recovery)" : "lost";
}

Result<std::optional<SlotFacts>> read_slot(Connection& connection, const std::string& name) {
  const char* const parameters[] = {name.c_str()};
  auto row = connection.exec_params(kSlot, parameters);
  if (!row) return std::move(row).error().with("reading the replication slot " + name);
  if (row->row_count() == 0) return std::optional<SlotFacts>();
  return std::optional(slot_in(*row, name));
}

std::string slot_creation(const NewSlot& slot, const ServerFacts& facts) {
  // The name has only letters that need no quoting; the server refuses every other one.
  std::string sql = fmt::format(
      "SELECT lsn FROM pg_create_logical_replication_slot('{}', 'pgoutput', temporary => {}",
      slot.name, slot.temporary);
  const bool failover = slot.failover && !slot.temporary && facts.at_least(17) && !facts.is_standby;
  if (failover) sql += ", failover => true";
  return sql + ")";
}

Result<Lsn> create_slot(Connection& connection, const NewSlot& slot, const ServerFacts& facts,
                        std::chrono::milliseconds longest) {
  const std::string limit = fmt::format("SET statement_timeout = {}", longest.count());
  if (auto set = connection.exec(limit); !set) return std::move(set).error();
  auto made = connection.exec(slot_creation(slot, facts));
  if (auto set = connection.exec("SET statement_timeout = 0"); !set && made) {
    return std::move(set).error();
  }
  if (made) return lsn_in(made->scalar());
  if (made.error().kind() == ErrorKind::timeout) {
    return waits_for_transactions(open_transactions(connection), facts);
  }
  return std::move(made).error().with("making the replication slot " + slot.name);
}

Status drop_slot(Connection& connection, const std::string& name) {
  const char* const parameters[] = {name.c_str()};
  auto dropped = connection.exec_params("SELECT pg_drop_replication_slot($1)", parameters);
  if (!dropped) return std::move(dropped).error().with("dropping the replication slot " + name);
  return {};
}

std::string open_transactions(Connection& connection) {
  std::string running;
  const auto rows = connection.exec(kRunning);
  if (!rows) return running;  // only for a message
  for (std::size_t i = 0; i < rows->row_count(); ++i) {
    running += (running.empty() ? "" : "; ") + text_of(rows->cell(i, 0));
  }
  return running;
}

Error waits_for_transactions(const std::string& running, const ServerFacts& facts) {
  if (facts.is_standby) {
    return Error(ErrorKind::busy, "the standby waits for a record of its primary to begin a slot")
        .hint("SELECT pg_log_standby_snapshot() on the primary (PostgreSQL 16 and later)");
  }
  return Error(ErrorKind::busy, "a new replication slot waits for transactions that are open: " +
                                    (running.empty() ? "this role may not see which" : running))
      .hint(
          "end them; a forgotten prepared transaction needs COMMIT PREPARED or ROLLBACK PREPARED");
}

}  // namespace tailrace::postgres
