// The contract of sinks/sink.h for rows of a PostgreSQL source at MySQL, MariaDB and SQLite: every
// type with the ends of its range, keys, values that the target does not have, unsent columns.
#include <iterator>

#include "sink_contract.h"

namespace tailrace::testing {
namespace {

using L = LogicalType;

Column typed(L type, std::string native, std::uint32_t length = 0) {
  Column made = column("v", type, std::move(native), length);
  made.charset.clear();
  return made;
}

Column numeric(std::string native, std::uint16_t precision, std::int16_t scale) {
  Column made = typed(L::decimal, std::move(native));
  made.precision = precision;
  made.scale = scale;
  return made;
}

Column temporal(L type, std::string native, std::int16_t scale) {
  Column made = typed(type, std::move(native));
  made.scale = scale;
  return made;
}

Column enumeration(std::vector<std::string> labels) {
  Column made = typed(L::enumeration, "public.mood");
  made.labels = std::move(labels);
  return made;
}

// A value on its way through a target and back.
struct Case {
  Column column;
  std::string value;
  std::string mysql;   // as MySQL reads it back; empty: as it was sent
  std::string sqlite;  // empty: as it was sent
  std::string read = "v";
};

std::string zeros(std::size_t count) {
  return std::string(count, '0');
}

std::vector<Case> numbers() {
  const std::string nines35(35, '9');
  return {
      {typed(L::boolean, "boolean"), "1", "", ""},
      {typed(L::int16, "smallint"), "-32768", "", ""},
      {typed(L::int32, "integer"), "-2147483648", "", ""},
      {typed(L::int64, "bigint"), "-9223372036854775808", "", ""},
      {typed(L::int64, "bigint"), "9223372036854775807", "", ""},
      {typed(L::uint32, "oid"), "4294967295", "", ""},
      {numeric("numeric(5,2)", 5, 2), "-123.40", "", ""},
      {numeric("numeric(65,30)", 65, 30), nines35 + "." + std::string(30, '9'), "", ""},
      {numeric("numeric(5,-2)", 5, -2), "1234500", "", ""},
      {numeric("numeric(3,5)", 3, 5), "0.00123", "", ""},
      {numeric("numeric(70,2)", 70, 2), "-" + std::string(68, '9') + ".10", "", ""},
      {numeric("numeric(40,35)", 40, 35), "12345." + std::string(35, '1'), "", ""},
      {numeric("numeric(70,2)", 70, 2), "NaN", "", ""},
      {numeric("numeric", 0, 0), "1.10", "1.1" + zeros(29), ""},
      {numeric("numeric", 0, 0), "-" + nines35 + ".000000000000000000000000000001", "", ""},
      {numeric("money", 19, 2), "-92233720368547758.08", "", ""},
      {typed(L::float64, "double precision"), "-1.7976931348623157e+308", "-1.7976931348623157e308",
       "", "v"},
      {typed(L::float64, "double precision"), "0.1", "", ""},
      {typed(L::float32, "real"), "3.4028235e+38", "3.4028234663852886e38", "3.4028235e+38",
       "v+0e0"},
      {typed(L::float32, "real"), "1.1", "", ""},
      {typed(L::bit, "bit(3)", 3), "101", "5", "", "v+0"},
      {typed(L::bit, "bit(64)", 64), std::string(64, '1'), "FFFFFFFFFFFFFFFF", "", "HEX(v)"},
      {typed(L::bit, "bit(70)", 70), "0" + std::string(69, '1'), "", ""},
      {typed(L::bit, "bit varying(5)", 5), "001", "", ""},
      {typed(L::bit, "bit varying"), "", "", ""},
  };
}

std::vector<Case> texts() {
  return {
      {typed(L::string, "character varying(20)", 20), "it's \"q\" {,} \xF0\x9F\x98\x80 ", "", ""},
      {typed(L::string, "character(5)", 5), "a b", "", ""},
      {typed(L::string, "text"), "", "", ""},
      {typed(L::string, "name", 63), "pg_class", "", ""},
      {typed(L::bytes, "bytea"), std::string("\0\xFF'", 3), "00FF27", "00FF27", "HEX(v)"},
      {typed(L::uuid, "uuid"), "00000000-0000-0000-0000-0000000000ff", "", ""},
      {typed(L::json, "json"), "{ \"b\":1.10, \"b\": 18446744073709551616}", "", ""},
      {typed(L::json, "jsonb"), "{\"a\": [1, 2.5, null, -9223372036854775808]}", "", ""},
      {typed(L::array, "integer[]"), "[1, null, [3]]", "", ""},
      {typed(L::array, "text[]"), "[\"a\\\"b\", \"{}\", \"NULL\"]",
       "[\"a\\\\\"b\", \"{}\", \"NULL\"]", ""},
      {enumeration({"sad", "it's", "back\\slash"}), "back\\slash", "back\\\\slash", ""},
      {enumeration({"", "a", "A", "a "}), "a ", "", ""},
      {typed(L::inet, "inet"), "192.168.0.1/24", "", ""},
      {typed(L::inet, "cidr"), "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff/128", "", ""},
      {typed(L::other, "macaddr8"), "08:00:2b:01:02:03:04:05", "", ""},
      {typed(L::other, "int4range"), "[1,10)", "", ""},
      {typed(L::other, "public.pair"), "(1,\"a,b\")", "", ""},
      {typed(L::other, "tsvector"), "'a':1 'b c':2A", "", ""},
      {typed(L::other, "point"), "(1.5,-2)", "", ""},
      {typed(L::other, "xml"), "<a b=\"c\"/>", "", ""},
  };
}

std::vector<Case> times() {
  return {
      {typed(L::date, "date"), "9999-12-31", "", ""},
      {typed(L::date, "date"), "0001-01-01", "", ""},
      {temporal(L::time, "time(3) without time zone", 3), "24:00:00.000", "", ""},
      {temporal(L::time, "time without time zone", 6), "23:59:59.999999", "", ""},
      {temporal(L::timetz, "time with time zone", 6), "24:00:00.000000-15:59:59", "", ""},
      {temporal(L::timestamp, "timestamp(3) without time zone", 3), "1000-01-01 00:00:00.123", "",
       ""},
      {temporal(L::timestamp, "timestamp without time zone", 6), "9999-12-31 23:59:59.999999", "",
       ""},
      {temporal(L::timestamptz, "timestamp with time zone", 6), "2039-01-19 03:14:08.000001Z",
       "2039-01-19 03:14:08.000001", ""},
      {temporal(L::interval, "interval", 6), "P-14M3DT-9223372036854.775808S", "", ""},
      {temporal(L::interval, "interval", 6), "-infinity", "", ""},
  };
}

// What SQLite keeps and MySQL refuses.
std::vector<Case> special() {
  return {
      {numeric("numeric", 0, 0), "NaN", "", ""},
      {numeric("numeric", 0, 0), "-Infinity", "", ""},
      {numeric("numeric(5,2)", 5, 2), "NaN", "", ""},
      {numeric("numeric", 0, 0), "1" + zeros(35), "", ""},
      {numeric("numeric", 0, 0), "0." + zeros(30) + "1", "", ""},
      {typed(L::float64, "double precision"), "NaN", "", ""},
      {typed(L::float32, "real"), "-Infinity", "", "-inf"},
      {typed(L::date, "date"), "infinity", "", ""},
      {typed(L::date, "date"), "-0043-03-15", "", ""},
      {typed(L::date, "date"), "10000-01-01", "", ""},
      {temporal(L::timestamp, "timestamp without time zone", 6), "-infinity", "", ""},
      {temporal(L::timestamptz, "timestamp with time zone", 6), "294276-12-31 23:59:59.999999Z", "",
       ""},
  };
}

class PostgresTypes : public SinkContract {
 protected:
  SchemaPtr from_postgres(const std::string& table, std::vector<Column> columns,
                          std::vector<std::uint16_t> key = {0}) {
    TableSchema made = *schema(table, std::move(columns), std::move(key));
    made.engine = SourceEngine::postgresql;
    return std::make_shared<const TableSchema>(std::move(made));
  }
  SchemaPtr one_value(const std::string& table, const Column& value) {
    return from_postgres(table, {column("id", L::int64, "bigint"), value});
  }
  std::string expected(const Case& wanted) {
    const std::string& text = is_sqlite() ? wanted.sqlite : wanted.mysql;
    return text.empty() ? wanted.value : text;
  }
  std::string read(const Case& wanted, const std::string& from) {
    const bool same = is_sqlite() && wanted.column.type != L::bytes;
    return bed_->sql("SELECT " + (same ? "v" : wanted.read) + " FROM " + from);
  }
  // A refusal of the second of two rows, whose first one must not stay.
  void expect_refused(const SchemaPtr& shape, const std::string& value) {
    for (const bool in_order : {false, true}) {
      auto sink = open();
      Batch batch(shape);
      batch.insert({"1", std::nullopt}).insert({"42", value});
      const Status refused = in_order ? apply_in_order(*sink, batch) : apply(*sink, batch);
      sink->rollback();
      ASSERT_FALSE(refused) << shape->columns[1].native_type << " " << value;
      const std::string text = refused.error().to_string();
      EXPECT_EQ(refused.error().kind(), ErrorKind::unsupported_value) << text;
      EXPECT_MENTIONS(text, "id=42");
      EXPECT_MENTIONS(text, "\"v\"");
      EXPECT_MENTIONS(text, shape->name.table);
      EXPECT_FALSE(refused.error().hint().empty());
      EXPECT_EQ(bed_->sql("SELECT count(*) FROM " + shape->name.table), "0");
    }
  }
};

TEST_P(PostgresTypes, EveryTypeComesBackAsItWas) {
  if (skipped()) return;
  std::vector<Case> cases = numbers();
  for (auto&& more : {texts(), times()})
    std::copy(more.begin(), more.end(), std::back_inserter(cases));
  if (is_sqlite()) {
    for (const Case& more : special()) cases.push_back(more);
  }
  auto sink = open();
  int position = 0;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const std::string table = "t" + std::to_string(i);
    Batch batch(one_value(table, cases[i].column));
    batch.insert({"1", cases[i].value}).insert({"2", std::nullopt});
    const std::string what = cases[i].column.native_type + " " + cases[i].value;
    Status applied = apply(*sink, batch, ++position);
    ASSERT_TRUE(applied) << what << ": " << applied.error().to_string();
    EXPECT_EQ(read(cases[i], table + " WHERE id = 1"), expected(cases[i])) << what;
    applied = apply_in_order(*sink, batch, ++position);
    ASSERT_TRUE(applied) << what << ": " << applied.error().to_string();
    EXPECT_EQ(bed_->sql("SELECT count(*) FROM " + table + " WHERE v IS NULL"), "1") << what;
  }
}

// Every type that PostgreSQL can have in a key: the row is found by it again.
TEST_P(PostgresTypes, RowsAreFoundByKeysOfEveryType) {
  if (skipped()) return;
  std::vector<Case> cases = numbers();
  for (auto&& more : {texts(), times()})
    std::copy(more.begin(), more.end(), std::back_inserter(cases));
  auto sink = open();
  int position = 0;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const std::string table = "k" + std::to_string(i);
    Column other = typed(L::string, "text");
    other.name = "note";
    const SchemaPtr shape = from_postgres(table, {cases[i].column, other});
    const std::string what = cases[i].column.native_type + " " + cases[i].value;
    Batch made(shape);
    made.insert({cases[i].value, "first"});
    const Status applied = apply(*sink, made, ++position);
    ASSERT_TRUE(applied) << what << ": " << applied.error().to_string();
    EXPECT_EQ(read(cases[i], table), expected(cases[i])) << what;
    Batch changed(shape);
    changed.update({}, {cases[i].value, "second"});
    ASSERT_TRUE(apply_in_order(*sink, changed, ++position)) << what;
    EXPECT_EQ(bed_->sql("SELECT note FROM " + table), "second") << what;
    Batch removed(shape);
    removed.remove({cases[i].value, kUnchanged});
    ASSERT_TRUE(apply(*sink, removed, ++position)) << what;
    EXPECT_EQ(bed_->sql("SELECT count(*) FROM " + table), "0") << what;
  }
}

