// Every type of MySQL and MariaDB.
#include <fmt/format.h>

#include "tests/support/replication/type_samples.h"

namespace tailrace::testing {
namespace {

using Values = std::vector<SampleValue>;

constexpr const char* kNul = "the character NUL";
constexpr const char* kZeroDate = "the date 0000-00-00";
constexpr const char* kPartialDate = "dates with month or day 00";
constexpr const char* kNoCalendarDate = "dates that no calendar has";
constexpr const char* kErrorLabel = "the error value (index 0)";

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    switch (c) {
      case '\'':
      case '\\':
        out += '\\';
        out += c;
        break;
      case '\r':
        out += "\\r";
        break;
      case '\n':
        out += "\\n";
        break;
      case 0x1A:
        out += "\\Z";
        break;
      default:
        out += c;
    }
  }
  return out + "'";
}

Values plain(std::initializer_list<const char*> list) {
  Values values;
  for (const char* sql : list) values.push_back({sql});
  return values;
}

TypeSample integer(const std::string& type, int bits, bool is_unsigned) {
  const std::uint64_t top = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  const std::uint64_t half = top >> 1U;
  Values limits = {{"0"}, {"1"}, {std::to_string(is_unsigned ? top : half)}};
  limits.push_back({is_unsigned ? std::to_string(half + 1) : "-" + std::to_string(half + 1)});
  return {type, std::move(limits), [=](Dice& dice) {
            const std::uint64_t value =
                (is_unsigned ? top : half) & (dice.bits() >> dice.below(64));
            return (is_unsigned || dice.one_in(2) ? "" : "-") + std::to_string(value);
          }};
}

TypeSample decimal(const std::string& type, int whole, int fraction, bool is_unsigned = false) {
  const std::string nines =
      (whole == 0 ? "0" : std::string(static_cast<std::size_t>(whole), '9')) +
      (fraction == 0 ? "" : "." + std::string(static_cast<std::size_t>(fraction), '9'));
  Values limits = {{"0"}, {nines}};
  if (!is_unsigned) limits.push_back({"-" + nines});
  return {type, std::move(limits), [=](Dice& dice) {
            std::string number = dice.number(whole, fraction);
            return is_unsigned && number.starts_with('-') ? number.substr(1) : number;
          }};
}

TypeSample floating(const std::string& type, bool is_double) {
  Values limits = plain({"0", "-0e0", "1.5", "-0.25", "0.1", "16777218", "1e-5", "1e15", "1e-7"});
  static const Values kSingle = plain({"3.4028234e38", "1e-45", "1e-38", "1234567.8"});
  static const Values kTwice = plain({"1.7976931348623157e308", "5e-324", "2.2250738585072014e-308",
                                      "1e22", "1e23", "0.1e0 + 0.2e0"});
  const Values& more = is_double ? kTwice : kSingle;
  limits.insert(limits.end(), more.begin(), more.end());
  return {type, std::move(limits), [=](Dice& dice) {
            const int exponent =
                static_cast<int>(is_double ? dice.between(-300, 280) : dice.between(-37, 20));
            return fmt::format("{}{}.{}e{}", dice.one_in(2) ? "-" : "", dice.below(10),
                               dice.digits(is_double ? 16 : 8), exponent);
          }};
}

TypeSample bits(std::size_t count) {
  return {fmt::format("BIT({})", count),
          {{"b'0'"}, {"b'" + std::string(count, '1') + "'"}, {"b'1'"}},
          [=](Dice& dice) { return "b'" + dice.binary(count) + "'"; }};
}

TypeTable numbers() {
  return {"numbers",
          {integer("TINYINT", 8, false),
           integer("TINYINT UNSIGNED", 8, true),
           integer("TINYINT(1)", 8, false),
           integer("SMALLINT", 16, false),
           integer("SMALLINT UNSIGNED", 16, true),
           integer("MEDIUMINT", 24, false),
           integer("MEDIUMINT UNSIGNED", 24, true),
           integer("INT", 32, false),
           integer("INT(7) UNSIGNED ZEROFILL", 32, true),
           integer("BIGINT", 64, false),
           integer("BIGINT UNSIGNED", 64, true),
           decimal("DECIMAL(10,2)", 8, 2),
           decimal("DECIMAL(65,30)", 35, 30),
           decimal("DECIMAL(65,0)", 65, 0),
           decimal("DECIMAL(5,5)", 0, 5),
           decimal("DECIMAL(8,2) UNSIGNED ZEROFILL", 6, 2, true),
           floating("FLOAT", false),
           floating("DOUBLE", true),
           {"FLOAT(7,3)", plain({"1.5", "1234.5678", "0"}),
            [](Dice& dice) { return dice.number(4, 3); }},
           {"DOUBLE(20,3)", plain({"1.0005", "12345678901.2345", "1e15 / 3"}),
            [](Dice& dice) { return dice.number(12, 3); }},
           bits(1),
           bits(8),
           bits(10),
           bits(63),
           bits(64),
           {"YEAR", plain({"0", "1901", "2155"}),
            [](Dice& dice) { return std::to_string(dice.between(1901, 2155)); }}}};
}

