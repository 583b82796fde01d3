// What a PostgreSQL source sends, at a PostgreSQL target: its own types, TRUNCATE, replica
// identity.
#include "sink_contract.h"

namespace tailrace::testing {
namespace {

using L = LogicalType;

class PostgresSourceContract : public SinkContract {
 protected:
  static Column native(std::string name, L type, std::string spelling) {
    Column made = column(std::move(name), type, std::move(spelling));
    made.charset.clear();
    return made;
  }
  SchemaPtr source(const std::string& table, std::vector<Column> columns,
                   std::vector<std::uint16_t> key = {0}) {
    TableSchema made = *schema(table, std::move(columns), std::move(key));
    made.engine = SourceEngine::postgresql;
    return std::make_shared<const TableSchema>(std::move(made));
  }
  std::string refusal(Batch& batch, bool in_order = false) {
    auto sink = open();
    const Status applied = in_order ? apply_in_order(*sink, batch) : apply(*sink, batch);
    sink->rollback();
    return applied ? "" : applied.error().to_string() + " | " + applied.error().hint();
  }
};

struct Cell {
  L type;
  const char* native;
  const char* canonical;
  const char* shown;  // as the server prints it; nullptr: the canonical form
  std::int16_t scale = 0;
};

const std::vector<Cell> kCells = {
    {L::int32, "integer", "-2147483648", nullptr},
    {L::boolean, "boolean", "1", "true"},
    {L::int16, "smallint", "-32768", nullptr},
    {L::int64, "bigint", "9223372036854775807", nullptr},
    {L::uint32, "oid", "4294967295", nullptr},
    {L::decimal, "numeric", "12345678901234567890.00100", nullptr},
    {L::decimal, "numeric", "NaN", nullptr},
    {L::decimal, "numeric", "-Infinity", nullptr},
    {L::decimal, "numeric(10,2)", "-12345678.90", nullptr, 2},
    {L::decimal, "numeric(10,2)", "NaN", nullptr, 2},
    {L::decimal, "numeric(3,-2)", "12300", nullptr, -2},
    {L::decimal, "numeric(2,5)", "0.00012", nullptr, 5},
    {L::decimal, "money", "-92233720368547758.08", "-$92,233,720,368,547,758.08", 2},
    {L::float32, "real", "1.1754944e-38", nullptr},
    {L::float64, "double precision", "-0", nullptr},
    {L::float64, "double precision", "NaN", nullptr},
    {L::string, "character(5)", "ab", "ab"},
    {L::string, "character varying(4)", "\xC3\xA4\xF0\x9F\x98\x80  ", nullptr},
    {L::string, "text", "it's \\ \"q\" {,}\n\t", nullptr},
    {L::string, "name", "a name", nullptr},
    {L::string, "\"char\"", "x", nullptr},
    {L::bytes, "bytea", "\x01'\\\xFF", "\\x01275cff"},
    {L::date, "date", "-0043-03-15", "0044-03-15 BC"},
    {L::date, "date", "5874897-12-31", nullptr},
    {L::date, "date", "-infinity", nullptr},
    {L::time, "time without time zone", "24:00:00.000000", "24:00:00", 6},
    {L::time, "time(3) without time zone", "23:59:59.999", nullptr, 3},
    {L::timetz, "time with time zone", "12:00:00.500000-05:30", "12:00:00.5-05:30", 6},
    {L::timetz, "time with time zone", "12:00:00.000000+05:30:15", "12:00:00+05:30:15", 6},
    {L::timestamp, "timestamp without time zone", "294276-12-31 23:59:59.999999", nullptr, 6},
    {L::timestamp, "timestamp(0) without time zone", "0000-02-29 00:00:00",
     "0001-02-29 00:00:00 BC", 0},
    {L::timestamptz, "timestamp with time zone", "2024-02-29 12:00:00.000001Z",
     "2024-02-29 12:00:00.000001+00", 6},
    {L::timestamptz, "timestamp(3) with time zone", "-4712-01-01 00:00:00.120Z",
     "4713-01-01 00:00:00.12+00 BC", 3},
    {L::timestamptz, "timestamp with time zone", "infinity", nullptr, 6},
    {L::interval, "interval", "P14M3DT-4.000001S", "1 year 2 mons 3 days -00:00:04.000001", 6},
    {L::interval, "interval", "PT2562047788H54.775807S", "2562047788:00:54.775807", 6},
    {L::interval, "interval year to month", "P14M", "1 year 2 mons", 6},
    {L::json, "json", "{\"a\": [1, 2.50], \"a\": null}", nullptr},
    {L::json, "jsonb", "{\"a\": [1, 2.50]}", nullptr},
    {L::uuid, "uuid", "123e4567-e89b-12d3-a456-426655440000", nullptr},
    {L::bit, "bit(3)", "101", nullptr},
    {L::bit, "bit varying(70)",
     "1111111111111111111111111111111111111111111111111111111111111111110", nullptr},
    {L::bit, "bit varying", "", nullptr},
    {L::inet, "inet", "10.1.2.3/8", nullptr},
    {L::inet, "cidr", "2001:db8::/32", nullptr},
    {L::enumeration, "shop.mood", "so \"so\"", nullptr},
    {L::other, "shop.pair", "(1,\"a \"\"b\"\", c\")", nullptr},
    {L::other, "int4range", "[1,10)", nullptr},
    {L::other, "tstzrange", "[\"2024-01-01 00:00:00+00\",)", nullptr},
    {L::other, "int4multirange", "{[1,3),[5,6)}", nullptr},
    {L::other, "xml", "<a b=\"1\">x</a>", nullptr},
    {L::other, "tsvector", "'fat':2 'it''s':1", nullptr},
    {L::other, "tsquery", "'a' & 'b'", nullptr},
    {L::other, "macaddr", "08:00:2b:01:02:03", nullptr},
    {L::other, "pg_lsn", "16/B374D848", nullptr},
    {L::other, "point", "(1,-2.5)", nullptr},
    {L::other, "box", "(3,4),(1,2)", nullptr},
    {L::other, "path", "[(0,0),(1,1)]", nullptr},
    {L::other, "circle", "<(0,0),2>", nullptr},
    {L::array, "integer[]", "[1,null,-3]", "{1,NULL,-3}"},
    {L::array, "integer[]", "[[1,2],[3,4]]", "{{1,2},{3,4}}"},
    {L::array, "integer[]", "[0:1]={5,6}", nullptr},
    {L::array, "integer[]", "[]", "{}"},
    {L::array, "text[]", R"(["a\"b\\c","","NULL",null,"{,}","\u00e4\ud83d\ude00\n"])",
     "{\"a\\\"b\\\\c\",\"\",\"NULL\",NULL,\"{,}\",\"\xC3\xA4\xF0\x9F\x98\x80\n\"}"},
    {L::array, "character varying(3)[]", R"(["abc"])", "{abc}"},
    {L::array, "boolean[]", "[true,false,null]", "{t,f,NULL}"},
    {L::array, "numeric(10,2)[]", R"([1.50,"NaN"])", "{1.50,NaN}"},
    {L::array, "double precision[]", R"([0.1,"-Infinity"])", "{0.1,-Infinity}"},
    {L::array, "bytea[]", R"(["\\x00ff"])", R"({"\\x00ff"})"},
    {L::array, "date[]", R"(["-0043-03-15","infinity"])", "{\"0044-03-15 BC\",infinity}"},
    {L::array, "timestamp with time zone[]", R"(["2024-01-01 00:00:00.000000Z"])",
     "{\"2024-01-01 00:00:00+00\"}"},
    {L::array, "shop.mood[]", R"(["ok","so \"so\""])", R"({ok,"so \"so\""})"},
    {L::array, "shop.pair[]", R"j(["(1,\"a b\")"])j", R"j({"(1,\"a b\")"})j"},
    {L::array, "int4range[]", R"j(["[1,2)","empty"])j", "{\"[1,2)\",empty}"},
    {L::array, "jsonb[]", R"j(["{\"a\": 1}"])j", R"j({"{\"a\": 1}"})j"},
    {L::array, "box[]", R"j(["(1,1),(0,0)","(2,2),(1,1)"])j", "{(1,1),(0,0);(2,2),(1,1)}"},
    {L::array, "money[]", "[1.25,-3.00]", "{$1.25,-$3.00}"},
    {L::array, "interval[]", R"j(["P1MT2S"])j", "{\"1 mon 00:00:02\"}"},
    {L::array, "bit(3)[]", R"j(["101"])j", "{101}"},
};

