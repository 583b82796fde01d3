#include "app/change_json.h"

#include <gtest/gtest.h>

#include "core/block_builder.h"

namespace tailrace::app {
namespace {

// "-" stands for NULL, "?" for unchanged.
using Row = std::vector<std::string>;

void put_image(BlockBuilder& builder, const Row& row) {
  if (row.empty()) {
    builder.skip_image();
    return;
  }
  builder.start_image();
  for (const std::string& value : row) {
    if (value == "-") {
      builder.put_null();
    } else if (value == "?") {
      builder.put_unchanged();
    } else {
      builder.put(value);
    }
  }
  builder.end_image();
}

const ChangeOrigin kOrigin{
    .position = "0-1-7", .id = "0-1-8", .commit_time_us = 1'767'225'600'000'001};

std::string json_of(const SchemaPtr& schema, ChangeKind kind, const Row& before, const Row& after,
                    const ChangeOrigin& origin = kOrigin) {
  BlockPtr block;
  BlockBuilder builder(0, [&](BlockPtr sealed) {
    block = std::move(sealed);
    return Status();
  });
  builder.begin({});
  builder.start_change(kind, schema);
  put_image(builder, before);
  put_image(builder, after);
  EXPECT_TRUE(builder.end_change());
  EXPECT_TRUE(builder.commit({}));
  EXPECT_TRUE(builder.flush());
  BlockCursor cursor(*block);
  (void)cursor.next();
  std::string out;
  EXPECT_TRUE(ChangeJson().append(origin, std::get<Change>(*cursor.next()), out));
  return out;
}

Column column(std::string name, LogicalType type) {
  Column column;
  column.name = std::move(name);
  column.type = type;
  return column;
}

SchemaPtr users() {
  auto schema = std::make_shared<TableSchema>();
  schema->name = {"shop", "users"};
  schema->columns = {column("id", LogicalType::int64), column("na\"me", LogicalType::string)};
  schema->key = {0};
  return schema;
}

TEST(ChangeJson, InsertUpdateDelete) {
  const std::string origin =
      R"({"position":"0-1-7","id":"0-1-8","time":"2026-01-01T00:00:00.000001Z",)"
      R"("schema":"shop","table":"users",)";
  EXPECT_EQ(json_of(users(), ChangeKind::insert, {}, {"1", "a"}),
            origin + R"("op":"insert","key":{"id":1},"after":{"id":1,"na\"me":"a"}})");
  EXPECT_EQ(json_of(users(), ChangeKind::update, {"1", "a"}, {"2", "-"}),
            origin + R"("op":"update","key":{"id":1},"before":{"id":1,"na\"me":"a"},)"
                     R"("after":{"id":2,"na\"me":null}})");
  EXPECT_EQ(json_of(users(), ChangeKind::remove, {"1", "?"}, {}),
            origin + R"("op":"delete","key":{"id":1},"before":{"id":1}})");
}

TEST(ChangeJson, ATableWithoutKeyAndATransactionWithoutTime) {
  auto schema = std::make_shared<TableSchema>(*users());
  schema->key.clear();
  EXPECT_EQ(json_of(schema, ChangeKind::insert, {}, {"1", "a"}, {.position = "p", .id = ""}),
            R"({"position":"p","id":"","time":null,"schema":"shop","table":"users",)"
            R"("op":"insert","after":{"id":1,"na\"me":"a"}})");
}

// What a value of that type looks like behind "v":
std::string value(LogicalType type, const std::string& canonical) {
  auto schema = std::make_shared<TableSchema>();
  schema->name = {"s", "t"};
  schema->columns = {column("v", type)};
  const std::string json = json_of(schema, ChangeKind::insert, {}, {canonical});
  const auto start = json.find("\"v\":") + 4;
  return json.substr(start, json.size() - start - 2);
}