TypeSample text(const std::string& type, std::size_t most, const std::string& suffix = "") {
  return {type + suffix,
          {{"''"}, {"' '"}, {"'a '"}, {"'😀'"}, {"'\\\\N'"}, {"'a\\0b'", kNul}},
          [=](Dice& dice) { return quoted(random_text(dice, most)); }};
}

TypeTable texts() {
  return {"texts",
          {text("CHAR(10)", 10),
           text("VARCHAR(60)", 60),
           text("TINYTEXT", 60),
           text("TEXT", 80),
           text("MEDIUMTEXT", 20),
           text("LONGTEXT", 20),
           text("VARCHAR(60) COLLATE utf8mb4_bin", 60),
           {"TEXT COLLATE utf8mb4_bin", plain({"REPEAT('😀', 16000)", "REPEAT(' ', 65535)"}),
            [](Dice& dice) {
              return fmt::format("REPEAT({}, {})", quoted(random_text(dice, 9)), dice.below(900));
            }},
           {"ENUM('a','b,c','ü','it''s','\\\\','(','with space','\"q\"','NULL')",
            {{"'a'"}, {"'b,c'"}, {"'ü'"}, {"'it''s'"}, {"'no such label'", kErrorLabel}},
            [](Dice& dice) { return std::to_string(dice.between(1, 9)); }},
           {"ENUM('x','')", plain({"'x'", "''"}),
            [](Dice& dice) { return std::to_string(dice.between(1, 2)); }},
           {"SET('a','it''s','ü','NULL','\\\\','(',')')", plain({"''", "'a'", "127"}),
            [](Dice& dice) { return std::to_string(dice.below(128)); }},
           {"ENUM('a','ü','why?') CHARACTER SET latin1", plain({"'ü'", "'why?'"}),
            [](Dice& dice) { return std::to_string(dice.between(1, 3)); }},
           {"SET('x','y?','z') CHARACTER SET utf16", plain({"''", "'x,y?'"}),
            [](Dice& dice) { return std::to_string(dice.below(8)); }}}};
}

std::string list_of_labels(int count, char letter) {
  std::string list;
  for (int i = 0; i < count; ++i) list += fmt::format("{}'{}{}'", i > 0 ? "," : "", letter, i);
  return list;
}

TypeTable labels() {
  return {"labels",
          {{"ENUM(" + list_of_labels(300, 'l') + ")", plain({"'l0'", "'l255'", "'l299'"}),
            [](Dice& dice) { return std::to_string(dice.between(1, 300)); }},
           {"SET(" + list_of_labels(64, 'm') + ")",
            plain({"''", "'m63'", "'m0,m62,m63'", "18446744073709551615"}),
            [](Dice& dice) { return std::to_string(dice.bits()); }}}};
}

// Over utf8mb4, because the server takes octets that are no character of the set.
TypeSample single_byte(const std::string& charset) {
  return {"VARCHAR(40) CHARACTER SET " + charset, {{"''"}, {"'a '"}}, [=](Dice& dice) {
            std::string hex;
            for (std::uint64_t left = dice.below(41); left > 0; --left) {
              const auto octet = dice.between(1, 255);
              hex += fmt::format("{:02x}", octet);
            }
            return "CONVERT(_" + charset + " x'" + hex + "' USING utf8mb4)";
          }};
}

TypeTable charsets(bool mariadb) {
  TypeTable table{"charsets", {}};
  for (const char* charset :
       {"latin1", "latin2",  "latin5", "latin7", "cp1250",   "cp1251", "cp1256", "cp1257",
        "cp850",  "cp852",   "cp866",  "greek",  "hebrew",   "koi8r",  "koi8u",  "macroman",
        "macce",  "keybcs2", "dec8",   "hp8",    "armscii8", "geostd8"}) {
    table.columns.push_back(single_byte(charset));
  }
  // What the character set lacks the server makes a question mark of.
  for (const char* charset :
       {"ascii", "swe7", "utf8mb3", "ucs2", "utf16", "utf16le", "utf32", "gbk", "gb2312", "big5",
        "sjis", "cp932", "ujis", "eucjpms", "euckr"}) {
    table.columns.push_back(text("VARCHAR(40)", 40, std::string(" CHARACTER SET ") + charset));
  }
  if (!mariadb) table.columns.push_back(text("VARCHAR(40)", 40, " CHARACTER SET gb18030"));
  table.columns.push_back(text("TEXT", 40, " CHARACTER SET utf16"));
  table.columns.push_back(text("CHAR(20)", 20, " CHARACTER SET gbk"));
  return table;
}

