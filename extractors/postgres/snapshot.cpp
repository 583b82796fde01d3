#include "extractors/postgres/snapshot.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "extractors/postgres/copy_statement.h"
#include "extractors/postgres/described_table.h"
#include "extractors/postgres/key_ranges.h"

namespace tailrace::postgres {
namespace {

constexpr const char* kBytes =
    "SELECT coalesce(sum(pg_table_size(t.oid)), 0) FROM (SELECT {0}::oid AS oid UNION "
    "SELECT relid::oid FROM pg_partition_tree({0})) t JOIN pg_class c ON c.oid = t.oid "
    "WHERE c.relkind = 'r'";

// [{"Plan": {"Plan Rows": 490, ...}}]
std::uint64_t rows_in_plan(Cell cell) {
  const auto plan = nlohmann::json::parse(cell.value_or(""), nullptr, false);
  if (!plan.is_array() || plan.empty() || !plan.front().is_object()) return 0;
  const auto rows = plan.front().value("/Plan/Plan Rows"_json_pointer, 0.0);
  return rows > 0 ? static_cast<std::uint64_t>(rows) : 0;
}

}  // namespace

Result<std::unique_ptr<PostgresSnapshot>> PostgresSnapshot::open(Parts parts) {
  auto reading = parts.connect(reading_session_settings());
  if (!reading) return std::move(reading).error();
  parts.interruption->add(reading->make_cut());
  return std::unique_ptr<PostgresSnapshot>(
      new PostgresSnapshot(std::move(parts), *std::move(reading)));
}

PostgresSnapshot::PostgresSnapshot(Parts parts, Connection reading)
    : parts_(std::move(parts)),
      reading_(std::move(reading)),
      catalogue_([this]() -> Result<Connection> {
        auto connection = parts_.connect(catalogue_session_settings());
        if (connection) parts_.interruption->add(connection->make_cut());
        return connection;
      }) {}

Result<std::vector<SnapshotTable>> PostgresSnapshot::tables() {
  auto described = describe();
  if (!described) return parts_.interruption->explain(std::move(described).error());
  return described;
}

Result<std::vector<SnapshotTable>> PostgresSnapshot::describe() {
  auto published = read_published_rows(reading_, parts_.options.publication_names(), parts_.filter);
  if (!published) return std::move(published).error();
  auto described = describe_tables(reading_, catalogue_, *std::move(published));
  if (!described) return std::move(described).error();
  if (auto identified = identify(*described); !identified) return std::move(identified).error();
  std::vector<SnapshotTable> tables;
  for (DescribedTable& table : *described) {
    if (auto estimated = estimate(*table.copied, table.description); !estimated) {
      return with_reading_hint(std::move(estimated).error(), table.description.schema->name);
    }
    copied_->put(table.copied);
    tables.push_back(std::move(table.description));
  }
  return tables;
}

// Within the snapshot the catalogue is that of its position, so what it says is certain.
Status PostgresSnapshot::identify(std::vector<DescribedTable>& tables) {
  auto begun = reading_.exec("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  if (!begun) return std::move(begun).error();
  auto imported = reading_.exec("SET TRANSACTION SNAPSHOT " + quoted_literal(parts_.moment.name()));
  if (!imported) return std::move(imported).error();
  if (auto identified = identify_tables(reading_, tables); !identified) return identified;
  auto ended = reading_.exec("COMMIT");
  return ended ? Status() : Status(std::move(ended).error());
}

Status PostgresSnapshot::estimate(const CopiedTable& table, SnapshotTable& described) {
  auto bytes = reading_.exec(fmt::format(kBytes, table.rows.definition.oid));
  if (!bytes) return std::move(bytes).error();
  described.bytes = number_in(bytes->scalar());
  // Asked of an empty table, too, for the error that its first row would meet.
  auto plan = reading_.exec(estimate_statement(table));
  if (!plan) return std::move(plan).error();
  // An empty one is taken for ten pages by the planner.
  described.rows = described.bytes == 0 ? 0 : rows_in_plan(plan->scalar());
  return {};
}

Result<std::vector<KeyRange>> PostgresSnapshot::split(const SnapshotTable& table,
                                                      std::uint64_t rows_per_range) {
  auto known = copied_->find(*table.schema);
  if (!known) return std::move(known).error();
  auto ranges = split_by_key(reading_, **known, table.rows, rows_per_range);
  if (ranges) return ranges;
  return parts_.interruption->explain(
      with_reading_hint(std::move(ranges).error(), table.schema->name));
}

Result<std::unique_ptr<TableReader>> PostgresSnapshot::open_reader() {
  auto connection = parts_.connect(reading_session_settings());
  if (!connection) return parts_.interruption->explain(std::move(connection).error());
  auto interruption = std::make_shared<Interruption>();
  interruption->add(connection->make_cut());
  return std::unique_ptr<TableReader>(std::make_unique<PostgresTableReader>(
      *std::move(connection), std::move(interruption), copied_,
      PostgresTableReader::Moment{parts_.moment.name(), position().to_position()}));
}

}  // namespace tailrace::postgres
