// JSON, and the types that only one of the two has.

#include <fmt/format.h>

#include "tests/support/replication/type_samples_mysql.h"

namespace tailrace::testing::mysql_samples {
namespace {

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

}  // namespace

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

}  // namespace tailrace::testing::mysql_samples
