#include "sinks/sqlite/ledger_table.h"

#include "sinks/sql/ledger.h"

namespace tailrace::sqlite {
namespace {

constexpr const char* kCreate =
    "CREATE TABLE IF NOT EXISTS tailrace_ledger ("
    " pipeline TEXT NOT NULL, sink TEXT NOT NULL, entry TEXT NOT NULL, text TEXT NOT NULL,"
    " updated_at TEXT NOT NULL, PRIMARY KEY (pipeline, sink, entry)) STRICT, WITHOUT ROWID";
constexpr const char* kRead =
    "SELECT entry, text FROM tailrace_ledger WHERE pipeline = ?1 AND sink = ?2";
constexpr const char* kPut =
    "INSERT INTO tailrace_ledger (pipeline, sink, entry, text, updated_at)"
    " VALUES (?1, ?2, ?3, ?4, strftime('%Y-%m-%d %H:%M:%fZ'))"
    " ON CONFLICT (pipeline, sink, entry) DO UPDATE SET text = excluded.text,"
    " updated_at = excluded.updated_at";
constexpr const char* kRemove =
    "DELETE FROM tailrace_ledger WHERE pipeline = ?1 AND sink = ?2 AND entry = ?3";

Status run(RowWriter& writer, const char* sql, const Lease& lease, const LedgerEntry& entry) {
  auto statement = writer.statement(sql);
  if (!statement) return std::move(statement).error();
  (*statement)->bind_text(1, lease.pipeline);
  (*statement)->bind_text(2, lease.sink);
  (*statement)->bind_text(3, entry.key);
  if (sql == kPut) (*statement)->bind_text(4, entry.text);
  return (*statement)->run();
}

}  // namespace

Status create_ledger(const Database& database) {
  return database.exec(kCreate);
}

Result<std::vector<LedgerEntry>> read_ledger(const Database& database, const Lease& lease) {
  auto rows = database.prepare(kRead);
  if (!rows) return std::move(rows).error();
  rows->bind_text(1, lease.pipeline);
  rows->bind_text(2, lease.sink);
  std::vector<LedgerEntry> entries;
  while (true) {
    auto row = rows->step();
    if (!row) return std::move(row).error();
    if (!*row) return entries;
    entries.push_back({std::string(rows->text(0)), std::string(rows->text(1))});
  }
}

Status write_ledger(RowWriter& writer, const Lease& lease, std::span<const LedgerEntry> entries) {
  auto change = sql::plan_ledger(entries);
  if (!change) return std::move(change).error();
  for (const LedgerEntry* entry : change->puts) {
    if (auto put = run(writer, kPut, lease, *entry); !put) return put;
  }
  for (const LedgerEntry* entry : change->removes) {
    if (auto removed = run(writer, kRemove, lease, *entry); !removed) return removed;
  }
  return {};
}

}  // namespace tailrace::sqlite