TEST(ChangeJson, TypesStayWhatTheyAre) {
  EXPECT_EQ(value(LogicalType::boolean, "1"), "true");
  EXPECT_EQ(value(LogicalType::boolean, "0"), "false");
  EXPECT_EQ(value(LogicalType::int8, "-128"), "-128");
  EXPECT_EQ(value(LogicalType::int64, "9007199254740991"), "9007199254740991");
  EXPECT_EQ(value(LogicalType::int64, "9007199254740992"), "\"9007199254740992\"");
  EXPECT_EQ(value(LogicalType::int64, "-9223372036854775808"), "\"-9223372036854775808\"");
  EXPECT_EQ(value(LogicalType::uint64, "18446744073709551615"), "\"18446744073709551615\"");
  EXPECT_EQ(value(LogicalType::float64, "1e+20"), "1e+20");
  EXPECT_EQ(value(LogicalType::float64, "-0.5"), "-0.5");
  EXPECT_EQ(value(LogicalType::float32, "NaN"), "\"NaN\"");
  EXPECT_EQ(value(LogicalType::float64, "-Infinity"), "\"-Infinity\"");
  EXPECT_EQ(value(LogicalType::decimal, "1.50"), "\"1.50\"");
  EXPECT_EQ(value(LogicalType::bytes, std::string("\0\xFF", 2)), "\"AP8=\"");
  EXPECT_EQ(value(LogicalType::json, "{\"a\":\n[1]}"), "{\"a\": [1]}");
  EXPECT_EQ(value(LogicalType::json, ""), "\"\"");
  EXPECT_EQ(value(LogicalType::vector, "[1,2.5]"), "[1,2.5]");
  EXPECT_EQ(value(LogicalType::date, "2026-01-01"), "\"2026-01-01\"");
  EXPECT_EQ(value(LogicalType::enumeration, ""), "\"\"");
  EXPECT_EQ(value(LogicalType::bit, "0101"), "\"0101\"");
  EXPECT_EQ(value(LogicalType::string, "a\nb"), "\"a\\nb\"");
}

TEST(ChangeJson, SchemaChanges) {
  std::string out;
  ChangeJson().append(kOrigin,
                      {.kind = SchemaChangeKind::truncate,
                       .tables = {{"shop", "users"}},
                       .statement = "TRUNCATE users"},
                      out);
  EXPECT_EQ(out, R"({"position":"0-1-7","id":"0-1-8","time":"2026-01-01T00:00:00.000001Z",)"
                 R"("op":"truncate","tables":["shop.users"],"statement":"TRUNCATE users"})");
  out.clear();
  ChangeJson().append({.position = "p", .id = "i"},
                      {.kind = SchemaChangeKind::truncate,
                       .tables = {{"s", "a"}, {"s", "b"}},
                       .statement = {},
                       .cascade = true,
                       .restart_identity = true},
                      out);
  EXPECT_EQ(out, R"({"position":"p","id":"i","time":null,"op":"truncate","tables":["s.a","s.b"],)"
                 R"("cascade":true,"restart_identity":true,"statement":""})");
}

TEST(ChangeJson, OriginOfTheTransaction) {
  const std::string json = json_of(users(), ChangeKind::insert, {}, {"1", "a"},
                                   {.position = "p", .id = "i", .origin = "tailrace_a_b"});
  EXPECT_TRUE(json.starts_with(
      R"({"position":"p","id":"i","time":null,"origin":"tailrace_a_b","schema":"shop",)"))
      << json;
}

TEST(ChangeJson, Messages) {
  const auto json = [](const Message& message) {
    std::string out;
    ChangeJson().append({.position = "p", .id = "i"}, message, out);
    return out;
  };
  const std::string origin = R"({"position":"p","id":"i","time":null,"kind":"message",)";
  EXPECT_EQ(json({.prefix = "app", .content = "gr\"\xC3\xBC\xC3\x9F"}),
            origin + R"("prefix":"app","content":"gr\"üß","transactional":true})");
  EXPECT_EQ(json({.prefix = "", .content = "", .transactional = false}),
            origin + R"("prefix":"","content":"","transactional":false})");
  EXPECT_EQ(json({.prefix = "app", .content = std::string_view("\xFF\x00\x01", 3)}),
            origin + R"("prefix":"app","content_base64":"/wAB","transactional":true})");
}

}  // namespace
}  // namespace tailrace::app
