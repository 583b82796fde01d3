#include "extractors/mysql/preflight.h"

#include <functional>
#include <utility>

#include <fmt/core.h>

#include "extractors/mysql/definition_changes.h"

namespace tailrace::mysql {
namespace {

using Level = Finding::Level;

constexpr std::uint64_t kSafetyWindowHours = 24;

// Collects the findings about one subject.
class Report {
 public:
  Report(Findings& findings, std::string subject)
      : findings_(findings), subject_(std::move(subject)) {}

  void add(Level level, const char* id, std::string message, std::string fix = {}) {
    findings_.push_back({level, id, subject_, std::move(message), std::move(fix)});
  }
  // An error with its cure, or the statement that all is well.
  void require(bool fine, const char* id, std::string good, std::string bad, std::string fix) {
    if (fine) return add(Level::ok, id, std::move(good));
    add(Level::error, id, std::move(bad), std::move(fix));
  }

 private:
  Findings& findings_;
  std::string subject_;
};

std::string known(const ServerFacts& facts, std::string_view name) {
  return facts.has(name) ? std::string(facts.variable(name)) : "not available";
}

bool log_check(const ServerFacts& facts, Report& report) {
  report.require(facts.is_on("log_bin"), "MY-SRC-01", "binary logging is on",
                 fmt::format("binary logging is disabled on {}; set log_bin and restart the server",
                             facts.address),
                 "log_bin = binlog, in the server's option file");
  return facts.is_on("log_bin");
}

void format_check(const ServerFacts& facts, Report& report) {
  // Absent one day: a server that knows no other format.
  const bool row = !facts.has("binlog_format") || facts.variable("binlog_format") == "ROW";
  report.require(row, "MY-SRC-02", "binlog_format is ROW",
                 fmt::format("binlog_format is {0}; tailrace needs ROW. Run: SET GLOBAL "
                             "binlog_format='ROW' and reconnect all writers (existing sessions "
                             "keep {0})",
                             facts.variable("binlog_format")),
                 "SET GLOBAL binlog_format='ROW'");
}

void image_check(const ServerFacts& facts, const MySqlSourceOptions& options, Report& report) {
  const std::string_view image = facts.variable("binlog_row_image");
  const bool fine = image.empty() || image == "FULL" || image == options.row_image;
  report.require(fine, "MY-SRC-03", fmt::format("binlog_row_image is {}", image),
                 fmt::format("binlog_row_image is {0}; before-images are incomplete. Set FULL, or "
                             "accept partial images with source.row_image={0} (needs a primary "
                             "key on every table)",
                             image),
                 "SET GLOBAL binlog_row_image='FULL'");
}

void metadata_check(const ServerFacts& facts, Report& report) {
  if (facts.variable("binlog_row_metadata") == "FULL") {
    return report.add(Level::ok, "MY-SRC-04", "binlog_row_metadata is FULL");
  }
  report.add(Level::warning, "MY-SRC-04",
             fmt::format("binlog_row_metadata is {}; column names and ENUM/SET labels will be "
                         "taken from information_schema and may not match older events. "
                         "Recommended: SET GLOBAL binlog_row_metadata='FULL'",
                         known(facts, "binlog_row_metadata")),
             "SET GLOBAL binlog_row_metadata='FULL'");
}

void server_id_check(const ServerFacts& facts, const MySqlSourceOptions& options, Report& report) {
  const std::uint64_t theirs = facts.number("server_id");
  const std::uint32_t ours = effective_server_id(options);
  report.require(theirs != 0 && theirs != ours, "MY-SRC-05",
                 fmt::format("source server_id is {}, ours is {}", theirs, ours),
                 fmt::format("source server_id is {}: it must be non-zero and differ from "
                             "tailrace's server_id {}",
                             theirs, ours),
                 "set server_id on the source, or source.server_id for tailrace");
}

void gtid_check(const ServerFacts& facts, bool gtid_positions, Report& report) {
  if (facts.version.is_mariadb() || !gtid_positions) return;
  report.require(facts.variable("gtid_mode") == "ON", "MY-SRC-06", "gtid_mode is ON",
                 fmt::format("gtid_mode is {}; GTID positioning needs ON. Use "
                             "source.position=file or enable GTIDs online "
                             "(OFF→OFF_PERMISSIVE→ON_PERMISSIVE→ON)",
                             known(facts, "gtid_mode")),
                 "SET GLOBAL gtid_mode, one step after the other");
}

void replica_check(const ServerFacts& facts, Report& report) {
  if (!facts.is_replica) return;
  report.add(Level::error, "MY-SRC-07",
             fmt::format("{} is a replica with log_replica_updates=OFF; replicated changes would "
                         "be missing from its binlog",
                         facts.address),
             "log_replica_updates = ON, in the server's option file, and restart");
}

// Hours for which logs are kept; 0: for ever.
std::uint64_t retention_hours(const ServerFacts& facts) {
  if (facts.variable("binlog_expire_logs_auto_purge") == "OFF") return 0;
  if (const auto seconds = facts.number("binlog_expire_logs_seconds"); seconds != 0) {
    return std::max<std::uint64_t>(seconds / 3600, 1);
  }
  return facts.number("expire_logs_days") * 24;
}

void retention_check(const ServerFacts& facts, Report& report) {
  const std::uint64_t hours = retention_hours(facts);
  if (hours == 0 || hours >= kSafetyWindowHours) {
    return report.add(Level::ok, "MY-SRC-08",
                      hours == 0 ? std::string("binary logs are kept until purged by hand")
                                 : fmt::format("binary logs are kept for {} h", hours));
  }
  report.add(Level::warning, "MY-SRC-08",
             fmt::format("binary logs are kept for {} h, less than the configured safety window "
                         "{} h; an outage longer than that forces a new snapshot",
                         hours, kSafetyWindowHours),
             "SET GLOBAL binlog_expire_logs_seconds = 604800");
}

void event_kind_checks(const ServerFacts& facts, Report& report) {
  if (const auto value = facts.variable("binlog_row_value_options"); !value.empty()) {
    report.add(Level::error, "MY-SRC-09",
               fmt::format("binlog_row_value_options={} produces partial JSON updates which this "
                           "pipeline cannot apply; run SET GLOBAL binlog_row_value_options=''",
                           value),
               "SET GLOBAL binlog_row_value_options=''");
  }
  if (facts.is_on("binlog_transaction_compression")) {
    report.add(Level::error, "MY-SRC-10",
               "transaction compression is ON, which this version cannot read",
               "SET GLOBAL binlog_transaction_compression=OFF, and reconnect all writers");
  }
  if (facts.is_on("log_bin_compress")) {
    report.add(Level::error, "MY-SRC-11", "log_bin_compress is ON, which this version cannot read",
               "SET GLOBAL log_bin_compress=OFF");
  }
  if (facts.is_on("binlog_encryption") || facts.is_on("encrypt_binlog")) {
    report.add(Level::info, "MY-SRC-12",
               "binary logs are encrypted at rest: the server decrypts before sending");
  }
  if (facts.is_on("binlog_legacy_event_pos")) return;
  if (facts.version.is_mariadb() && facts.version.at_least(11, 4)) {
    report.add(Level::info, "MY-SRC-20",
               "positions inside transactions are computed, GTID positioning recommended");
  }
}

void checksum_check(const ServerFacts& facts, Report& report) {
  if (facts.variable("binlog_checksum") != "NONE") {
    return report.add(Level::ok, "MY-SRC-13",
                      fmt::format("binlog_checksum is {}", known(facts, "binlog_checksum")));
  }
  report.add(Level::warning, "MY-SRC-13",
             "binlog_checksum is NONE; corruption on the wire or disk cannot be detected",
             "SET GLOBAL binlog_checksum='CRC32'");
}

// Calls visit for each name of a comma-separated list.
void each_name(std::string_view list, const std::function<void(std::string_view)>& visit) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    if (comma != 0) visit(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

void hidden_schema_check(const ServerFacts& facts, const CaptureFilter& filter, Report& report) {
  const auto hidden = [&](std::string_view schema) {
    report.add(Level::error, "MY-SRC-14",
               fmt::format("binlog-do-db/binlog-ignore-db on the source hides schema {}", schema),
               "remove the option from the server's option file and restart, or exclude the "
               "schema");
  };
  each_name(facts.binlog_ignore_db, [&](std::string_view schema) {
    if (filter.captures_schema(schema)) hidden(schema);
  });
  if (facts.binlog_do_db.empty()) return;
  // Everything else is hidden; whether that hits us is known only for schemas spelt out.
  bool captured = false;
  each_name(facts.binlog_do_db, [&](std::string_view schema) {
    captured = captured || filter.captures_schema(schema);
  });
  if (!captured) return hidden("of every captured table");
  report.add(Level::warning, "MY-SRC-14",
             fmt::format("binlog-do-db is {}: changes of all other schemas are not logged",
                         facts.binlog_do_db));
}

void identity_info(const ServerFacts& facts, Report& report) {
  report.add(Level::info, "MY-SRC-22",
             fmt::format("{}, source id {}", facts.version.to_string(), facts.source_id()));
  if (facts.version.is_mariadb() && facts.variable("server_id") == "1") {
    report.add(Level::warning, "MY-SRC-22",
               "server_id is 1, the default: another MariaDB server with the default cannot "
               "always be told from this one by its GTIDs",
               "give every server a server_id of its own");
  }
  if (facts.number("lower_case_table_names") != 0) {
    report.add(Level::info, "MY-SRC-23",
               fmt::format("lower_case_table_names is {}: table names match in either case",
                           facts.variable("lower_case_table_names")));
  }
  if (facts.variable("mysql56_temporal_format") == "OFF") {
    report.add(Level::warning, "MY-SRC-18",
               "mysql56_temporal_format is OFF: tables made with it use pre-5.6 temporal storage, "
               "whose fractions cannot be decoded",
               "SET GLOBAL mysql56_temporal_format=ON, and ALTER TABLE ... FORCE");
  }
}

}  // namespace

Findings check_settings(const ServerFacts& facts, const MySqlSourceOptions& options,
                        const CaptureFilter& filter, bool gtid_positions) {
  Findings findings;
  Report report(findings, facts.address);
  if (!log_check(facts, report)) return findings;
  format_check(facts, report);
  image_check(facts, options, report);
  metadata_check(facts, report);
  server_id_check(facts, options, report);
  gtid_check(facts, gtid_positions, report);
  replica_check(facts, report);
  retention_check(facts, report);
  event_kind_checks(facts, report);
  checksum_check(facts, report);
  hidden_schema_check(facts, filter, report);
  identity_info(facts, report);
  return findings;
}

Status first_error(const Findings& findings) {
  for (const Finding& finding : findings) {
    if (finding.level != Level::error) continue;
    return Error(ErrorKind::source_settings, finding.message).hint(finding.fix).with(finding.id);
  }
  return {};
}

namespace {

// Every base table that may be captured, with its engine and whether it has a usable key.
constexpr std::string_view kTables =
    "SELECT t.TABLE_SCHEMA, t.TABLE_NAME, t.ENGINE, t.TABLE_TYPE, "
    "(SELECT COUNT(*) FROM information_schema.TABLE_CONSTRAINTS c "
    " WHERE c.TABLE_SCHEMA = t.TABLE_SCHEMA AND c.TABLE_NAME = t.TABLE_NAME "
    " AND c.CONSTRAINT_TYPE = 'PRIMARY KEY') "
    "FROM information_schema.TABLES t WHERE t.TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED', "
    "'SEQUENCE') "
    "AND t.TABLE_SCHEMA NOT IN ('information_schema', 'performance_schema', 'sys', 'mysql') "
    "ORDER BY 1, 2";

constexpr std::string_view kForeignKeys =
    "SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, DELETE_RULE, UPDATE_RULE "
    "FROM information_schema.REFERENTIAL_CONSTRAINTS ORDER BY 1, 2, 3";

void table_findings(Row row, Findings& findings) {
  const std::string table = fmt::format("{}.{}", row[0].value_or(""), row[1].value_or(""));
  Report report(findings, table);
  if (row[3] == "SEQUENCE") {
    return report.add(Level::warning, "MY-SRC-24",
                      fmt::format("{} is a sequence; tailrace does not capture sequences", table),
                      "make it at the target, and set it when writers move there");
  }
  if (row[3] == "SYSTEM VERSIONED") {
    report.add(Level::error, "MY-SRC-19",
               fmt::format("table {} is system-versioned; tailrace does not capture hidden period "
                           "columns",
                           table),
               "exclude the table");
  }
  if (row[4] == "0") {
    report.add(Level::warning, "MY-SRC-15",
               fmt::format("table {} has no primary key; set table.key=…, table.mode=append, or "
                           "exclude it",
                           table),
               fmt::format("ALTER TABLE {} ADD PRIMARY KEY (...)", table));
  }
  const std::string_view engine = row[2].value_or("");
  if (engine != "InnoDB" && engine != "RocksDB" && engine != "ROCKSDB" && engine != "ndbcluster") {
    report.add(Level::warning, "MY-SRC-17",
               fmt::format("table {} uses {}: its changes are not rolled back and commit statement "
                           "by statement",
                           table, engine),
               fmt::format("ALTER TABLE {} ENGINE=InnoDB", table));
  }
}

bool acts_on_children(std::string_view rule) {
  return rule != "RESTRICT" && rule != "NO ACTION";
}

void foreign_key_finding(Row row, Findings& findings) {
  const std::string_view on_delete = row[3].value_or("");
  const std::string_view on_update = row[4].value_or("");
  std::string action;
  if (acts_on_children(on_delete)) action = fmt::format("ON DELETE {}", on_delete);
  if (acts_on_children(on_update)) {
    action += fmt::format("{}ON UPDATE {}", action.empty() ? "" : ", ", on_update);
  }
  if (action.empty()) return;
  Report report(findings, fmt::format("{}.{}", row[0].value_or(""), row[1].value_or("")));
  report.add(Level::warning, "MY-SRC-16",
             fmt::format("foreign key {} has {}; the server does not log the child changes. The "
                         "target must declare the same key, or child rows will diverge",
                         row[2].value_or(""), action));
}

// MySQL 9.6 moved cascades to where they are logged.
bool logs_cascades(const ServerFacts& facts) {
  return !facts.version.is_mariadb() && facts.version.at_least(9, 6) &&
         !facts.is_on("innodb_native_foreign_keys");
}

}  // namespace

Findings check_helpers(const std::set<TableName>& tables, const CaptureFilter& filter,
                       const MySqlSourceOptions& options) {
  Findings findings;
  for (const auto& [helper, base] : find_helpers(filter, options.follow_table_copies, tables)) {
    if (!filter.captures(helper.schema, helper.table)) continue;
    const std::string name = helper.to_string();
    Report(findings, name)
        .add(Level::warning, "MY-SRC-25",
             fmt::format("{} is taken for a helper of gh-ost or pt-online-schema-change for {}; "
                         "its rows are neither sent nor copied",
                         name, base.to_string()),
             "rename it, or set follow_table_copies of the source to false");
  }
  return findings;
}

Result<Findings> check_tables(Connection& connection, const ServerFacts& facts,
                              const CaptureFilter& filter, const MySqlSourceOptions& options) {
  Findings findings;
  const auto captured = [&](Row row) {
    return filter.captures(row[0].value_or(""), row[1].value_or(""));
  };
  auto tables = connection.query(kTables);
  if (!tables) return std::move(tables).error();
  std::set<TableName> existing;
  for (std::size_t i = 0; i < tables->row_count(); ++i) {
    const Row row = tables->row(i);
    existing.insert({std::string(row[0].value_or("")), std::string(row[1].value_or(""))});
    if (captured(row)) table_findings(row, findings);
  }
  for (Finding& finding : check_helpers(existing, filter, options)) {
    findings.push_back(std::move(finding));
  }
  if (logs_cascades(facts)) return findings;
  auto keys = connection.query(kForeignKeys);
  if (!keys) return std::move(keys).error();
  for (std::size_t i = 0; i < keys->row_count(); ++i) {
    if (captured(keys->row(i))) foreign_key_finding(keys->row(i), findings);
  }
  return findings;
}

}  // namespace tailrace::mysql
