#include "sinks/postgres/state_tables.h"

#include <fmt/format.h>

#include "sinks/sql/ledger.h"

namespace tailrace::postgres {
namespace {

constexpr const char* kCreateCheckpointTable =
    "CREATE TABLE tailrace.checkpoint ("
    " pipeline text NOT NULL, sink text NOT NULL, epoch bigint NOT NULL, owner text NOT NULL,"
    " source_id text, position text, commit_time_us bigint,"
    " format_version integer NOT NULL, updated_at timestamptz NOT NULL,"
    " PRIMARY KEY (pipeline, sink))";

constexpr const char* kCreateLedgerTable =
    "CREATE TABLE tailrace.ledger ("
    " pipeline text NOT NULL, sink text NOT NULL, entry text NOT NULL, text text NOT NULL,"
    " updated_at timestamptz NOT NULL, PRIMARY KEY (pipeline, sink, entry))";

bool is_true(const Result<QueryResult>& result) {
  return result && result->scalar() == "t";
}

// IF NOT EXISTS asks for the privilege to create even where nothing is to be created.
Status ensure(Connection& connection, const char* table, const char* create) {
  auto exists = connection.exec(fmt::format("SELECT to_regclass('{}') IS NOT NULL", table));
  if (!exists) return std::move(exists).error();
  if (is_true(exists)) return {};
  auto schema = connection.exec("SELECT to_regnamespace('tailrace') IS NOT NULL");
  if (!schema) return std::move(schema).error();
  std::string sql = is_true(schema) ? "" : "CREATE SCHEMA tailrace; ";
  auto created = connection.exec(sql + create);
  if (created) return {};
  Error error = std::move(created).error();
  // Another sink creates it at this moment: the next attempt finds it.
  if (error.native() == "23505") return std::move(error).as(ErrorKind::busy);
  if (error.kind() == ErrorKind::permission) {
    error = std::move(error).hint(is_true(schema)
                                      ? "ALTER SCHEMA tailrace OWNER TO <user of the target URL>"
                                      : "CREATE SCHEMA tailrace AUTHORIZATION"
                                        " <user of the target URL>");
  }
  return std::move(error).with(fmt::format("table {}", table));
}

// "pipeline = 'p' AND sink = 's'"
std::string of_sink(const Connection& connection, const Lease& lease) {
  return fmt::format("pipeline = {} AND sink = {}", connection.quoted(lease.pipeline),
                     connection.quoted(lease.sink));
}

}  // namespace

Status ensure_state_tables(Connection& connection) {
  if (auto made = ensure(connection, kCheckpointTable, kCreateCheckpointTable); !made) return made;
  return ensure(connection, kLedgerTable, kCreateLedgerTable);
}

Finding check_state_tables(Connection& connection) {
  auto possible = connection.exec(
      "SELECT bool_and(CASE WHEN to_regclass(name) IS NOT NULL THEN"
      "  has_table_privilege(name, 'SELECT') AND has_table_privilege(name, 'INSERT')"
      "  AND has_table_privilege(name, 'UPDATE')"
      "  AND (name = 'tailrace.checkpoint' OR has_table_privilege(name, 'DELETE'))"
      " WHEN to_regnamespace('tailrace') IS NOT NULL THEN"
      "  has_schema_privilege('tailrace', 'CREATE')"
      " ELSE has_database_privilege(current_database(), 'CREATE') END)"
      " FROM (VALUES ('tailrace.checkpoint'), ('tailrace.ledger')) AS t(name)");
  if (is_true(possible)) {
    return {Finding::Level::ok, "PG-TGT-04", "target", "checkpoint and ledger can be kept", {}};
  }
  return {Finding::Level::error, "PG-TGT-04", "target",
          "user may not create or write tables tailrace.checkpoint and tailrace.ledger",
          "GRANT CREATE ON DATABASE ... TO <user of the target URL>; where schema tailrace is there"
          " already: ALTER SCHEMA tailrace OWNER TO <user of the target URL>, and SELECT, INSERT,"
          " UPDATE, DELETE on its tables"};
}

Result<std::vector<std::string>> ledger_statements(const Connection& connection, const Lease& lease,
                                                   std::span<const LedgerEntry> entries) {
  auto change = sql::plan_ledger(entries);
  if (!change) return std::move(change).error();
  std::vector<std::string> statements;
  if (!change->removes.empty()) {
    std::string keys;
    for (const LedgerEntry* entry : change->removes) {
      keys += (keys.empty() ? "" : ", ") + connection.quoted(entry->key);
    }
    statements.push_back(fmt::format("DELETE FROM tailrace.ledger WHERE {} AND entry IN ({})",
                                     of_sink(connection, lease), keys));
  }
  if (!change->puts.empty()) {
    std::string rows;
    for (const LedgerEntry* entry : change->puts) {
      rows += fmt::format("{}({}, {}, {}, {}, clock_timestamp())", rows.empty() ? "" : ", ",
                          connection.quoted(lease.pipeline), connection.quoted(lease.sink),
                          connection.quoted(entry->key), connection.quoted(entry->text));
    }
    statements.push_back(
        "INSERT INTO tailrace.ledger (pipeline, sink, entry, text, updated_at) VALUES " + rows +
        " ON CONFLICT (pipeline, sink, entry) DO UPDATE SET text = EXCLUDED.text,"
        " updated_at = EXCLUDED.updated_at");
  }
  return statements;
}

// FOR SHARE, although the sink's own commits wait for it: who takes the sink over changes the same
// row and no key, so a weaker lock would let the new owner read a ledger that this transaction is
// about to change.
std::string check_lease_statement(const Connection& connection, const Lease& lease) {
  return fmt::format(
      "SELECT 1 / count(*) FROM (SELECT 1 FROM tailrace.checkpoint WHERE {}"
      " AND epoch = {} FOR SHARE) AS lease",
      of_sink(connection, lease), lease.epoch.value_or(0));
}

}  // namespace tailrace::postgres
