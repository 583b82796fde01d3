// What the tests of the sink contract (sinks/sink.h) are written with: batches, units, one target.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sink_bed.h"
#include "tests/support/beds.h"

namespace tailrace::testing {

// A cell as a test writes it: nothing is NULL, kUnchanged was not sent.
using Text = std::optional<std::string>;
inline const std::string kUnchanged = "\x01unchanged";
using Row = std::vector<Text>;

inline Column column(std::string name, LogicalType type, std::string native,
                     std::uint32_t length = 0) {
  Column made;
  made.name = std::move(name);
  made.type = type;
  made.native_type = std::move(native);
  made.length = length;
  if (type == LogicalType::string) made.charset = "utf8mb4";
  return made;
}

// A net batch or changes, with the memory that their values live in.
class Batch {
 public:
  explicit Batch(SchemaPtr schema) : schema_(std::move(schema)) { net_.schema = schema_; }

  Batch& insert(const Row& after) { return add(ChangeKind::insert, {}, after); }
  Batch& update(const Row& before, const Row& after) {
    return add(ChangeKind::update, before, after);
  }
  Batch& remove(const Row& before) { return add(ChangeKind::remove, before, {}); }

  const NetTable& net(const TableName& target) {
    net_.target = target;
    return net_;
  }
  const std::vector<Change>& changes() const { return changes_; }

 private:
  Batch& add(ChangeKind kind, const Row& before, const Row& after) {
    NetRow row{kind, keep(before), keep(after), false};
    if (kind == ChangeKind::insert) net_.inserts.push_back(row);
    if (kind == ChangeKind::update) net_.updates.push_back(row);
    if (kind == ChangeKind::remove) net_.removes.push_back(row);
    changes_.push_back({kind, schema_, image(row.before), image(row.after)});
    return *this;
  }
  std::span<const Value> keep(const Row& row) {
    auto& values = values_.emplace_back();
    for (const Text& text : row) {
      if (!text) {
        values.push_back(Value::null());
      } else if (*text == kUnchanged) {
        values.push_back(Value::unchanged());
      } else {
        values.push_back(Value::present(texts_.emplace_back(*text)));
      }
    }
    return values;
  }
  RowImage image(std::span<const Value> values) {
    ByteWriter& out = images_.emplace_back();
    for (const Value& value : values) {
      out.u32_le(value.is_null()        ? RowImage::kNullLength
                 : value.is_unchanged() ? RowImage::kUnchangedLength
                                        : static_cast<std::uint32_t>(value.text().size()));
      out.text(value.text());
    }
    return RowImage(out.view());
  }

  SchemaPtr schema_;
  NetTable net_;
  std::vector<Change> changes_;
  std::deque<std::vector<Value>> values_;
  std::deque<std::string> texts_;
  std::deque<ByteWriter> images_;
};

// One server for all tests of a suite; each begins with an empty one.
class SinkContract : public ::testing::TestWithParam<Kind> {
 protected:
  static void TearDownTestSuite() { stop_shared_beds(); }
  void SetUp() override {
    if (bed_missing(why_unavailable(GetParam()))) return;
    bed_ = shared_bed(GetParam());
    target_ = bed_->target();
    lease_ = {"contract", "sink", "daemon-1", {}};
  }
  bool skipped() const { return bed_ == nullptr; }
  bool is_postgres() const {
    return GetParam() == Kind::postgres15 || GetParam() == Kind::postgres18;
  }
  bool is_mysql() const { return GetParam() == Kind::mariadb || GetParam() == Kind::mysql; }
  bool is_sqlite() const { return GetParam() == Kind::sqlite; }

  std::unique_ptr<Sink> open() { return must(target_->open(lease_)); }
  TableName name(const std::string& table) { return target_->default_table({"shop", table}); }
  Checkpoint checkpoint(int n) { return {"source-1", {"pos-" + std::to_string(n)}, n}; }

  // One unit; the error of whichever call it shows at.
  Status apply(Sink& sink, Batch& batch, int position = 1) {
    if (auto begun = sink.begin(); !begun) return begun;
    auto applied = sink.apply_net(batch.net(name(table_of(batch))));
    if (!applied) return applied;
    auto committed = sink.commit(checkpoint(position));
    return committed ? Status() : Status(std::move(committed).error());
  }
  Status apply_in_order(Sink& sink, Batch& batch, int position = 1) {
    if (auto begun = sink.begin(); !begun) return begun;
    for (const Change& change : batch.changes()) {
      auto applied = sink.apply_ordered(change, name(change.schema->name.table));
      if (!applied) return applied;
    }
    auto committed = sink.commit(checkpoint(position));
    return committed ? Status() : Status(std::move(committed).error());
  }
  // The source added a column, which rows that exist have NULL in.
  Status add_column(Sink& sink, const std::string& table, const std::string& column, int position) {
    SchemaChange change;
    change.kind = SchemaChangeKind::alter_table;
    change.tables = {{"shop", table}};
    change.columns_known = true;
    change.columns = {{.kind = ColumnChange::Kind::add,
                       .name = column,
                       .fill = {.kind = ColumnFill::Kind::null}}};
    if (auto begun = sink.begin(); !begun) return begun;
    const std::vector<TableName> targets = {name(table)};
    if (auto applied = sink.apply_schema_change(change, targets); !applied) return applied;
    auto committed = sink.commit(checkpoint(position));
    return committed ? Status() : Status(std::move(committed).error());
  }
  static std::string table_of(Batch& batch) { return batch.changes().front().schema->name.table; }

  SchemaPtr schema(std::string table, std::vector<Column> columns,
                   std::vector<std::uint16_t> key = {0}) {
    TableSchema made;
    made.name = {"shop", std::move(table)};
    made.columns = std::move(columns);
    made.key = std::move(key);
    for (const std::uint16_t index : made.key) made.columns[index].nullable = false;
    return std::make_shared<const TableSchema>(std::move(made));
  }
  SchemaPtr id_and_text(const std::string& table, std::vector<std::uint16_t> key = {0}) {
    return schema(table,
                  {column("id", LogicalType::int32, "int"),
                   column("name", LogicalType::string, "varchar(50)", 50)},
                  std::move(key));
  }

  std::shared_ptr<Bed> bed_;
  std::unique_ptr<Target> target_;
  Lease lease_;
};

#define EXPECT_OK(expression)                            \
  do {                                                   \
    const auto result_ = (expression);                   \
    EXPECT_TRUE(result_) << result_.error().to_string(); \
  } while (false)

#define EXPECT_MENTIONS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

}  // namespace tailrace::testing
