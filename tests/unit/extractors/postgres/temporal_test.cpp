// Dates, times and intervals in both forms, and damaged ones.

#include <gtest/gtest.h>

#include "extractors/postgres/temporal_fields.h"
#include "planned_column.h"

namespace tailrace::postgres {
namespace {

using namespace std::string_literals;

std::string big_endian(std::uint64_t value, int bytes) {
  std::string wire;
  while (bytes-- > 0) wire += static_cast<char>(value >> 8 * bytes & 0xFF);
  return wire;
}
std::string i32(std::int64_t value) {
  return big_endian(static_cast<std::uint64_t>(value), 4);
}
std::string i64(std::int64_t value) {
  return big_endian(static_cast<std::uint64_t>(value), 8);
}

struct Case {
  std::uint32_t type;
  std::int32_t modifier;
  std::string text;
  std::string binary;
  std::string canonical;
};

TEST(PostgresTemporal, TextAndBinaryAgree) {
  const Case cases[] = {
      {type_oid::date, -1, "2000-01-01", i32(0), "2000-01-01"},
      {type_oid::date, -1, "1999-12-31", i32(-1), "1999-12-31"},
      {type_oid::date, -1, "2000-02-29", i32(59), "2000-02-29"},
      {type_oid::date, -1, "1970-01-01", i32(-10957), "1970-01-01"},
      {type_oid::date, -1, "0001-01-01", i32(-730119), "0001-01-01"},
      {type_oid::date, -1, "0001-12-31 BC", i32(-730120), "0000-12-31"},
      {type_oid::date, -1, "0044-03-15 BC", i32(-746117), "-0043-03-15"},
      {type_oid::date, -1, "4714-11-24 BC", i32(-2451545), "-4713-11-24"},
      {type_oid::date, -1, "9999-12-31", i32(2921939), "9999-12-31"},
      {type_oid::date, -1, "10000-01-01", i32(2921940), "10000-01-01"},
      {type_oid::date, -1, "5874897-12-31", i32(2145031948), "5874897-12-31"},
      {type_oid::date, -1, "infinity", i32(0x7FFFFFFF), "infinity"},
      {type_oid::date, -1, "-infinity", i32(-0x80000000LL), "-infinity"},
      {type_oid::time, -1, "00:00:00", i64(0), "00:00:00.000000"},
      {type_oid::time, 0, "23:59:59", i64(86399000000), "23:59:59"},
      {type_oid::time, 3, "12:34:56.78", i64(45296780000), "12:34:56.780"},
      {type_oid::time, -1, "23:59:59.999999", i64(86399999999), "23:59:59.999999"},
      {type_oid::time, 0, "24:00:00", i64(86400000000), "24:00:00"},
      {type_oid::timetz, 0, "12:00:00+02", i64(43200000000) + i32(-7200), "12:00:00+02:00"},
      {type_oid::timetz, 0, "12:00:00-00:30", i64(43200000000) + i32(1800), "12:00:00-00:30"},
      {type_oid::timetz, 1, "12:00:00.5+05:30:15", i64(43200500000) + i32(-19815),
       "12:00:00.5+05:30:15"},
      {type_oid::timetz, -1, "00:00:00+00", i64(0) + i32(0), "00:00:00.000000+00:00"},
      {type_oid::timestamp, 0, "2000-01-01 00:00:00", i64(0), "2000-01-01 00:00:00"},
      {type_oid::timestamp, -1, "1999-12-31 23:59:59.999999", i64(-1),
       "1999-12-31 23:59:59.999999"},
      {type_oid::timestamp, 2, "2000-01-02 00:00:00.1", i64(86400100000), "2000-01-02 00:00:00.10"},
      {type_oid::timestamp, 0, "4714-11-24 00:00:00 BC", i64(-211813488000000000),
       "-4713-11-24 00:00:00"},
      {type_oid::timestamp, -1, "infinity", i64(INT64_MAX), "infinity"},
      {type_oid::timestamptz, 0, "2000-01-01 00:00:00+00", i64(0), "2000-01-01 00:00:00Z"},
      {type_oid::timestamptz, -1, "294276-12-31 23:59:59.999999+00", i64(9223371331199999999),
       "294276-12-31 23:59:59.999999Z"},
      {type_oid::timestamptz, 0, "0044-03-15 12:00:00+00 BC",
       i64(-746117LL * 86400000000 + 43200000000), "-0043-03-15 12:00:00Z"},
      {type_oid::timestamptz, -1, "-infinity", i64(INT64_MIN), "-infinity"},
  };
  for (const Case& value : cases) {
    const PlannedColumn column(value.type, value.modifier);
    EXPECT_EQ(column.text(value.text), value.canonical) << value.type;
    EXPECT_EQ(column.binary(value.binary), value.canonical) << value.type;
  }
}

TEST(PostgresTemporal, EveryDayOfFourCenturies) {
  CalendarDate expected{.year = 1900, .month = 1, .day = 1};
  for (std::int64_t day = -36524; day < -36524 + 146097 + 366; ++day) {
    const CalendarDate date = date_of(day);
    ASSERT_TRUE(is_valid(date)) << day;
    ASSERT_EQ(date.year, expected.year) << day;
    ASSERT_EQ(date.month, expected.month) << day;
    ASSERT_EQ(date.day, expected.day) << day;
    if (is_valid({.year = date.year, .month = date.month, .day = date.day + 1})) {
      ++expected.day;
    } else if (date.month < 12) {
      expected = {.year = date.year, .month = date.month + 1, .day = 1};
    } else {
      expected = {.year = date.year + 1, .month = 1, .day = 1};
    }
  }
}

TEST(PostgresTemporal, Intervals) {
  const PlannedColumn column(type_oid::interval);
  EXPECT_FALSE(column.reads_binary());
  const std::pair<const char*, const char*> cases[] = {
      {"PT0S", "PT0S"},
      {"P1Y2M3DT-4.000001S", "P14M3DT-4.000001S"},
      {"P-1Y-2M3DT-4H-5M-6.789S", "P-14M3DT-14706.789S"},
      {"P1MT-0.000001S", "P1MT-0.000001S"},
      {"P1Y-1M", "P11M"},
      {"PT1H", "PT3600S"},
      {"PT0.5S", "PT0.5S"},
      {"PT100S", "PT100S"},
      {"P-178956970Y-8M-2147483648D", "P-2147483648M-2147483648D"},
      {"PT277777H46M39.999999S", "PT999999999.999999S"},
      {"PT277777H46M40S", "PT277777H2800S"},
      {"PT-300000H", "PT-300000H"},
      {"PT2562047788H54.775807S", "PT2562047788H54.775807S"},
      {"PT-2562047788H-54.775808S", "PT-2562047788H-54.775808S"},
      {"infinity", "infinity"},
      {"-infinity", "-infinity"},
  };
  for (const auto& [text, canonical] : cases) EXPECT_EQ(column.text(text), canonical);
  for (const char* const text : {"",
                                 "P",
                                 "PT",
                                 "P1",
                                 "1D",
                                 "P1X",
                                 "P1S",
                                 "PT1D",
                                 "PT1Y",
                                 "P1.5D",
                                 "PT1.5M",
                                 "PT1.S",
                                 "PT.5S",
                                 "P1YT",
                                 "P1DT1",
                                 "PTT1S",
                                 "PT1.0000001S",
                                 "P+1D",
                                 "PT-S",
                                 "P 1D",
                                 "1 mon",
                                 "00:00:01",
                                 "PT2562047789H",
                                 "PT-2562047788H-54.775809S",
                                 "P99999999999999999999D",
                                 "Infinity"}) {
    EXPECT_EQ(column.text(text), "refused") << text;
  }
}

TEST(PostgresTemporal, TextThatNoServerPrints) {
  const struct {
    std::uint32_t type;
    std::int32_t modifier;
    std::vector<const char*> texts;
  } cases[] = {
      {type_oid::date,
       -1,
       {"",           "2024",       "2024-1-01",      "24-01-01",      "2024-13-01",
        "2024-00-01", "2024-02-30", "2023-02-29",     "1900-02-29",    "2024-01-00",
        "2024-01-32", "0000-01-01", "2024-01-01 ",    "2024-01-01 AD", "2024-01-01 BC ",
        "01-02-2024", "2024/01/01", "12345678-01-01", "Infinity",      "+infinity"}},
      {type_oid::time,
       -1,
       {"", "1:00:00", "00:00", "24:00:01", "24:00:00.000001", "25:00:00", "99:99:99", "00:60:00",
        "00:00:60", "00:00:00.", "00:00:00.0000001", "-01:00:00", "00:00:00+00"}},
      {type_oid::time, 3, {"00:00:00.1234"}},
      {type_oid::time, 0, {"00:00:00.1"}},
      {type_oid::timetz,
       -1,
       {"00:00:00", "00:00:00Z", "00:00:00+0", "00:00:00+24", "00:00:00+00:", "00:00:00+00:00:0",
        "00:00:00 +00"}},
      {type_oid::timestamp,
       -1,
       {"", "2024-01-01", "2024-01-01T00:00:00", "2024-01-01 24:00:00", "2024-01-01 00:00:00+00",
        "2024-01-01 00:00:00Z", "2024-01-01 00:00:00 BC ", "Mon Jan 1 2024"}},
      {type_oid::timestamptz,
       -1,
       {"2024-01-01 00:00:00", "2024-01-01 00:00:00+02", "2024-01-01 00:00:00+00:00",
        "2024-01-01 00:00:00 BC+00", "2024-01-01 00:00:00 UTC"}},
  };
  for (const auto& [type, modifier, texts] : cases) {
    for (const char* const text : texts) {
      EXPECT_EQ(PlannedColumn(type, modifier).text(text), "refused") << type << ' ' << text;
    }
  }
}

TEST(PostgresTemporal, BytesThatNoServerSends) {
  const struct {
    std::uint32_t type;
    std::int32_t modifier;
    std::string bytes;
  } cases[] = {
      {type_oid::date, -1, i32(0).substr(1)},
      {type_oid::date, -1, i64(0)},
      {type_oid::time, -1, i32(0)},
      {type_oid::time, -1, i64(-1)},
      {type_oid::time, -1, i64(86400000001)},
      {type_oid::time, 3, i64(1)},
      {type_oid::timestamp, 0, i64(1)},
      {type_oid::timestamp, -1, i64(0) + "\0"s},
      {type_oid::timestamptz, 3, i64(-1)},
      {type_oid::timestamptz, -1, ""},
      {type_oid::timetz, -1, i64(0)},
      {type_oid::timetz, -1, i64(0) + i32(86400)},
      {type_oid::timetz, -1, i64(0) + i32(-0x80000000LL)},
      {type_oid::interval, -1, i64(0) + i32(0) + i32(0)},
  };
  for (const auto& [type, modifier, bytes] : cases) {
    EXPECT_EQ(PlannedColumn(type, modifier).binary(bytes), "refused") << type;
  }
}

}  // namespace
}  // namespace tailrace::postgres
