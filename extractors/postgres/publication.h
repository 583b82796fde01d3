#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "clients/postgres/connection.h"
#include "config/capture_filter.h"
#include "core/result.h"
#include "core/table_schema.h"
#include "extractors/postgres/options.h"
#include "extractors/postgres/server_facts.h"

namespace tailrace::postgres {

// A table of the database as the catalogue has it now.
struct SourceTable {
  TableName name;
  TableName root;  // of a partition: the table that it is part of in the end; else the same
  std::uint32_t oid = 0;
  bool partitioned = false;  // has partitions and no rows of its own
  bool unlogged = false;
  bool has_identity = false;  // rows can be told apart in the log
  bool is_partition() const { return !(name == root); }
};

// Every table of the database but the server's own and temporary ones.
Result<std::vector<SourceTable>> read_tables(Connection& connection);

struct Publication {
  std::string name;
  bool all_tables = false;
  bool via_root = false;
  std::string left_out;  // operations that it does not publish: "update, truncate"
};

struct PublishedTable {
  TableName name;
  std::uint32_t oid = 0;
  bool row_filter = false;
  bool column_list = false;
};

// What the publications with these names are now.
struct Published {
  std::vector<Publication> publications;
  std::vector<PublishedTable> tables;  // as they are named in the stream

  std::vector<std::string> missing(std::span<const std::string> names) const;
  bool has(const TableName& table) const;
};
Result<Published> read_published(Connection& connection, std::span<const std::string> names);

// What a publication of ours has: the captured tables, partitions by way of their root; or
// everything there is and will be, when all tables are captured and the role may publish that.
struct NewPublication {
  std::string name;
  bool all_tables = false;
  bool via_root = true;  // PostgreSQL 13 and later
  std::vector<TableName> tables;

  std::string statement() const;
};
// Refused when a table has no usable replica identity: the source's own UPDATE and DELETE would
// fail as soon as it is published.
Result<NewPublication> plan_publication(const PostgresSourceOptions& options,
                                        const CaptureFilter& filter, const ServerFacts& facts,
                                        std::span<const SourceTable> tables);

Status create_publication(Connection& connection, const NewPublication& publication);
Status drop_publication(Connection& connection, const std::string& name);

// The publications are all there.
Status check_publications(const PostgresSourceOptions& options, const Published& published);

// Tables that a pattern spells out, without wildcards, and that are not published.
std::vector<TableName> named_but_unpublished(const PostgresSourceOptions& options,
                                             const CaptureFilter& filter,
                                             const Published& published);
// What to do about such tables; `absent` is not empty.
Error not_published(const PostgresSourceOptions& options, std::span<const TableName> absent);

// Those of the tables that are there.
Result<std::vector<TableName>> existing(Connection& connection, std::span<const TableName> tables);

std::string quoted_identifier(std::string_view name);
std::string quoted_name(const TableName& table);

}  // namespace tailrace::postgres
