#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "extractors/mysql/row_decoder.h"

namespace tailrace::mysql {

// The tables that rows events may refer to by id. Servers repeat a TABLE_MAP in front of every
// statement: comparing its bytes with those of last time spares the decoding of it. Forget all
// (clear) at each real FORMAT_DESCRIPTION, and after DDL when names come from the catalogue.
class TableMapCache {
 public:
  struct Entry {
    std::vector<std::byte> definition;
    std::unique_ptr<RowDecoder> decoder;  // nullptr: the table is not captured
  };

  // The entry of that id, when its definition is the same; nullptr asks the caller to put one.
  const Entry* find_same(const TableMapView& map) const;
  // For a rows event; nullptr: no TABLE_MAP came before it.
  const Entry* find(std::uint64_t table_id) const;
  const Entry& put(const TableMapView& map, std::unique_ptr<RowDecoder> decoder);
  void clear() { entries_.clear(); }

 private:
  std::unordered_map<std::uint64_t, Entry> entries_;
};

}  // namespace tailrace::mysql