TEST_P(PostgresTypes, TextKeysDifferByEveryOctet) {
  if (skipped()) return;
  auto sink = open();
  int position = 0;
  for (const Column& text :
       {typed(L::string, "text"), typed(L::string, "character varying(9)", 9)}) {
    const std::string table = text.length == 0 ? "plain" : "limited";
    Column second = text;
    second.name = "w";
    const SchemaPtr shape =
        from_postgres(table, {text, second, column("n", L::int32, "integer")}, {0, 1});
    Batch batch(shape);
    const std::vector<std::string> keys = {"a", "A", "a ", "\xC3\xA4", "a\xCC\x88", ""};
    for (const std::string& key : keys) batch.insert({key, "x", "1"});
    EXPECT_OK(apply(*sink, batch, ++position));
    EXPECT_EQ(bed_->sql("SELECT count(*) FROM " + table), "6");
    Batch changes(shape);
    changes.update({}, {"a", "x", "2"}).remove({"A", "x", kUnchanged});
    changes.update({"a ", "x", kUnchanged}, {"A", "x", kUnchanged});
    EXPECT_OK(apply_in_order(*sink, changes, ++position));
    EXPECT_EQ(
        bed_->sql("SELECT HEX(v), n FROM " + table + " WHERE HEX(v) LIKE '%1%' ORDER BY HEX(v)"),
        "41\t1\n61\t2\n61CC88\t1");
    EXPECT_EQ(bed_->sql("SELECT count(*) FROM " + table), "5");
  }
}

