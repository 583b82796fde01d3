#include "sinks/mysql/load_data.h"

#include <gtest/gtest.h>

#include "sinks/mysql/catalogue.h"
#include "sinks/mysql/write_value.h"

namespace tailrace::mysql {
namespace {

using L = LogicalType;

std::string field(std::string_view text) {
  ByteWriter out;
  put_field_text(text, out);
  return std::string(out.text());
}

// The field as it is written, or "!" and what is wrong with the value.
std::string written(L type, const CatalogueType& named, std::string_view value) {
  Column source;
  source.type = type;
  sql::TargetColumn target;
  target.base_type_name = named.data_type;
  set_type(target, named);
  Literals literals;  // without escape: a field must not need it
  literals.form = ValueForm::field;
  ByteWriter out;
  const sql::MappedColumn column{0, &source, &target, false, true};
  if (auto problem = write_literal(column, value, literals, out)) return "!" + problem->what;
  return std::string(out.text());
}

TEST(MySqlLoadData, SpecialCharactersAreEscaped) {
  EXPECT_EQ(field(""), "");
  EXPECT_EQ(field("plain 'text' \"here\""), "plain 'text' \"here\"");
  EXPECT_EQ(field("a\tb\nc\\d"), "a\\tb\\nc\\\\d");
  EXPECT_EQ(field(std::string_view("\0x\0", 3)), "\\0x\\0");
  EXPECT_EQ(field("\\N"), "\\\\N");
  EXPECT_EQ(field("\r\xF0\x9F\x98\x80"), "\r\xF0\x9F\x98\x80");
}

TEST(MySqlLoadData, FieldsOfEveryType) {
  EXPECT_EQ(written(L::int32, {"int", "int(11)"}, "-5"), "-5");
  EXPECT_EQ(written(L::uint64, {"bigint", "bigint(20)"}, "18446744073709551615").front(), '!');
  EXPECT_EQ(written(L::int16, {"year", "year(4)"}, "0"), "0");
  EXPECT_EQ(written(L::decimal, {"decimal", "decimal(5,2)", 0, 5, 2}, "1.50"), "1.50");
  EXPECT_EQ(written(L::decimal, {"decimal", "decimal(5,2)", 0, 5, 2}, "1.501").front(), '!');
  EXPECT_EQ(written(L::float32, {"float", "float"}, "1.1"), "1.100000023841858e0");
  EXPECT_EQ(written(L::float64, {"double", "double"}, "NaN").front(), '!');
  EXPECT_EQ(written(L::string, {"varchar", "varchar(9)", 9}, "it's\t"), "it's\\t");
  EXPECT_EQ(written(L::bytes, {"blob", "blob"}, std::string_view("\0'\t", 3)), "002709");
  EXPECT_EQ(written(L::geometry, {"point", "point"}, std::string_view("\x01\xFF", 2)), "01FF");
  EXPECT_EQ(written(L::bit, {"bit", "bit(3)", 0, 3}, "101"), "5");
  EXPECT_EQ(written(L::bit, {"bit", "bit(64)", 0, 64}, std::string(64, '1')),
            "18446744073709551615");
  EXPECT_EQ(written(L::bit, {"blob", "blob"}, "100000001"), "0101");
  EXPECT_EQ(written(L::timestamptz, {"timestamp", "timestamp"}, "2024-02-29 01:02:03Z"),
            "2024-02-29 01:02:03");
  EXPECT_EQ(written(L::time, {"time", "time"}, "-838:59:59"), "-838:59:59");
  EXPECT_EQ(written(L::json, {"json", "json"}, "{\"a\": \"\\n\"}"), "{\"a\": \"\\\\n\"}");
  EXPECT_EQ(written(L::vector, {"vector", "vector(2)"}, "[1,2.5]"), "[1,2.5]");
}

TEST(MySqlLoadData, StatementTurnsFieldsIntoValues) {
  sql::TableMapping mapping;
  mapping.target.name = {"shop", "t`t"};
  std::vector<Column> sources(6);
  const auto add = [&](std::string name, const CatalogueType& type) {
    auto& column = mapping.target.columns.emplace_back();
    column.name = std::move(name);
    column.base_type_name = type.data_type;
    set_type(column, type);
  };
  add("id", {"int", "int(11)"});
  add("y", {"year", "year(4)"});
  add("b", {"varbinary", "varbinary(9)", 9});
  add("bits", {"bit", "bit(3)", 0, 3});
  add("v", {"vector", "vector(2)"});
  add("s", {"text", "text"});
  for (std::uint16_t i = 0; i < 6; ++i) {
    mapping.columns.push_back({i, &sources[i], &mapping.target.columns[i], i == 0, false});
  }
  const auto statement = [&](std::string_view version) {
    return load_statement(MySqlDialect(ServerVersion::parse(version)), mapping);
  };
  EXPECT_EQ(statement("9.7.0"),
            "LOAD DATA LOCAL INFILE 'rows' INTO TABLE `shop`.`t``t` CHARACTER SET utf8mb4"
            " FIELDS TERMINATED BY '\\t' ENCLOSED BY '' ESCAPED BY '\\\\'"
            " LINES TERMINATED BY '\\n' (`id`,@v1,@v2,@v3,@v4,`s`)"
            " SET `y`=CAST(@v1 AS SIGNED),`b`=UNHEX(@v2),`bits`=CAST(@v3 AS UNSIGNED),"
            "`v`=STRING_TO_VECTOR(@v4)");
  // as an AUTO_INCREMENT is
  mapping.target.columns[0].has_default = true;
  EXPECT_NE(statement("9.7.0").find("`id`=CAST(@v0 AS SIGNED)"), std::string::npos);
  EXPECT_NE(statement("11.8.2-MariaDB").find("`v`=VEC_FromText(@v4)"), std::string::npos);
}

}  // namespace
}  // namespace tailrace::mysql
