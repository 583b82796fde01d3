// Integers, decimals, floats, bits, years.

#include <fmt/format.h>

#include "tests/support/replication/type_samples_mysql.h"

namespace tailrace::testing::mysql_samples {

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

TypeSample decimal(const std::string& type, int whole, int fraction, bool is_unsigned) {
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

}  // namespace tailrace::testing::mysql_samples