TEST_P(PostgresTypes, KeysThatTheTargetMergesAreRefusedWithTheirCure) {
  if (skipped()) return;
  const std::vector<std::string> loose =
      is_sqlite()
          ? std::vector<std::string>{"TEXT COLLATE NOCASE"}
          : std::vector<std::string>{"varchar(20) CHARACTER SET utf8mb4",
                                     "varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"};
  for (const std::string& type : loose) {
    bed_->sql("DROP TABLE IF EXISTS t");
    bed_->sql("CREATE TABLE t (v " + type + " NOT NULL PRIMARY KEY, n " + bed_->bigint() + ")" +
              bed_->strict());
    auto sink = open();
    Batch batch(from_postgres("t", {typed(L::string, "text"), column("n", L::int32, "integer")}));
    batch.insert({"a", "1"}).insert({"a ", "2"});
    const Status refused = apply(*sink, batch);
    ASSERT_FALSE(refused) << type;
    EXPECT_EQ(refused.error().kind(), ErrorKind::schema_mismatch);
    sink->rollback();
    if (is_sqlite()) continue;  // it cannot alter a key
    bed_->sql(refused.error().hint() + " NOT NULL");
    sink = open();
    EXPECT_OK(apply(*sink, batch));
    EXPECT_EQ(bed_->sql("SELECT count(*) FROM t"), "2");
  }
}

