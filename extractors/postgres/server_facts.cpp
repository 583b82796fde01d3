#include "extractors/postgres/server_facts.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace tailrace::postgres {
namespace {

constexpr int kOldestVersion = 120000;

// One row. The timeline of a primary is that of the file it writes now: pg_control_checkpoint()
// still tells the old one for a while after a promotion. Membership is asked by way of pg_roles,
// because naming a role that does not exist would be an error.
constexpr const char* kFacts = R"(
SELECT current_setting('server_version'),
  (SELECT system_identifier FROM pg_control_system()),
  current_database(),
  (SELECT oid FROM pg_database WHERE datname = current_database()),
  pg_is_in_recovery(),
  CASE WHEN NOT pg_is_in_recovery() THEN left(pg_walfile_name(pg_current_wal_lsn()), 8) END,
  greatest((SELECT timeline_id FROM pg_control_checkpoint()),
           (SELECT min_recovery_end_timeline FROM pg_control_recovery()),
           (SELECT received_tli FROM pg_stat_wal_receiver)),
  CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END,
  current_setting('wal_level'),
  current_setting('server_encoding'),
  current_setting('synchronous_standby_names'),
  current_setting('max_replication_slots'),
  (SELECT count(*) FROM pg_replication_slots),
  current_setting('max_wal_senders'),
  (SELECT count(*) FROM pg_stat_replication),
  (SELECT setting FROM pg_settings WHERE name = 'wal_sender_timeout'),
  (SELECT setting FROM pg_settings WHERE name = 'max_slot_wal_keep_size'),
  (SELECT extract(epoch FROM (setting || unit)::interval)::bigint FROM pg_settings
    WHERE name = 'idle_replication_slot_timeout'),
  current_user,
  r.rolsuper,
  r.rolreplication OR EXISTS (
    SELECT FROM pg_roles g WHERE g.rolname = 'rds_replication'
      AND pg_has_role(current_user, g.oid, 'member'))
FROM pg_roles r WHERE r.rolname = current_user)";

std::uint32_t timeline_in(Cell file_name_start, Cell recovered) {
  if (!file_name_start) return static_cast<std::uint32_t>(number_in(recovered));
  std::uint32_t timeline = 0;
  std::from_chars(file_name_start->data(), file_name_start->data() + file_name_start->size(),
                  timeline, 16);
  return timeline;
}

void fill(const QueryResult& row, ServerFacts& facts) {
  std::size_t column = 0;
  const auto next = [&] { return row.cell(0, column++); };
  const auto text = [&] { return std::string(next().value_or("")); };
  facts.version_text = text();
  facts.system_identifier = text();
  facts.database = text();
  facts.database_oid = static_cast<std::uint32_t>(number_in(next()));
  facts.is_standby = truth_in(next());
  const Cell file_name_start = next();
  facts.timeline = timeline_in(file_name_start, next());
  facts.log_end = lsn_in(next());
  facts.wal_level = text();
  facts.server_encoding = text();
  facts.synchronous_standby_names = text();
  facts.slots.most = number_in(next());
  facts.slots.used = number_in(next());
  facts.senders.most = number_in(next());
  facts.senders.used = number_in(next());
  facts.wal_sender_timeout = std::chrono::milliseconds(signed_number_in(next()));
  const Cell slot_limit = next();  // not there before 13: no limit
  facts.slot_wal_megabytes = slot_limit ? signed_number_in(slot_limit) : -1;
  facts.idle_slot_timeout = std::chrono::seconds(signed_number_in(next()));
  facts.role = text();
  facts.is_superuser = truth_in(next());
  facts.may_replicate = truth_in(next()) || facts.is_superuser;
}

}  // namespace

std::string ServerFacts::source_id() const {
  return fmt::format("{}/{}", system_identifier, database_oid);
}

Result<ServerFacts> read_server_facts(Connection& connection, std::string address) {
  ServerFacts facts;
  facts.address = std::move(address);
  facts.version = connection.server_version();
  if (facts.version < kOldestVersion) {
    return Error(ErrorKind::unsupported_protocol,
                 fmt::format("PostgreSQL {}.{} is not supported as a source", facts.version / 10000,
                             facts.version % 10000))
        .hint("PostgreSQL 12 or later is needed")
        .with("server " + facts.address);
  }
  auto row = connection.exec(kFacts);
  if (!row) return std::move(row).error().with("reading the server's settings");
  if (row->row_count() != 1) {
    return Error(ErrorKind::internal, "the server does not know the role of this session");
  }
  fill(*row, facts);
  return facts;
}

std::uint64_t number_in(Cell cell) {
  std::uint64_t value = 0;
  if (cell) std::from_chars(cell->data(), cell->data() + cell->size(), value);
  return value;
}

std::int64_t signed_number_in(Cell cell) {
  std::int64_t value = 0;
  if (cell) std::from_chars(cell->data(), cell->data() + cell->size(), value);
  return value;
}

bool truth_in(Cell cell) {
  return cell == "t" || cell == "true";  // as a column, and out of JSON
}

Lsn lsn_in(Cell cell) {
  return cell ? Lsn::parse(*cell).value_or(Lsn()) : Lsn();
}

}  // namespace tailrace::postgres