TEST_P(PostgresSourceContract, MissingTableGetsTheSourcesTypesAndKeepsItsValues) {
  if (skipped()) return;
  bed_->sql("CREATE TYPE mood AS ENUM ('ok', 'so \"so\"'); CREATE TYPE pair AS (a int, b text)");
  std::vector<Column> columns = {native("id", L::int32, "integer")};
  Row full = {"1"};
  Row empty = {"2"};
  for (std::size_t i = 0; i < kCells.size(); ++i) {
    columns.push_back(native("c" + std::to_string(i), kCells[i].type, kCells[i].native));
    columns.back().scale = kCells[i].scale;
    full.push_back(kCells[i].canonical);
    empty.push_back(std::nullopt);
  }
  for (const std::string table : {"keyed", "whole"}) {
    const bool keyed = table == "keyed";
    auto sink = open();
    Batch batch(source(table, columns,
                       keyed ? std::vector<std::uint16_t>{0} : std::vector<std::uint16_t>{}));
    batch.insert(full).insert(empty);
    EXPECT_OK(keyed ? apply(*sink, batch) : apply_in_order(*sink, batch));
    EXPECT_OK(keyed ? apply_in_order(*sink, batch, 2) : Status());
    for (std::size_t i = 0; i < kCells.size(); ++i) {
      const std::string name = "c" + std::to_string(i);
      EXPECT_EQ(bed_->sql("SELECT (SELECT CASE WHEN format_type(atttypid, atttypmod) IN ('mood', "
                          "'pair', 'mood[]', 'pair[]') THEN 'shop.' ELSE '' END || "
                          "format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = '" +
                          table + "'::regclass AND attname = '" + name + "')"),
                kCells[i].native);
      const char* shown = kCells[i].shown == nullptr ? kCells[i].canonical : kCells[i].shown;
      EXPECT_EQ(bed_->sql("SET timezone = 'UTC'; SET intervalstyle = 'postgres'; SELECT rtrim(" +
                          name + "::text, ' ') = rtrim($tr$" + shown + "$tr$, ' '), " + name +
                          "::text FROM " + table + " WHERE id = 1")
                    .substr(0, 1),
                "t")
          << kCells[i].native << ": "
          << bed_->sql("SELECT " + name + "::text FROM " + table + " WHERE id = 1");
    }
    // Found again by all columns, whatever their types.
    Batch removal(batch.changes().front().schema);
    removal.update(empty, full).remove(full);
    if (keyed) continue;
    EXPECT_OK(apply_in_order(*sink, removal, 3));
    EXPECT_EQ(bed_->sql("SELECT count(*), max(id) FROM whole"), "1\t1");
  }
}