TEST_P(PostgresTypes, KeysLongerThanTheTargetsAreRefusedByName) {
  if (skipped() || is_sqlite()) return;
  auto sink = open();
  Column other = typed(L::bytes, "bytea");
  other.name = "w";
  const SchemaPtr shape = from_postgres("t", {typed(L::string, "text"), other}, {0, 1});
  Batch fits(shape);
  fits.insert({std::string(384, 'x'), std::string(1536, 'y')});
  EXPECT_OK(apply(*sink, fits));
  for (const Row& row : {Row{std::string(385, 'x'), "y"}, Row{"x", std::string(1537, 'y')}}) {
    Batch batch(shape);
    batch.insert(row);
    const Status refused = apply(*sink, batch, 2);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::unsupported_value);
    EXPECT_MENTIONS(refused.error().to_string(), "too long");
    sink->rollback();
    sink = open();
  }
}

TEST_P(PostgresTypes, RowsThatAreTooWideAreMovedOut) {
  if (skipped()) return;
  std::vector<Column> columns = {typed(L::string, "character varying(700)", 700)};
  Row row = {"key"};
  for (int i = 0; i < 30; ++i) {
    columns.push_back(typed(L::string, "character varying", static_cast<std::uint32_t>(1000 + i)));
    columns.back().name = "c" + std::to_string(i);
    row.push_back(std::string(1000, 'x'));
  }
  auto sink = open();
  Batch batch(from_postgres("wide", columns));
  batch.insert(row);
  EXPECT_OK(apply(*sink, batch));
  EXPECT_EQ(bed_->sql("SELECT length(c0) + length(c29) FROM wide WHERE v = 'key'"), "2000");
}

