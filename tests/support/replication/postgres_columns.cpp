#include "tests/support/replication/postgres_columns.h"

namespace tailrace::testing {

const char* const kSampleTypes = R"(
  CREATE TYPE shop.mood AS ENUM ('new', 'on sale', 'it''s "odd"', 'gone ');
  CREATE DOMAIN shop.positive AS integer CHECK (value > 0);
  CREATE DOMAIN shop.label AS varchar(20);
  CREATE DOMAIN shop.short_label AS shop.label CHECK (length(value) < 10);
  CREATE DOMAIN shop.number_list AS integer[];
  CREATE TYPE shop.pair AS (n integer, word text);
  CREATE TYPE shop.nested AS (one shop.pair, many shop.pair[]);
)";

const std::vector<SampleColumn>& scalar_columns() {
  static const std::vector<SampleColumn> kColumns = {
      {"truth", "boolean", {"true", "false"}},
      {"small", "smallint", {"-32768", "32767", "0"}},
      {"middle", "integer", {"-2147483648", "2147483647"}},
      {"big", "bigint", {"-9223372036854775808", "9223372036854775807"}},
      {"object", "oid", {"0", "4294967295"}},
      {"price", "numeric(12,2)", {"-9999999999.99", "0.10", "100"}, {"'NaN'"}},
      {"open_number",
       "numeric",
       {"0", "1.10", "-0.000000000000000000000000000001",
        "-12345678901234567890123456789012345.123456789012345678901234567890"},
       {"'NaN'", "1e100", "1e-100", "1.100000000000000000000000000000000000000000"}},
      {"rounded", "numeric(5,-2)", {"1234567", "-9999900", "0"}},
      {"tiny", "numeric(3,5)", {"0.00999", "-0.00001"}},
      {"single",
       "real",
       {"16777218", "-0.5", "0.1", "3.4028235e38", "1.17549435e-38", "'-0'"},
       {"'NaN'", "'Infinity'", "'-Infinity'", "'1e-45'"}},
      {"twice",
       "double precision",
       {"0.1", "1e308", "-1.7976931348623157e308", "2.2250738585072014e-308", "'-0'"},
       {"'NaN'", "'Infinity'", "'-Infinity'", "5e-324"}},
      {"cash", "money", {"1234.50::numeric::money", "(-0.01)::numeric::money"}},
      {"name", "varchar(60)", {"'Zoë ☎'", "''", "'a '", "E'tab\\t\\\\ \\n \"q\"'", "'NULL'"}},
      {"padded", "char(8)", {"'ab'", "''", "'12345678'", "'日本'"}},
      {"letter", "\"char\"", {"'a'", "' '"}},
      {"ident", "name", {"'pg_catalog'", "'with space '"}},
      {"body", "text", {"repeat('é😀', 300)", "'{\"curly\",NULL}'", "'\\N'", "'\\x00'"}},
      {"raw", "bytea", {"'\\x'", "'\\x00ff275c0a'", "decode(repeat('0aff00', 400), 'hex')"}},
      {"day",
       "date",
       {"'2024-02-29'", "'1000-01-01'", "'9999-12-31'", "'1969-12-31'"},
       {"'infinity'", "'-infinity'", "'0044-03-15 BC'", "'12024-02-29'", "'4713-01-01 BC'"}},
      {"at", "time", {"'00:00:00'", "'24:00:00'", "'23:59:59.999999'", "'11:22:33.4'"}},
      {"at_short", "time(2)", {"'00:00:00'", "'24:00:00'", "'11:22:33.44'"}},
      {"at_zone",
       "timetz",
       {"'12:00:00.5+02'", "'23:59:59.999999-15:59:59'", "'24:00:00-05:30'", "'00:00:00+00'"}},
      {"stamp",
       "timestamp",
       {"'2024-02-29 23:59:59.12'", "'1000-01-01'", "'9999-12-31 23:59:59.999999'"},
       {"'infinity'", "'-infinity'", "'0044-03-15 12:00:00 BC'", "'294276-12-31 23:59:59.999999'"}},
      {"stamp_short", "timestamp(3)", {"'2024-02-29 23:59:59.123'", "'1970-01-01'"}},
      {"instant",
       "timestamptz",
       {"'2024-02-29 12:00:00.000001+02'", "'1970-01-01 00:00:00Z'", "'2038-01-19 03:14:08Z'",
        "'9999-12-31 23:59:59.999999Z'"},
       {"'infinity'", "'-infinity'", "'0044-03-15 12:00:00Z BC'"}},
      {"instant_short", "timestamptz(0)", {"'2024-10-27 02:30:00+02'", "'1900-01-01 00:00:00Z'"}},
      {"span",
       "interval",
       {"'0'", "'1 year 2 mons 3 days 04:05:06.789012'", "'-1 mon +2 days -00:00:00.000001'",
        "'178000000 years'", "'1 mon -30 days'", "'-100:00:00'"}},
      {"uid",
       "uuid",
       {"'6ba7b810-9dad-11d1-80b4-00c04fd430c8'", "'00000000-0000-0000-0000-000000000000'"}},
      {"address",
       "inet",
       {"'10.1.2.3'", "'10.1.2.3/8'", "'::1'", "'2001:db8::/48'", "'::ffff:1.2.3.4'"}},
      {"network", "cidr", {"'10.0.0.0/8'", "'192.168.0.1/32'", "'2001:db8::/32'"}},
      {"mac", "macaddr", {"'08:00:2b:01:02:03'"}},
      {"mac_long", "macaddr8", {"'08:00:2b:01:02:03:04:05'"}},
      {"flags", "bit(5)", {"B'00101'", "B'11111'", "B'00000'"}},
      {"one_flag", "bit(1)", {"B'0'", "B'1'"}},
      {"full_flags", "bit(64)", {"repeat('1', 64)::bit(64)", "repeat('0', 64)::bit(64)"}},
      {"wide_flags", "bit(70)", {"repeat('01', 35)::bit(70)"}},
      {"loose_flags", "varbit(40)", {"B''", "B'0010'", "B'10'"}},
      {"feeling", "shop.mood", {"'new'", "'on sale'", "'it''s \"odd\"'", "'gone '"}},
      {"count_", "shop.positive", {"1", "2147483647"}},
      {"tag", "shop.short_label", {"'x'", "'trail '"}},
  };
  return kColumns;
}