TEST_P(PostgresSourceContract, TypesThatTheTargetLacksBecomeTextOrJson) {
  if (skipped()) return;
  auto sink = open();
  Batch batch(
      source("t", {native("id", L::int32, "integer"), native("mood", L::enumeration, "shop.mood"),
                   native("moods", L::array, "shop.mood[]"),
                   native("shape", L::other, "gis.geometry(Point,4326)")}));
  batch.insert({"1", "ok", R"(["ok",null])", "0101"});
  EXPECT_OK(apply(*sink, batch));
  EXPECT_EQ(bed_->sql("SELECT mood, moods, shape, pg_typeof(mood), pg_typeof(moods) FROM t"),
            "ok\t[\"ok\", null]\t0101\ttext\tjsonb");
  Batch bounds(batch.changes().front().schema);
  bounds.insert({"2", "ok", "[0:1]={ok,ok}", "0101"});
  sink.reset();
  const std::string refused = refusal(bounds);
  EXPECT_MENTIONS(refused, "\"moods\"");
  EXPECT_MENTIONS(refused, "id=2");
  EXPECT_MENTIONS(refused, "first index");
  EXPECT_MENTIONS(refused, "give the target column the type");
}

// Types that the search path finds are spelled without their schema by the server, not by sources;
// those of extensions may be in any schema.
TEST_P(PostgresSourceContract, TypesOfAnySchemaAreFound) {
  if (skipped()) return;
  if (bed_->sql(
          "SELECT count(*) FROM pg_available_extensions WHERE name IN ('hstore', 'citext')") !=
      "2") {
    GTEST_SKIP() << "the server has no extensions hstore and citext";
  }
  bed_->sql(
      "CREATE EXTENSION hstore; CREATE EXTENSION citext; CREATE TYPE public.mood AS ENUM ('ok'); "
      "CREATE DOMAIN public.inner_name AS varchar(9);"
      "CREATE DOMAIN public.outer_name AS public.inner_name");
  for (const bool exists : {false, true}) {
    if (exists) {
      bed_->sql(
          "DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY, m public.mood, ms public.mood[],"
          " d public.outer_name, h hstore, c citext)");
    }
    auto sink = open();
    Batch batch(source(
        "t",
        {native("id", L::int32, "integer"), native("m", L::enumeration, "public.mood"),
         native("ms", L::array, "public.mood[]"), native("d", L::string, "character varying(9)"),
         native("h", L::other, "shop.hstore"), native("c", L::string, "shop.citext")}));
    batch.insert({"1", "ok", R"(["ok"])", "name", R"("a"=>"b c", "d"=>NULL)", "Ab"});
    EXPECT_OK(apply(*sink, batch));
    EXPECT_OK(apply_in_order(*sink, batch, 2));
    EXPECT_EQ(bed_->sql("SELECT m, ms, d, h->'a', c = 'aB', pg_typeof(ms) FROM t"),
              "ok\t{ok}\tname\tb c\tt\tpublic.mood[]");
  }
}