TypeSample octets(const std::string& type, std::size_t most) {
  return {type,
          {{"x''"}, {"x'00'"}, {"x'FF'"}, {"x'6100'"}, {"x'00275C0A0D1A22'"}},
          [=](Dice& dice) { return "x'" + dice.hex(dice.below(most + 1)) + "'"; }};
}

std::string random_points(Dice& dice, int count, bool closed) {
  const auto point = [&] {
    return fmt::format("{}.{} {}", dice.between(-89, 89), dice.below(1000), dice.between(-89, 89));
  };
  const std::string first = point();
  std::string list = first;
  for (int i = 1; i < count; ++i) list += ", " + point();
  return closed ? list + ", " + first : list;
}

std::string random_geometry(Dice& dice) {
  static const std::vector<std::string> kSystems = {"", ", 0", ", 4326", ", 3857"};
  std::string shape;
  switch (dice.below(4)) {
    case 0:
      shape = "POINT(" + random_points(dice, 1, false) + ")";
      break;
    case 1:
      shape = "LINESTRING(" + random_points(dice, 3, false) + ")";
      break;
    case 2:
      shape = "MULTIPOINT(" + random_points(dice, 2, false) + ")";
      break;
    default:
      shape = "GEOMETRYCOLLECTION(POINT(" + random_points(dice, 1, false) + "), POLYGON((" +
              random_points(dice, 3, true) + ")))";
  }
  return "ST_GeomFromText('" + shape + "'" + dice.pick(kSystems) + ")";
}

TypeTable octet_types() {
  return {
      "octets",
      {octets("BINARY(6)", 6),
       octets("VARBINARY(40)", 40),
       octets("TINYBLOB", 60),
       octets("BLOB", 60),
       octets("MEDIUMBLOB", 20),
       {"LONGBLOB", plain({"REPEAT(x'00', 70000)", "REPEAT(x'0A27FF', 500000)", "''"}),
        [](Dice& dice) { return fmt::format("REPEAT(x'{}', {})", dice.hex(5), dice.below(500)); }},
       octets("CHAR(3) CHARACTER SET binary", 3),
       {"GEOMETRY",
        plain({"ST_GeomFromText('POINT(1 2)')", "ST_GeomFromText('GEOMETRYCOLLECTION EMPTY')"}),
        random_geometry},
       {"POINT", plain({"ST_GeomFromText('POINT(-1e300 1e-300)')"}),
        [](Dice& dice) {
          return "ST_GeomFromText('POINT(" + random_points(dice, 1, false) + ")')";
        }},
       {"MULTIPOLYGON",
        plain({"ST_GeomFromText('MULTIPOLYGON(((0 0,4 0,4 4,0 0)),((9 9,9 8,8 8,9 9)))')"})}}};
}

// " 12:34:56.789" with so many digits.
std::string clock(Dice& dice, int digits) {
  std::string out =
      fmt::format("{:02}:{:02}:{:02}", dice.below(24), dice.below(60), dice.below(60));
  if (digits > 0) out += "." + dice.binary(static_cast<std::size_t>(digits));
  if (digits > 0 && dice.one_in(2)) {
    out.replace(out.size() - static_cast<std::size_t>(digits), std::string::npos,
                dice.digits(static_cast<std::size_t>(digits)));
  }
  return out;
}

std::string nines(int digits) {
  return digits == 0 ? "" : "." + std::string(static_cast<std::size_t>(digits), '9');
}

std::string day(Dice& dice, std::int64_t first_year, std::int64_t last_year) {
  return fmt::format("{:04}-{:02}-{:02}", dice.between(first_year, last_year), dice.between(1, 12),
                     dice.between(1, 28));
}

