// Every type of MySQL and MariaDB.
#include "tests/support/replication/type_samples_mysql.h"

namespace tailrace::testing {
namespace {

using namespace mysql_samples;

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
