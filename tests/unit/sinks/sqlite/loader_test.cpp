#include "sinks/sqlite/loader.h"

#include <chrono>
#include <filesystem>
#include <future>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "sinks/sqlite/sqlite_target.h"

namespace tailrace::sqlite {
namespace {

using namespace std::chrono_literals;

// A file with a table that has one row, and another connection that writes.
class SqliteLoaderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string folder = (std::filesystem::temp_directory_path() / "tailrace-XXXXXX").string();
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    target_ = std::make_unique<SqliteTarget>(TargetOptions{folder_ / "t.db", {}});
    sink_ = *target_->open(lease_);
    loader_ = *target_->open_loader(lease_);
    other_ = std::make_unique<Database>(*Database::open({.path = folder_ / "t.db"}));
    TableSchema schema;
    schema.name = {"shop", "t"};
    Column id;
    id.name = "id";
    id.type = LogicalType::int32;
    schema.columns = {id};
    schema.key = {0};
    schema_ = std::make_shared<const TableSchema>(schema);
    ASSERT_TRUE(loader_->prepare(schema_, kTable));
  }
  void TearDown() override {
    sink_.reset();
    loader_.reset();
    other_.reset();
    std::filesystem::remove_all(folder_);
  }

  const TableName kTable = {"main", "t"};
  std::filesystem::path folder_;
  std::unique_ptr<SqliteTarget> target_;
  Lease lease_ = {"p", "s", "me", {}};
  std::unique_ptr<Sink> sink_;
  std::unique_ptr<Loader> loader_;
  std::unique_ptr<Database> other_;
  SchemaPtr schema_;
};

TEST_F(SqliteLoaderTest, WaitsForAnotherWriterLongerThanTheBusyTimeout) {
  ASSERT_TRUE(other_->exec("BEGIN IMMEDIATE"));
  auto begun = std::async(std::launch::async,
                          [&] { return loader_->begin(schema_, kTable, Loader::Mode::append); });
  EXPECT_EQ(begun.wait_for(1200ms), std::future_status::timeout);
  ASSERT_TRUE(other_->exec("COMMIT"));
  const Status status = begun.get();
  EXPECT_TRUE(status) << status.error().to_string();
}

TEST_F(SqliteLoaderTest, SinkAndLoaderTakeTurns) {
  ASSERT_TRUE(sink_->begin());
  auto loaded = std::async(std::launch::async, [&]() -> Status {
    const std::vector<Value> row = {Value::present("1")};
    const std::vector<NetRow> rows = {{ChangeKind::insert, {}, row, false}};
    if (auto begun = loader_->begin(schema_, kTable, Loader::Mode::append); !begun) return begun;
    if (auto done = loader_->load(rows); !done) return done;
    return loader_->commit({});
  });
  EXPECT_EQ(loaded.wait_for(50ms), std::future_status::timeout);
  ASSERT_TRUE(sink_->commit({"source", {"1"}, 1}));
  const Status status = loaded.get();
  EXPECT_TRUE(status) << status.error().to_string();
  EXPECT_TRUE(*loader_->prepare(schema_, kTable));
}

TEST_F(SqliteLoaderTest, InterruptEndsTheWait) {
  ASSERT_TRUE(other_->exec("BEGIN IMMEDIATE"));
  auto begun = std::async(std::launch::async,
                          [&] { return loader_->begin(schema_, kTable, Loader::Mode::append); });
  EXPECT_EQ(begun.wait_for(50ms), std::future_status::timeout);
  loader_->interrupt();
  ASSERT_EQ(begun.wait_for(5s), std::future_status::ready);
  EXPECT_EQ(begun.get().error().kind(), ErrorKind::cancelled);
  ASSERT_TRUE(other_->exec("COMMIT"));
}

TEST_F(SqliteLoaderTest, OneAtATime) {
  EXPECT_EQ(target_->most_loaders(), 1U);
}

}  // namespace
}  // namespace tailrace::sqlite
