#include "extractors/postgres/snapshot.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "extractors/postgres/copy_statement.h"
#include "extractors/postgres/key_ranges.h"
#include "extractors/postgres/table_details.h"

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
  auto money_scale = catalogue_.money_scale();
  if (!money_scale) return std::move(money_scale).error();
  const DecodeContext context{.money_scale = *money_scale};
  catalogue_.forget();
  RelationPlanner planner(catalogue_, [&](std::uint32_t oid, std::int32_t modifier) {
    return plan_column(oid, modifier, catalogue_, context);
  });
  std::vector<SnapshotTable> tables;
  for (PublishedRows& rows : *published) {
    auto table = describe(std::move(rows), planner);
    if (!table) return std::move(table).error();
    tables.push_back(*std::move(table));
  }
  catalogue_.disconnect();
  return tables;
}

Result<SnapshotTable> PostgresSnapshot::describe(PublishedRows rows, RelationPlanner& planner) {
  auto relation = planner.plan(rows.definition);
  if (!relation) return std::move(relation).error();
  auto key = read_key(reading_, rows.definition, *(*relation)->schema);
  if (!key) return std::move(key).error();
  auto table = std::make_shared<const CopiedTable>(
      CopiedTable{std::move(rows), *std::move(relation), *std::move(key)});
  SnapshotTable described{.schema = table->relation->schema, .details = {}};
  auto details = read_table_details(reading_, *table);
  if (!details) return std::move(details).error();
  described.details = *std::move(details);
  if (auto estimated = estimate(*table, described); !estimated) {
    return with_reading_hint(std::move(estimated).error(), described.schema->name);
  }
  copied_->put(table);
  return described;
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
