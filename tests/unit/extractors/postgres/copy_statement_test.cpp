#include "extractors/postgres/copy_statement.h"

#include <gmock/gmock.h>

#include "extractors/postgres/exported_snapshot.h"
#include "extractors/postgres/key_ranges.h"

namespace tailrace::postgres {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

KeyPart plain(const std::string& column, const std::string& type) {
  return {.column = column,
          .type = type,
          .collation = {},
          .less = "OPERATOR(pg_catalog.<)",
          .at_most = "OPERATOR(pg_catalog.<=)",
          .at_least = "OPERATOR(pg_catalog.>=)",
          .greater = "OPERATOR(pg_catalog.>)"};
}

KeyPart foreign(const std::string& column) {
  return {.column = column,
          .type = "public.citext",
          .collation = {},
          .less = "OPERATOR(public.<)",
          .at_most = "OPERATOR(public.<=)",
          .at_least = "OPERATOR(public.>=)",
          .greater = "OPERATOR(public.>)"};
}

// public.t (id: read in binary form, list: as text)
CopiedTable table(std::vector<KeyPart> key = {}) {
  auto schema = std::make_shared<TableSchema>();
  schema->name = {"public", "t"};
  schema->columns = {{.name = "id"}, {.name = "list"}};
  auto relation = std::make_shared<Relation>();
  relation->schema = schema;
  relation->columns = {{.decoder = nullptr, .reads_binary = true}, {.decoder = nullptr}};
  CopiedTable table{.rows = {}, .relation = relation, .key = std::move(key)};
  table.rows.definition.name = schema->name;
  return table;
}

std::string statement(const CopiedTable& table, const KeyRange& range = {}) {
  auto sql = copy_statement(table, range);
  EXPECT_TRUE(sql) << sql.error().to_string();
  return sql ? *sql : "";
}

TEST(CopyStatement, ValuesThatAreReadAsTextOnlyArePrinted) {
  EXPECT_EQ(statement(table()),
            "COPY (SELECT \"id\", CASE WHEN \"list\" IS DISTINCT FROM NULL THEN "
            "pg_catalog.format('%s', \"list\") END FROM ONLY \"public\".\"t\") "
            "TO STDOUT (FORMAT binary)");
}

TEST(CopyStatement, WhatThePublicationsSend) {
  CopiedTable given = table();
  given.rows.partitioned = true;
  given.rows.filter = "(id > 5) OR (id < 2)";
  given.rows.unlogged_partitions = {7, 8};
  EXPECT_THAT(statement(given),
              HasSubstr(" FROM \"public\".\"t\" WHERE ((id > 5) OR (id < 2)) AND tableoid NOT IN "
                        "(7, 8))"));
}

TEST(CopyStatement, RangesByRowComparison) {
  const CopiedTable given = table({plain("id", "integer"), plain("w", "character varying(5)")});
  EXPECT_THAT(statement(given, {.after = R"(["1","it's"])", .upto = R"(["2","\\"])"}),
              HasSubstr(" WHERE (\"id\", \"w\") > ('1'::integer, 'it''s'::character varying(5)) "
                        "AND (\"id\", \"w\") <= ('2'::integer, '\\'::character varying(5)))"));
}

TEST(CopyStatement, RangesByOperatorsThatARowComparisonCannotName) {
  const CopiedTable given = table({plain("a", "integer"), foreign("b")});
  EXPECT_THAT(statement(given, {.after = R"(["1","x"])", .upto = {}}),
              HasSubstr("WHERE (\"a\" OPERATOR(pg_catalog.>=) '1'::integer AND "
                        "(\"a\" OPERATOR(pg_catalog.>) '1'::integer OR "
                        "\"b\" OPERATOR(public.>) 'x'::public.citext))"));
  EXPECT_THAT(statement(given, {.after = {}, .upto = R"(["1","x"])"}),
              HasSubstr("WHERE (\"a\" OPERATOR(pg_catalog.<=) '1'::integer AND "
                        "(\"a\" OPERATOR(pg_catalog.<) '1'::integer OR "
                        "\"b\" OPERATOR(public.<=) 'x'::public.citext))"));
}

TEST(CopyStatement, TheIndexMayHaveACollationOfItsOwn) {
  CopiedTable given = table({plain("w", "text")});
  given.key[0].collation = "pg_catalog.\"C\"";
  EXPECT_THAT(statement(given, {.after = R"(["x"])", .upto = {}}),
              HasSubstr("(\"w\" COLLATE pg_catalog.\"C\") > ('x'::text)"));
  EXPECT_THAT(bounds_statement(given, {}, 10),
              HasSubstr("ORDER BY \"w\" COLLATE pg_catalog.\"C\" USING OPERATOR(pg_catalog.<)"));
}

TEST(CopyStatement, BoundsArePrintable) {
  const std::vector<std::string> values = {"1", "a\"b\\\n", "é"};
  const std::string bound = print_bound(values);
  EXPECT_EQ(bound, R"(["1","a\"b\\\n","é"])");
  auto parsed = parse_bound(bound, 3);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, values);
  for (const char* wrong :
       {"", "1", "[]", R"(["1","2"])", R"(["1",2,"3"])", "{\"a\":1}", "[\"1\""}) {
    auto refused = parse_bound(wrong, 3);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().kind(), ErrorKind::schema_mismatch);
  }
  EXPECT_FALSE(parse_bound("[]", 0));
}

TEST(KeySample, OfSmallTablesEverything) {
  const KeySample sample = sample_for(12, 60, 6000);
  EXPECT_EQ(sample.percent_of_pages, 100);
  EXPECT_EQ(sample.share_of_rows, 1);
}

TEST(KeySample, OfLargeOnesEightPagesForEachRange) {
  const KeySample sample = sample_for(100, 100'000, 6'000'000);
  EXPECT_DOUBLE_EQ(sample.percent_of_pages, 0.8);
  EXPECT_EQ(sample.share_of_rows, 1);
}

TEST(KeySample, HasBounds) {
  // A terabyte in ranges of some rows each.
  const KeySample sample = sample_for(1'000'000, 128'000'000, 8'000'000'000);
  EXPECT_LE(sample.percent_of_pages * 128'000'000 / 100, 32'768.5);
  EXPECT_LE(sample.percent_of_pages / 100 * sample.share_of_rows * 8e9, 500'001);
}

TEST(ExportedSnapshot, NeedsASlotAndASender) {
  ServerFacts facts;
  facts.slots = {.most = 5, .used = 4};
  facts.senders = {.most = 3, .used = 2};
  EXPECT_TRUE(check_room_for_snapshot(facts));
  facts.senders.used = 3;
  auto none = check_room_for_snapshot(facts);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind(), ErrorKind::source_settings);
  EXPECT_THAT(none.error().hint(), HasSubstr("max_wal_senders"));
  facts.slots.used = 5;
  EXPECT_THAT(check_room_for_snapshot(facts).error().hint(), HasSubstr("max_replication_slots"));
}

}  // namespace
}  // namespace tailrace::postgres
