// Octets and geometries.

#include <fmt/format.h>

#include "tests/support/replication/type_samples_mysql.h"

namespace tailrace::testing::mysql_samples {
namespace {

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

}  // namespace

TypeSample octets(const std::string& type, std::size_t most) {
  return {type,
          {{"x''"}, {"x'00'"}, {"x'FF'"}, {"x'6100'"}, {"x'00275C0A0D1A22'"}},
          [=](Dice& dice) { return "x'" + dice.hex(dice.below(most + 1)) + "'"; }};
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

}  // namespace tailrace::testing::mysql_samples