const std::vector<SampleColumn>& array_columns() {
  static const std::vector<SampleColumn> kColumns = {
      {"numbers",
       "integer[]",
       {"'{}'", "'{1,NULL,-3}'", "'{{1,2},{3,4}}'", "'{{{1}},{{2}}}'"},
       {"'[0:1]={1,2}'"}},
      {"bigs", "bigint[]", {"'{9223372036854775807,-9223372036854775808}'"}},
      {"truths", "boolean[]", {"'{t,f,NULL}'"}},
      {"words",
       "text[]",
       {"'{}'", "array['a,b', NULL, 'NULL', '', 'q\"\\', ' pad ', '{x}', 'é😀']",
        "array[['a', 'b'], ['c', NULL]]", "array[E'line\\nbreak\\ttab']"}},
      {"names", "varchar(5)[]", {"'{abc,\"x y\"}'"}},
      {"prices", "numeric(10,2)[]", {"'{1.50,-0.01}'"}, {"'{NaN,1.00}'"}},
      {"reals", "real[]", {"'{0.5,-1.5}'"}, {"'{NaN,Infinity,0.1}'"}},
      {"doubles", "double precision[]", {"'{0.1,1e300,-2}'"}, {"'{NaN,-Infinity,5e-324}'"}},
      {"raws", "bytea[]", {"array['\\x00ff'::bytea, '\\x', NULL]"}},
      {"days", "date[]", {"'{2024-02-29,NULL}'"}, {"'{infinity,0044-03-15 BC}'"}},
      {"stamps", "timestamp(3)[]", {"'{\"2024-02-29 23:59:59.123\"}'"}},
      {"instants", "timestamptz[]", {"'{\"2024-02-29 12:00:00+02\",NULL}'"}},
      {"times", "time[]", {"'{24:00:00,00:00:00.5}'"}},
      {"spans", "interval[]", {"'{\"1 mon -2 days\",\"00:00:01.5\"}'"}},
      {"uids", "uuid[]", {"'{6ba7b810-9dad-11d1-80b4-00c04fd430c8}'"}},
      {"docs", "jsonb[]", {"array['{\"a\": [1, null]}'::jsonb, '\"x\"'::jsonb, NULL]"}},
      {"addresses", "inet[]", {"'{10.0.0.1,10.0.0.0/8,::1}'"}},
      {"bits_", "varbit[]", {"'{0010,1}'"}},
      {"feelings", "shop.mood[]", {"'{new,\"on sale\",\"gone \"}'"}},
      {"pairs", "shop.pair[]", {"array[row(1, 'a,b')::shop.pair, row(NULL, '')::shop.pair]"}},
      {"counts", "shop.positive[]", {"'{1,2}'"}},
      {"list", "shop.number_list", {"'{7,8,NULL}'"}},
      {"ranges", "int4range[]", {"'{\"[1,5)\",empty}'"}},
      {"points", "point[]", {"'{\"(1,2)\",\"(3,-4.5)\"}'"}},
  };
  return kColumns;
}

