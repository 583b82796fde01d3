#include "extractors/mysql/server_facts.h"

#include <charconv>
#include <utility>

namespace tailrace::mysql {
namespace {

constexpr std::string_view kVariables =
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ("
    "'log_bin', 'binlog_format', 'binlog_row_image', 'binlog_row_metadata', 'server_id', "
    "'server_uuid', 'gtid_mode', 'enforce_gtid_consistency', 'log_replica_updates', "
    "'log_slave_updates', 'binlog_expire_logs_seconds', 'expire_logs_days', "
    "'binlog_expire_logs_auto_purge', 'binlog_row_value_options', "
    "'binlog_transaction_compression', 'log_bin_compress', 'binlog_encryption', "
    "'encrypt_binlog', 'binlog_checksum', 'binlog_legacy_event_pos', 'lower_case_table_names', "
    "'mysql56_temporal_format', 'innodb_native_foreign_keys', 'hostname')";

std::uint64_t number_in(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Error missing_grant(Error error, const ServerVersion& version) {
  const std::string privilege = version.is_mariadb() ? "BINLOG MONITOR" : "REPLICATION CLIENT";
  return std::move(error).hint("GRANT " + privilege + " ON *.* TO the account that tailrace uses");
}

// A permission error with the grant that is missing; every other one as it is.
Error explained(Error error, const ServerVersion& version) {
  if (error.kind() != ErrorKind::permission) return error;
  return missing_grant(std::move(error), version);
}

Status read_log_status(Connection& connection, ServerFacts& facts) {
  const bool new_name = !facts.version.is_mariadb() && facts.version.at_least(8, 2);
  auto status = connection.query(new_name ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS");
  if (!status) return explained(std::move(status).error(), facts.version);
  if (status->row_count() == 0) return {};  // no binary log
  const Row row = status->row(0);
  facts.log_end.file = row[0].value_or("");
  facts.log_end.offset = number_in(row[1].value_or("4"));
  facts.binlog_do_db = row[2].value_or("");
  facts.binlog_ignore_db = row[3].value_or("");
  return {};
}

Status read_replica_status(Connection& connection, ServerFacts& facts) {
  const bool logs_updates = facts.is_on("log_replica_updates") || facts.is_on("log_slave_updates");
  if (logs_updates) return {};
  const bool new_name = facts.version.is_mariadb() || facts.version.at_least(8, 0, 22);
  auto status = connection.query(new_name ? "SHOW REPLICA STATUS" : "SHOW SLAVE STATUS");
  if (!status) {
    // Not worth another privilege: only a replica with an unusual setting is concerned.
    if (status.error().kind() == ErrorKind::permission) return {};
    return std::move(status).error();
  }
  facts.is_replica = status->row_count() != 0;
  return {};
}

Result<LogPosition> gtid_position(std::string text, bool mariadb) {
  if (text.empty()) return LogPosition(Beginning());
  if (!mariadb) {
    auto set = GtidSet::parse(text);
    if (!set) return std::move(set).error();
    return LogPosition(std::move(*set));
  }
  auto position = MariadbPosition::parse(text);
  if (!position) return std::move(position).error();
  return LogPosition(std::move(*position));
}

Result<LogPosition> read_gtid_position(Connection& connection, std::string_view sql) {
  auto text = read_scalar(connection, sql);
  if (!text) return std::move(text).error();
  return gtid_position(std::move(*text), connection.version().is_mariadb());
}

}  // namespace

std::string_view ServerFacts::variable(std::string_view name) const {
  const auto found = variables.find(name);
  return found == variables.end() ? std::string_view() : std::string_view(found->second);
}

bool ServerFacts::is_on(std::string_view name) const {
  const std::string_view value = variable(name);
  return value == "ON" || value == "1";
}

std::uint64_t ServerFacts::number(std::string_view name) const {
  return number_in(variable(name));
}

std::string ServerFacts::source_id() const {
  if (version.is_mariadb()) return "mariadb:" + std::string(variable("server_id"));
  return std::string(variable("server_uuid"));
}

Result<std::string> read_scalar(Connection& connection, std::string_view sql) {
  auto result = connection.query(sql);
  if (!result) return std::move(result).error();
  return std::string(result->scalar().value_or(""));
}

Result<ServerFacts> read_server_facts(Connection& connection, std::string address) {
  ServerFacts facts;
  facts.version = connection.version();
  facts.address = std::move(address);
  auto variables = connection.query(kVariables);
  if (!variables) return std::move(variables).error();
  for (std::size_t i = 0; i < variables->row_count(); ++i) {
    const Row row = variables->row(i);
    facts.variables.emplace(row[0].value_or(""), row[1].value_or(""));
  }
  // Without a binary log some servers answer these with an error; the preflight says it better.
  if (!facts.is_on("log_bin")) return facts;
  if (auto read = read_log_status(connection, facts); !read) return std::move(read).error();
  if (auto read = read_replica_status(connection, facts); !read) return std::move(read).error();
  return facts;
}

Result<std::vector<BinlogFile>> read_binlog_files(Connection& connection) {
  auto rows = connection.query("SHOW BINARY LOGS");
  if (!rows) return explained(std::move(rows).error(), connection.version());
  std::vector<BinlogFile> files;
  for (std::size_t i = 0; i < rows->row_count(); ++i) {
    const Row row = rows->row(i);
    files.push_back({std::string(row[0].value_or("")), number_in(row[1].value_or("0"))});
  }
  return files;
}

Result<LogPosition> read_log_end(Connection& connection, const ServerFacts& facts, bool as_file) {
  if (as_file) return LogPosition(facts.log_end);
  return read_gtid_position(connection, facts.version.is_mariadb()
                                            ? "SELECT @@global.gtid_binlog_pos"
                                            : "SELECT @@global.gtid_executed");
}

Result<LogPosition> read_log_start(Connection& connection, const ServerFacts& facts, bool as_file) {
  if (!as_file && !facts.version.is_mariadb()) {
    return read_gtid_position(connection, "SELECT @@global.gtid_purged");
  }
  auto files = read_binlog_files(connection);
  if (!files) return std::move(files).error();
  if (files->empty()) {
    return Error(ErrorKind::source_settings, "the server has no binary logs");
  }
  if (as_file) return LogPosition(FilePosition{files->front().name, 4});
  // What the oldest file says was before it.
  return read_gtid_position(
      connection, "SELECT BINLOG_GTID_POS(" + connection.quoted(files->front().name) + ", 4)");
}

}  // namespace tailrace::mysql
