#include "extractors/mysql/table_map_cache.h"

#include <algorithm>

namespace tailrace::mysql {

const TableMapCache::Entry* TableMapCache::find(std::uint64_t table_id) const {
  const auto found = entries_.find(table_id);
  return found == entries_.end() ? nullptr : &found->second;
}

const TableMapCache::Entry* TableMapCache::find_same(const TableMapView& map) const {
  const Entry* entry = find(map.table_id);
  const bool same =
      entry != nullptr && std::equal(map.definition.begin(), map.definition.end(),
                                     entry->definition.begin(), entry->definition.end());
  return same ? entry : nullptr;
}

const TableMapCache::Entry& TableMapCache::put(const TableMapView& map,
                                               std::unique_ptr<RowDecoder> decoder) {
  Entry& entry = entries_[map.table_id];
  entry.definition.assign(map.definition.begin(), map.definition.end());
  entry.decoder = std::move(decoder);
  return entry;
}

}  // namespace tailrace::mysql
