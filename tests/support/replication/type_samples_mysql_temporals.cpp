// Dates and times of every precision.

#include <fmt/format.h>

#include "tests/support/replication/type_samples_mysql.h"

namespace tailrace::testing::mysql_samples {
namespace {

constexpr const char* kPartialDate = "dates with month or day 00";
constexpr const char* kNoCalendarDate = "dates that no calendar has";

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

}  // namespace

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

}  // namespace tailrace::testing::mysql_samples
