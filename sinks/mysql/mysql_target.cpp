#include "sinks/mysql/mysql_target.h"

#include <charconv>

#include <fmt/format.h>

#include "sinks/mysql/ledger.h"
#include "sinks/mysql/loader.h"
#include "sinks/mysql/mysql_sink.h"
#include "sinks/mysql/session.h"
#include "sinks/sql/checkpoint_row.h"

namespace tailrace::mysql {
namespace {

// Names compare by their octets; positions (GTID sets) have no limit.
constexpr const char* kCreateCheckpointTable =
    "CREATE TABLE IF NOT EXISTS tailrace.checkpoint ("
    " pipeline VARCHAR(128) NOT NULL, sink VARCHAR(128) NOT NULL, epoch BIGINT NOT NULL,"
    " owner VARCHAR(255) NOT NULL, source_id VARCHAR(255), position LONGTEXT,"
    " commit_time_us BIGINT, format_version INT NOT NULL, updated_at DATETIME(6) NOT NULL,"
    " PRIMARY KEY (pipeline, sink)"
    ") ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";

std::string row_condition(const Connection& connection, const std::string& pipeline,
                          const std::string& sink) {
  return fmt::format(" WHERE pipeline = {} AND sink = {}", connection.quoted(pipeline),
                     connection.quoted(sink));
}

// IF NOT EXISTS asks for the privilege to create even where nothing is to be created.
Status ensure_own_tables(Connection& connection) {
  auto exists = connection.query(
      "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'tailrace'"
      " AND TABLE_NAME IN ('checkpoint', 'ledger')");
  if (!exists) return std::move(exists).error();
  if (exists->scalar() == "2") return {};
  auto created = connection.query_all(std::string("CREATE DATABASE IF NOT EXISTS tailrace;") +
                                      kCreateCheckpointTable + ";" +
                                      create_ledger_table(connection.version()));
  if (created) return {};
  return std::move(created)
      .error()
      .hint("GRANT ALL ON tailrace.* TO <user of the target URL>")
      .with("tables of tailrace");
}

// Waits for a transaction of an older session that still runs: what is read afterwards is final.
std::string claim_statement(const Connection& connection, const Lease& lease) {
  const std::string owner = connection.quoted(lease.owner);
  if (!lease.epoch) {
    return fmt::format(
        "INSERT INTO tailrace.checkpoint (pipeline, sink, epoch, owner, format_version, updated_at)"
        " VALUES ({}, {}, 1, {}, {}, UTC_TIMESTAMP(6)) ON DUPLICATE KEY UPDATE epoch = epoch + 1,"
        " owner = {}, updated_at = UTC_TIMESTAMP(6)",
        connection.quoted(lease.pipeline), connection.quoted(lease.sink), owner,
        sql::kCheckpointFormat, owner);
  }
  // A raise whose answer was lost is known by its owner, which no other process has.
  return fmt::format(
      "UPDATE tailrace.checkpoint SET epoch = epoch + 1, owner = {}, updated_at = UTC_TIMESTAMP(6)"
      "{} AND (epoch = {} OR owner = {})",
      owner, row_condition(connection, lease.pipeline, lease.sink), *lease.epoch, owner);
}

Result<QueryResult> look(Connection& connection, const std::string& pipeline,
                         const std::string& sink) {
  return connection.query(
      "SELECT epoch, format_version, source_id, position, commit_time_us FROM tailrace.checkpoint" +
      row_condition(connection, pipeline, sink));
}

Result<std::optional<Checkpoint>> checkpoint_of(const QueryResult& rows) {
  const Row row = rows.row(0);
  return sql::read_checkpoint({row[1], row[2], row[3], row[4]});
}

Result<std::optional<Checkpoint>> claim(Connection& connection, Lease& lease) {
  auto raised = connection.query(claim_statement(connection, lease));
  if (!raised) return std::move(raised).error().with("checkpoint table");
  auto rows = look(connection, lease.pipeline, lease.sink);
  if (!rows) return std::move(rows).error();
  if (rows->row_count() == 0) return sql::checkpoint_row_gone(lease.sink);
  if (raised->affected_rows() == 0) return sql::lost_lease(lease.sink);
  auto checkpoint = checkpoint_of(*rows);
  if (!checkpoint) return checkpoint;
  std::int64_t epoch = 0;
  const std::string_view text = rows->scalar().value_or("");
  std::from_chars(text.data(), text.data() + text.size(), epoch);
  if (auto committed = connection.query("COMMIT"); !committed) return std::move(committed).error();
  lease.epoch = epoch;
  return checkpoint;
}

struct Limits {
  std::size_t max_packet_bytes = 0;
  bool local_infile = false;
};

Result<Limits> ask_limits(Connection& connection) {
  auto answer = connection.query("SELECT @@max_allowed_packet, @@global.local_infile");
  if (!answer) return std::move(answer).error();
  Limits limits;
  const std::string_view text = answer->row(0)[0].value_or("0");
  std::from_chars(text.data(), text.data() + text.size(), limits.max_packet_bytes);
  limits.local_infile = answer->row(0)[1] == "1";
  return limits;
}

Finding finding(Finding::Level level, std::string id, std::string message, std::string fix = {}) {
  return {level, std::move(id), "target", std::move(message), std::move(fix)};
}

Finding check_writable(Connection& connection) {
  auto read_only = connection.query("SELECT @@global.read_only");
  if (read_only && read_only->scalar() == "0") {
    return finding(Finding::Level::ok, "MY-TGT-02", "server is writable");
  }
  return finding(Finding::Level::error, "MY-TGT-02", "server is read-only",
                 "name the primary in the URL, or SET GLOBAL read_only = OFF");
}

Finding check_binlog_format(Connection& connection) {
  auto format =
      connection.query("SELECT @@global.log_bin AND @@global.binlog_format = 'STATEMENT'");
  if (!format || format->scalar() != "1") {
    return finding(Finding::Level::ok, "MY-TGT-03", "binlog format allows READ COMMITTED");
  }
  return finding(Finding::Level::error, "MY-TGT-03", "binlog_format is STATEMENT",
                 "SET GLOBAL binlog_format = 'ROW'");
}

Finding check_bulk_load(Connection& connection) {
  auto limits = ask_limits(connection);
  if (limits && limits->local_infile) {
    return finding(Finding::Level::ok, "MY-TGT-05", "tables can be copied by LOAD DATA");
  }
  return finding(Finding::Level::info, "MY-TGT-05",
                 "local_infile is OFF: tables are copied by INSERT, which is slower",
                 "SET GLOBAL local_infile = ON");
}

Finding check_checkpoint(Connection& connection) {
  auto ensured = ensure_own_tables(connection);
  if (ensured) return finding(Finding::Level::ok, "MY-TGT-04", "checkpoint and ledger can be kept");
  return finding(Finding::Level::error, "MY-TGT-04", ensured.error().to_string(),
                 "GRANT ALL ON tailrace.* TO <user of the target URL>");
}

}  // namespace

std::string MySqlTarget::description() const {
  return fmt::format("mysql://{}/{}", options_.connection.address(), options_.database);
}

TableName MySqlTarget::default_table(const TableName& source) const {
  const sql::Dialect& dialect = MySqlDialect({});
  const std::string& database = options_.database.empty() ? source.schema : options_.database;
  return {dialect.shorten(database), dialect.shorten(source.table)};
}

Result<std::unique_ptr<Sink>> MySqlTarget::open(Lease& lease) {
  auto connection = open_session(options_);
  if (!connection) return std::move(connection).error();
  if (auto ensured = ensure_own_tables(*connection); !ensured) {
    return std::move(ensured).error();
  }
  auto checkpoint = claim(*connection, lease);
  if (!checkpoint) return std::move(checkpoint).error();
  auto limits = ask_limits(*connection);
  if (!limits) return std::move(limits).error();
  auto sink = std::make_unique<MySqlSink>(*std::move(connection), options_, lease,
                                          *std::move(checkpoint), limits->max_packet_bytes);
  sink->set_schema_policy(schema_policy_);
  return std::unique_ptr<Sink>(std::move(sink));
}

// No limit on how long the server may take: an index of a large table is made in one statement.
// interrupt() ends it, and the kernel notices a peer that is gone.
Result<std::unique_ptr<Loader>> MySqlTarget::open_loader(const Lease& lease) {
  TargetOptions options = options_;
  options.connection.local_infile = true;
  options.connection.read_timeout = std::chrono::milliseconds(0);
  auto connection = open_session(options);
  if (!connection) return std::move(connection).error();
  auto limits = ask_limits(*connection);
  if (!limits) return std::move(limits).error();
  auto loader = std::make_unique<MySqlLoader>(*std::move(connection), options_, lease,
                                              limits->max_packet_bytes, limits->local_infile);
  loader->set_schema_policy(schema_policy_);
  return std::unique_ptr<Loader>(std::move(loader));
}

Result<std::optional<Checkpoint>> MySqlTarget::stored_checkpoint(const std::string& pipeline,
                                                                 const std::string& sink) {
  auto connection = open_session(options_);
  if (!connection) return std::move(connection).error();
  auto rows = look(*connection, pipeline, sink);
  // Without the table the target has never been a sink.
  if (!rows && rows.error().kind() == ErrorKind::schema_mismatch)
    return std::optional<Checkpoint>();
  if (!rows) return std::move(rows).error();
  if (rows->row_count() == 0) return std::optional<Checkpoint>();
  return checkpoint_of(*rows);
}

Findings MySqlTarget::check() {
  auto connection = open_session(options_);
  if (!connection) {
    const Error& error = connection.error();
    return {finding(Finding::Level::error, "MY-TGT-01", error.to_string(), error.hint())};
  }
  Findings findings = {finding(Finding::Level::ok, "MY-TGT-01",
                               fmt::format("connected to {}, {}", connection->version().to_string(),
                                           connection->uses_tls() ? "TLS" : "no TLS"))};
  findings.push_back(check_writable(*connection));
  findings.push_back(check_binlog_format(*connection));
  findings.push_back(check_checkpoint(*connection));
  findings.push_back(check_bulk_load(*connection));
  return findings;
}

}  // namespace tailrace::mysql
