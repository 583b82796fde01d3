// Values of PostgreSQL's types as real servers print and send them: the text and the binary reader
// agree, and the server reads what we made of a value as the same value.
#include <cctype>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "clients/postgres/connection.h"
#include "extractors/postgres/builtin_types.h"
#include "extractors/postgres/column_plan.h"
#include "extractors/postgres/server_catalogue.h"
#include "extractors/postgres/session_settings.h"
#include "tests/support/beds.h"
#include "tests/support/postgres_server.h"

namespace tailrace::testing {
namespace {

using postgres::Connection;
using postgres::ConnectionOptions;
using postgres::QueryResult;
using postgres::ServerCatalogue;
using ::testing::ElementsAre;

// "\\x0aff": two octets
std::string octets_of(std::string_view hex) {
  std::string octets;
  for (std::size_t i = 2; i + 1 < hex.size(); i += 2) {
    octets += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return octets;
}

class PostgresTypes : public ::testing::TestWithParam<int> {
 protected:
  bool start() {
    if (bed_missing(PostgresServer::why_unavailable(GetParam(), true))) return false;
    server_ = std::make_unique<PostgresServer>(
        PostgresOptions{.private_instance = true, .version = GetParam()});
    auto connection = Connection::connect(options(postgres::value_session_settings()));
    EXPECT_TRUE(connection) << connection.error().to_string();
    if (!connection) return false;
    connection_ = std::make_unique<Connection>(*std::move(connection));
    run(postgres::later_session_settings(connection_->server_version()));
    catalogue_ = std::make_unique<ServerCatalogue>([this] {
      ++connects_;
      return Connection::connect(options(postgres::catalogue_session_settings()));
    });
    return true;
  }

  ConnectionOptions options(postgres::SessionSettings settings) const {
    ConnectionOptions options;
    options.host = server_->address().host;
    options.port = server_->address().port;
    options.user = "postgres";
    options.database = "postgres";
    options.settings = std::move(settings);
    return options;
  }

  QueryResult run(const std::string& sql) {
    auto answer = connection_->exec(sql);
    if (!answer) throw std::runtime_error(answer.error().to_string() + " in " + sql);
    return *std::move(answer);
  }
  std::string scalar(const std::string& sql) { return std::string(run(sql).scalar().value_or("")); }

  std::uint32_t relation_oid(const std::string& table) {
    return static_cast<std::uint32_t>(
        std::stoul(scalar("SELECT '" + table + "'::regclass::oid::text")));
  }
  std::uint32_t oid_of_type(const std::string& type) {
    return static_cast<std::uint32_t>(
        std::stoul(scalar("SELECT '" + type + "'::regtype::oid::text")));
  }

  std::unique_ptr<PostgresServer> server_;
  std::unique_ptr<Connection> connection_;
  int connects_ = 0;
  std::unique_ptr<ServerCatalogue> catalogue_;
};
INSTANTIATE_TEST_SUITE_P(Servers, PostgresTypes, ::testing::Values(15, 18), [](const auto& test) {
  return "Postgresql" + std::to_string(test.param);
});

TEST_P(PostgresTypes, TheTableOfBuiltinTypesIsTheServers) {
  if (!start()) return;
  const QueryResult answer = run(R"(
      SELECT t.oid, t.typname, pg_catalog.format_type(t.oid, NULL),
             t.typoutput = 'array_out'::regproc, t.typelem, t.typdelim, t.typtype
      FROM pg_type t LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typoutput = 'array_out'::regproc
      WHERE t.oid < 10000 AND t.typtype NOT IN ('p', 'c')
        AND coalesce(e.typtype NOT IN ('p', 'c'), true))");
  std::size_t known = 0;
  for (const auto& type : postgres::builtin_types()) known += type.array_oid == 0 ? 1 : 2;
  EXPECT_EQ(answer.row_count(), known);
  for (std::size_t row = 0; row < answer.row_count(); ++row) {
    const auto cell = [&](std::size_t column) { return std::string(*answer.cell(row, column)); };
    const auto type = postgres::find_builtin_type(static_cast<std::uint32_t>(std::stoul(cell(0))));
    ASSERT_NE(type, nullptr) << cell(1);
    EXPECT_EQ(type->name, cell(1));
    EXPECT_EQ(type->spelling, cell(2));
    EXPECT_EQ(type->kind == postgres::TypeKind::array, cell(3) == "t") << cell(1);
    EXPECT_EQ(type->kind == postgres::TypeKind::range, cell(6) == "r") << cell(1);
    EXPECT_EQ(type->kind == postgres::TypeKind::multirange, cell(6) == "m") << cell(1);
    EXPECT_EQ(std::to_string(type->element), cell(3) == "t" ? cell(4) : "0") << cell(1);
    EXPECT_EQ(type->delimiter, cell(5).front()) << cell(1);
    // The catalogue says the same of them.
    auto asked = catalogue_->type(type->oid);
    ASSERT_TRUE(asked) << asked.error().to_string();
    EXPECT_EQ((*asked)->name, type->name);
    EXPECT_EQ((*asked)->schema, type->schema);
    EXPECT_EQ((*asked)->spelling, type->spelling);
    EXPECT_EQ((*asked)->kind, type->kind) << type->name;
    EXPECT_EQ((*asked)->element, type->element) << type->name;
    EXPECT_EQ((*asked)->delimiter, type->delimiter) << type->name;
  }
}

struct ValueCase {
  const char* type;       // of the column
  const char* value;      // in SQL
  const char* canonical;  // what both readers make of it
  int since = 0;          // server version that has the value
};

// How a value can be given back to the server.
enum class WayBack { none, cast };

class ValueTrip {
 public:
  ValueTrip(Connection& connection, ServerCatalogue& catalogue)
      : connection_(connection), catalogue_(catalogue) {}

  void check(const ValueCase& value, WayBack way_back) {
    SCOPED_TRACE(fmt::format("{} {}", value.type, value.value));
    catalogue_.forget();
    exec(
        fmt::format("DROP TABLE IF EXISTS public.v; CREATE TABLE public.v (c {}); "
                    "INSERT INTO public.v VALUES ({})",
                    value.type, value.value));
    auto oid = connection_.exec("SELECT 'public.v'::regclass::oid::text");
    ASSERT_TRUE(oid);
    auto facts =
        catalogue_.relation(static_cast<std::uint32_t>(std::stoul(std::string(*oid->scalar()))));
    ASSERT_TRUE(facts && *facts);
    const auto& column = (*facts)->columns.at(0);
    auto plan = postgres::plan_column(column.type_oid, column.type_modifier, catalogue_, {});
    ASSERT_TRUE(plan) << plan.error().to_string();
    check_spelling(plan->column, column);

    // format() calls the output function; a cast to text would not always.
    auto sent = connection_.exec("SELECT format('%s', c) FROM public.v");
    ASSERT_TRUE(sent) << sent.error().to_string();
    ByteWriter text;
    ASSERT_TRUE(plan->decoder->text(*sent->scalar(), text)) << *sent->scalar();
    EXPECT_EQ(text.text(), value.canonical);
    if (plan->reads_binary) check_binary(*plan, column, text.text());
    if (way_back == WayBack::cast) check_cast(value, std::string(text.text()));
  }

 private:
  void exec(const std::string& sql) {
    auto done = connection_.exec(sql);
    ASSERT_TRUE(done) << done.error().to_string() << " in " << sql;
  }

  void check_spelling(const Column& column, const postgres::RelationFacts::Column& facts) {
    auto spelled = connection_.exec(
        fmt::format("SELECT CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) "
                    "ELSE format_type({0}, {1}) END, t.typtype = 'd' OR e.typtype = 'd' "
                    "FROM pg_type t LEFT JOIN pg_type e ON e.oid = t.typelem WHERE t.oid = {0}",
                    facts.type_oid, facts.type_modifier));
    ASSERT_TRUE(spelled) << spelled.error().to_string();
    if (spelled->cell(0, 1) == "t") return;  // spelled as the base type: DomainsAndUserTypes
    EXPECT_EQ(column.native_type, *spelled->scalar());
  }

  void check_binary(const postgres::ColumnPlan& plan, const postgres::RelationFacts::Column& facts,
                    std::string_view canonical) {
    auto name = connection_.exec(fmt::format(
        "SELECT CASE WHEN b.oid IS NULL THEN t.typsend ELSE b.typsend END::text FROM pg_type t "
        "LEFT JOIN pg_type b ON b.oid = t.typbasetype WHERE t.oid = {}",
        facts.type_oid));
    ASSERT_TRUE(name) << name.error().to_string();
    auto sent = connection_.exec(fmt::format("SELECT {}(c::{})::text FROM public.v",
                                             *name->scalar(), plan.column.native_type));
    ASSERT_TRUE(sent) << sent.error().to_string();
    ByteWriter binary;
    ASSERT_TRUE(plan.decoder->binary(octets_of(*sent->scalar()), binary)) << *sent->scalar();
    EXPECT_EQ(binary.text(), canonical) << *sent->scalar();
  }

  void check_cast(const ValueCase& value, const std::string& canonical) {
    const char* const parameters[] = {canonical.c_str()};
    auto back = connection_.exec_params(
        fmt::format("SELECT format('%s', $1::{}), format('%s', c) FROM public.v", value.type),
        parameters);
    ASSERT_TRUE(back) << back.error().to_string();
    EXPECT_EQ(back->cell(0, 0), back->cell(0, 1)) << canonical;
  }

  Connection& connection_;
  ServerCatalogue& catalogue_;
};

const ValueCase kNumbers[] = {
    {"boolean", "true", "1"},
    {"boolean", "false", "0"},
    {"smallint", "-32768", "-32768"},
    {"smallint", "32767", "32767"},
    {"integer", "-2147483648", "-2147483648"},
    {"integer", "2147483647", "2147483647"},
    {"integer", "0", "0"},
    {"bigint", "-9223372036854775808", "-9223372036854775808"},
    {"bigint", "9223372036854775807", "9223372036854775807"},
    {"oid", "4294967295", "4294967295"},
    {"oid", "0", "0"},
    {"real", "0.1", "0.1"},
    {"real", "16777218", "16777218"},
    {"real", "3.4028235e38", "3.4028235e+38"},
    {"real", "1e-45", "1e-45"},
    {"real", "'-0'", "-0"},
    {"real", "'NaN'", "NaN"},
    {"real", "'-Infinity'", "-Infinity"},
    {"double precision", "0.1", "0.1"},
    {"double precision", "1e308", "1e+308"},
    {"double precision", "1.7976931348623157e308", "1.7976931348623157e+308"},
    {"double precision", "5e-324", "5e-324"},
    {"double precision", "2.2250738585072014e-308", "2.2250738585072014e-308"},
    {"double precision", "123456789012345680", "123456789012345680"},
    {"double precision", "100000", "1e+05"},
    {"double precision", "1e15", "1e+15"},
    {"double precision", "1e22", "1e+22"},
    {"double precision", "0.30000000000000004", "0.30000000000000004"},
    {"double precision", "'-0'", "-0"},
    {"double precision", "'NaN'", "NaN"},
    {"double precision", "'Infinity'", "Infinity"},
    {"numeric", "0", "0"},
    {"numeric", "0.00", "0.00"},
    {"numeric", "1.10", "1.10"},
    {"numeric", "-0.0001", "-0.0001"},
    {"numeric", "10000", "10000"},
    {"numeric", "100000000", "100000000"},
    {"numeric", "99999999.99999999", "99999999.99999999"},
    {"numeric", "12345678901234567890123456789012345678901234567890123456789012345",
     "12345678901234567890123456789012345678901234567890123456789012345"},
    {"numeric", "0.000000000000000000000000000001", "0.000000000000000000000000000001"},
    {"numeric", "1e20", "100000000000000000000"},
    {"numeric", "1.5e-20", "0.000000000000000000015"},
    {"numeric", "'NaN'", "NaN"},
    {"numeric", "'Infinity'", "Infinity"},
    {"numeric", "'-Infinity'", "-Infinity"},
    {"numeric(10,2)", "1.1", "1.10"},
    {"numeric(10,2)", "-99999999.99", "-99999999.99"},
    {"numeric(10,2)", "'NaN'", "NaN"},
    {"numeric(10,3)", "0.05", "0.050"},
    {"numeric(5,0)", "12345", "12345"},
    {"numeric(5,-2)", "1234567", "1234600"},
    {"numeric(3,5)", "0.00123", "0.00123"},
    {"money", "'-92233720368547758.08'", "-92233720368547758.08"},
    {"money", "'92233720368547758.07'", "92233720368547758.07"},
    {"money", "'0'", "0.00"},
    {"money", "'0.05'", "0.05"},
    {"money", "'-0.5'", "-0.50"},
    {"money", "'1000'", "1000.00"},
};

TEST_P(PostgresTypes, Numbers) {
  if (!start()) return;
  ValueTrip trip(*connection_, *catalogue_);
  for (const ValueCase& value : kNumbers) trip.check(value, WayBack::cast);
  // Wide ones: the longest fraction and the largest number that a numeric holds.
  const std::string half(500, '0');
  const std::string wide = "1." + half;
  trip.check({"numeric(1000,500)", "1", wide.c_str()}, WayBack::cast);
  const std::string large = "9" + std::string(131071, '0');
  trip.check({"numeric", "'9e131071'", large.c_str()}, WayBack::none);
  const std::string small = "0." + std::string(16382, '0') + "7";
  trip.check({"numeric", "('7e-16383')::numeric", small.c_str()}, WayBack::cast);
}

const ValueCase kTemporals[] = {
    {"date", "'2024-02-29'", "2024-02-29"},
    {"date", "'2000-01-01'", "2000-01-01"},
    {"date", "'1999-12-31'", "1999-12-31"},
    {"date", "'1900-02-28'", "1900-02-28"},
    {"date", "'1000-01-01'", "1000-01-01"},
    {"date", "'0001-01-01'", "0001-01-01"},
    {"date", "'9999-12-31'", "9999-12-31"},
    {"date", "'10000-01-01'", "10000-01-01"},
    {"date", "'5874897-12-31'", "5874897-12-31"},
    {"date", "'infinity'", "infinity"},
    {"date", "'-infinity'", "-infinity"},
    {"time", "'00:00:00'", "00:00:00.000000"},
    {"time", "'23:59:59.999999'", "23:59:59.999999"},
    {"time", "'24:00:00'", "24:00:00.000000"},
    {"time", "'12:34:56.7'", "12:34:56.700000"},
    {"time(0)", "'12:34:56'", "12:34:56"},
    {"time(3)", "'12:34:56.78'", "12:34:56.780"},
    {"time(6)", "'12:34:56.000001'", "12:34:56.000001"},
    {"timetz", "'12:34:56.5+02'", "12:34:56.500000+02:00"},
    {"timetz", "'24:00:00-15:59'", "24:00:00.000000-15:59"},
    {"timetz(0)", "'12:34:56+05:30'", "12:34:56+05:30"},
    {"timetz(2)", "'12:34:56.78+05:30:15'", "12:34:56.78+05:30:15"},
    {"timetz", "'00:00:00-00:25:21'", "00:00:00.000000-00:25:21"},
    {"timetz", "'00:00:00+00'", "00:00:00.000000+00:00"},
    {"timestamp", "'2024-02-29 12:34:56'", "2024-02-29 12:34:56.000000"},
    {"timestamp", "'1970-01-01 00:00:00.000001'", "1970-01-01 00:00:00.000001"},
    {"timestamp", "'1999-12-31 23:59:59.999999'", "1999-12-31 23:59:59.999999"},
    {"timestamp", "'9999-12-31 23:59:59.999999'", "9999-12-31 23:59:59.999999"},
    {"timestamp", "'294276-12-31 23:59:59.999999'", "294276-12-31 23:59:59.999999"},
    {"timestamp(0)", "'2038-01-19 03:14:08'", "2038-01-19 03:14:08"},
    {"timestamp(3)", "'2038-01-19 03:14:08.5'", "2038-01-19 03:14:08.500"},
    {"timestamp", "'infinity'", "infinity"},
    {"timestamp", "'-infinity'", "-infinity"},
    {"timestamptz", "'2038-01-19 03:14:08Z'", "2038-01-19 03:14:08.000000Z"},
    {"timestamptz", "'2024-07-01 12:00:00.25+02'", "2024-07-01 10:00:00.250000Z"},
    {"timestamptz(1)", "'2024-07-01 12:00:00.2+02'", "2024-07-01 10:00:00.2Z"},
    {"timestamptz(0)", "'1883-11-18 12:03:58+00'", "1883-11-18 12:03:58Z"},
    {"timestamptz", "'294276-12-31 23:59:59.999999+00'", "294276-12-31 23:59:59.999999Z"},
    {"timestamptz", "'infinity'", "infinity"},
    {"interval", "'0'", "PT0S"},
    {"interval", "'1 year 2 mons 3 days -4.000001 seconds'", "P14M3DT-4.000001S"},
    {"interval", "'-1 year -2 mons +3 days -04:05:06.789'", "P-14M3DT-14706.789S"},
    {"interval", "'1 mon -1 microsecond'", "P1MT-0.000001S"},
    {"interval", "'11 months -1 day'", "P11M-1D"},
    {"interval", "'-2147483648 months'", "P-2147483648M"},
    {"interval", "'2147483647 months 2147483647 days'", "P2147483647M2147483647D"},
    {"interval", "'-2147483648 days'", "P-2147483648D"},
    {"interval", "'0.000001 seconds'", "PT0.000001S"},
    {"interval", "'100 seconds'", "PT100S"},
    {"interval", "'277777:46:39.999999'", "PT999999999.999999S"},
    {"interval", "'277777:46:40'", "PT277777H2800S"},
    {"interval", "'-277777:46:40.5'", "PT-277777H-2800.5S"},
    {"interval", "'300000:00:00'", "PT300000H"},
    {"interval", "'2562047788:00:54.775807'", "PT2562047788H54.775807S"},
    {"interval", "'PT-2562047788H-54.775808S'", "PT-2562047788H-54.775808S"},
    {"interval(3)", "'1.234567 seconds'", "PT1.235S"},
    {"interval day to second(0)", "'1 day 01:00:00'", "P1DT3600S"},
    {"interval year to month", "'3 years 5 months'", "P41M"},
    {"interval hour to minute", "'3:05'", "PT11100S"},
    {"interval", "'infinity'", "infinity", 17},
    {"interval", "'-infinity'", "-infinity", 17},
};

TEST_P(PostgresTypes, DatesAndTimes) {
  if (!start()) return;
  ValueTrip trip(*connection_, *catalogue_);
  for (const ValueCase& value : kTemporals) {
    if (value.since <= GetParam()) trip.check(value, WayBack::cast);
  }
}

// PostgreSQL does not read astronomical years: whoever writes them to one says BC again.
TEST_P(PostgresTypes, YearsBeforeChrist) {
  if (!start()) return;
  const ValueCase values[] = {
      {"date", "'0044-03-15 BC'", "-0043-03-15"},
      {"date", "'0001-02-29 BC'", "0000-02-29"},
      {"date", "'4714-11-24 BC'", "-4713-11-24"},
      {"timestamp", "'4714-11-24 00:00:00 BC'", "-4713-11-24 00:00:00.000000"},
      {"timestamp(1)", "'0001-12-31 23:59:59.9 BC'", "0000-12-31 23:59:59.9"},
      {"timestamptz", "'0044-03-15 12:00:00+00 BC'", "-0043-03-15 12:00:00.000000Z"},
  };
  ValueTrip trip(*connection_, *catalogue_);
  for (const ValueCase& value : values) trip.check(value, WayBack::none);
}

const ValueCase kOctets[] = {
    {"text", "''", ""},
    {"text", "E'a \\t\\n\\\\ \"q\"'", "a \t\n\\ \"q\""},
    {"text", "'€ 🐘 \uFFFF'", "€ 🐘 \uFFFF"},
    {"varchar(20)", "'a '", "a "},
    {"varchar", "'NULL'", "NULL"},
    {"char(5)", "'ab'", "ab"},
    {"char(5)", "' é'", " é"},
    {"char(3)", "''", ""},
    {"bpchar", "'ab'", "ab"},
    {"name", "'café'", "café"},
    {"\"char\"", "'x'", "x"},
    {"\"char\"", "''", ""},
    {"bit(1)", "B'1'", "1"},
    {"bit(8)", "B'10100000'", "10100000"},
    {"bit(13)", "B'1010000011111'", "1010000011111"},
    {"bit(64)", "(~0::bit(64))",
     "1111111111111111111111111111111111111111111111111111111111111111"},
    {"bit varying(20)", "B'101'", "101"},
    {"bit varying", "B''", ""},
    {"uuid", "'00112233-4455-6677-8899-AABBCCDDEEFF'", "00112233-4455-6677-8899-aabbccddeeff"},
    {"inet", "'192.168.0.1/24'", "192.168.0.1/24"},
    {"inet", "'10.0.0.1'", "10.0.0.1"},
    {"inet", "'::ffff:1.2.3.4/64'", "::ffff:1.2.3.4/64"},
    {"cidr", "'10/8'", "10.0.0.0/8"},
    {"cidr", "'2001:db8::/32'", "2001:db8::/32"},
    {"json", R"('{"a": 1.10, "a":2,  "b":"\u0000" }')", R"({"a": 1.10, "a":2,  "b":"\u0000" })"},
    {"jsonb", R"('{"b": 1.10, "a":[18446744073709551616,null,"é\n"]}')",
     R"({"a": [18446744073709551616, null, "é\n"], "b": 1.10})"},
    {"macaddr", "'08:00:2b:01:02:03'", "08:00:2b:01:02:03"},
    {"pg_lsn", "'16/B374D848'", "16/B374D848"},
    {"point", "'(1.5,-2)'", "(1.5,-2)"},
    {"box", "'(1,1),(0,0)'", "(1,1),(0,0)"},
    {"polygon", "'((0,0),(1,1),(2,0))'", "((0,0),(1,1),(2,0))"},
    {"circle", "'<(1,2),3>'", "<(1,2),3>"},
    {"line", "'{1,2,3}'", "{1,2,3}"},
    {"path", "'[(0,0),(1,1)]'", "[(0,0),(1,1)]"},
    {"tsvector", "'a:1 b''c:2A'", "'a':1 'b''c':2A"},
    {"tsquery", "'a & !b'", "'a' & !'b'"},
    {"xml", "'<a>é</a>'", "<a>é</a>"},
    {"jsonpath", "'$.a[*] ? (@ > 1)'", "$.\"a\"[*]?(@ > 1)"},
    {"xid8", "'18446744073709551615'", "18446744073709551615"},
    {"int2vector", "'1 2'", "1 2"},
    {"regclass", "'pg_catalog.pg_class'", "pg_class"},
    {"int4range", "'[1,5]'", "[1,6)"},
    {"int4range", "'empty'", "empty"},
    {"numrange", "'(,1.5]'", "(,1.5]"},
    {"tsrange", "'[2024-01-01,)'", "[\"2024-01-01 00:00:00\",)"},
    {"int4multirange", "'{[1,2],[5,8)}'", "{[1,3),[5,8)}"},
};

TEST_P(PostgresTypes, TextOctetsAndOpaqueTypes) {
  if (!start()) return;
  ValueTrip trip(*connection_, *catalogue_);
  for (const ValueCase& value : kOctets) trip.check(value, WayBack::cast);
  auto plan = postgres::plan_column(postgres::type_oid::bytea, -1, *catalogue_, {});
  ASSERT_TRUE(plan);
  ByteWriter octets;
  ASSERT_TRUE(plan->decoder->text(scalar(R"(SELECT format('%s', '\x0061ff5c78'::bytea))"), octets));
  EXPECT_EQ(octets.text(), std::string_view("\0a\xff\\x", 5));
  // Without a length the spaces are kept, and mean nothing all the same.
  trip.check({"bpchar", "'ab  '", "ab"}, WayBack::none);
  EXPECT_EQ(scalar("SELECT c = 'ab' FROM public.v"), "t");
  // A byte that is no character: raw up to 15, in octal later; both arrive as the latter.
  trip.check({"\"char\"", R"((-56)::"char")", R"(\310)"},
             GetParam() >= 16 ? WayBack::cast : WayBack::none);
}

const ValueCase kArrays[] = {
    {"integer[]", "'{}'", "[]"},
    {"integer[]", "'{1,NULL,-3}'", "[1,null,-3]"},
    {"integer[]", "'{{1,2},{3,4}}'", "[[1,2],[3,4]]"},
    {"integer[]", "'{{{{{{1}}}}}}'", "[[[[[[1]]]]]]"},
    {"integer[]", "'[0:1]={1,2}'", "[0:1]={1,2}"},
    {"integer[]", "'[1:1][-2:-1]={{1,2}}'", "[1:1][-2:-1]={{1,2}}"},
    {"bigint[]", "'{9223372036854775807}'", "[9223372036854775807]"},
    {"oid[]", "'{4294967295}'", "[4294967295]"},
    {"boolean[]", "'{t,f,NULL}'", "[true,false,null]"},
    {"real[]", "'{1.5,NaN,-Infinity,1e20}'", "[1.5,\"NaN\",\"-Infinity\",1e+20]"},
    {"double precision[]", "'{0.1,-0,Infinity}'", "[0.1,-0,\"Infinity\"]"},
    {"numeric[]", "'{1.10,NaN,12345678901234567890.5}'", "[1.10,\"NaN\",12345678901234567890.5]"},
    {"numeric(6,2)[]", "'{1.1,-2}'", "[1.10,-2.00]"},
    {"money[]", "'{1234.5,-0.05}'", "[1234.50,-0.05]"},
    {"text[]", R"('{"",NULL,"NULL","null",a,"a b","a,b","{}","q\"q","b\\b"}')",
     R"(["",null,"NULL","null","a","a b","a,b","{}","q\"q","b\\b"])"},
    {"text[]", "ARRAY[E'tab\\tnl\\ncr\\r\\x01é🐘']", "[\"tab\\tnl\\ncr\\r\\u0001é🐘\"]"},
    {"varchar(5)[]", "'{ab,\"c \"}'", R"(["ab","c "])"},
    {"char(4)[]", "'{ab,\"c\\\"\"}'", R"(["ab","c\""])"},
    {"bpchar[]", "'{\"ab  \"}'", R"(["ab"])"},
    {"bytea[]", R"(ARRAY['\x00ff'::bytea, ''])", R"(["\\x00ff","\\x"])"},
    {"date[]", "'{2024-02-29,infinity,0044-03-15 BC}'",
     R"(["2024-02-29","infinity","-0043-03-15"])"},
    {"timestamp(3)[]", "'{2024-02-29 12:00:00.5}'", R"(["2024-02-29 12:00:00.500"])"},
    {"timestamptz[]", "'{2024-02-29 12:00:00+02}'", R"(["2024-02-29 10:00:00.000000Z"])"},
    {"time[]", "'{24:00:00}'", R"(["24:00:00.000000"])"},
    {"interval[]", "'{1 year 1 second,-1 day}'", R"(["P12MT1S","P-1D"])"},
    {"uuid[]", "'{00112233-4455-6677-8899-aabbccddeeff}'",
     R"(["00112233-4455-6677-8899-aabbccddeeff"])"},
    {"json[]", R"(ARRAY['{"a": "b\\c"}'::json])", R"(["{\"a\": \"b\\\\c\"}"])"},
    {"jsonb[]", R"(ARRAY['[1, null]'::jsonb, 'null'])", R"(["[1, null]","null"])"},
    {"bit(3)[]", "'{101}'", R"(["101"])"},
    {"inet[]", "'{10.0.0.1/8}'", R"(["10.0.0.1/8"])"},
    {"box[]", "'{(1,1),(0,0);(3,3),(2,2)}'", R"j(["(1,1),(0,0)","(3,3),(2,2)"])j"},
    {"point[]", "'{\"(1,2)\"}'", R"j(["(1,2)"])j"},
    {"int4range[]", "'{\"[1,3)\",empty}'", R"j(["[1,3)","empty"])j"},
};

