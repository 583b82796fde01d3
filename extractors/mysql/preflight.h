#pragma once

#include <set>

#include "clients/mysql/connection.h"
#include "config/capture_filter.h"
#include "core/finding.h"
#include "core/table_schema.h"
#include "extractors/mysql/options.h"
#include "extractors/mysql/server_facts.h"

namespace tailrace::mysql {

// The start-up checks MY-SRC-01 to MY-SRC-25 (docs/mysql-source.md). Those about settings run at
// every connect, because most settings can be changed under a running server.
//
// gtid_positions: whether this session is positioned by GTIDs.
Findings check_settings(const ServerFacts& facts, const MySqlSourceOptions& options,
                        const CaptureFilter& filter, bool gtid_positions);

// The checks that look at every captured table; for `tailrace check` alone.
Result<Findings> check_tables(Connection& connection, const ServerFacts& facts,
                              const CaptureFilter& filter, const MySqlSourceOptions& options);
// Of them the one that needs no more than the names of all tables.
Findings check_helpers(const std::set<TableName>& tables, const CaptureFilter& filter,
                       const MySqlSourceOptions& options);

// The first finding that makes capture impossible, as an error that a session ends with.
Status first_error(const Findings& findings);

}  // namespace tailrace::mysql