TypeSample datetime(int digits) {
  return {fmt::format("DATETIME({})", digits),
          {{"'0000-00-00 00:00:00'", kZeroDate},
           {"'2024-00-10 12:00:00'", kPartialDate},
           {"'2023-02-30 12:00:00'", kNoCalendarDate},
           {"'0001-01-01 00:00:00'"},
           {"'1000-01-01 00:00:00'"},
           {"'9999-12-31 23:59:59" + nines(digits) + "'"}},
          [=](Dice& dice) { return "'" + day(dice, 1, 9999) + " " + clock(dice, digits) + "'"; }};
}

TypeSample timestamp(int digits) {
  return {
      fmt::format("TIMESTAMP({}) NULL", digits),
      {{"'0000-00-00 00:00:00'", kZeroDate},
       {"'1970-01-01 00:00:01'"},
       {"'2038-01-19 03:14:07" + nines(digits) + "'"}},
      [=](Dice& dice) { return "'" + day(dice, 1971, 2037) + " " + clock(dice, digits) + "'"; }};
}

TypeSample time(int digits) {
  return {fmt::format("TIME({})", digits),
          {{"'00:00:00'"},
           {"'24:00:00'"},
           {"'-00:00:00" + nines(digits) + "'"},
           {"'838:59:58" + nines(digits) + "'"},
           {"'838:59:59'"},
           {"'-838:59:58" + nines(digits) + "'"}},
          [=](Dice& dice) {
            const std::string of_day = clock(dice, digits);
            return fmt::format("'{}{}:{}'", dice.one_in(2) ? "-" : "", dice.below(838),
                               of_day.substr(3));
          }};
}

TypeTable temporals() {
  TypeTable table{"temporals",
                  {{"DATE",
                    {{"'0000-00-00'", kZeroDate},
                     {"'2024-00-10'", kPartialDate},
                     {"'0000-01-01'"},
                     {"'2023-02-30'", kNoCalendarDate},
                     {"'0001-01-01'"},
                     {"'9999-12-31'"}},
                    [](Dice& dice) { return "'" + day(dice, 1, 9999) + "'"; }}}};
  for (const int digits : {0, 1, 2, 3, 4, 5, 6}) {
    table.columns.push_back(datetime(digits));
    table.columns.push_back(timestamp(digits));
    table.columns.push_back(time(digits));
  }
  return table;
}

TypeSample json(bool mariadb) {
  Values limits =
      plain({"'null'", "'true'", "'1'", "'-1.5'", "'1.0'", "'\"a\\\\\"b\"'", "'[]'", "'{}'",
             "'{\"a\": [1, {\"b\": null}], \"ü\": 18446744073709551615}'",
             "'[\"\\\\u001f\\\\/\\\\b\\\\f\\\\n\\\\r\\\\t\\\\u00e9\\\\ud83d\\\\ude00\"]'"});
  limits.push_back({"'[\"\\\\u0000\"]'", "the escape \\u0000"});
  if (mariadb) {
    limits.push_back({"'[123456789012345678901234567890]'", "numbers of more than 64 bits"});
    limits.push_back({"'{\"b\":1,  \"a\":2,\"b\":3}'", "names that stand twice"});
  } else {
    for (const char* sql :
         {"CAST(CAST('2024-02-29 12:34:56.789' AS DATETIME(3)) AS JSON)",
          "CAST(CAST('-12:34:56' AS TIME) AS JSON)", "CAST(DATE'2024-02-29' AS JSON)",
          "CAST(CAST(1.50 AS DECIMAL(5,2)) AS JSON)", "CAST(x'DEADBEEF' AS JSON)",
          "JSON_ARRAY(REPEAT('x', 70000), 70000, -70000)", "JSON_OBJECT('k', CAST(b'101' AS JSON))",
          "JSON_ARRAY(x'00', 1.1, 3e0, CAST(18446744073709551615 AS UNSIGNED))",
          "CAST(ST_GeomFromText('POINT(1 2)') AS JSON)", "JSON_ARRAY(REPEAT(x'00FF', 60))",
          "JSON_OBJECT('a', JSON_OBJECT('b', JSON_ARRAY(CAST(1.10 AS DECIMAL(30,20)), "
          "TIMESTAMP'2024-02-29 00:00:00.000001')))"}) {
      limits.push_back({sql});
    }
  }
  return {"JSON", std::move(limits), [](Dice& dice) { return quoted(random_json(dice, 4)); }};
}

std::string random_uuid(Dice& dice) {
  std::string hex = dice.hex(16);
  hex[16] = "89ab"[dice.below(4)];
  for (const std::size_t at : {8U, 13U, 18U, 23U}) hex.insert(at, "-");
  return hex;
}

