#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "clients/postgres/connection.h"
#include "config/capture_filter.h"
#include "core/result.h"
#include "extractors/postgres/relation.h"

namespace tailrace::postgres {

// A captured table as the publications send it: under which name, which columns, which rows.
struct PublishedRows {
  RelationDefinition definition;  // as its Relation message will have it; key flags are left out
  bool partitioned = false;       // rows are in its partitions
  bool column_list = false;       // a publication names its columns
  std::string filter;             // SQL; empty: all rows
  // Partitions that are foreign or unlogged: their rows never come with the log.
  std::vector<std::uint32_t> unlogged_partitions;
};

// Partitions that the stream sends under the name of their root are part of that. source_settings
// when the publications contradict each other. The connection has value_session_settings(), because
// the filters have constants in them.
Result<std::vector<PublishedRows>> read_published_rows(Connection& connection,
                                                       std::span<const std::string> publications,
                                                       const CaptureFilter& filter);

// As a publication of ours would have them that is not there yet (plan_publication): all rows and
// columns, of partitioned tables by way of their root.
Result<std::vector<PublishedRows>> read_unpublished_rows(Connection& connection,
                                                         const CaptureFilter& filter);

// schema_mismatch when the table is not any more what was read before.
Status check_unchanged(Connection& connection, const PublishedRows& rows);

// One column of a key, with what its index compares it with.
struct KeyPart {
  std::string column;
  std::string type;       // for a cast of its text form
  std::string collation;  // quoted; empty: the column's own
  std::string less;       // "OPERATOR(pg_catalog.<)"
  std::string at_most;
  std::string at_least;
  std::string greater;

  bool is_plain() const;  // the operators are PostgreSQL's own
};
// In the order of the key; empty when the table has none, or no index has it.
Result<std::vector<KeyPart>> read_key(Connection& connection, const RelationDefinition& definition,
                                      const TableSchema& schema);

// A table that is read, and everything that reading needs. Immutable.
struct CopiedTable {
  PublishedRows rows;
  RelationPtr relation;
  std::vector<KeyPart> key;
};
using CopiedTablePtr = std::shared_ptr<const CopiedTable>;

// Says what a person should do about an error of reading the table.
Error with_reading_hint(Error error, const TableName& table);

}  // namespace tailrace::postgres