TEST_P(PostgresTypes, TablesOfManyTextsAreMade) {
  if (skipped()) return;
  std::vector<Column> columns = {column("id", L::int64, "bigint")};
  Row row = {"1"};
  for (int i = 0; i < 300; ++i) {
    columns.push_back(typed(L::string, "text"));
    columns.back().name = "c" + std::to_string(i);
    row.push_back("text " + std::to_string(i));
  }
  auto sink = open();
  Batch batch(from_postgres("many", columns));
  batch.insert(row);
  EXPECT_OK(apply(*sink, batch));
  EXPECT_EQ(bed_->sql("SELECT c0, c299 FROM many"), "text 0\ttext 299");
  if (is_sqlite()) return;
  Batch large(batch.changes().front().schema);
  row[0] = "2";
  for (std::size_t i = 1; i < row.size(); ++i) row[i] = std::string(40, 'x');
  large.insert(row);
  const Status refused = apply_in_order(*sink, large, 2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::unsupported_value) << refused.error().to_string();
  EXPECT_MENTIONS(refused.error().to_string(), "id=2");
}

TEST_P(PostgresTypes, ValuesThatTheTargetDoesNotHaveAreNamed) {
  if (skipped()) return;
  std::vector<Case> cases;
  if (is_mysql()) cases = special();
  if (GetParam() == Kind::mysql) {
    for (const char* number : {"18446744073709551616", "[0.12345678901234567890]", "[1e400]"}) {
      cases.push_back({typed(L::json, "jsonb"), number, "", ""});
    }
    cases.push_back({typed(L::array, "integer[]"), "[0:1]={1,2}", "", ""});
  }
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const SchemaPtr shape = one_value("t" + std::to_string(i), cases[i].column);
    auto sink = open();
    Batch created(shape);
    created.remove({"7", kUnchanged});
    ASSERT_TRUE(apply(*sink, created));
    sink.reset();
    expect_refused(shape, cases[i].value);
  }
}

TEST_P(PostgresTypes, EnumsTakeNoOtherLabel) {
  if (skipped() || is_sqlite()) return;
  bed_->sql("CREATE TABLE t (id bigint NOT NULL PRIMARY KEY, v enum('a','b'))");
  expect_refused(one_value("t", enumeration({"a", "b", "A"})), "A");
}

