#include "sinks/sql/mapping_cache.h"

namespace tailrace::sql {

Result<const TableMapping*> MappingCache::find(const SchemaPtr& schema, const TableName& target) {
  constexpr std::size_t kMostMappings = 10'000;
  const auto known = mappings_.find(schema.get());
  if (known != mappings_.end() && known->second->target.name == target) return known->second.get();
  if (mappings_.size() >= kMostMappings) mappings_.clear();
  if (prepare_) {
    if (auto prepared = prepare_(*schema); !prepared) return std::move(prepared).error();
  }
  auto table = load_or_create(schema, target);
  if (!table) return std::move(table).error().with("table " + target.to_string());
  table->name = target;
  const auto missing =
      policy_ == SchemaPolicy::ignore ? MissingColumns::leave_out : MissingColumns::refuse;
  auto mapping = map_table(schema, *std::move(table), dialect_, missing);
  if (!mapping) return std::move(mapping).error().with("table " + schema->name.to_string());
  return (mappings_[schema.get()] = *std::move(mapping)).get();
}

Result<TargetTable> MappingCache::load_or_create(const SchemaPtr& schema, const TableName& target) {
  auto table = load_(target);
  if (!table) return std::move(table).error();
  if (*table) return **std::move(table);
  const bool creates = policy_ == SchemaPolicy::apply || policy_ == SchemaPolicy::add_only;
  if (!creates && !always_creates_) {
    return Error(ErrorKind::schema_mismatch, "the target has no such table, and may not get it")
        .hint(create_table(dialect_, *schema, target));
  }
  if (auto created = create_(*schema, target); !created) return std::move(created).error();
  table = load_(target);
  if (!table) return std::move(table).error();
  if (*table) return **std::move(table);
  return Error(ErrorKind::schema_mismatch, "the table does not exist, although it was created");
}

}  // namespace tailrace::sql
