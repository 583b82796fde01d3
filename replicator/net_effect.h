#pragma once

#include <cstdint>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/block.h"
#include "sinks/sink.h"

namespace tailrace {

// What a run of changes on one table comes to: one final row per key. Plain rules, no I/O.
//
//   first   then       becomes
//   insert  update     insert of the merged row
//   insert  remove     remove that may find nothing
//   update  update     update: first before image, last after image
//   update  remove     remove
//   remove  insert     update to the inserted row
//
// An update that changes the key is a remove of the old key and an insert of the new one. Columns
// that the source did not send (`unchanged`) take the value of an earlier change in the same run.
// Of a table without key inserts are gathered as they are; nothing else can be.
// The values are views into the blocks of the changes, which must outlive this object.
class TableNetEffect {
 public:
  TableNetEffect(SchemaPtr schema, std::pmr::memory_resource& memory);

  // False: the change cannot be expressed per key (the new key's row would lack unsent columns);
  // nothing was taken, and it must be applied by itself, in order.
  bool add(const Change& change);

  const SchemaPtr& schema() const { return schema_; }
  std::size_t row_count() const { return rows_.size(); }
  // The final rows by kind. The spans live as long as this object.
  NetTable result(TableName target) const;

 private:
  using Image = std::span<Value>;
  struct Row {
    std::uint64_t hash = 0;
    std::string_view key;
    bool existed = false;  // before the first change of the run
    bool exists = false;   // after the last
    Image before;          // as of the first change
    Image after;           // as of the last
  };

  Image split(const RowImage& image);
  std::string_view key_of(Image image);
  bool same_key(Image left, Image right) const;
  Row& find_or_add(std::string_view key, bool existed, Image before);
  void put(Image before, Image after, bool existed);
  void remove(Image before);
  void append(const Change& change);
  void grow();

  SchemaPtr schema_;
  std::pmr::polymorphic_allocator<> allocator_;
  std::vector<Row> rows_;
  std::vector<std::uint32_t> slots_;  // open addressing: index into rows_ + 1, 0 = free
  std::vector<char> key_scratch_;
};

// The net effect over all tables, in the order in which tables first appeared.
class NetEffect {
 public:
  NetEffect();

  enum class Added { yes, in_order_only };
  // Keeps the block alive as long as its values are needed.
  Added add(const Change& change, const BlockPtr& block);
  // Whether this change needs what was gathered to be applied before it: its table has changed
  // its schema within the run.
  bool must_flush_before(const Change& change) const;

  bool empty() const { return tables_.empty(); }
  std::uint64_t change_count() const { return change_count_; }
  std::uint64_t byte_count() const { return byte_count_; }
  const std::vector<std::unique_ptr<TableNetEffect>>& tables() const { return tables_; }
  void clear();

 private:
  TableNetEffect& table_of(const SchemaPtr& schema);

  std::optional<std::pmr::monotonic_buffer_resource> memory_;
  std::vector<std::unique_ptr<TableNetEffect>> tables_;
  TableNetEffect* last_ = nullptr;
  std::vector<BlockPtr> blocks_;
  std::uint64_t change_count_ = 0;
  std::uint64_t byte_count_ = 0;
};

}  // namespace tailrace
