#include "sinks/postgres/postgres_target.h"

#include <array>
#include <charconv>

#include <fmt/format.h>

#include "sinks/postgres/loader.h"
#include "sinks/postgres/postgres_sink.h"
#include "sinks/postgres/session.h"
#include "sinks/postgres/state_tables.h"
#include "sinks/sql/checkpoint_row.h"

namespace tailrace::postgres {
namespace {

// The answer of both: epoch, format_version, source_id, position, commit_time_us. They wait for a
// transaction of an older session that still runs, so that what they answer is final.
constexpr const char* kTakeOver =
    "INSERT INTO tailrace.checkpoint AS c (pipeline, sink, epoch, owner, format_version, "
    "updated_at)"
    " VALUES ($1, $2, 1, $3, $4, clock_timestamp())"
    " ON CONFLICT (pipeline, sink) DO UPDATE SET epoch = c.epoch + 1, owner = EXCLUDED.owner,"
    " updated_at = EXCLUDED.updated_at"
    " RETURNING epoch, format_version, source_id, position, commit_time_us";
// A raise whose answer was lost is known by its owner, which no other process has.
constexpr const char* kRenew =
    "UPDATE tailrace.checkpoint SET epoch = epoch + 1, owner = $3, updated_at = clock_timestamp()"
    " WHERE pipeline = $1 AND sink = $2 AND (epoch = $4::bigint OR owner = $3)"
    " RETURNING epoch, format_version, source_id, position, commit_time_us";

bool is_true(const Result<QueryResult>& result) {
  return result && result->scalar() == "t";
}

Result<std::int64_t> parse_epoch(Cell cell) {
  std::int64_t epoch = 0;
  const std::string_view text = cell.value_or("");
  if (std::from_chars(text.data(), text.data() + text.size(), epoch).ec != std::errc()) {
    return Error(ErrorKind::checkpoint_corrupt, "checkpoint row without epoch");
  }
  return epoch;
}

Error lease_error(Connection& connection, const Lease& lease) {
  const std::array parameters = {lease.pipeline.c_str(), lease.sink.c_str()};
  auto row = connection.exec_params(
      "SELECT 1 FROM tailrace.checkpoint WHERE pipeline = $1 AND sink = $2", parameters);
  if (!row) return std::move(row).error();
  return row->row_count() == 0 ? sql::checkpoint_row_gone(lease.sink) : sql::lost_lease(lease.sink);
}

Result<std::optional<Checkpoint>> claim(Connection& connection, Lease& lease) {
  const std::string number = std::to_string(lease.epoch.value_or(sql::kCheckpointFormat));
  const std::array parameters = {lease.pipeline.c_str(), lease.sink.c_str(), lease.owner.c_str(),
                                 number.c_str()};
  auto row = connection.exec_params(lease.epoch ? kRenew : kTakeOver, parameters);
  if (!row) return std::move(row).error().with("checkpoint table");
  if (row->row_count() == 0) return lease_error(connection, lease);
  auto epoch = parse_epoch(row->cell(0, 0));
  if (!epoch) return std::move(epoch).error();
  auto checkpoint =
      sql::read_checkpoint({row->cell(0, 1), row->cell(0, 2), row->cell(0, 3), row->cell(0, 4)});
  if (!checkpoint) return std::move(checkpoint).error();
  lease.epoch = *epoch;
  return checkpoint;
}

Finding finding(Finding::Level level, std::string id, std::string message, std::string fix = {}) {
  return {level, std::move(id), "target", std::move(message), std::move(fix)};
}

Finding check_encoding(Connection& connection) {
  auto encoding = connection.exec("SHOW server_encoding");
  const std::string name = encoding ? std::string(encoding->scalar().value_or("?")) : "?";
  if (name == "UTF8") return finding(Finding::Level::ok, "PG-TGT-03", "database stores UTF-8");
  return finding(Finding::Level::error, "PG-TGT-03",
                 "database encoding is " + name + ", which cannot hold every text",
                 "CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0");
}

Finding check_writable(Connection& connection) {
  auto standby = connection.exec("SELECT pg_is_in_recovery()");
  if (!is_true(standby)) return finding(Finding::Level::ok, "PG-TGT-02", "server is writable");
  return finding(Finding::Level::error, "PG-TGT-02", "server is a standby: it takes no writes",
                 "name the primary in the URL");
}

Finding check_triggers(Connection& connection) {
  const auto suppressed = suppress_triggers(connection);
  if (suppressed && *suppressed)
    return finding(Finding::Level::ok, "PG-TGT-05", "triggers and foreign keys are suppressed");
  return finding(Finding::Level::warning, "PG-TGT-05",
                 "triggers fire and foreign keys are checked for replicated rows",
                 "GRANT SET ON PARAMETER session_replication_role TO <user of the target URL>"
                 " (PostgreSQL 15 and later), or use a superuser");
}

Finding check_origin(Connection& connection, OriginMode mode) {
  const auto allowed = may_use_origins(connection);
  if (mode == OriginMode::off || (allowed && *allowed)) {
    return finding(Finding::Level::ok, "PG-TGT-06",
                   mode == OriginMode::off
                       ? "replicated rows are not marked, as configured"
                       : "replicated rows are marked with a replication origin");
  }
  return finding(
      mode == OriginMode::on ? Finding::Level::error : Finding::Level::warning, "PG-TGT-06",
      "replicated rows are not marked with a replication origin: pipelines that face each "
      "other cannot tell them from rows of their own",
      kGrantOrigins);
}

}  // namespace

std::string PostgresTarget::description() const {
  return fmt::format("postgresql://{}/{}", options_.connection.address(),
                     options_.connection.database);
}

TableName PostgresTarget::default_table(const TableName& source) const {
  const std::string& schema = options_.schema.empty() ? source.schema : options_.schema;
  return {dialect_.shorten(schema), dialect_.shorten(source.table)};
}

Result<std::unique_ptr<Sink>> PostgresTarget::open(Lease& lease) {
  auto connection = open_session(options_.connection);
  if (!connection) return std::move(connection).error();
  if (auto ensured = ensure_state_tables(*connection); !ensured) return std::move(ensured).error();
  auto checkpoint = claim(*connection, lease);
  if (!checkpoint) return std::move(checkpoint).error();
  auto origin =
      Origin::open(*connection, options_.origin, Origin::name_for(lease.pipeline, lease.sink));
  if (!origin) return std::move(origin).error();
  if (auto entered = connection->enter_pipeline(); !entered) return std::move(entered).error();
  auto sink = std::make_unique<PostgresSink>(*std::move(connection), dialect_, lease,
                                             *std::move(checkpoint), *std::move(origin));
  sink->set_schema_policy(schema_policy_);
  return std::unique_ptr<Sink>(std::move(sink));
}

Result<std::unique_ptr<Loader>> PostgresTarget::open_loader(const Lease& lease) {
  auto connection = open_session(options_.connection);
  if (!connection) return std::move(connection).error();
  auto loader = std::make_unique<PostgresLoader>(*std::move(connection), dialect_, lease);
  loader->set_schema_policy(schema_policy_);
  return std::unique_ptr<Loader>(std::move(loader));
}

Result<std::optional<Checkpoint>> PostgresTarget::stored_checkpoint(const std::string& pipeline,
                                                                    const std::string& sink) {
  auto connection = Connection::connect(options_.connection);
  if (!connection) return std::move(connection).error();
  const std::array parameters = {pipeline.c_str(), sink.c_str()};
  auto row = connection->exec_params(
      "SELECT format_version, source_id, position, commit_time_us FROM tailrace.checkpoint"
      " WHERE pipeline = $1 AND sink = $2",
      parameters);
  // Without the table the target has never been a sink.
  if (!row && row.error().kind() == ErrorKind::schema_mismatch) return std::optional<Checkpoint>();
  if (!row) return std::move(row).error();
  if (row->row_count() == 0) return std::optional<Checkpoint>();
  return sql::read_checkpoint({row->cell(0, 0), row->cell(0, 1), row->cell(0, 2), row->cell(0, 3)});
}

Findings PostgresTarget::check() {
  auto connection = Connection::connect(options_.connection);
  if (!connection) {
    const Error& error = connection.error();
    return {finding(Finding::Level::error, "PG-TGT-01", error.to_string(), error.hint())};
  }
  Findings findings = {
      finding(Finding::Level::ok, "PG-TGT-01",
              fmt::format("connected to PostgreSQL {}, {}", connection->server_version() / 10000,
                          connection->uses_tls() ? "TLS" : "no TLS"))};
  findings.push_back(check_writable(*connection));
  findings.push_back(check_encoding(*connection));
  findings.push_back(check_state_tables(*connection));
  findings.push_back(check_triggers(*connection));
  findings.push_back(check_origin(*connection, options_.origin));
  return findings;
}

}  // namespace tailrace::postgres
