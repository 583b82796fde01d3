#pragma once

// Finds a moment of which is known, without a lock, what the log makes up to it: a read view whose
// rows of one table are those of a position, no more and no less.
//
// MariaDB: START TRANSACTION WITH CONSISTENT SNAPSHOT takes the engine's view and the end of the
// log of committed transactions under one mutex (binlog_snapshot_file and _position).
//
// MySQL has no such thing. What is known there:
//   - a transaction in gtid_executed is visible: the set grows behind the engine's commit;
//   - a visible transaction is in the log: it was written there before the engine's commit.
// So with G = gtid_executed, read before the view is opened, and F = the end of the log, read after
// it, the view has everything of G, and nothing from behind F. When no transaction of the log up to
// F that is not in G touches the table, its rows are those of G, and of F. The log itself tells: a
// dump from the first G on is read to each F. Else another view is tried, for some seconds.

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "clients/mysql/connection.h"
#include "extractors/mysql/log_watch.h"
#include "extractors/mysql/position.h"

namespace tailrace::mysql {

// Opens a dump for LogWatch, from a position on. Only for MySQL.
using OpenDump = std::function<Result<std::unique_ptr<EventStream>>(const LogPosition& from)>;

struct ExactViewSettings {
  bool by_file = false;    // positions are file and offset
  bool has_gtids = false;  // gtid_mode=ON; MariaDB: always
  std::chrono::milliseconds patience = std::chrono::seconds(10);
  OpenDump open_dump;
};

// Begins a transaction on the connection whose view of the table is exactly what the log makes up
// to the answer. busy: no such moment was found. It ends with COMMIT.
Result<LogPosition> open_exact_view(Connection& connection, const TableName& table,
                                    const ExactViewSettings& settings,
                                    const std::atomic<bool>& interrupted);

// The position of a view that is opened and closed again; MariaDB only.
Result<LogPosition> read_committed_end(Connection& connection, bool by_file);

}  // namespace tailrace::mysql
