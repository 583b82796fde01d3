#include "sinks/sqlite/sqlite_target.h"

#include <unistd.h>

#include "sinks/sql/checkpoint_row.h"
#include "sinks/sqlite/ledger_table.h"
#include "sinks/sqlite/loader.h"
#include "sinks/sqlite/sqlite_sink.h"

namespace tailrace::sqlite {
namespace {

constexpr const char* kCreateCheckpointTable =
    "CREATE TABLE IF NOT EXISTS tailrace_checkpoint ("
    " pipeline TEXT NOT NULL, sink TEXT NOT NULL, epoch INTEGER NOT NULL, owner TEXT NOT NULL,"
    " source_id TEXT, position TEXT, commit_time_us INTEGER,"
    " format_version INTEGER NOT NULL, updated_at TEXT NOT NULL,"
    " PRIMARY KEY (pipeline, sink)) STRICT";

constexpr const char* kTakeOver =
    "INSERT INTO tailrace_checkpoint (pipeline, sink, epoch, owner, format_version, updated_at)"
    " VALUES (?1, ?2, 1, ?3, ?4, strftime('%Y-%m-%d %H:%M:%fZ'))"
    " ON CONFLICT (pipeline, sink) DO UPDATE SET epoch = epoch + 1, owner = excluded.owner,"
    " updated_at = excluded.updated_at"
    " RETURNING epoch, format_version, source_id, position, commit_time_us";
constexpr const char* kRenew =
    "UPDATE tailrace_checkpoint SET epoch = epoch + 1, owner = ?3,"
    " updated_at = strftime('%Y-%m-%d %H:%M:%fZ')"
    " WHERE pipeline = ?1 AND sink = ?2 AND (epoch = ?4 OR owner = ?3)"
    " RETURNING epoch, format_version, source_id, position, commit_time_us";
constexpr const char* kLook =
    "SELECT epoch, format_version, source_id, position, commit_time_us FROM tailrace_checkpoint"
    " WHERE pipeline = ?1 AND sink = ?2";

Result<std::optional<Checkpoint>> checkpoint_of(const Statement& row) {
  return sql::read_checkpoint(
      {row.text_or_null(1), row.text_or_null(2), row.text_or_null(3), row.text_or_null(4)});
}

Error lease_error(const Database& database, const Lease& lease) {
  auto row = database.prepare(kLook);
  if (!row) return std::move(row).error();
  row->bind_text(1, lease.pipeline);
  row->bind_text(2, lease.sink);
  auto found = row->step();
  if (!found) return std::move(found).error();
  return *found ? sql::lost_lease(lease.sink) : sql::checkpoint_row_gone(lease.sink);
}

Result<std::optional<Checkpoint>> claim_row(const Database& database, Lease& lease) {
  auto statement = database.prepare(lease.epoch ? kRenew : kTakeOver);
  if (!statement) return std::move(statement).error();
  statement->bind_text(1, lease.pipeline);
  statement->bind_text(2, lease.sink);
  statement->bind_text(3, lease.owner);
  statement->bind(4, lease.epoch.value_or(sql::kCheckpointFormat));
  auto row = statement->step();
  if (!row) return std::move(row).error();
  if (!*row) return lease_error(database, lease);
  const std::int64_t epoch = statement->integer(0);
  auto checkpoint = checkpoint_of(*statement);
  if (checkpoint) lease.epoch = epoch;
  return checkpoint;
}

Result<std::optional<Checkpoint>> claim(const Database& database, Lease& lease) {
  if (auto begun = database.exec("BEGIN IMMEDIATE"); !begun) return std::move(begun).error();
  if (auto made = database.exec(kCreateCheckpointTable); !made) return std::move(made).error();
  const std::optional<std::int64_t> held = lease.epoch;
  if (auto made = create_ledger(database); !made) return std::move(made).error();
  auto checkpoint = claim_row(database, lease);
  const Status ended = database.exec(checkpoint ? "COMMIT" : "ROLLBACK");
  if (!checkpoint || ended) return checkpoint;
  lease.epoch = held;
  return ended.error();
}

Finding finding(Finding::Level level, std::string id, std::string subject, std::string message,
                std::string fix = {}) {
  return {level, std::move(id), std::move(subject), std::move(message), std::move(fix)};
}

}  // namespace

std::string SqliteTarget::description() const {
  return "sqlite:" + options_.path.string();
}

TableName SqliteTarget::default_table(const TableName& source) const {
  return {"main", source.table};
}

Result<std::unique_ptr<Sink>> SqliteTarget::open(Lease& lease) {
  auto database = Database::open({options_.path, false, OpenOptions().busy_timeout});
  if (!database) return std::move(database).error();
  // Rows come in the source's order, and a table that is made anew is dropped in between.
  if (auto set = database->exec("PRAGMA foreign_keys=OFF"); !set) return std::move(set).error();
  auto checkpoint = claim(*database, lease);
  if (!checkpoint) return std::move(checkpoint).error().with("file " + options_.path.string());
  auto sink = std::make_unique<SqliteSink>(*std::move(database), dialect_, options_.values, lease,
                                           *std::move(checkpoint));
  sink->set_schema_policy(schema_policy_);
  return std::unique_ptr<Sink>(std::move(sink));
}

Result<std::unique_ptr<Loader>> SqliteTarget::open_loader(const Lease& lease) {
  auto database = Database::open({options_.path, false, OpenOptions().busy_timeout});
  if (!database) return std::move(database).error();
  auto loader =
      std::make_unique<SqliteLoader>(*std::move(database), dialect_, options_.values, lease);
  loader->set_schema_policy(schema_policy_);
  return std::unique_ptr<Loader>(std::move(loader));
}

Result<std::optional<Checkpoint>> SqliteTarget::stored_checkpoint(const std::string& pipeline,
                                                                  const std::string& sink) {
  std::error_code ignored;
  if (!std::filesystem::exists(options_.path, ignored)) return std::optional<Checkpoint>();
  auto database = Database::open({options_.path, true, OpenOptions().busy_timeout});
  if (!database) return std::move(database).error();
  auto row = database->prepare(kLook);
  // A file without the table has never been a sink.
  if (!row && row.error().kind() == ErrorKind::schema_mismatch) return std::optional<Checkpoint>();
  if (!row) return std::move(row).error();
  row->bind_text(1, pipeline);
  row->bind_text(2, sink);
  auto found = row->step();
  if (!found) return std::move(found).error();
  if (!*found) return std::optional<Checkpoint>();
  return checkpoint_of(*row);
}

Findings SqliteTarget::check() {
  using Level = Finding::Level;
  const std::string path = options_.path.string();
  std::error_code ignored;
  if (std::filesystem::exists(options_.path, ignored)) {
    auto database = Database::open({options_.path, false, OpenOptions().busy_timeout});
    if (database) return {finding(Level::ok, "SQ-TGT-01", path, "file can be opened")};
    return {finding(Level::error, "SQ-TGT-01", path, database.error().to_string())};
  }
  const std::filesystem::path folder =
      options_.path.has_parent_path() ? options_.path.parent_path() : std::filesystem::path(".");
  if (::access(folder.c_str(), W_OK | X_OK) == 0) {
    return {finding(Level::ok, "SQ-TGT-01", path, "file will be made")};
  }
  return {finding(Level::error, "SQ-TGT-01", path, "file cannot be made in " + folder.string(),
                  "mkdir -p " + folder.string() + ", writable by the user of tailrace")};
}

}  // namespace tailrace::sqlite
