#include "tests/integration/mysql_snapshot_bed.h"

#include <algorithm>
#include <csignal>
#include <set>

#include "tests/support/beds.h"

namespace tailrace::testing {
namespace {

std::map<Kind, std::unique_ptr<DatabaseServer>>& servers() {
  static std::map<Kind, std::unique_ptr<DatabaseServer>> shared;
  return shared;
}

std::vector<std::string> texts_of(const Change& change) {
  std::vector<Value> values(change.schema->columns.size());
  EXPECT_TRUE(change.after.split(values));
  std::vector<std::string> texts;
  for (const Value& value : values) {
    EXPECT_FALSE(value.is_unchanged());
    texts.push_back(value.is_null() ? std::string("NULL") : std::string(value.text()));
  }
  return texts;
}

CopiedTable copy_table(Snapshot& snapshot, TableReader& reader, SnapshotTable table,
                       std::uint64_t rows_per_range) {
  CopiedTable copied;
  copied.table = std::move(table);
  auto ranges = snapshot.split(copied.table, rows_per_range);
  EXPECT_TRUE(ranges) << ranges.error().to_string();
  if (!ranges) return copied;
  copied.ranges = *ranges;
  for (const KeyRange& range : *ranges) {
    ReadRange read = read_range(reader, copied.table, range);
    EXPECT_FALSE(read.error) << read.error->to_string();
    if (read.error) return copied;
    EXPECT_EQ(read.as_of->rows, read.rows.size());
    copied.as_of.push_back(*read.as_of);
    copied.sizes.push_back(read.rows.size());
    for (auto& row : read.rows) copied.rows.push_back(std::move(row));
  }
  std::sort(copied.rows.begin(), copied.rows.end());
  return copied;
}

}  // namespace

ReadRange read_range(TableReader& reader, const SnapshotTable& table, const KeyRange& range) {
  ReadRange read;
  BlockBuilder builder(1, [&](const BlockPtr& block) {
    BlockCursor cursor(*block);
    while (auto record = cursor.next()) {
      const auto* change = std::get_if<Change>(&*record);
      if (change == nullptr) continue;
      EXPECT_EQ(change->kind, ChangeKind::insert);
      EXPECT_TRUE(*change->schema == *table.schema);
      read.rows.push_back(texts_of(*change));
    }
    return Status();
  });
  builder.begin({});
  auto as_of = reader.read(table, range, builder);
  if (!as_of) {
    read.error = std::move(as_of).error();
    EXPECT_TRUE(builder.abort());
    return read;
  }
  read.as_of = *as_of;
  EXPECT_TRUE(builder.commit({}));
  EXPECT_TRUE(builder.flush());
  return read;
}

std::map<std::string, CopiedTable> copy_all(mysql::MySqlSource& source, const Checkpoint& from,
                                            std::uint64_t rows_per_range) {
  std::map<std::string, CopiedTable> copied;
  auto snapshot = source.snapshot(from);
  EXPECT_TRUE(snapshot) << snapshot.error().to_string();
  if (!snapshot) return copied;
  auto tables = (*snapshot)->tables();
  EXPECT_TRUE(tables) << tables.error().to_string();
  auto reader = (*snapshot)->open_reader();
  EXPECT_TRUE(reader) << reader.error().to_string();
  if (!tables || !reader) return copied;
  for (SnapshotTable& table : *tables) {
    const std::string name = table.schema->name.to_string();
    copied[name] = copy_table(**snapshot, **reader, std::move(table), rows_per_range);
  }
  return copied;
}

Rows rows_made_by(const Captured& captured, const std::string& table) {
  std::multiset<Rows::value_type> rows;
  for (const CapturedTransaction& transaction : captured.transactions) {
    for (const CapturedRow& row : transaction.rows) {
      if (row.what == "insert " + table) rows.insert(row.after);
      if (row.what != "delete " + table && row.what != "remove " + table) continue;
      const auto at = rows.find(row.before);
      EXPECT_NE(at, rows.end());
      if (at != rows.end()) rows.erase(at);
    }
  }
  return {rows.begin(), rows.end()};
}

void MysqlSnapshotTest::TearDownTestSuite() {
  servers().clear();
}

bool MysqlSnapshotTest::start(const std::vector<std::string>& patterns) {
  std::signal(SIGPIPE, SIG_IGN);
  if (bed_missing(why_unavailable(GetParam()))) return false;
  auto& shared = servers()[GetParam()];
  if (shared == nullptr) shared = make_server(GetParam());
  server_ = shared.get();
  sql("DROP DATABASE IF EXISTS shop; CREATE DATABASE shop CHARACTER SET utf8mb4");
  auto options = source_options(*server_);
  options.tables = patterns;
  source_ = make_source(std::move(options));
  return true;
}

}  // namespace tailrace::testing
