#include "extractors/mysql/visibility.h"

#include <chrono>
#include <thread>
#include <utility>

#include "extractors/mysql/exact_view.h"

namespace tailrace::mysql {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::seconds(10);

Error not_visible_yet() {
  return Error(ErrorKind::busy, "the source has not committed everything up to the position yet")
      .hint("a commit waits in the source, perhaps for a semi-synchronous replica");
}

Result<std::set<std::string>> read_owned(Connection& connection) {
  auto text = read_scalar(connection, "SELECT @@global.gtid_owned");
  if (!text) return std::move(text).error();
  return owned_gtids(*text);
}

// A GTID is owned from when its transaction is written to the log, or earlier, until it is in
// gtid_executed. False: some that were owned at the call still are.
Result<bool> wait_for_owned(Connection& connection, std::chrono::milliseconds limit) {
  const auto end = Clock::now() + limit;
  auto waiting = read_owned(connection);
  if (!waiting) return std::move(waiting).error();
  while (!waiting->empty()) {
    if (Clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    const auto now = read_owned(connection);
    if (!now) return now.error();
    std::erase_if(*waiting, [&](const std::string& gtid) { return !now->contains(gtid); });
  }
  return true;
}

Status await_mariadb(Connection& connection, const LogPosition& position) {
  const bool by_file = std::holds_alternative<FilePosition>(position);
  const auto end = Clock::now() + kPatience;
  while (true) {
    const auto visible = read_committed_end(connection, by_file);
    if (!visible) return visible.error();
    const auto order = compare(position, *visible);
    const auto* here = std::get_if<FilePosition>(&position);
    const auto* there = std::get_if<FilePosition>(&*visible);
    const bool in_later_file =
        here != nullptr && there != nullptr && compare_binlog_files(here->file, there->file) < 0;
    if (order <= 0 || in_later_file) return {};
    if (Clock::now() > end) return not_visible_yet();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

Status await_without_gtids(Connection& connection) {
  auto semi_sync = connection.query(
      "SHOW GLOBAL VARIABLES WHERE Variable_name IN "
      "('rpl_semi_sync_source_enabled', 'rpl_semi_sync_master_enabled') AND Value = 'ON'");
  if (!semi_sync) return std::move(semi_sync).error();
  if (semi_sync->row_count() != 0) {
    return Error(
               ErrorKind::source_settings,
               "with semi-synchronous replication and gtid_mode=OFF it is not known which commits "
               "of the log can be seen")
        .hint("set gtid_mode=ON");
  }
  std::this_thread::sleep_for(std::chrono::seconds(1));
  return {};
}

}  // namespace

std::set<std::string> owned_gtids(std::string_view text) {
  std::set<std::string> owned;
  std::string source;  // uuid, or uuid:tag
  std::string part;
  const auto end_part = [&] {
    const std::size_t owner = part.find('#');
    if (owner != std::string::npos) {
      owned.insert(source + ":" + part.substr(0, owner));
    } else if (!part.empty()) {
      source += source.empty() ? part : ":" + part;
    }
    part.clear();
  };
  for (const char c : text) {
    if (c == ':' || c == ',') {
      end_part();
      if (c == ',') source.clear();
    } else if (c != '\n' && c != ' ') {
      part += c;
    }
  }
  end_part();
  return owned;
}

Status await_visible(Connection& connection, const ServerFacts& facts,
                     const LogPosition& position) {
  if (std::holds_alternative<Beginning>(position)) return {};
  if (facts.version.is_mariadb()) return await_mariadb(connection, position);
  if (std::holds_alternative<GtidSet>(position)) return {};
  if (!facts.has_gtids()) return await_without_gtids(connection);
  const auto settled = wait_for_owned(connection, kPatience);
  if (!settled) return settled.error();
  if (!*settled) return not_visible_yet();
  return {};
}

Status settle_commits(Connection& connection, const ServerFacts& facts) {
  if (facts.version.is_mariadb() || !facts.has_gtids()) return {};
  // A replica's worker owns its GTID from the transaction's begin on: what is owned for longer than
  // this was not visible at the call.
  const auto settled = wait_for_owned(connection, std::chrono::seconds(2));
  if (!settled) return settled.error();
  return {};
}

}  // namespace tailrace::mysql