TEST_P(PostgresTypes, Arrays) {
  if (!start()) return;
  ValueTrip trip(*connection_, *catalogue_);
  for (const ValueCase& value : kArrays) {
    trip.check(value, WayBack::none);
    const std::string canonical = value.canonical;
    if (canonical.find('=') != std::string::npos) continue;
    // It is JSON, and PostgreSQL finds as many elements in it.
    EXPECT_EQ(
        scalar(fmt::format("SELECT jsonb_array_length({}::jsonb)", connection_->quoted(canonical))),
        scalar("SELECT coalesce(array_length(c, 1), 0) FROM public.v"))
        << canonical;
  }
}

TEST_P(PostgresTypes, DomainsAndUserTypes) {
  if (!start()) return;
  run(R"(
      CREATE EXTENSION citext SCHEMA public;
      CREATE EXTENSION hstore SCHEMA public;
      CREATE SCHEMA "Sp ace";
      CREATE TYPE public.mood AS ENUM ('sad', 'it''s "ok"', 'ha,ppy');
      ALTER TYPE public.mood ADD VALUE 'so so' BEFORE 'ha,ppy';
      CREATE TYPE "Sp ace"."Enum" AS ENUM ('a');
      CREATE DOMAIN public.price AS numeric(10,2) CHECK (VALUE > 0);
      CREATE DOMAIN public.net_price AS public.price;
      CREATE DOMAIN public.code AS char(4);
      CREATE DOMAIN public.prices AS numeric(10,3)[];
      CREATE DOMAIN public.feeling AS public.mood;
      CREATE TYPE public.pair AS (a integer, b text);
      CREATE DOMAIN public.checked_pair AS public.pair;
      CREATE TYPE public.float_range AS RANGE (subtype = float8);
      CREATE TABLE public.tablerow (x int, y text[]);)");
  struct UserCase {
    ValueCase value;
    LogicalType type;
    const char* native_type;
    WayBack way_back = WayBack::cast;
  };
  const UserCase cases[] = {
      {{"public.mood", "'so so'", "so so"}, LogicalType::enumeration, "public.mood"},
      {{"public.mood", "'it''s \"ok\"'", "it's \"ok\""}, LogicalType::enumeration, "public.mood"},
      {{"\"Sp ace\".\"Enum\"", "'a'", "a"}, LogicalType::enumeration, "\"Sp ace\".\"Enum\""},
      {{"public.feeling", "'sad'", "sad"}, LogicalType::enumeration, "public.mood"},
      {{"public.price", "1", "1.00"}, LogicalType::decimal, "numeric(10,2)"},
      {{"public.net_price", "1.5", "1.50"}, LogicalType::decimal, "numeric(10,2)"},
      {{"public.code", "'ab'", "ab"}, LogicalType::string, "character(4)"},
      {{"public.pair", "ROW(1, 'a \"b\"')", R"((1,"a ""b"""))"}, LogicalType::other, "public.pair"},
      {{"public.checked_pair", "ROW(NULL, '')", R"((,""))"}, LogicalType::other, "public.pair"},
      {{"public.tablerow", "ROW(1, '{a,NULL}')", R"((1,"{a,NULL}"))"},
       LogicalType::other,
       "public.tablerow"},
      {{"public.float_range", "'[1.5,2]'", "[1.5,2]"}, LogicalType::other, "public.float_range"},
      {{"public.citext", "'Ab '", "Ab "}, LogicalType::string, "public.citext"},
      {{"public.hstore", "'a=>NULL, b=>\"x\"'", R"("a"=>NULL, "b"=>"x")"},
       LogicalType::other,
       "public.hstore"},
      {{"public.prices", "'{1,2.5}'", "[1.000,2.500]"},
       LogicalType::array,
       "numeric(10,3)[]",
       WayBack::none},
      {{"public.price[]", "'{1,2.5}'", "[1.00,2.50]"},
       LogicalType::array,
       "numeric(10,2)[]",
       WayBack::none},
      {{"public.prices[]", "ARRAY['{1,NULL}'::public.prices]", R"(["{1.000,NULL}"])"},
       LogicalType::array,
       "numeric(10,3)[][]",
       WayBack::none},
      {{"public.mood[]", "ARRAY['so so','sad','ha,ppy','it''s \"ok\"',NULL]::public.mood[]",
        R"(["so so","sad","ha,ppy","it's \"ok\"",null])"},
       LogicalType::array,
       "public.mood[]",
       WayBack::none},
      {{"public.code[]", "'{ab}'", R"(["ab"])"},
       LogicalType::array,
       "character(4)[]",
       WayBack::none},
      {{"public.pair[]", "ARRAY[ROW(1,'x\"y')::public.pair]", R"j(["(1,\"x\"\"y\")"])j"},
       LogicalType::array,
       "public.pair[]",
       WayBack::none},
      {{"public.citext[]", "'{Ab}'", R"(["Ab"])"},
       LogicalType::array,
       "public.citext[]",
       WayBack::none},
  };
  ValueTrip trip(*connection_, *catalogue_);
  for (const UserCase& user : cases) {
    trip.check(user.value, user.way_back);
    auto plan = postgres::plan_column(oid_of_type(user.value.type), -1, *catalogue_, {});
    ASSERT_TRUE(plan) << plan.error().to_string();
    EXPECT_EQ(plan->column.type, user.type) << user.value.type;
    EXPECT_EQ(plan->column.native_type, user.native_type) << user.value.type;
  }
  auto mood = postgres::plan_column(oid_of_type("public.feeling"), -1, *catalogue_, {});
  ASSERT_TRUE(mood);
  EXPECT_THAT(mood->column.labels, ElementsAre("sad", "it's \"ok\"", "so so", "ha,ppy"));
}

TEST_P(PostgresTypes, TheCatalogueDescribesTables) {
  if (!start()) return;
  run(R"(
      CREATE TABLE public.plain (a int, b text NOT NULL, c numeric(8,3), d int
        GENERATED ALWAYS AS (a + 1) STORED, e varchar(9), f int GENERATED ALWAYS AS IDENTITY,
        PRIMARY KEY (e, a) INCLUDE (b));
      ALTER TABLE public.plain DROP COLUMN c;
      CREATE UNIQUE INDEX plain_identity ON public.plain (f, b) INCLUDE (a);
      CREATE TABLE public.empty ();)");
  const std::uint32_t oid = relation_oid("public.plain");
  auto facts = catalogue_->relation(oid);
  ASSERT_TRUE(facts && *facts);
  std::string columns;
  for (const auto& column : (*facts)->columns) {
    columns +=
        fmt::format("{} {} {}{}{};", column.name, column.type_oid, column.type_modifier,
                    column.not_null ? " not null" : "", column.generated ? " generated" : "");
  }
  EXPECT_EQ(columns,
            "a 23 -1 not null;b 25 -1 not null;d 23 -1 generated;e 1043 13 not null;"
            "f 23 -1 not null;");
  EXPECT_EQ((*facts)->schema, "public");
  EXPECT_EQ((*facts)->name, "plain");
  EXPECT_THAT((*facts)->primary_key, ElementsAre("e", "a"));
  EXPECT_THAT((*facts)->identity, ElementsAre());

  run("ALTER TABLE public.plain REPLICA IDENTITY USING INDEX plain_identity");
  EXPECT_THAT((*catalogue_->relation(oid))->identity, ElementsAre()) << "kept until forgotten";
  catalogue_->forget(oid);
  EXPECT_THAT((*catalogue_->relation(oid))->identity, ElementsAre("f", "b"));
  run("ALTER TABLE public.plain REPLICA IDENTITY FULL");
  catalogue_->forget();
  EXPECT_THAT((*catalogue_->relation(oid))->identity, ElementsAre());
  EXPECT_THAT((*catalogue_->relation(oid))->primary_key, ElementsAre("e", "a"));

  auto empty = catalogue_->relation(relation_oid("public.empty"));
  ASSERT_TRUE(empty && *empty);
  EXPECT_TRUE((*empty)->columns.empty());

  run("DROP TABLE public.plain");
  catalogue_->forget();
  auto gone = catalogue_->relation(oid);
  ASSERT_TRUE(gone);
  EXPECT_FALSE(gone->has_value());
  auto no_type = catalogue_->type(4294967295U);
  ASSERT_FALSE(no_type);
  EXPECT_EQ(no_type.error().kind(), ErrorKind::schema_mismatch);
}

TEST_P(PostgresTypes, TheCatalogueConnectsLateAndAgain) {
  if (!start()) return;
  EXPECT_EQ(connects_, 0);
  EXPECT_EQ(*catalogue_->money_scale(), 2);
  EXPECT_EQ(connects_, 1);
  ASSERT_TRUE(catalogue_->type(postgres::type_oid::int4));
  ASSERT_TRUE(catalogue_->type(postgres::type_oid::int4));
  EXPECT_EQ(connects_, 1);
  run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
      "WHERE application_name = 'tailrace' AND pid <> pg_backend_pid()");
  catalogue_->forget();
  auto again = catalogue_->type(postgres::type_oid::int4);
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ(connects_, 2);
  server_->stop();
  EXPECT_TRUE(catalogue_->type(postgres::type_oid::int4)) << "known already";
  EXPECT_FALSE(catalogue_->type(postgres::type_oid::int8));
  server_->start();
  EXPECT_TRUE(catalogue_->type(postgres::type_oid::int8));
}

TEST_P(PostgresTypes, AdministratorsLimitsDoNotHoldForOurSessions) {
  if (!start()) return;
  run("ALTER ROLE postgres SET statement_timeout = 1;"
      "ALTER ROLE postgres SET idle_in_transaction_session_timeout = 1;"
      "ALTER ROLE postgres SET datestyle = 'German';"
      "ALTER ROLE postgres SET bytea_output = 'escape';"
      "ALTER ROLE postgres SET timezone = 'Asia/Tokyo'");
  auto connection = Connection::connect(options(postgres::value_session_settings()));
  ASSERT_TRUE(connection) << connection.error().to_string();
  auto later = connection->exec(postgres::later_session_settings(connection->server_version()));
  ASSERT_TRUE(later) << later.error().to_string();
  for (const auto& [name, value] : postgres::value_session_settings()) {
    auto shown = connection->exec("SELECT current_setting('" + name + "')");
    ASSERT_TRUE(shown) << name;
    EXPECT_TRUE(shown->scalar()->starts_with(value)) << name << " is " << *shown->scalar();
  }
  auto limit = connection->exec("SELECT current_setting('transaction_timeout', true)");
  ASSERT_TRUE(limit);
  EXPECT_EQ(limit->scalar().value_or(""), GetParam() >= 17 ? "0" : "");
}

}  // namespace
}  // namespace tailrace::testing