struct Refusal {
  Column column;
  const char* target;
  const char* value;
  const char* mentions;
};

TEST_P(PostgresSourceContract, WhatTheTargetsTypeCannotHoldIsRefusedByName) {
  if (skipped()) return;
  auto scaled = [](Column made, std::int16_t scale) {
    made.scale = scale;
    return made;
  };
  const std::vector<Refusal> refusals = {
      {native("v", L::decimal, "numeric"), "numeric(5,2)", "1.234", "digits"},
      {native("v", L::decimal, "numeric"), "numeric(5,-2)", "1234", "digits"},
      {native("v", L::decimal, "numeric"), "money", "1.234", "digits"},
      {scaled(native("v", L::timestamp, "timestamp without time zone"), 6), "timestamp(0)",
       "2024-01-01 00:00:00.500000", "rounded"},
      {scaled(native("v", L::interval, "interval"), 6), "interval(0)", "PT0.5S", "rounded"},
      {scaled(native("v", L::interval, "interval"), 6), "interval year to month", "P1MT5S",
       "cannot hold"},
      {native("v", L::array, "numeric[]"), "numeric(5,2)[]", "[1.234]", "cannot hold"},
      {native("v", L::array, "integer[]"), "bigint[]", "[1]", "cannot hold"},
      {native("v", L::string, "text"), "name",
       "0123456789012345678901234567890123456789"
       "012345678901234567890123",
       "longer than 63"},
      {native("v", L::string, "text"), "varchar(2)", "NaN", "too long"},
      {native("v", L::bit, "bit varying"), "bit(3)", "1010", "number of bits"},
      {native("v", L::other, "int4range"), "integer", "[1,2)", "cannot hold"},
  };
  for (const Refusal& one : refusals) {
    bed_->sql(std::string("DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY, v ") +
              one.target + ")");
    Batch batch(source("t", {native("id", L::int32, "integer"), one.column}));
    batch.insert({"7", one.value});
    const std::string refused = refusal(batch);
    EXPECT_MENTIONS(refused, one.mentions);
    EXPECT_MENTIONS(refused, "\"v\"");
    EXPECT_EQ(bed_->sql("SELECT count(*) FROM t"), "0");
  }
}

TEST_P(PostgresSourceContract, KeysOfAnyTypeFindTheirRows) {
  if (skipped()) return;
  bed_->sql("CREATE TYPE mood AS ENUM ('ok', 'bad')");
  const std::vector<std::tuple<L, std::string, std::string, std::string>> keys = {
      {L::other, "int4range", "[1,5)", "[5,9)"},
      {L::array, "integer[]", "[1,2]", "[1,3]"},
      {L::enumeration, "shop.mood", "ok", "bad"},
      {L::decimal, "money", "1.25", "1.26"},
      {L::json, "jsonb", "{\"a\": 1}", "{\"a\": 2}"},
      {L::string, "character(3)", "a", "b"},
      {L::bytes, "bytea", "\x01", "\x02"},
      {L::timestamptz, "timestamp with time zone", "infinity", "-0043-03-15 00:00:00Z"},
      {L::other, "macaddr", "08:00:2b:01:02:03", "08:00:2b:01:02:04"}};
  for (const auto& [type, spelling, one, two] : keys) {
    SCOPED_TRACE(spelling);
    bed_->sql("DROP TABLE IF EXISTS t");
    auto sink = open();
    Batch batch(source("t", {native("k", type, spelling), native("v", L::string, "text")}));
    batch.insert({one, "a"});
    EXPECT_OK(apply(*sink, batch));
    const SchemaPtr shape = batch.changes().front().schema;
    Batch partial(shape);
    partial.update({kUnchanged, kUnchanged}, {one, "b"});
    EXPECT_OK(apply(*sink, partial, 2));
    Batch moved(shape);
    moved.update({one, kUnchanged}, {two, kUnchanged});
    EXPECT_OK(apply_in_order(*sink, moved, 3));
    EXPECT_EQ(bed_->sql("SELECT count(*), max(v) FROM t"), "1\tb") << spelling;
    Batch removal(shape);
    removal.remove({two, kUnchanged});
    EXPECT_OK(apply(*sink, removal, 4));
    EXPECT_EQ(bed_->sql("SELECT count(*) FROM t"), "0") << spelling;
  }
}

