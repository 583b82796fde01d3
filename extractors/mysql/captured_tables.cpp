#include "extractors/mysql/captured_tables.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>

#include "extractors/mysql/one_by_one.h"

namespace tailrace::mysql {
namespace {

// MariaDB logs a sequence's state as inserts into a table of this shape: nothing that a table at a
// target could hold. Sequences are not captured, which the preflight says (MY-SRC-24).
bool is_sequence(const TableSchema& schema) {
  constexpr std::array<std::string_view, 8> kColumns = {
      "next_not_cached_value", "minimum_value", "maximum_value",
      "start_value",           "increment",     "cache_size",
      "cycle_option",          "cycle_count"};
  return std::equal(
      schema.columns.begin(), schema.columns.end(), kColumns.begin(), kColumns.end(),
      [](const Column& column, std::string_view name) { return column.name == name; });
}

}  // namespace

CapturedTables::CapturedTables(Settings settings, std::unique_ptr<Catalogue> catalogue)
    : catalogue_(std::move(catalogue)),
      filter_(std::move(settings.filter)),
      charsets_(std::move(settings.charsets)),
      helpers_(filter_, settings.follow_table_copies,
               {[this](const TableName& name) -> Result<bool> {
                  auto found = catalogue_->find(name);
                  if (!found) return std::move(found).error();
                  return *found != nullptr;
                },
                [this](const std::string& schema) { return catalogue_->underscored(schema); }}) {}

Status CapturedTables::learn(const EventView& event, const FormatDescription& format) {
  const auto map = peek_table_map(event);
  if (!map) return map.error();
  if (tables_.find_same(*map) != nullptr) return {};
  auto captured = sends_rows_of({std::string(map->schema), std::string(map->table)});
  if (!captured) return std::move(captured).error();
  if (!*captured) {
    tables_.put(*map, nullptr);
    return {};
  }
  auto decoder = make_decoder(event, format);
  if (!decoder) {
    return std::move(decoder).error().with(fmt::format("table {}.{}", map->schema, map->table));
  }
  tables_.put(*map, std::move(*decoder));
  return {};
}

// Rows of a table that takes the place of another one are those of the other one.
Result<bool> CapturedTables::sends_rows_of(const TableName& name) const {
  if (!filter_.captures(name.schema, name.table)) return false;
  auto base = helpers_.base_of(name);
  if (!base) return std::move(base).error();
  return base->table.empty();
}

// nullptr: not captured after all.
Result<std::unique_ptr<RowDecoder>> CapturedTables::make_decoder(const EventView& event,
                                                                 const FormatDescription& format) {
  const auto map = decode_table_map(event, format);
  if (!map) return map.error();
  auto hints = catalogue_->find(map->name);
  if (!hints) return std::move(hints).error();
  auto schema = to_table_schema(*map, charsets_, *hints);
  if (!schema) return std::move(schema).error();
  if (is_sequence(**schema)) return std::unique_ptr<RowDecoder>();
  auto decoder = RowDecoder::create(*map, shared(std::move(*schema)), charsets_);
  if (!decoder) return std::move(decoder).error();
  return std::make_unique<RowDecoder>(std::move(*decoder));
}

// Log files end and definitions are forgotten without any change to a table: consumers, who compare
// pointers, should then see the one they know.
SchemaPtr CapturedTables::shared(SchemaPtr schema) {
  constexpr std::size_t kMostRemembered = 10'000;  // for sources that make new names all the time
  if (schemas_.size() >= kMostRemembered) schemas_.clear();
  SchemaPtr& known = schemas_[schema->name];
  if (known == nullptr || *known != *schema) known = std::move(schema);
  return known;
}

// As the last rows had them, or else as the catalogue has them now.
Status CapturedTables::respell_columns(SchemaChange& change) const {
  if (change.columns.empty()) return {};
  const TableName& table = change.tables[0];
  std::vector<std::string> names;
  if (const auto known = schemas_.find(table); known != schemas_.end()) {
    for (const Column& column : known->second->columns) names.push_back(column.name);
  } else {
    const auto found = catalogue_->find(table);
    if (!found) return found.error();
    if (*found == nullptr) return {};
    for (const CatalogueColumn& column : (*found)->columns) names.push_back(column.name);
  }
  respell(change.columns, names);
  return {};
}

Result<std::vector<SchemaChange>> CapturedTables::define(const Statement& statement,
                                                         std::string_view sql) {
  catalogue_->forget();
  tables_.clear();
  auto changes = definition_changes(statement, sql, filter_, helpers_);
  if (!changes) return changes;
  for (SchemaChange& change : *changes) {
    if (auto respelled = respell_columns(change); !respelled) return std::move(respelled).error();
  }
  return changes;
}

}  // namespace tailrace::mysql
