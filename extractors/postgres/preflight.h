#pragma once

#include <optional>
#include <span>
#include <string>

#include "clients/postgres/connection.h"
#include "config/capture_filter.h"
#include "core/finding.h"
#include "extractors/postgres/catalogue.h"
#include "extractors/postgres/options.h"
#include "extractors/postgres/publication.h"
#include "extractors/postgres/server_facts.h"
#include "extractors/postgres/slot.h"

namespace tailrace::postgres {

// The start-up checks PG-SRC-01 to PG-SRC-27 (docs/postgres-source.md), each with its cure.

// Of the server and our role. Run at every connect, because settings change under us.
Findings check_settings(const ServerFacts& facts, const PostgresSourceOptions& options);

// Of the slot, or of the one that would be made. running: open_transactions().
Findings check_slot_state(const ServerFacts& facts, const PostgresSourceOptions& options,
                          const std::optional<SlotFacts>& slot, const std::string& running);

// Of publications and captured tables.
Findings check_tables(const PostgresSourceOptions& options, const CaptureFilter& filter,
                      std::span<const SourceTable> tables, const Published& published);

// A column of a captured, published table.
struct SourceColumn {
  TableName table;
  std::string name;
  std::string type;  // as format_type() spells it
  std::uint32_t type_oid = 0;
  std::int32_t type_modifier = -1;
  bool generated = false;
};
Result<std::vector<SourceColumn>> read_columns(Connection& connection, const CaptureFilter& filter,
                                               const Published& published);
Findings check_columns(const ServerFacts& facts, std::span<const SourceColumn> columns,
                       Catalogue& catalogue);

// The first finding that makes capture impossible, as an error that a session ends with.
Status first_error(const Findings& findings);

// A replication connection that was refused: what is between us and the server, probably.
Error with_pooler_hint(Error error);

}  // namespace tailrace::postgres