// Equal to the operator, and yet two values.
TEST_P(PostgresSourceContract, RowsWithoutKeyAreToldApartByWhatTheyShow) {
  if (skipped()) return;
  auto sink = open();
  Batch batch(
      source("log",
             {native("n", L::decimal, "numeric"), native("f", L::float64, "double precision"),
              native("i", L::interval, "interval"), native("j", L::json, "json")},
             {}));
  batch.insert({"1.0", "0", "P1M", "{}"}).insert({"1.00", "-0", "P30D", "{ }"});
  batch.remove({"1.00", "-0", "P30D", "{ }"});
  EXPECT_OK(apply_in_order(*sink, batch));
  EXPECT_EQ(bed_->sql("SELECT n, f, i, j FROM log"), "1.0\t0\t1 mon\t{}");
}

// Rows are found by the columns of the source's replica identity index.
TEST_P(PostgresSourceContract, ReplicaIdentityIndexNeedsAUniqueIndexAtTheTarget) {
  if (skipped()) return;
  bed_->sql("CREATE TABLE t (id serial PRIMARY KEY, code text, name text)");
  Batch batch(source("t",
                     {native("id", L::int32, "integer"), native("code", L::string, "text"),
                      native("name", L::string, "text")},
                     {1}));
  batch.insert({"1", "a", "x"}).insert({"2", "b", "y"});
  auto sink = open();
  const Status refused = apply(*sink, batch);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::schema_mismatch);
  sink->rollback();
  bed_->sql(refused.error().hint());
  sink = open();
  EXPECT_OK(apply(*sink, batch));
  const SchemaPtr shape = batch.changes().front().schema;
  Batch more(shape);
  // The primary key changes, and rows swap it: to the target it is a secondary unique value.
  more.update({kUnchanged, kUnchanged, kUnchanged}, {"2", "a", "x"});
  more.update({kUnchanged, kUnchanged, kUnchanged}, {"1", "b", "z"});
  EXPECT_OK(apply(*sink, more, 2));
  EXPECT_EQ(bed_->sql("SELECT id, code, name FROM t ORDER BY id"), "1\tb\tz\n2\ta\tx");
  Batch removal(shape);
  removal.remove({kUnchanged, "a", kUnchanged});
  EXPECT_OK(apply(*sink, removal, 3));
  EXPECT_EQ(bed_->sql("SELECT code FROM t"), "b");
}

// A swap removes rows first: not where that would remove rows of other tables along.
TEST_P(PostgresSourceContract, CascadingForeignKeysKeepTheirRows) {
  if (skipped()) return;
  bed_->sql(
      "CREATE TABLE t (id int PRIMARY KEY, name text UNIQUE);"
      "CREATE TABLE child (id int REFERENCES t ON DELETE CASCADE);"
      "INSERT INTO t VALUES (1, 'a'), (2, 'b'); INSERT INTO child VALUES (1);"
      "DROP ROLE IF EXISTS plain; CREATE ROLE plain LOGIN;"
      "GRANT ALL ON SCHEMA shop TO plain; GRANT ALL ON ALL TABLES IN SCHEMA shop TO plain;"
      "GRANT CREATE ON DATABASE tailrace_contract TO plain");
  target_ = bed_->target_as("plain");
  auto sink = open();
  Batch batch(source("t", {native("id", L::int32, "integer"), native("name", L::string, "text")}));
  batch.update({kUnchanged, kUnchanged}, {"1", "c"});
  EXPECT_OK(apply(*sink, batch));
  EXPECT_EQ(bed_->sql("SELECT id, name FROM t ORDER BY id"), "1\tc\n2\tb");
  EXPECT_EQ(bed_->sql("SELECT count(*) FROM child"), "1");
  sink.reset();
  bed_->sql("DROP OWNED BY plain CASCADE");
}

