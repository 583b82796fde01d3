#include "sinks/postgres/write_value.h"

#include <gtest/gtest.h>

#include "sinks/postgres/catalogue.h"
#include "sinks/postgres/postgres_dialect.h"

namespace tailrace::postgres {
namespace {

// The element as it is written, or "!" and what is wrong with the value.
std::string written_as(ValueForm form, LogicalType type, std::string_view full,
                       std::string_view base, std::string_view value, bool narrowing = true) {
  Column source;
  source.type = type;
  sql::TargetColumn target;
  target.base_type_name = base;
  set_type(target, full, base, base.ends_with("[]") ? 'A' : 'X');
  const sql::MappedColumn column{0, &source, &target, false, narrowing};
  ByteWriter out;
  if (auto problem = write_value(column, value, form, out)) return "!" + problem->what;
  return std::string(out.text());
}

std::string written(LogicalType type, std::string_view full, std::string_view base,
                    std::string_view value, bool narrowing = true) {
  return written_as(ValueForm::array_element, type, full, base, value, narrowing);
}

using L = LogicalType;

TEST(PostgresWriteValue, TextIsQuotedForArrays) {
  EXPECT_EQ(written(L::string, "text", "text", "a\"b\\c{},"), R"("a\"b\\c{},")");
  EXPECT_EQ(written(L::string, "text", "text", ""), "\"\"");
  EXPECT_EQ(written(L::string, "text", "text", "NULL"), "\"NULL\"");
  EXPECT_EQ(written(L::string, "text", "text", std::string_view("a\0", 2)).front(), '!');
  EXPECT_EQ(written(L::string, "character varying(2)", "character varying", "\xC3\xA4\xC3\xA4"),
            "\"\xC3\xA4\xC3\xA4\"");
  EXPECT_EQ(written(L::string, "character varying(2)", "character varying", "abc").front(), '!');
}

TEST(PostgresWriteValue, Numbers) {
  EXPECT_EQ(written(L::uint64, "numeric(20,0)", "numeric", "18446744073709551615"),
            "18446744073709551615");
  EXPECT_EQ(written(L::uint64, "bigint", "bigint", "18446744073709551615").front(), '!');
  EXPECT_EQ(written(L::decimal, "numeric(5,2)", "numeric", "1.234").front(), '!');
  EXPECT_EQ(written(L::int8, "boolean", "boolean", "1"), "t");
  EXPECT_EQ(written(L::int8, "boolean", "boolean", "2").front(), '!');
  EXPECT_EQ(written(L::bit, "bit(3)", "\"bit\"", "101"), "101");
  EXPECT_EQ(written(L::bit, "boolean", "boolean", "0"), "f");
}

TEST(PostgresWriteValue, DatesAndTimes) {
  EXPECT_EQ(written(L::date, "date", "date", "2024-02-29"), "\"2024-02-29\"");
  EXPECT_EQ(written(L::date, "date", "date", "0000-00-00").front(), '!');
  EXPECT_EQ(written(L::date, "date", "date", "infinity"), "infinity");
  EXPECT_EQ(written(L::date, "date", "date", "-0043-03-15"), "\"0044-03-15 BC\"");
  EXPECT_EQ(written(L::timestamptz, "timestamp(3) with time zone", "timestamp with time zone",
                    "2024-01-01 00:00:00.123000Z"),
            "\"2024-01-01 00:00:00.123000Z\"");
  EXPECT_EQ(written(L::timestamptz, "timestamp(3) with time zone", "timestamp with time zone",
                    "2024-01-01 00:00:00.1234Z")
                .front(),
            '!');
  EXPECT_EQ(written(L::time, "interval", "interval", "-838:59:59"), "\"-838:59:59\"");
}

TEST(PostgresWriteValue, OctetsArraysAndJson) {
  EXPECT_EQ(written(L::bytes, "bytea", "bytea", std::string_view("\0\xFF", 2)), R"("\\x00ff")");
  EXPECT_EQ(written(L::set, "text[]", "text[]", "a,b\"c"), R"("{\"a\",\"b\\\"c\"}")");
  EXPECT_EQ(written(L::set, "text[]", "text[]", ""), R"("{}")");
  EXPECT_EQ(written(L::vector, "real[]", "real[]", "[1,2.5]"), R"("{1,2.5}")");
  EXPECT_EQ(written(L::json, "jsonb", "jsonb", "\"\\u0000\"").front(), '!');
  EXPECT_EQ(written(L::json, "json", "json", "\"\\u0000\""), R"("\"\\u0000\"")");
}

TEST(PostgresWriteValue, ArraysOfAnyType) {
  struct Case {
    const char* type;
    const char* canonical;
    const char* literal;  // of the array; "!": refused
  };
  const std::vector<Case> cases = {
      {"integer[]", "[1,null,-3]", "{1,NULL,-3}"},
      {"integer[]", "[]", "{}"},
      {"integer[]", "[[1,2],[3,4]]", "{{1,2},{3,4}}"},
      {"integer[]", "[0:1]={1,2}", "[0:1]={1,2}"},
      {"boolean[]", "[true,false]", "{true,false}"},
      {"text[]", R"(["a\"b\\c","NULL",null,"\u00e4\ud83d\ude00\t\/"])",
       "{\"a\\\"b\\\\c\",\"NULL\",NULL,\"\xC3\xA4\xF0\x9F\x98\x80\t/\"}"},
      {"date[]", R"(["-0043-03-15","2024-02-29","infinity"])",
       "{\"0044-03-15 BC\",\"2024-02-29\",infinity}"},
      {"date[]", R"(["2024-00-10"])", "!"},
      {"text[]", R"(["\u0000"])", "!"},
      {"text[]", R"(["\ud83d"])", "!"},
      {"text[]", R"(["\udc00"])", "!"},
      {"text[]", R"(["\u00g0"])", "!"},
      {"text[]", R"(["a)", "!"},
      {"text[]", R"(["a\)", "!"},
      {"integer[]", "[1,2", "!"},
      {"integer[]", "[1]]", "!"},
      {"integer[]", "]", "!"},
      {"integer[]", "[,1]", "!"},
      {"integer[]", "[1,]", "!"},
      {"integer[]", "[1 2]", "!"},
      {"integer[]", "[[1][2]]", "!"},
      {"integer[]", "[nul]", "!"},
      {"integer[]", "1", "!"},
      {"integer[]", "", "!"},
      {"jsonb[]", R"([{"a":1}])", "!"},
  };
  for (const Case& one : cases) {
    ByteWriter quoted;
    put_escaped(one.literal, ValueForm::array_element, quoted);
    const std::string expected = *one.literal == '!' ? "!" : std::string(quoted.text());
    const std::string found = written(L::array, one.type, one.type, one.canonical);
    EXPECT_EQ(*one.literal == '!' ? found.substr(0, 1) : found, expected) << one.canonical;
  }
  EXPECT_EQ(written(L::array, "jsonb", "jsonb", "[1,2]"), R"("[1,2]")");
  EXPECT_EQ(written(L::array, "jsonb", "jsonb", "[0:1]={1,2}").front(), '!');
  EXPECT_EQ(written(L::array, "jsonb", "jsonb", "[-5,2]"), R"("[-5,2]")");
}

TEST(PostgresWriteValue, FieldsOfCopy) {
  const auto field = [](L type, std::string_view name, std::string_view value) {
    return written_as(ValueForm::copy_field, type, name, name, value);
  };
  EXPECT_EQ(field(L::string, "text", "a\tb\nc\rd\\e\"f'\b\f\v"), "a\\tb\\nc\\rd\\\\e\"f'\b\f\v");
  EXPECT_EQ(field(L::string, "text", ""), "");
  EXPECT_EQ(field(L::string, "text", "\\N"), "\\\\N");
  EXPECT_EQ(field(L::string, "text", "\\."), "\\\\.");
  EXPECT_EQ(field(L::string, "text", "NULL"), "NULL");
  EXPECT_EQ(field(L::string, "text", std::string_view("a\0", 2)).front(), '!');
  EXPECT_EQ(field(L::int32, "integer", "-5"), "-5");
  EXPECT_EQ(field(L::int32, "smallint", "40000").front(), '!');
  EXPECT_EQ(field(L::decimal, "numeric", "NaN"), "NaN");
  EXPECT_EQ(field(L::int8, "boolean", "1"), "t");
  EXPECT_EQ(field(L::bit, "bit varying", ""), "");
  EXPECT_EQ(field(L::bytes, "bytea", std::string_view("\0\\\n", 3)), "\\\\x005c0a");
  EXPECT_EQ(field(L::bit, "bytea", "101"), "\\\\x05");
  EXPECT_EQ(field(L::date, "date", "infinity"), "infinity");
  EXPECT_EQ(field(L::date, "date", "-0043-03-15"), "0044-03-15 BC");
  EXPECT_EQ(field(L::date, "date", "0000-00-00").front(), '!');
  EXPECT_EQ(field(L::time, "interval", "-838:59:59"), "-838:59:59");
  EXPECT_EQ(field(L::set, "text[]", "a,b \"c\\\t"), "{\"a\",\"b \\\\\"c\\\\\\\\\\t\"}");
  EXPECT_EQ(field(L::set, "text[]", ""), "{}");
  EXPECT_EQ(field(L::array, "text[]", R"(["a\\b",null])"), "{\"a\\\\\\\\b\",NULL}");
  EXPECT_EQ(field(L::array, "integer[]", "[0:1]={1,2}"), "[0:1]={1,2}");
  EXPECT_EQ(field(L::json, "jsonb", R"({"a":"\n"})"), R"({"a":"\\n"})");
  EXPECT_EQ(field(L::json, "jsonb", R"("\u0000")").front(), '!');
  EXPECT_EQ(field(L::geometry, "geometry", std::string_view("\1\0\0\0\1\1\0\0\0", 9)),
            "010100002001000000");
}

TEST(PostgresWriteValue, PlainText) {
  const auto plain = [](L type, std::string_view name, std::string_view value) {
    return written_as(ValueForm::plain, type, name, name, value);
  };
  EXPECT_EQ(plain(L::string, "text", "a\tb\\c\"d"), "a\tb\\c\"d");
  EXPECT_EQ(plain(L::bytes, "bytea", std::string_view("\0\1", 2)), "\\x0001");
  EXPECT_EQ(plain(L::set, "text[]", "a,b"), "{\"a\",\"b\"}");
  EXPECT_EQ(plain(L::date, "date", "2024-02-29"), "2024-02-29");
}

TEST(PostgresWriteValue, TypesOfPostgresSources) {
  EXPECT_EQ(written(L::decimal, "numeric(5,2)", "numeric", "NaN"), "NaN");
  EXPECT_EQ(written(L::decimal, "numeric(5,2)", "numeric", "Infinity").front(), '!');
  EXPECT_EQ(written(L::decimal, "money", "money", "-1.25"), "-1.25");
  EXPECT_EQ(written(L::decimal, "money", "money", "1.255").front(), '!');
  EXPECT_EQ(written(L::bit, "bit varying", "bit varying", ""), "\"\"");
  EXPECT_EQ(written(L::string, "name", "name", std::string(64, 'x')).front(), '!');
  EXPECT_EQ(written(L::string, "character varying(2)", "character varying", "NaN").front(), '!');
  EXPECT_EQ(written(L::time, "time without time zone", "time without time zone", "24:00:00"),
            "\"24:00:00\"");
  EXPECT_EQ(written(L::timestamp, "timestamp without time zone", "timestamp without time zone",
                    "+10000-01-01 00:00:00"),
            "\"10000-01-01 00:00:00\"");
  EXPECT_EQ(written(L::other, "point", "point", "(1,2)"), "\"(1,2)\"");
}

TableSchema one_column(SourceEngine engine, L type, std::string native) {
  TableSchema schema;
  schema.engine = engine;
  schema.columns.resize(1);
  schema.columns[0].type = type;
  schema.columns[0].native_type = std::move(native);
  schema.columns[0].length = 5;
  return schema;
}

TEST(PostgresCreateTable, TypesOfPostgresSourcesAreTheirOwn) {
  PostgresDialect dialect;
  const auto type = [&](SourceEngine engine, L logical, const char* native) {
    return dialect.column_type(one_column(engine, logical, native), 0);
  };
  const auto postgres = SourceEngine::postgresql;
  // The server was not asked, or does not have them.
  EXPECT_EQ(type(postgres, L::enumeration, "public.mood"), "text");
  EXPECT_EQ(type(postgres, L::array, "public.mood[]"), "jsonb");
  EXPECT_EQ(type(postgres, L::other, "public.pair"), "text");
  for (const char* native : {"public.mood", "character(5)", "bit(1)", "integer[]", "date"}) {
    dialect.add_native_type(native);
    EXPECT_EQ(type(postgres, L::string, native), native);
  }
  EXPECT_EQ(type(SourceEngine::mysql, L::string, "char(5)"), "varchar(5)");
  EXPECT_EQ(type(SourceEngine::mysql, L::time, "date"), "interval(0)");
}

TEST(PostgresCreateTable, KeysThatTheTargetWouldMerge) {
  const PostgresDialect dialect;
  const auto apart = [&](SourceEngine engine, const char* native, bool fixed, const char* into) {
    TableSchema schema = one_column(engine, L::string, native);
    schema.columns[0].fixed_length = fixed;
    sql::TargetColumn target;
    target.native_name = target.native_base = into;
    return dialect.tells_keys_apart(schema, schema.columns[0], target);
  };
  const auto postgres = SourceEngine::postgresql;
  EXPECT_TRUE(apart(postgres, "text", false, "text"));
  EXPECT_FALSE(apart(postgres, "text", false, "bpchar"));
  EXPECT_TRUE(apart(postgres, "character(5)", true, "bpchar"));
  EXPECT_FALSE(apart(postgres, "text", false, "public.citext"));
  EXPECT_TRUE(apart(postgres, "public.citext", false, "public.citext"));
  EXPECT_TRUE(apart(SourceEngine::mysql, "varchar(5)", false, "public.citext"));
}

TEST(PostgresCreateTable, KeysAreAddedInOneStatement) {
  const PostgresDialect dialect;
  sql::TargetTable table;
  table.name = {"s", "t"};
  table.columns.resize(2);
  table.columns[0].name = "a";
  table.columns[1].name = "b";
  table.columns[1].not_null = true;
  const std::vector<const sql::TargetColumn*> columns = {&table.columns[0], &table.columns[1]};
  EXPECT_EQ(dialect.add_key(table, columns),
            "ALTER TABLE \"s\".\"t\" ADD PRIMARY KEY (\"a\", \"b\")");
  table.keys = {{0}};
  EXPECT_EQ(dialect.add_key(table, columns),
            "ALTER TABLE \"s\".\"t\" ALTER COLUMN \"a\" SET NOT NULL, ADD UNIQUE (\"a\", \"b\")");
}

TEST(PostgresCreateTable, TypesAndKey) {
  TableSchema schema;
  schema.name = {"shop", "t"};
  Column id;
  id.name = "id";
  id.type = L::uint64;
  Column name;
  name.name = "na\"me";
  name.type = L::string;
  name.length = 20;
  name.native_type = "varchar(20)";
  Column at;
  at.name = "at";
  at.type = L::timestamptz;
  at.scale = 3;
  at.nullable = false;
  schema.columns = {id, name, at};
  schema.key = {0};
  EXPECT_EQ(sql::create_table(PostgresDialect(), schema, schema.name),
            "CREATE TABLE IF NOT EXISTS \"shop\".\"t\" (\"id\" numeric(20,0) NOT NULL, "
            "\"na\"\"me\" varchar(20), \"at\" timestamptz(3) NOT NULL, PRIMARY KEY (\"id\"))");
}

}  // namespace
}  // namespace tailrace::postgres