TypeSample uuid() {
  return {"UUID",
          plain({"'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
                 "'3e11fa47-71ca-11e1-9e33-c80aa9420000'"}),
          [](Dice& dice) { return "'" + random_uuid(dice) + "'"; }};
}

TypeSample inet6() {
  return {"INET6",
          plain({"'::'", "'::1'", "'2001:db8::ff00:42:8329'", "'::ffff:192.0.2.1'", "'1:0:0:2::3'",
                 "'2001:db8:0:1:1:1:1:1'", "'::192.0.2.1'", "'fe80::'"}),
          [](Dice& dice) {
            std::string out;
            for (int i = 0; i < 8; ++i) {
              out += (i > 0 ? ":" : "") + (dice.one_in(2) ? "0" : dice.hex(2));
            }
            return "'" + out + "'";
          }};
}

TypeTable others(bool mariadb) {
  TypeTable table{"others", {json(mariadb)}};
  if (mariadb) {
    table.columns.push_back(uuid());
    table.columns.push_back(inet6());
    table.columns.push_back(
        {"INET4", plain({"'0.0.0.0'", "'255.255.255.255'", "'192.0.2.0'"}), [](Dice& dice) {
           return fmt::format("'{}.{}.{}.{}'", dice.below(256), dice.below(256), dice.below(256),
                              dice.below(3));
         }});
    table.columns.push_back(text("VARCHAR(200) COMPRESSED", 100));
    table.columns.push_back(octets("BLOB COMPRESSED", 100));
  } else {
    table.columns.push_back(
        {"VECTOR(3)", plain({"STRING_TO_VECTOR('[1,2.5,-3e-10]')"}), [](Dice& dice) {
           return fmt::format("STRING_TO_VECTOR('[{},{},{}e-20]')", dice.number(9, 9),
                              dice.number(3, 3), dice.number(5, 1));
         }});
    table.columns.push_back({"POINT SRID 4326", plain({"ST_GeomFromText('POINT(1 2)', 4326)"})});
  }
  return table;
}

// Each of these types identifies rows.
std::vector<TypeTable> keyed(bool mariadb) {
  const TypeSample value{"INT", {{"1"}}, [](Dice& dice) { return std::to_string(dice.below(99)); }};
  TypeSample long_text = text("VARCHAR(760) COLLATE utf8mb4_bin", 20);
  TypeSample long_octets = octets("VARBINARY(3000)", 20);
  std::vector<TypeTable> tables = {
      {"key_text", {text("VARCHAR(40)", 12), value}, 1},
      {"key_long_text", {long_text, value}, 1},
      {"key_latin1", {single_byte("latin1"), integer("SMALLINT UNSIGNED", 16, true), value}, 2},
      {"key_char", {text("CHAR(20) COLLATE utf8mb4_bin", 12), time(6), value}, 2},
      {"key_octets", {octets("VARBINARY(40)", 20), datetime(6), value}, 2},
      {"key_long_octets", {long_octets, value}, 1},
      {"key_binary", {octets("BINARY(16)", 16), value}, 1},
      {"key_decimal",
       {decimal("DECIMAL(20,10)", 10, 10), integer("BIGINT UNSIGNED", 64, true), value},
       2},
      {"key_date",
       {{"DATE",
         {{"'0000-00-00'", kZeroDate}, {"'9999-12-31'"}},
         [](Dice& dice) { return "'" + day(dice, 1, 9999) + "'"; }},
        timestamp(3),
        value},
       2},
      {"key_label",
       {{"ENUM('b','a','ü')",
         {{"'a'"}, {"'no such label'", kErrorLabel}},
         [](Dice& dice) { return std::to_string(dice.between(1, 3)); }},
        {"YEAR", plain({"0"}), [](Dice& dice) { return std::to_string(dice.between(1901, 2155)); }},
        {"SET('x','y','z')", plain({"''"}),
         [](Dice& dice) { return std::to_string(dice.below(8)); }},
        value},
       3},
      {"key_bits", {bits(64), bits(3), value}, 2},
      {"key_number", {integer("MEDIUMINT", 24, false), floating("DOUBLE", true), value}, 2},
  };
  if (mariadb) tables.push_back({"key_uuid", {uuid(), inet6(), value}, 2});
  return tables;
}

}  // namespace

std::vector<TypeTable> mysql_type_tables(bool mariadb) {
  std::vector<TypeTable> tables = {numbers(),     texts(),     labels(),       charsets(mariadb),
                                   octet_types(), temporals(), others(mariadb)};
  for (TypeTable& table : keyed(mariadb)) tables.push_back(std::move(table));
  return tables;
}

}  // namespace tailrace::testing