// Between rows of the same transaction; nothing but the tables that are named is emptied.
TEST_P(PostgresSourceContract, TablesOfOneTruncateAreEmptiedTogether) {
  if (skipped()) return;
  const std::string make =
      "DROP TABLE IF EXISTS other, child, t;"
      "CREATE TABLE t (id serial PRIMARY KEY, parent int REFERENCES t);"
      "CREATE TABLE child (id int PRIMARY KEY, t int REFERENCES t ON DELETE RESTRICT);"
      "INSERT INTO t (parent) VALUES (NULL), (1), (2); INSERT INTO child VALUES (1, 1)";
  struct Case {
    const char* extra;
    bool restart;
  };
  // A table that is not named refers to t: TRUNCATE would be refused, DELETE takes its place.
  const char* referring = "; CREATE TABLE other (id int REFERENCES t)";
  for (const Case& one :
       {Case{"", false}, Case{"", true}, Case{referring, false}, Case{referring, true}}) {
    bed_->sql(make + one.extra);
    auto sink = open();
    const SchemaPtr shape =
        source("t", {native("id", L::int32, "integer"), native("parent", L::int32, "integer")});
    Batch before(shape);
    before.insert({"50", std::nullopt});
    Batch after(shape);
    after.insert({"60", std::nullopt});
    SchemaChange truncate;
    truncate.kind = SchemaChangeKind::truncate;
    truncate.tables = {{"shop", "t"}, {"shop", "child"}, {"shop", "none"}};
    truncate.restart_identity = one.restart;
    const std::vector<TableName> targets = {name("t"), name("child"), name("none")};
    for (const bool commits : {false, true}) {
      ASSERT_TRUE(sink->begin());
      EXPECT_OK(sink->apply_net(before.net(name("t"))));
      EXPECT_OK(sink->apply_schema_change(truncate, targets));
      EXPECT_OK(sink->apply_net(after.net(name("t"))));
      if (commits) {
        EXPECT_OK(sink->commit(checkpoint(2)));
      } else {
        sink->rollback();
        EXPECT_EQ(bed_->sql("SELECT count(*), (SELECT count(*) FROM child) FROM t"), "3\t1");
      }
    }
    EXPECT_EQ(bed_->sql("SELECT id FROM t"), "60");
    EXPECT_EQ(bed_->sql("SELECT count(*) FROM child"), "0");
    EXPECT_EQ(bed_->sql("SELECT nextval('t_id_seq')"), one.restart ? "1" : "4");
  }
}

// Foreign keys are checked for a user who may not suppress them: also then no order is wrong.
TEST_P(PostgresSourceContract, TruncateOfTablesThatReferToEachOther) {
  if (skipped()) return;
  bed_->sql(
      "CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int "
      "REFERENCES a ON DELETE RESTRICT); ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;"
      "CREATE TABLE other (id int REFERENCES b);"
      "INSERT INTO a VALUES (1, NULL); INSERT INTO b VALUES (1, 1); UPDATE a SET b = 1;"
      "DROP ROLE IF EXISTS plain; CREATE ROLE plain LOGIN; GRANT ALL ON SCHEMA shop TO plain;"
      "GRANT ALL ON ALL TABLES IN SCHEMA shop TO plain;"
      "GRANT CREATE ON DATABASE tailrace_contract TO plain");
  target_ = bed_->target_as("plain");
  auto sink = open();
  SchemaChange truncate;
  truncate.kind = SchemaChangeKind::truncate;
  truncate.tables = {{"shop", "a"}, {"shop", "b"}};
  ASSERT_TRUE(sink->begin());
  EXPECT_OK(sink->apply_schema_change(truncate, std::vector<TableName>{name("a"), name("b")}));
  EXPECT_OK(sink->commit(checkpoint(1)));
  EXPECT_EQ(bed_->sql("SELECT (SELECT count(*) FROM a) + (SELECT count(*) FROM b)"), "0");
  sink.reset();
  bed_->sql("DROP SCHEMA tailrace CASCADE; DROP OWNED BY plain CASCADE");
}

INSTANTIATE_TEST_SUITE_P(Targets, PostgresSourceContract,
                         ::testing::Values(Kind::postgres15, Kind::postgres18),
                         [](const auto& test) { return name_of(test.param); });

}  // namespace
}  // namespace tailrace::testing
