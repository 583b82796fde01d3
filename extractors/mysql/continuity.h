#pragma once

#include <string_view>
#include <vector>

#include "clients/mysql/connection.h"
#include "core/position.h"
#include "core/result.h"
#include "extractors/mysql/position.h"
#include "extractors/mysql/server_facts.h"

namespace tailrace::mysql {

// Proves, before anything is read, that this server's log continues behind a checkpoint. Fails with
// position_lost when the log in between was purged, and with source_changed when the server does
// not know what we have: another server, a log that was reset, or lost transactions.
//
// File positions: the same server (source id), and the file still there and long enough.
// MySQL GTIDs: everything we have was executed there, nothing we lack was purged. The server itself
// may be another one: a promoted replica knows our GTIDs.
// MariaDB GTIDs: its binlog state has, for each domain, that server's sequence at or beyond ours.
Status prove_continuity(Connection& connection, const ServerFacts& facts, const Checkpoint& from,
                        const LogPosition& position);

// The parts without a server.
Status check_mysql_gtids(const GtidSet& ours, const GtidSet& executed, const GtidSet& purged,
                         std::string_view source_id);
Status check_mariadb_gtids(const MariadbPosition& ours, const std::vector<MariadbGtid>& state,
                           const MariadbPosition& floor);
Status check_file(const FilePosition& ours, const std::vector<BinlogFile>& files);

}  // namespace tailrace::mysql