TEST_P(PostgresTypes, PolicyOfTheUrlReplacesOutsideOfKeys) {
  if (skipped()) return;
  if (is_sqlite()) {
    bed_->sql("CREATE TABLE t (id INTEGER PRIMARY KEY NOT NULL, f REAL, d TEXT, n TEXT) STRICT");
  }
  const auto run = [&](const UrlOptions& options, bool must_work) {
    target_ = bed_->target(0, options);
    auto sink = open();
    Column f = typed(L::float64, "double precision");
    f.name = "f";
    Column d = temporal(L::timestamp, "timestamp(3) without time zone", 3);
    d.name = "d";
    Column n = numeric("numeric(5,2)", 5, 2);
    n.name = "n";
    Batch batch(from_postgres("t", {column("id", L::int64, "bigint"), f, d, n}));
    batch.insert({"1", "NaN", "infinity", "1.00"})
        .insert({"2", "1.5", "-0043-03-15 00:00:00", "NaN"});
    batch.insert({"3", "0.5", "-infinity", "2.00"})
        .insert({"4", "0.5", "12024-01-01 00:00:00", "-3.00"});
    const Status applied = apply(*sink, batch);
    EXPECT_EQ(static_cast<bool>(applied), must_work)
        << (applied ? "" : applied.error().to_string());
    if (!must_work) sink->rollback();
  };
  run({}, false);
  run({{"infinity", "clamp"}, {"dates", "clamp"}}, false);
  run({{"infinity", "clamp"}, {"dates", "clamp"}, {"nan", "null"}}, true);
  if (is_sqlite()) {
    EXPECT_EQ(bed_->sql("SELECT f, d, n FROM t ORDER BY id"),
              "NULL\tinfinity\t1.00\n1.5\t-0043-03-15 00:00:00\tNaN\n"
              "0.5\t-infinity\t2.00\n0.5\t12024-01-01 00:00:00\t-3.00");
    return;
  }
  EXPECT_EQ(bed_->sql("SELECT f, d, n FROM t ORDER BY id"),
            "NULL\t9999-12-31 23:59:59.999\t1.00\n1.5\t1000-01-01 00:00:00.000\tNULL\n"
            "0.5\t1000-01-01 00:00:00.000\t2.00\n0.5\t9999-12-31 23:59:59.999\t-3.00");
  run({{"infinity", "null"}, {"dates", "null"}, {"nan", "null"}}, true);
  EXPECT_EQ(bed_->sql("SELECT count(*) FROM t WHERE d IS NULL"), "4");

  auto sink = open();
  Batch key(from_postgres("k", {typed(L::date, "date"), column("n", L::int32, "integer")}));
  key.insert({"infinity", "1"});
  const Status refused = apply(*sink, key);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::unsupported_value);
  sink->rollback();
  Column required = typed(L::float64, "double precision");
  required.nullable = false;
  sink = open();
  Batch strict(one_value("r", required));
  strict.insert({"1", "NaN"});
  const Status not_null = apply(*sink, strict);
  ASSERT_FALSE(not_null);
  EXPECT_MENTIONS(not_null.error().to_string(), "NOT NULL");
}

TEST_P(PostgresTypes, UnsentColumnsSurviveAKeyChange) {
  if (skipped()) return;
  Column a = typed(L::string, "text");
  Column b = typed(L::bytes, "bytea");
  b.name = "w";
  const SchemaPtr shape = from_postgres("t", {column("id", L::int64, "bigint"), a, b});
  auto sink = open();
  Batch batch(shape);
  batch.insert({"1", "a1", "b1"}).insert({"2", "a2", "b2"});
  ASSERT_TRUE(apply(*sink, batch));
  Batch moved(shape);
  moved.update({"1", kUnchanged, kUnchanged}, {"10", "A1", kUnchanged});
  moved.update({}, {"2", kUnchanged, std::nullopt});
  moved.update({"10", kUnchanged, kUnchanged}, {"1", kUnchanged, kUnchanged});
  moved.update({}, {"1", kUnchanged, kUnchanged});
  EXPECT_OK(apply_in_order(*sink, moved, 2));
  EXPECT_EQ(bed_->sql("SELECT id, v, HEX(w) FROM t ORDER BY id"),
            is_sqlite() ? "1\tA1\t6231\n2\ta2\t" : "1\tA1\t6231\n2\ta2\tNULL");
  const std::vector<std::pair<Row, Row>> missing = {
      {{"77", kUnchanged, kUnchanged}, {"78", "x", kUnchanged}}, {{}, {"77", kUnchanged, "y"}}};
  for (const auto& [before, after] : missing) {
    Batch none(shape);
    none.update(before, after);
    const Status refused = apply_in_order(*sink, none, 3);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::row_rejected);
    EXPECT_MENTIONS(refused.error().to_string(), "id=77");
    sink->rollback();
    sink = open();
  }
}

TEST_P(PostgresTypes, UniqueValuesSwapWithoutImagesOfBefore) {
  if (skipped()) return;
  bed_->sql("CREATE TABLE t (id " + bed_->bigint() +
            " NOT NULL PRIMARY KEY, v varchar(9), w varchar(9), UNIQUE (v))");
  Column w = typed(L::string, "text");
  w.name = "w";
  const SchemaPtr shape = from_postgres(
      "t", {column("id", L::int64, "bigint"), typed(L::string, "character varying(9)", 9), w});
  auto sink = open();
  Batch batch(shape);
  batch.insert({"1", "a", "x"}).insert({"2", "b", "y"}).insert({"3", "c", "z"});
  ASSERT_TRUE(apply(*sink, batch));
  Batch swap(shape);
  swap.update({}, {"1", "b", "x"}).update({}, {"2", "c", "y"}).update({}, {"3", "a", kUnchanged});
  EXPECT_OK(apply(*sink, swap, 2));
  EXPECT_EQ(bed_->sql("SELECT id, v, w FROM t ORDER BY id"), "1\tb\tx\n2\tc\ty\n3\ta\tz");
}

