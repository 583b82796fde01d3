#include "replicator/net_effect.h"

#include <algorithm>
#include <cstring>
#include <functional>

namespace tailrace {
namespace {

// Columns that the later image lacks are taken from the earlier one.
void fill_unchanged(std::span<Value> later, std::span<const Value> earlier) {
  if (earlier.empty()) return;
  for (std::size_t i = 0; i < later.size(); ++i) {
    if (later[i].is_unchanged()) later[i] = earlier[i];
  }
}

bool has_unchanged(std::span<const Value> image) {
  return std::any_of(image.begin(), image.end(), [](const Value& v) { return v.is_unchanged(); });
}

}  // namespace

TableNetEffect::TableNetEffect(SchemaPtr schema, std::pmr::memory_resource& memory)
    : schema_(std::move(schema)), allocator_(&memory), slots_(64, 0) {}

TableNetEffect::Image TableNetEffect::split(const RowImage& image) {
  if (image.empty()) return {};
  const std::size_t count = schema_->columns.size();
  auto* values = allocator_.allocate_object<Value>(count);
  const Image split(std::uninitialized_value_construct_n(values, count) - count, count);
  const bool fits = image.split(split);
  TR_ASSERT(fits);
  return split;
}

// Length-prefixed, so that ("a","bc") and ("ab","c") differ.
std::string_view TableNetEffect::key_of(Image image) {
  key_scratch_.clear();
  for (const std::uint16_t column : schema_->key) {
    const std::string_view text = image[column].text();
    const auto length = static_cast<std::uint32_t>(text.size());
    const char* raw = reinterpret_cast<const char*>(&length);
    key_scratch_.insert(key_scratch_.end(), raw, raw + sizeof length);
    key_scratch_.insert(key_scratch_.end(), text.begin(), text.end());
  }
  return {key_scratch_.data(), key_scratch_.size()};
}

bool TableNetEffect::same_key(Image left, Image right) const {
  return std::all_of(schema_->key.begin(), schema_->key.end(), [&](std::uint16_t column) {
    return left[column].is_unchanged() || right[column].is_unchanged() ||
           left[column] == right[column];
  });
}

void TableNetEffect::append(const Change& change) {
  TR_ASSERT(change.kind == ChangeKind::insert);
  Row row;
  row.exists = true;
  row.after = split(change.after);
  rows_.push_back(row);
}

bool TableNetEffect::add(const Change& change) {
  if (schema_->key.empty()) {
    append(change);
    return true;
  }
  const Image before = split(change.before);
  const Image after = split(change.after);
  switch (change.kind) {
    case ChangeKind::insert:
      put({}, after, false);
      return true;
    case ChangeKind::remove:
      remove(before);
      return true;
    case ChangeKind::update:
      break;
  }
  fill_unchanged(after, before);
  if (before.empty() || same_key(before, after)) {
    put(before, after, true);
    return true;
  }
  if (has_unchanged(after)) return false;
  remove(before);
  put({}, after, false);
  return true;
}

void TableNetEffect::put(Image before, Image after, bool existed) {
  Row& row = find_or_add(key_of(after), existed, before);
  if (row.exists) fill_unchanged(after, row.after);
  row.exists = true;
  row.after = after;
}

void TableNetEffect::remove(Image before) {
  Row& row = find_or_add(key_of(before), true, before);
  row.exists = false;
  row.after = {};
  if (row.before.empty()) row.before = before;  // its key is needed even if it never existed
}

TableNetEffect::Row& TableNetEffect::find_or_add(std::string_view key, bool existed, Image before) {
  const std::uint64_t hash = std::hash<std::string_view>{}(key);
  if (rows_.size() * 2 >= slots_.size()) grow();
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash & mask;
  for (; slots_[slot] != 0; slot = (slot + 1) & mask) {
    Row& row = rows_[slots_[slot] - 1];
    if (row.hash == hash && row.key == key) return row;
  }
  auto* copy = allocator_.allocate_object<char>(key.size() + 1);
  std::memcpy(copy, key.data(), key.size());
  rows_.push_back(Row{hash, {copy, key.size()}, existed, false, before, {}});
  slots_[slot] = static_cast<std::uint32_t>(rows_.size());
  return rows_.back();
}

void TableNetEffect::grow() {
  slots_.assign(slots_.size() * 2, 0);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    std::size_t slot = rows_[i].hash & mask;
    while (slots_[slot] != 0) slot = (slot + 1) & mask;
    slots_[slot] = static_cast<std::uint32_t>(i + 1);
  }
}

NetTable TableNetEffect::result(TableName target) const {
  NetTable table{schema_, std::move(target), {}, {}, {}};
  for (const Row& row : rows_) {
    if (!row.exists) {
      table.removes.push_back({ChangeKind::remove, row.before, {}, !row.existed});
    } else if (row.existed) {
      table.updates.push_back({ChangeKind::update, row.before, row.after, false});
    } else {
      table.inserts.push_back({ChangeKind::insert, {}, row.after, false});
    }
  }
  return table;
}

NetEffect::NetEffect() {
  memory_.emplace(std::size_t{256} << 10);
}

bool NetEffect::must_flush_before(const Change& change) const {
  if (last_ != nullptr && last_->schema() == change.schema) return false;
  return std::any_of(tables_.begin(), tables_.end(), [&](const auto& table) {
    return table->schema() != change.schema && table->schema()->name == change.schema->name &&
           *table->schema() != *change.schema;
  });
}

TableNetEffect& NetEffect::table_of(const SchemaPtr& schema) {
  if (last_ != nullptr && last_->schema() == schema) return *last_;
  const auto found = std::find_if(tables_.begin(), tables_.end(), [&](const auto& table) {
    return table->schema() == schema || *table->schema() == *schema;
  });
  if (found != tables_.end()) return *(last_ = found->get());
  tables_.push_back(std::make_unique<TableNetEffect>(schema, *memory_));
  return *(last_ = tables_.back().get());
}

NetEffect::Added NetEffect::add(const Change& change, const BlockPtr& block) {
  const bool keyless = change.schema->key.empty();
  if (keyless && change.kind != ChangeKind::insert) return Added::in_order_only;
  if (!table_of(change.schema).add(change)) return Added::in_order_only;
  if (blocks_.empty() || blocks_.back() != block) blocks_.push_back(block);
  ++change_count_;
  byte_count_ += change.before.bytes().size() + change.after.bytes().size();
  return Added::yes;
}

void NetEffect::clear() {
  last_ = nullptr;
  tables_.clear();
  blocks_.clear();
  memory_.emplace(std::size_t{256} << 10);
  change_count_ = byte_count_ = 0;
}

}  // namespace tailrace
