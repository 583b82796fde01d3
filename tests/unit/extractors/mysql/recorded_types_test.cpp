// Every column type, from files that real servers wrote, against what SELECT gave for the same
// rows.

#include <sstream>

#include "binlog_replay.h"

namespace tailrace::mysql::recorded {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

void expect_equal(const std::vector<std::string>& rows, const std::vector<std::string>& expected) {
  ASSERT_EQ(rows.size(), expected.size());
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i], expected[i]);
}

CatalogueColumn catalogue_column(std::string name, std::string type) {
  CatalogueColumn column;
  column.name = std::move(name);
  column.data_type = type.substr(0, type.find_first_of("( "));
  column.column_type = std::move(type);
  return column;
}

// What the log alone cannot tell.
Hints mariadb_hints() {
  CatalogueTable addresses{{"fx", "addresses"},
                           {catalogue_column("id", "int(11)"), catalogue_column("u", "uuid"),
                            catalogue_column("i4", "inet4"), catalogue_column("i6", "inet6")}};
  CatalogueTable documents{{"fx", "documents"},
                           {catalogue_column("id", "int(11)"), catalogue_column("j", "longtext")}};
  documents.columns[1].is_json = true;
  documents.columns[1].charset = "utf8mb4";
  return {{"addresses", addresses}, {"documents", documents}};
}

const Column& column(const Replay& replay, const std::string& table, std::string_view name) {
  const TableSchema& schema = *replay.schemas.at(table);
  return schema.columns.at(schema.find_column(name).value());
}

TEST(RecordedTypes, MariadbRowsEqualSelect) {
  const Replay replayed = replay("mariadb-10.11-types.binlog", mariadb_hints());
  expect_equal(replayed.rows, lines_of(fixture("mariadb-10.11-types.expected")));
}

TEST(RecordedTypes, MysqlRowsEqualSelect) {
  const Replay replayed = replay("mysql-9.7-types.binlog");
  expect_equal(replayed.rows, lines_of(fixture("mysql-9.7-types.expected")));
}

TEST(RecordedTypes, SchemaSaysWhatTheColumnsHold) {
  for (const std::string server : {"mariadb-10.11", "mysql-9.7"}) {
    SCOPED_TRACE(server);
    const Replay replayed = replay(server + "-types.binlog", mariadb_hints());
    EXPECT_EQ(column(replayed, "integers", "m").type, LogicalType::int32);
    EXPECT_EQ(column(replayed, "integers", "m").native_type, "mediumint");
    EXPECT_EQ(column(replayed, "integers", "lu").type, LogicalType::uint64);
    EXPECT_EQ(column(replayed, "integers", "lu").native_type, "bigint unsigned");
    EXPECT_FALSE(column(replayed, "integers", "id").nullable);
    EXPECT_EQ(column(replayed, "decimals", "a").precision, 65);
    EXPECT_EQ(column(replayed, "decimals", "a").scale, 30);
    EXPECT_EQ(column(replayed, "temporals", "dt3").type, LogicalType::timestamp);
    EXPECT_EQ(column(replayed, "temporals", "dt3").scale, 3);
    EXPECT_EQ(column(replayed, "temporals", "ts6").type, LogicalType::timestamptz);
    EXPECT_EQ(column(replayed, "temporals", "y").type, LogicalType::int16);
    EXPECT_EQ(column(replayed, "bits", "b9").length, 9U);
    EXPECT_EQ(column(replayed, "strings", "c255").length, 255U);
    EXPECT_TRUE(column(replayed, "strings", "c255").fixed_length);
    EXPECT_EQ(column(replayed, "strings", "v300").length, 300U);
    EXPECT_EQ(column(replayed, "strings", "l1").charset, "latin1");
    EXPECT_EQ(column(replayed, "strings", "lt").native_type, "longtext");
    EXPECT_EQ(column(replayed, "octets", "b").type, LogicalType::bytes);
    EXPECT_EQ(column(replayed, "octets", "b").length, 4U);
    EXPECT_EQ(column(replayed, "labels", "el").labels, (std::vector<std::string>{"ä", "ö", "€"}));
    EXPECT_EQ(column(replayed, "labels", "big").labels.size(), 300U);
    EXPECT_EQ(column(replayed, "shapes", "p").type, LogicalType::geometry);
    EXPECT_EQ(column(replayed, "shapes", "p").native_type, "point");
    EXPECT_TRUE(replayed.schemas.at("no_key")->key.empty());
    EXPECT_EQ(replayed.schemas.at("composite_key")->key, (std::vector<std::uint16_t>{2, 0}));
    EXPECT_EQ(replayed.schemas.at("prefix_key")->key, (std::vector<std::uint16_t>{2, 1}));
  }
}

TEST(RecordedTypes, HintsRefineWhatTheLogCannotSay) {
  const Replay plain = replay("mariadb-10.11-types.binlog");
  EXPECT_EQ(column(plain, "addresses", "u").type, LogicalType::bytes);
  EXPECT_EQ(column(plain, "documents", "j").type, LogicalType::string);
  const Replay refined = replay("mariadb-10.11-types.binlog", mariadb_hints());
  EXPECT_EQ(column(refined, "addresses", "u").type, LogicalType::uuid);
  EXPECT_EQ(column(refined, "addresses", "i4").type, LogicalType::inet);
  EXPECT_EQ(column(refined, "documents", "j").type, LogicalType::json);
  EXPECT_EQ(column(refined, "documents", "id").native_type, "int(11)");
}

TEST(RecordedTypes, MysqlOnlyTypes) {
  const Replay replayed = replay("mysql-9.7-types.binlog");
  EXPECT_EQ(column(replayed, "documents", "j").type, LogicalType::json);
  EXPECT_EQ(column(replayed, "vectors", "v").type, LogicalType::vector);
  EXPECT_EQ(column(replayed, "vectors", "v").length, 3U);
  // The generated invisible primary key is a column like any other.
  EXPECT_EQ(replayed.schemas.at("gipk")->columns[0].name, "my_row_id");
  EXPECT_EQ(replayed.schemas.at("gipk")->key, (std::vector<std::uint16_t>{0}));
}

}  // namespace
}  // namespace tailrace::mysql::recorded
