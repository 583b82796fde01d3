#include "extractors/mysql/continuity.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <fmt/core.h>

namespace tailrace::mysql {
namespace {

Error purged(std::string_view have, std::string_view floor) {
  return Error(ErrorKind::position_lost,
               fmt::format("the change log needed was purged: have {}, server starts at {}. A new "
                           "snapshot is required",
                           have, floor))
      .hint("copy the tables anew, and keep binary logs for longer (binlog_expire_logs_seconds)");
}

Error changed(std::string message) {
  return Error(ErrorKind::source_changed, std::move(message))
      .hint(
          "check that the URL names the right server; if it was restored or its log was reset, "
          "copy the tables anew");
}

std::string text_of(const GtidSet& set) {
  return to_position(LogPosition(set)).text;
}
std::string text_of(const MariadbPosition& set) {
  return to_position(LogPosition(set)).text;
}

}  // namespace

Status check_mysql_gtids(const GtidSet& ours, const GtidSet& executed, const GtidSet& purged_set,
                         std::string_view source_id) {
  const GtidSet missing = ours.subtract(executed);
  if (missing == ours && !ours.empty()) {
    return changed(
        fmt::format("server {} knows none of our transactions {}: it is another server, "
                    "or its log was reset",
                    source_id, text_of(ours)));
  }
  if (!missing.empty()) {
    return changed(
        fmt::format("the source no longer contains {}; it was restored or failed over "
                    "with data loss",
                    text_of(missing)));
  }
  if (!purged_set.is_subset_of(ours)) return purged(text_of(ours), text_of(purged_set));
  return {};
}

Status check_mariadb_gtids(const MariadbPosition& ours, const std::vector<MariadbGtid>& state,
                           const MariadbPosition& floor) {
  for (const auto& [domain, gtid] : ours.domains()) {
    // The state has, for every domain and server, the last sequence written.
    const auto known = std::find_if(state.begin(), state.end(), [&](const MariadbGtid& entry) {
      return entry.domain == gtid.domain && entry.server == gtid.server;
    });
    if (known == state.end() || known->sequence < gtid.sequence) {
      return changed(
          fmt::format("the source's binlog does not contain {}: it is another server, "
                      "its log was reset, or it lost transactions",
                      gtid.to_string()));
    }
  }
  for (const auto& [domain, first] : floor.domains()) {
    const MariadbGtid* reached = ours.find(domain);
    if (reached == nullptr || reached->sequence < first.sequence) {
      return purged(text_of(ours), text_of(floor));
    }
  }
  return {};
}

Status check_file(const FilePosition& ours, const std::vector<BinlogFile>& files) {
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const BinlogFile& file) { return file.name == ours.file; });
  if (found != files.end()) {
    if (ours.offset <= found->bytes) return {};
    return changed(
        fmt::format("{} is beyond the end of that file ({} bytes): the log was reset, "
                    "or it is another server's",
                    ours.to_string(), found->bytes));
  }
  if (files.empty()) return changed("the server has no binary logs");
  if (compare_binlog_files(ours.file, files.front().name) < 0) {
    return purged(ours.to_string(), FilePosition{files.front().name, 4}.to_string());
  }
  return changed(
      fmt::format("the server has no binlog {} (it has {} to {}): the log was reset, or "
                  "it is another server's",
                  ours.file, files.front().name, files.back().name));
}

namespace {

Result<GtidSet> read_gtid_set(Connection& connection, std::string_view variable) {
  auto text = read_scalar(connection, fmt::format("SELECT @@global.{}", variable));
  if (!text) return std::move(text).error();
  return GtidSet::parse(*text);
}

Status prove_mysql_gtids(Connection& connection, const ServerFacts& facts, const GtidSet& ours) {
  auto executed = read_gtid_set(connection, "gtid_executed");
  if (!executed) return std::move(executed).error();
  auto purged_set = read_gtid_set(connection, "gtid_purged");
  if (!purged_set) return std::move(purged_set).error();
  return check_mysql_gtids(ours, *executed, *purged_set, facts.source_id());
}

// A server sends a transaction when it is in the log, and counts it as executed a little later,
// when the engine has committed: a reconnect can fall between the two.
Status prove_mysql_gtids_patiently(Connection& connection, const ServerFacts& facts,
                                   const GtidSet& ours) {
  constexpr int kAttempts = 10;
  Status proven;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (attempt != 0) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    proven = prove_mysql_gtids(connection, facts, ours);
    if (proven || proven.error().kind() != ErrorKind::source_changed) return proven;
  }
  return proven;
}

Result<std::vector<MariadbGtid>> read_binlog_state(Connection& connection) {
  auto text = read_scalar(connection, "SELECT @@global.gtid_binlog_state");
  if (!text) return std::move(text).error();
  std::vector<MariadbGtid> state;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const auto comma = std::min(rest.find(','), rest.size());
    auto gtid = MariadbGtid::parse(rest.substr(0, comma));
    if (!gtid) return std::move(gtid).error();
    state.push_back(*gtid);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return state;
}

Status prove_mariadb_gtids(Connection& connection, const ServerFacts& facts,
                           const MariadbPosition& ours) {
  auto state = read_binlog_state(connection);
  if (!state) return std::move(state).error();
  auto floor = read_log_start(connection, facts, false);
  if (!floor) return std::move(floor).error();
  const auto* start = std::get_if<MariadbPosition>(&*floor);
  return check_mariadb_gtids(ours, *state, start ? *start : MariadbPosition());
}

Status prove_file(Connection& connection, const ServerFacts& facts, const Checkpoint& from,
                  const FilePosition& ours) {
  if (!from.source_id.empty() && from.source_id != facts.source_id()) {
    return changed(
        fmt::format("the source changed from {} to {}; file positions are not portable. "
                    "Use GTIDs or start a new snapshot",
                    from.source_id, facts.source_id()));
  }
  auto files = read_binlog_files(connection);
  if (!files) return std::move(files).error();
  return check_file(ours, *files);
}

Error wrong_flavour(const ServerFacts& facts, const LogPosition& position) {
  return changed(fmt::format("the position is a {}, but the server is {}", kind_name(position),
                             facts.version.to_string()));
}

}  // namespace

Status prove_continuity(Connection& connection, const ServerFacts& facts, const Checkpoint& from,
                        const LogPosition& position) {
  if (const auto* file = std::get_if<FilePosition>(&position)) {
    return prove_file(connection, facts, from, *file);
  }
  const auto* set = std::get_if<GtidSet>(&position);
  const auto* mariadb = std::get_if<MariadbPosition>(&position);
  if (facts.version.is_mariadb()) {
    if (set != nullptr) return wrong_flavour(facts, position);
    return prove_mariadb_gtids(connection, facts, mariadb ? *mariadb : MariadbPosition());
  }
  if (mariadb != nullptr) return wrong_flavour(facts, position);
  return prove_mysql_gtids_patiently(connection, facts, set ? *set : GtidSet());
}

}  // namespace tailrace::mysql
