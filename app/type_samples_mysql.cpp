#include <algorithm>
#include <array>

#include "app/type_samples.h"
#include "core/assert.h"
#include "extractors/mysql/column_resolver.h"
#include "extractors/mysql/type_text.h"

namespace tailrace::app {
namespace {

using mysql::ColumnType;

struct Wire {
  std::string_view name;
  ColumnType type;
  std::uint32_t size = 0;  // 0: by the numbers in brackets
};
constexpr std::array kWires = {
    Wire{"tinyint", ColumnType::tiny},
    Wire{"smallint", ColumnType::short_},
    Wire{"mediumint", ColumnType::int24},
    Wire{"int", ColumnType::long_},
    Wire{"bigint", ColumnType::longlong},
    Wire{"decimal", ColumnType::newdecimal},
    Wire{"float", ColumnType::float_, 4},
    Wire{"double", ColumnType::double_, 8},
    Wire{"bit", ColumnType::bit},
    Wire{"year", ColumnType::year},
    Wire{"date", ColumnType::date},
    Wire{"time", ColumnType::time2},
    Wire{"datetime", ColumnType::datetime2},
    Wire{"timestamp", ColumnType::timestamp2},
    Wire{"char", ColumnType::string},
    Wire{"varchar", ColumnType::varchar},
    Wire{"binary", ColumnType::string},
    Wire{"varbinary", ColumnType::varchar},
    Wire{"tinytext", ColumnType::blob, 1},
    Wire{"text", ColumnType::blob, 2},
    Wire{"mediumtext", ColumnType::blob, 3},
    Wire{"longtext", ColumnType::blob, 4},
    Wire{"tinyblob", ColumnType::blob, 1},
    Wire{"blob", ColumnType::blob, 2},
    Wire{"mediumblob", ColumnType::blob, 3},
    Wire{"longblob", ColumnType::blob, 4},
    Wire{"enum", ColumnType::enumeration, 1},
    Wire{"set", ColumnType::set, 1},
    Wire{"json", ColumnType::json, 4},
    Wire{"geometry", ColumnType::geometry, 4},
    Wire{"point", ColumnType::geometry, 4},
    Wire{"uuid", ColumnType::string, 16},
    Wire{"inet4", ColumnType::string, 4},
    Wire{"inet6", ColumnType::string, 16},
    Wire{"vector", ColumnType::vector, 4},
};

// What TABLE_MAP would say of such a column.
mysql::TableMapColumn wire_of(const mysql::TypeText& type, const mysql::Charset* charset,
                              bool mariadb) {
  const auto* found = std::find_if(kWires.begin(), kWires.end(),
                                   [&](const Wire& wire) { return wire.name == type.name; });
  TR_ASSERT(found != kWires.end());
  mysql::TableMapColumn wire;
  wire.type = found->type;
  wire.size = found->size;
  const std::uint32_t number = type.numbers.empty() ? 0 : type.numbers[0];
  if (wire.size == 0) wire.size = charset == nullptr ? number : number * charset->max_bytes;
  if (wire.type == ColumnType::newdecimal) {
    wire.precision = static_cast<std::uint8_t>(number);
    wire.scale = static_cast<std::uint8_t>(type.numbers.at(1));
  }
  if (type.name == "point") wire.geometry_type = 1;
  if (type.name == "vector") {
    wire.vector_dimensions = number;
    // MariaDB logs a VECTOR as its octets.
    if (mariadb) wire.type = ColumnType::varchar, wire.size = 4 * number;
  }
  if (type.name == "json" && mariadb) wire.type = ColumnType::blob;
  return wire;
}

TypeSample sample(bool mariadb, std::string type, std::vector<Probe> probes,
                  std::string charset = "") {
  const auto text = mysql::parse_type_text(type);
  TR_ASSERT(text);
  const bool json = text->name == "json";
  if (json && mariadb) charset = "utf8mb4";
  mysql::ColumnFacts facts;
  facts.is_unsigned = text->is_unsigned;
  facts.labels = text->labels;
  if (!charset.empty()) facts.charset = mysql::CharsetTable::find_by_name(charset);
  mysql::CatalogueColumn hint;
  hint.data_type = text->name;
  // MariaDB's JSON is LONGTEXT with a CHECK constraint.
  if (json && mariadb) hint.data_type = "longtext";
  hint.column_type = json && mariadb ? "longtext" : type;
  hint.charset = charset;
  hint.is_json = json && mariadb;
  const mysql::TableMapColumn wire = wire_of(*text, facts.charset, mariadb);
  auto column = column_of(wire, facts);
  TR_ASSERT(column && agrees(wire, facts, hint));
  refine(hint, *column);
  return {std::move(type), *std::move(column), std::move(probes)};
}

std::vector<Probe> text_probes() {
  return {{"empty", ""},
          {"4-octet UTF-8", "\xF0\x9F\x98\x80"},
          {"spaces at the end", "a "},
          {"the character NUL", std::string("\0a", 2)}};
}

std::vector<Probe> long_text_probes() {
  auto probes = text_probes();
  probes.push_back({"longer texts", std::string(1001, 'x')});
  return probes;
}

std::vector<Probe> octet_probes(std::size_t most) {
  return {{"empty", ""},
          {"every octet", std::string("\0\xFF", 2)},
          {"longer values", std::string(most, 'x')}};
}

std::vector<Probe> date_probes(const std::string& rest) {
  return {{"the date 0000-00-00", "0000-00-00" + rest},
          {"dates with month or day 00", "2024-00-10" + rest},
          {"dates that no calendar has", "2023-02-30" + rest},
          {"the year 0001", "0001-01-01" + rest},
          {"the year 9999", "9999-12-31" + rest}};
}

std::vector<TypeSample> numbers(bool mariadb) {
  const auto one = [&](const char* type, std::vector<Probe> probes) {
    return sample(mariadb, type, std::move(probes));
  };
  const std::string nines35(35, '9');
  const std::string nines30(30, '9');
  return {
      one("tinyint", {{"the least", "-128"}, {"the greatest", "127"}}),
      one("tinyint unsigned", {{"the greatest", "255"}}),
      one("smallint", {{"the least", "-32768"}, {"the greatest", "32767"}}),
      one("smallint unsigned", {{"the greatest", "65535"}}),
      one("mediumint", {{"the least", "-8388608"}, {"the greatest", "8388607"}}),
      one("mediumint unsigned", {{"the greatest", "16777215"}}),
      one("int", {{"the least", "-2147483648"}, {"the greatest", "2147483647"}}),
      one("int unsigned", {{"the greatest", "4294967295"}}),
      one("bigint", {{"the least", "-9223372036854775808"}, {"2^63-1", "9223372036854775807"}}),
      one("bigint unsigned", {{"from 2^63 on", "18446744073709551615"}}),
      one("decimal(10,2)", {{"the least", "-99999999.99"}, {"the greatest", "99999999.99"}}),
      one("decimal(65,30)", {{"65 digits", "-" + nines35 + "." + nines30}}),
      one("float", {{"the greatest", "3.4028235e+38"}, {"the smallest", "1e-45"}, {"-0", "-0"}}),
      one("double", {{"the greatest", "1.7976931348623157e+308"}, {"-0", "-0"}}),
      one("bit(1)", {{"0", "0"}, {"1", "1"}}),
      one("bit(8)", {{"zeros in front", "00000001"}}),
      one("bit(64)", {{"64 ones", std::string(64, '1')}}),
      one("year", {{"0000", "0"}, {"2155", "2155"}}),
  };
}

std::vector<TypeSample> texts(bool mariadb) {
  const auto text = [&](const char* type, std::vector<Probe> probes) {
    return sample(mariadb, type, std::move(probes), "utf8mb4");
  };
  const auto octets = [&](const char* type, std::vector<Probe> probes) {
    return sample(mariadb, type, std::move(probes), "binary");
  };
  return {
      text("char(10)", text_probes()),
      text("varchar(255)", text_probes()),
      text("varchar(16000)", long_text_probes()),
      text("tinytext", text_probes()),
      text("text", long_text_probes()),
      text("mediumtext", long_text_probes()),
      text("longtext", long_text_probes()),
      sample(mariadb, "text", long_text_probes(), "latin1"),
      octets("binary(4)", {{"zeros at the end", std::string("a\0\0\0", 4)}}),
      octets("varbinary(255)", {{"every octet", std::string("\0\xFF", 2)}}),
      octets("tinyblob", {{"every octet", std::string("\0\xFF", 2)}}),
      octets("blob", octet_probes(4001)),
      octets("mediumblob", octet_probes(4001)),
      octets("longblob", octet_probes(4001)),
      text("enum('a','b')", {{"a label", "a"}, {"the error value (index 0)", ""}}),
      text("set('a','b')", {{"none", ""}, {"all", "a,b"}}),
  };
}

std::vector<TypeSample> temporals(bool mariadb) {
  auto timestamps = date_probes(" 00:00:00.000000Z");
  timestamps.resize(1);
  timestamps.push_back({"its end, in 2038", "2038-01-19 03:14:07.999999Z"});
  return {
      sample(mariadb, "date", date_probes("")),
      sample(mariadb, "datetime(3)", date_probes(" 23:59:59.999")),
      sample(mariadb, "datetime(6)", date_probes(" 23:59:59.999999")),
      sample(mariadb, "timestamp(6)", std::move(timestamps)),
      sample(mariadb, "time(6)",
             {{"more than 24 hours", "838:59:58.999999"}, {"below zero", "-838:59:58.999999"}}),
  };
}

std::vector<TypeSample> others(bool mariadb) {
  const std::string point("\0\0\0\0\1\1\0\0\0\0\0\0\0\0\0\xF0\x3F\0\0\0\0\0\0\0\x40", 25);
  const std::string placed = "\xE6\x10" + point.substr(2);
  const std::vector<Probe> points = {{"without SRID", point}, {"SRID 4326", placed}};
  std::vector<Probe> json = {{"an object", "{\"a\": [1, null]}"},
                             {"the escape \\u0000", "\"\\u0000\""}};
  // MySQL's own JSON has no such number: it became a double when it was stored.
  if (mariadb) json.push_back({"numbers of more than 64 bits", "[18446744073709551616]"});
  std::vector<TypeSample> made = {
      sample(mariadb, "json", std::move(json)),
      sample(mariadb, "geometry", points),
      sample(mariadb, "point", points),
      sample(mariadb, "vector(3)", {{"any", "[1,2.5,-3]"}}, mariadb ? "binary" : ""),
  };
  if (!mariadb) return made;
  made.push_back(
      sample(mariadb, "uuid", {{"any", "00112233-4455-6677-8899-aabbccddeeff"}}, "binary"));
  made.push_back(sample(mariadb, "inet4", {{"any", "192.168.0.1"}}, "binary"));
  made.push_back(sample(mariadb, "inet6", {{"any", "2001:db8::1"}}, "binary"));
  return made;
}

}  // namespace

std::vector<TypeSample> mysql_type_samples(bool mariadb) {
  std::vector<TypeSample> all;
  for (const auto& part : {numbers(mariadb), texts(mariadb), temporals(mariadb), others(mariadb)}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  for (TypeSample& one : all) {
    const bool foreign = one.column.charset == "latin1";
    if (foreign) one.type += " CHARACTER SET latin1";
    one.can_be_key = one.column.type != LogicalType::json &&
                     one.column.type != LogicalType::geometry &&
                     one.column.type != LogicalType::vector;
  }
  return all;
}

}  // namespace tailrace::app