TEST_P(PostgresTypes, RowsWithoutKeyKeepUnsentColumns) {
  if (skipped()) return;
  Column w = typed(L::string, "text");
  w.name = "w";
  auto sink = open();
  Batch batch(from_postgres("t", {typed(L::string, "text"), w}, {}));
  batch.insert({"a", "long"}).insert({"a", "long"}).insert({"A", "long"});
  batch.update({"a", "long"}, {"b", kUnchanged}).remove({"a", "long"});
  EXPECT_OK(apply_in_order(*sink, batch));
  EXPECT_EQ(bed_->sql("SELECT HEX(v), w FROM t ORDER BY HEX(v)"), "41\tlong\n62\tlong");
}

TEST_P(PostgresTypes, TruncateIsAPartOfItsTransaction) {
  if (skipped()) return;
  const SchemaPtr one = one_value("one", typed(L::string, "text"));
  const SchemaPtr two = one_value("two", typed(L::string, "text"));
  auto sink = open();
  Batch first(one);
  first.insert({"1", "kept"});
  Batch second(two);
  second.insert({"1", "kept"});
  ASSERT_TRUE(apply(*sink, first));
  ASSERT_TRUE(apply(*sink, second, 2));
  SchemaChange change;
  change.kind = SchemaChangeKind::truncate;
  change.tables = {one->name, two->name, {"shop", "unknown"}};
  change.restart_identity = true;
  const std::vector<TableName> targets = {name("one"), name("two"), name("unknown")};
  EXPECT_FALSE(sink->needs_own_unit(SchemaChangeKind::truncate));
  Batch later(one);
  later.insert({"2", "behind it"});
  for (const bool committed : {false, true}) {
    Batch before(two);
    before.insert({"9", "gone with it"});
    ASSERT_TRUE(sink->begin());
    EXPECT_OK(sink->apply_net(before.net(name("two"))));
    EXPECT_OK(sink->apply_schema_change(change, targets));
    EXPECT_OK(sink->apply_net(later.net(name("one"))));
    if (committed) {
      EXPECT_OK(sink->commit(checkpoint(3)));
      EXPECT_EQ(bed_->sql("SELECT id FROM one"), "2");
      EXPECT_EQ(bed_->sql("SELECT count(*) FROM two"), "0");
    } else {
      sink->rollback();
      EXPECT_EQ(bed_->sql("SELECT id FROM one"), "1");
      EXPECT_EQ(bed_->sql("SELECT id FROM two"), "1");
      sink = open();
    }
  }
}

TEST_P(PostgresTypes, CountersRestartWhereNoDdlIsNeeded) {
  if (skipped() || !is_sqlite()) return;
  bed_->sql("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, v TEXT)");
  bed_->sql("INSERT INTO t (v) VALUES ('a'), ('b')");
  auto sink = open();
  SchemaChange change;
  change.kind = SchemaChangeKind::truncate;
  change.tables = {{"shop", "t"}};
  const std::vector<TableName> targets = {name("t")};
  for (const bool restart : {false, true}) {
    change.restart_identity = restart;
    ASSERT_TRUE(sink->begin());
    EXPECT_OK(sink->apply_schema_change(change, targets));
    EXPECT_OK(sink->commit(checkpoint(1)));
    bed_->sql("INSERT INTO t (v) VALUES ('next')");
    EXPECT_EQ(bed_->sql("SELECT id FROM t"), restart ? "1" : "3");
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, PostgresTypes,
                         ::testing::Values(Kind::mariadb, Kind::mysql, Kind::sqlite),
                         [](const auto& tested) { return name_of(tested.param); });

}  // namespace
}  // namespace tailrace::testing