const std::vector<SampleColumn>& structured_columns() {
  static const std::vector<SampleColumn> kColumns = {
      {"i4", "int4range", {"'[1,10)'", "'empty'", "'(,)'", "'[5,)'"}},
      {"i8", "int8range", {"'[1,9223372036854775807)'"}},
      {"n", "numrange", {"'[1.10,2.0]'", "'(0,0.5)'"}},
      {"d", "daterange", {"'[2024-02-29,2024-03-02)'"}, {"'[-infinity,infinity]'"}},
      {"t", "tsrange", {"'[\"2024-02-29 12:00:00\",\"2024-03-01 00:00:00.5\")'"}},
      {"tz", "tstzrange", {"'[\"2024-02-29 12:00:00+02\",)'"}},
      {"many", "int4multirange", {"'{[1,3),[5,8)}'", "'{}'"}},
      {"pair", "shop.pair", {"row(1, 'a\"b,c')", "row(NULL, NULL)", "row(2, '')"}},
      {"nest",
       "shop.nested",
       {"row(row(1, 'x y')::shop.pair, array[row(2, '\"')::shop.pair])::shop.nested"}},
      {"place", "point", {"'(1.5,-2)'", "'(1e300,0)'"}},
      {"track", "path", {"'[(0,0),(1,1)]'", "'((0,0),(1,1),(2,0))'"}},
      {"square", "box", {"'((1,1),(0,0))'"}},
      {"shape", "polygon", {"'((0,0),(1,1),(2,0))'"}},
      {"round", "circle", {"'<(1,2),3>'"}},
      {"edge", "lseg", {"'[(0,0),(1,1)]'"}},
      {"straight", "line", {"'{1,-1,0}'"}},
      {"doc",
       "json",
       {"'{\"b\":  1,\"a\":[true,null,\"é\"]}'", "'[]'", "'\"x\"'", "'null'"},
       {"'{\"a\":1,\"a\":2}'", "'1e400'"}},
      {"doc_b",
       "jsonb",
       {"'{\"b\": [1, 2.5, null], \"a\": \"é😀\"}'", "'{}'", "'-7'", "'18446744073709551615'"},
       {"'0.1000000000000000000000000000001'", "'1e400'"}},
      {"words", "tsvector", {"'''fat'':2 ''cat'':3A'", "''"}},
      {"search", "tsquery", {"'fat & (cat | !rat)'"}},
      {"page", "xml", {"'<a b=\"c\">é</a>'"}},
      {"log", "pg_lsn", {"'16/B374D848'"}},
      {"snapshot", "pg_snapshot", {"'10:20:10,14'"}},
      {"road", "jsonpath", {"'$.a[*]?(@ > 1)'"}},
  };
  return kColumns;
}

}  // namespace tailrace::testing
