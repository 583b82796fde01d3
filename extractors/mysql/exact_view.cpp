#include "extractors/mysql/exact_view.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <thread>
#include <utility>

#include <fmt/core.h>

#include "extractors/mysql/server_facts.h"

namespace tailrace::mysql {

namespace {

using Clock = std::chrono::steady_clock;

// READ COMMITTED, the session's level, would take a view for each statement.
constexpr std::string_view kBegin[] = {"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                                       "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"};

Status begin_view(Connection& connection) {
  for (const std::string_view sql : kBegin) {
    if (auto done = connection.query(sql); !done) return std::move(done).error();
  }
  return {};
}

Status end_view(Connection& connection) {
  auto done = connection.query("COMMIT");
  if (!done) return std::move(done).error();
  return {};
}

std::uint64_t number_in(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Error no_moment(const TableName& table) {
  return Error(ErrorKind::busy,
               "no moment found at which the log and the rows of a table without primary key are "
               "known to agree")
      .hint(fmt::format("ALTER TABLE {} ADD PRIMARY KEY (...), or wait for a quieter moment",
                        table.to_string()))
      .with("table " + table.to_string());
}

// MariaDB: inside a transaction that was begun with a consistent snapshot.
Result<FilePosition> read_snapshot_place(Connection& connection) {
  auto status = connection.query("SHOW STATUS LIKE 'binlog_snapshot_%'");
  if (!status) return std::move(status).error();
  FilePosition place;
  for (std::size_t i = 0; i < status->row_count(); ++i) {
    const Row row = status->row(i);
    const std::string_view name = row[0].value_or("");
    if (name.ends_with("_file")) place.file = row[1].value_or("");
    if (name.ends_with("_position")) place.offset = number_in(row[1].value_or(""));
  }
  if (place.file.empty()) {
    return Error(ErrorKind::source_settings, "the server does not say where a view is in its log")
        .hint("set log_bin and restart the server");
  }
  return place;
}

Result<LogPosition> to_log_position(Connection& connection, FilePosition place, bool by_file) {
  if (by_file) return LogPosition(std::move(place));
  auto text = read_scalar(connection, fmt::format("SELECT BINLOG_GTID_POS({}, {})",
                                                  connection.quoted(place.file), place.offset));
  if (!text) return std::move(text).error();
  if (text->empty()) return LogPosition(Beginning());
  auto position = MariadbPosition::parse(*text);
  if (!position) return std::move(position).error();
  return LogPosition(std::move(*position));
}

Result<LogPosition> open_mariadb_view(Connection& connection, bool by_file) {
  if (auto begun = begin_view(connection); !begun) return std::move(begun).error();
  auto place = read_snapshot_place(connection);
  if (!place) return std::move(place).error();
  return to_log_position(connection, std::move(*place), by_file);
}

Result<GtidSet> read_executed(Connection& connection) {
  auto text = read_scalar(connection, "SELECT @@global.gtid_executed");
  if (!text) return std::move(text).error();
  return GtidSet::parse(*text);
}

Result<FilePosition> read_file_end(Connection& connection) {
  const bool new_name = connection.version().at_least(8, 2);
  auto status = connection.query(new_name ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS");
  if (!status) return std::move(status).error();
  if (status->row_count() == 0) {
    return Error(ErrorKind::source_settings, "binary logging is disabled");
  }
  const Row row = status->row(0);
  return FilePosition{std::string(row[0].value_or("")), number_in(row[1].value_or(""))};
}

// One try: a view, and what is known of it.
struct Bracket {
  GtidSet before;
  FilePosition after;
};

Result<Bracket> open_bracketed_view(Connection& connection) {
  auto before = read_executed(connection);
  if (!before) return std::move(before).error();
  if (auto begun = begin_view(connection); !begun) return std::move(begun).error();
  auto after = read_file_end(connection);
  if (!after) return std::move(after).error();
  return Bracket{std::move(*before), std::move(*after)};
}

Result<LogPosition> open_mysql_view(Connection& connection, const TableName& table,
                                    const ExactViewSettings& settings,
                                    const std::atomic<bool>& interrupted) {
  constexpr auto kLongestPause = std::chrono::milliseconds(50);
  const auto end = Clock::now() + settings.patience;
  auto first = read_executed(connection);
  if (!first) return std::move(first).error();
  auto dump = settings.open_dump(LogPosition(std::move(*first)));
  if (!dump) return std::move(dump).error();
  LogWatch watch(std::move(*dump), table);
  auto pause = std::chrono::milliseconds(1);
  while (true) {
    auto bracket = open_bracketed_view(connection);
    if (!bracket) return std::move(bracket).error();
    if (auto read = watch.read_to(bracket->after); !read) return std::move(read).error();
    if (!watch.touched_beyond(bracket->before)) {
      if (settings.by_file) return LogPosition(std::move(bracket->after));
      if (bracket->before.empty()) return LogPosition(Beginning());
      return LogPosition(std::move(bracket->before));
    }
    if (auto ended = end_view(connection); !ended) return std::move(ended).error();
    if (interrupted.load()) return Error(ErrorKind::cancelled, "interrupted");
    if (Clock::now() > end) return no_moment(table);
    std::this_thread::sleep_for(pause);
    pause = std::min(kLongestPause, pause * 2);
  }
}

}  // namespace

Result<LogPosition> open_exact_view(Connection& connection, const TableName& table,
                                    const ExactViewSettings& settings,
                                    const std::atomic<bool>& interrupted) {
  if (connection.version().is_mariadb()) return open_mariadb_view(connection, settings.by_file);
  if (settings.has_gtids) return open_mysql_view(connection, table, settings, interrupted);
  return Error(ErrorKind::source_settings,
               "a table without primary key cannot be copied from MySQL with gtid_mode=OFF: there "
               "is no moment at which its rows and the log are known to agree")
      .hint(fmt::format("ALTER TABLE {} ADD PRIMARY KEY (...), or set gtid_mode=ON",
                        table.to_string()))
      .with("table " + table.to_string());
}

Result<LogPosition> read_committed_end(Connection& connection, bool by_file) {
  auto position = open_mariadb_view(connection, by_file);
  if (!position) return position;
  if (auto ended = end_view(connection); !ended) return std::move(ended).error();
  return position;
}

}  // namespace tailrace::mysql
