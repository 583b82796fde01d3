// Partial row images, and rows without FULL metadata, as real servers wrote them.

#include <gmock/gmock.h>

#include "binlog_replay.h"

namespace tailrace::mysql::recorded {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

CatalogueColumn hint(std::string name, std::string type, bool nullable = true,
                     std::string charset = {}) {
  CatalogueColumn column;
  column.name = std::move(name);
  column.data_type = type.substr(0, type.find_first_of("( "));
  column.column_type = std::move(type);
  column.is_nullable = nullable;
  column.charset = std::move(charset);
  return column;
}

CatalogueTable hints_of_t() {
  CatalogueTable table{
      {"im", "t"},
      {hint("id", "int(10) unsigned", false), hint("a", "varchar(20)", true, "utf8mb4"),
       hint("b", "blob"), hint("c", "int(11)"), hint("d", "datetime(3)"),
       hint("e", "enum('x','y')", true, "utf8mb4"), hint("u", "uuid")}};
  table.columns[0].key_ordinal = 1;
  return table;
}

TEST(RowImages, MariadbFullMinimalAndNoblob) {
  const Replay replayed = replay("mariadb-10.11-images.binlog", {{"t", hints_of_t()}});
  const std::string whole =
      "\t1\tone\t626c6f62\t10\t2024-01-02 03:04:05.678\ty\t123e4567-e89b-12d3-a456-426655440000";
  const std::string changed =
      "\t1\tone\t626c6f62\t11\t2024-01-02 03:04:05.678\ty\t123e4567-e89b-12d3-a456-426655440000";
  const std::string absent = "\t(unchanged)";
  EXPECT_THAT(
      replayed.changes,
      ElementsAre("insert t" + whole, "update t" + whole + "\t->" + changed,
                  "update t\t1" + absent + absent + absent + absent + absent + absent + "\t->" +
                      absent + "\tNULL" + absent + absent + absent + absent + absent,
                  "insert t\t3000000000\ttwo" + absent + absent + absent + absent + absent,
                  "delete t\t1" + absent + absent + absent + absent + absent + absent,
                  "update t\t3000000000\ttwo" + absent +
                      "\tNULL\tNULL\tNULL\tNULL\t->\t3000000000\ttwo" + absent +
                      "\t12\tNULL\tNULL\tNULL",
                  "delete t\t3000000000\ttwo" + absent + "\t12\tNULL\tNULL\tNULL",
                  "insert t\t4000000000\tno "
                  "metadata\t78\t-1\tNULL\tx\t00000000-0000-0000-0000-000000000000",
                  "insert t\t4000000001\tminimal\tNULL\t-1\tNULL\tx\tNULL",
                  "insert t\t5\tNULL\tNULL\tNULL\tNULL\tNULL\tNULL",
                  "insert t\t6\tNULL\tNULL\tNULL\tNULL\tNULL\tNULL",
                  "insert t\t7\tNULL\tNULL\tNULL\tNULL\tNULL\tNULL"));
  EXPECT_EQ(replayed.schemas.at("t")->key, (std::vector<std::uint16_t>{0}));
  EXPECT_THAT(replayed.statements, Contains("truncate table im.t"));
  EXPECT_THAT(replayed.statements, Contains("drop table im.t"));
  EXPECT_THAT(replayed.statements, Contains("savepoint s"));
}

TEST(RowImages, MysqlFullMinimalAndNoblob) {
  CatalogueTable table = hints_of_t();
  table.columns.pop_back();
  table.columns[0].column_type = "int unsigned";  // MySQL 8.0.19 gave up the display width
  table.columns[3].column_type = "int";
  const Replay replayed = replay("mysql-9.7-images.binlog", {{"t", table}});
  ASSERT_EQ(replayed.changes.size(), 12U);
  EXPECT_EQ(replayed.changes[2],
            "update t\t1\t(unchanged)\t(unchanged)\t(unchanged)\t(unchanged)\t(unchanged)\t->"
            "\t(unchanged)\tNULL\t(unchanged)\t(unchanged)\t(unchanged)\t(unchanged)");
  EXPECT_EQ(replayed.changes[5],
            "update t\t3000000000\ttwo\t(unchanged)\tNULL\tNULL\tNULL\t->"
            "\t3000000000\ttwo\t(unchanged)\t12\tNULL\tNULL");
  EXPECT_EQ(replayed.changes[7], "insert t\t4000000000\tno metadata\t78\t-1\tNULL\tx");
}

// The first TABLE_MAP of the file that carries no names.
Result<TableMap> map_without_names(const std::string& bytes) {
  BinlogFile file(as_bytes(bytes));
  while (!file.at_end()) {
    const auto event = file.next();
    if (!event) return event.error();
    if (event->header.type != EventType::table_map) continue;
    auto map = decode_table_map(*event, file.format());
    if (!map || !map->has_names) return map;
  }
  return Error(ErrorKind::internal, "no such event");
}

std::string mismatch_of(const CatalogueTable* hints) {
  const auto map = map_without_names(fixture("mariadb-10.11-images.binlog"));
  if (!map) return map.error().to_string();
  const auto schema = to_table_schema(*map, CharsetTable(), hints);
  if (schema) return "";
  EXPECT_EQ(schema.error().kind(), ErrorKind::schema_mismatch);
  return schema.error().to_string();
}

TEST(WithoutMetadata, EverythingIsCheckedAgainstTheCatalogue) {
  const CatalogueTable good = hints_of_t();
  EXPECT_EQ(mismatch_of(&good), "");
  EXPECT_THAT(mismatch_of(nullptr), HasSubstr("table im.t: the log carries no column names"));

  CatalogueTable table = good;
  table.columns.pop_back();
  EXPECT_THAT(mismatch_of(&table), HasSubstr("7 columns in the log, 6 in information_schema"));

  const std::vector<std::pair<std::size_t, std::string>> other_types{
      {0, "bigint(20) unsigned"}, {1, "varchar(21)"},  {1, "char(20)"},   {2, "text"},
      {2, "mediumblob"},          {3, "decimal(5,2)"}, {4, "datetime"},   {4, "timestamp(3)"},
      {5, "set('x','y')"},        {6, "inet4"},        {6, "binary(15)"},
  };
  for (const auto& [index, type] : other_types) {
    table = good;
    CatalogueColumn& column = table.columns[index];
    column.column_type = type;
    column.data_type = type.substr(0, type.find_first_of("( "));
    EXPECT_THAT(mismatch_of(&table), HasSubstr("table im.t, column \"" + column.name + "\""))
        << type;
  }

  table = good;
  table.columns[3].is_nullable = false;
  EXPECT_THAT(mismatch_of(&table), HasSubstr("column \"c\": nullable in the log"));
}

TEST(WithoutMetadata, MinimalMetadataContradictsTheCatalogue) {
  // binlog_row_metadata=MINIMAL logs signedness and character sets: they must be the catalogue's.
  const auto map = map_without_names(fixture("mysql-9.7-images.binlog"));
  ASSERT_TRUE(map) << map.error().to_string();
  CatalogueTable table = hints_of_t();
  table.columns.pop_back();
  EXPECT_TRUE(to_table_schema(*map, CharsetTable(), &table));
  table.columns[0].column_type = "int(10)";
  EXPECT_FALSE(to_table_schema(*map, CharsetTable(), &table));
  table.columns[0].column_type = "int(10) unsigned";
  table.columns[1].charset = "latin1";
  EXPECT_FALSE(to_table_schema(*map, CharsetTable(), &table));
}

}  // namespace
}  // namespace tailrace::mysql::recorded
