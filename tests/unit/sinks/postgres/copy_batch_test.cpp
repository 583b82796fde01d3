#include "sinks/postgres/copy_batch.h"

#include <gtest/gtest.h>

#include "sinks/postgres/catalogue.h"
#include "sinks/postgres/postgres_dialect.h"

namespace tailrace::postgres {
namespace {

std::unique_ptr<const sql::TableMapping> mapping_of_t() {
  TableSchema schema;
  schema.name = {"shop", "t"};
  schema.columns.resize(3);
  schema.columns[0].name = "name";
  schema.columns[0].type = LogicalType::string;
  schema.columns[1].name = "id";
  schema.columns[1].type = LogicalType::int32;
  schema.columns[2].name = "computed";
  schema.columns[2].type = LogicalType::int32;
  schema.key = {1};
  sql::TargetTable table;
  table.name = {"shop", "t"};
  for (const char* type : {"text", "integer", "integer"}) {
    auto& column = table.columns.emplace_back();
    set_type(column, type, type, 'X');
    column.type_name = column.base_type_name = type;
    column.name = schema.columns[table.columns.size() - 1].name;
  }
  table.columns[2].generated = true;
  table.keys = {{1}};
  return std::move(
             sql::map_table(std::make_shared<const TableSchema>(schema), table, PostgresDialect()))
      .value();
}

TEST(PostgresCopyBatch, LinesAndKeys) {
  const auto mapping = mapping_of_t();
  CopyBatch batch;
  const std::vector<std::vector<Value>> rows = {
      {Value::present("a\tb"), Value::present("1"), Value::present("7")},
      {Value::null(), Value::present("-22"), Value::null()},
      {Value::present(""), Value::present("333"), Value::unchanged()}};
  for (int round = 0; round < 2; ++round) {
    batch.clear();
    for (const auto& row : rows) ASSERT_TRUE(batch.add(*mapping, row));
    EXPECT_EQ(batch.lines(), "a\\tb\t1\n\\N\t-22\n\t333\n");
    EXPECT_EQ(batch.lines(1, 2), "\\N\t-22\n");
    EXPECT_EQ(batch.lines(0, 1), "a\\tb\t1\n");
    EXPECT_EQ(batch.lines(0, 0), "");
    EXPECT_EQ(batch.row_count(), 3U);
    EXPECT_EQ(batch.describe(*mapping, 0), "row id=1");
    EXPECT_EQ(batch.describe(*mapping, 2), "row id=333");
  }
}

TEST(PostgresCopyBatch, RowsThatCannotGoAreNamed) {
  const auto mapping = mapping_of_t();
  CopyBatch batch;
  const std::vector<Value> unsent = {Value::unchanged(), Value::present("5"), Value::null()};
  const Status incomplete = batch.add(*mapping, unsent);
  ASSERT_FALSE(incomplete);
  EXPECT_EQ(incomplete.error().kind(), ErrorKind::unsupported_value);
  EXPECT_NE(incomplete.error().to_string().find("id=5"), std::string::npos);
  const std::vector<Value> with_nul = {Value::present(std::string_view("\0", 1)),
                                       Value::present("6"), Value::null()};
  const Status refused = batch.add(*mapping, with_nul);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::unsupported_value);
  EXPECT_NE(refused.error().to_string().find("id=6"), std::string::npos);
}

}  // namespace
}  // namespace tailrace::postgres
