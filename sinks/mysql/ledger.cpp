#include "sinks/mysql/ledger.h"

#include <fmt/format.h>

#include "sinks/mysql/postgres_types.h"
#include "sinks/sql/checkpoint_row.h"
#include "sinks/sql/ledger.h"

namespace tailrace::mysql {
namespace {

std::string put_entry(const Connection& connection, const Lease& lease, const LedgerEntry& entry) {
  const std::string text = connection.quoted(entry.text);
  return fmt::format(
      "INSERT INTO tailrace.ledger (pipeline, sink, entry, `text`, updated_at)"
      " VALUES ({}, {}, {}, {}, UTC_TIMESTAMP(6))"
      " ON DUPLICATE KEY UPDATE `text` = {}, updated_at = UTC_TIMESTAMP(6)",
      connection.quoted(lease.pipeline), connection.quoted(lease.sink),
      connection.quoted(entry.key), text, text);
}

std::string remove_entry(const Connection& connection, const Lease& lease,
                         const LedgerEntry& entry) {
  return fmt::format("DELETE FROM tailrace.ledger WHERE pipeline = {} AND sink = {} AND entry = {}",
                     connection.quoted(lease.pipeline), connection.quoted(lease.sink),
                     connection.quoted(entry.key));
}

}  // namespace

// Keys of entries compare by their octets: a table's name may end with a space.
std::string create_ledger_table(const ServerVersion& version) {
  return "CREATE TABLE IF NOT EXISTS tailrace.ledger ("
         " pipeline VARCHAR(128) NOT NULL, sink VARCHAR(128) NOT NULL, entry VARCHAR(255)" +
         exact_text(version) +
         " NOT NULL, `text` LONGTEXT NOT NULL, updated_at DATETIME(6) NOT NULL,"
         " PRIMARY KEY (pipeline, sink, entry)"
         ") ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
}

Result<std::vector<LedgerEntry>> read_ledger(Connection& connection, const Lease& lease) {
  auto rows = connection.query(
      fmt::format("SELECT entry, `text` FROM tailrace.ledger WHERE pipeline = {} AND sink = {}",
                  connection.quoted(lease.pipeline), connection.quoted(lease.sink)));
  if (!rows) return std::move(rows).error().with("table tailrace.ledger");
  std::vector<LedgerEntry> entries;
  entries.reserve(rows->row_count());
  for (std::size_t i = 0; i < rows->row_count(); ++i) {
    const Row row = rows->row(i);
    entries.push_back({std::string(row[0].value_or("")), std::string(row[1].value_or(""))});
  }
  return entries;
}

Status lock_lease(Connection& connection, const Lease& lease) {
  auto held = connection.query(fmt::format(
      "SELECT epoch FROM tailrace.checkpoint WHERE pipeline = {} AND sink = {} AND epoch = {}"
      " LOCK IN SHARE MODE",
      connection.quoted(lease.pipeline), connection.quoted(lease.sink), lease.epoch.value_or(0)));
  if (!held) return std::move(held).error().with("table tailrace.checkpoint");
  return held->row_count() > 0 ? Status() : Status(sql::lost_lease(lease.sink));
}

Status store_entry(Connection& connection, const Lease& lease, const LedgerEntry& entry) {
  if (auto ours = lock_lease(connection, lease); !ours) return ours;
  for (const std::string& sql : {put_entry(connection, lease, entry), std::string("COMMIT")}) {
    auto done = connection.query(sql);
    if (!done) return std::move(done).error().with("table tailrace.ledger");
  }
  return {};
}

Status write_ledger(StatementSender& sender, const Lease& lease,
                    std::span<const LedgerEntry> entries) {
  const auto change = sql::plan_ledger(entries);
  if (!change) return change.error();
  const Connection& connection = sender.connection();
  for (const LedgerEntry* entry : change->puts) {
    sender.start().text(put_entry(connection, lease, *entry));
    if (auto ended = sender.end({.table = "tailrace.ledger"}); !ended) return ended;
  }
  for (const LedgerEntry* entry : change->removes) {
    sender.start().text(remove_entry(connection, lease, *entry));
    if (auto ended = sender.end({.table = "tailrace.ledger"}); !ended) return ended;
  }
  return {};
}

}  // namespace tailrace::mysql
