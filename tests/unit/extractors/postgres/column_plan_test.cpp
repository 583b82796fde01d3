// What a column becomes, by its type and modifier; how a value is read is in values_test.cpp.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planned_column.h"

namespace tailrace::postgres {
namespace {

using ::testing::ElementsAre;

constexpr std::int32_t numeric_of(int precision, int scale) {
  return (precision << 16 | (scale & 0x7FF)) + 4;
}

TEST(PostgresColumnPlan, BuiltinTypes) {
  const struct {
    std::uint32_t type;
    std::int32_t modifier;
    LogicalType logical;
    const char* native_type;
    std::uint32_t length;
    int precision;
    int scale;
  } cases[] = {
      {type_oid::boolean, -1, LogicalType::boolean, "boolean", 0, 0, 0},
      {type_oid::int2, -1, LogicalType::int16, "smallint", 0, 0, 0},
      {type_oid::int4, -1, LogicalType::int32, "integer", 0, 0, 0},
      {type_oid::int8, -1, LogicalType::int64, "bigint", 0, 0, 0},
      {type_oid::oid, -1, LogicalType::uint32, "oid", 0, 0, 0},
      {type_oid::float4, -1, LogicalType::float32, "real", 0, 0, 0},
      {type_oid::float8, -1, LogicalType::float64, "double precision", 0, 0, 0},
      {type_oid::numeric, -1, LogicalType::decimal, "numeric", 0, 0, 0},
      {type_oid::numeric, numeric_of(10, 2), LogicalType::decimal, "numeric(10,2)", 0, 10, 2},
      {type_oid::numeric, numeric_of(5, -2), LogicalType::decimal, "numeric(5,-2)", 0, 5, -2},
      {type_oid::numeric, numeric_of(3, 5), LogicalType::decimal, "numeric(3,5)", 0, 3, 5},
      {type_oid::numeric, numeric_of(1000, -1000), LogicalType::decimal, "numeric(1000,-1000)", 0,
       1000, -1000},
      {type_oid::numeric, numeric_of(1000, 1000), LogicalType::decimal, "numeric(1000,1000)", 0,
       1000, 1000},
      {type_oid::money, -1, LogicalType::decimal, "money", 0, 19, 2},
      {type_oid::text, -1, LogicalType::string, "text", 0, 0, 0},
      {type_oid::varchar, -1, LogicalType::string, "character varying", 0, 0, 0},
      {type_oid::varchar, 24, LogicalType::string, "character varying(20)", 20, 0, 0},
      {type_oid::bpchar, -1, LogicalType::string, "bpchar", 0, 0, 0},
      {type_oid::bpchar, 9, LogicalType::string, "character(5)", 5, 0, 0},
      {type_oid::name, -1, LogicalType::string, "name", 63, 0, 0},
      {type_oid::single_char, -1, LogicalType::string, "\"char\"", 4, 0, 0},
      {type_oid::bytea, -1, LogicalType::bytes, "bytea", 0, 0, 0},
      {type_oid::date, -1, LogicalType::date, "date", 0, 0, 0},
      {type_oid::time, -1, LogicalType::time, "time without time zone", 0, 0, 6},
      {type_oid::time, 3, LogicalType::time, "time(3) without time zone", 0, 0, 3},
      {type_oid::timetz, 0, LogicalType::timetz, "time(0) with time zone", 0, 0, 0},
      {type_oid::timestamp, 6, LogicalType::timestamp, "timestamp(6) without time zone", 0, 0, 6},
      {type_oid::timestamptz, -1, LogicalType::timestamptz, "timestamp with time zone", 0, 0, 6},
      {type_oid::interval, -1, LogicalType::interval, "interval", 0, 0, 6},
      {type_oid::interval, 0x7FFF0003, LogicalType::interval, "interval(3)", 0, 0, 3},
      {type_oid::interval, (1 << 2 | 1 << 1) << 16 | 0xFFFF, LogicalType::interval,
       "interval year to month", 0, 0, 6},
      {type_oid::interval, (1 << 3 | 7 << 10) << 16, LogicalType::interval,
       "interval day to second(0)", 0, 0, 0},
      {type_oid::bit, -1, LogicalType::bit, "\"bit\"", 0, 0, 0},
      {type_oid::bit, 8, LogicalType::bit, "bit(8)", 8, 0, 0},
      {type_oid::varbit, 8, LogicalType::bit, "bit varying(8)", 8, 0, 0},
      {type_oid::json, -1, LogicalType::json, "json", 0, 0, 0},
      {type_oid::jsonb, -1, LogicalType::json, "jsonb", 0, 0, 0},
      {type_oid::uuid, -1, LogicalType::uuid, "uuid", 0, 0, 0},
      {type_oid::inet, -1, LogicalType::inet, "inet", 0, 0, 0},
      {type_oid::cidr, -1, LogicalType::inet, "cidr", 0, 0, 0},
      {142, -1, LogicalType::other, "xml", 0, 0, 0},
      {3904, -1, LogicalType::other, "int4range", 0, 0, 0},
      {4451, -1, LogicalType::other, "int4multirange", 0, 0, 0},
      {1007, -1, LogicalType::array, "integer[]", 0, 0, 0},
      {1231, numeric_of(6, 2), LogicalType::array, "numeric(6,2)[]", 0, 0, 0},
      {1115, 3, LogicalType::array, "timestamp(3) without time zone[]", 0, 0, 0},
      {1014, 9, LogicalType::array, "character(5)[]", 0, 0, 0},
  };
  for (const auto& expected : cases) {
    SCOPED_TRACE(expected.native_type);
    const PlannedColumn planned(expected.type, expected.modifier);
    EXPECT_EQ(planned.column().type, expected.logical);
    EXPECT_EQ(planned.column().native_type, expected.native_type);
    EXPECT_EQ(planned.column().length, expected.length);
    EXPECT_EQ(planned.column().precision, expected.precision);
    EXPECT_EQ(planned.column().scale, expected.scale);
    EXPECT_EQ(planned.column().fixed_length,
              expected.type == type_oid::bpchar && expected.modifier > 0);
    EXPECT_EQ(planned.column().charset, expected.logical == LogicalType::string ? "utf8" : "");
  }
}

TEST(PostgresColumnPlan, EveryBuiltinTypeHasAPlan) {
  MadeUpCatalogue nothing;
  for (const BuiltinType& type : builtin_types()) {
    const auto plan = plan_column(type.oid, -1, nothing, {});
    ASSERT_TRUE(plan) << type.name;
    ASSERT_NE(plan->decoder, nullptr) << type.name;
    if (type.array_oid == 0) continue;
    const auto array = plan_column(type.array_oid, -1, nothing, {});
    ASSERT_TRUE(array) << type.name;
    EXPECT_EQ(array->column.type, LogicalType::array) << type.name;
    EXPECT_EQ(array->column.native_type, plan->column.native_type + "[]");
  }
}

class PostgresUserTypes : public ::testing::Test {
 protected:
  PostgresUserTypes() {
    add({.oid = 20001,
         .kind = TypeKind::enumeration,
         .spelling = "public.mood",
         .labels = {"sad", "so so"}});
    add({.oid = 20002, .kind = TypeKind::array, .spelling = "public.mood[]", .element = 20001});
    add({.oid = 20003,
         .kind = TypeKind::domain,
         .spelling = "public.price",
         .base = type_oid::numeric,
         .base_modifier = numeric_of(10, 2)});
    add({.oid = 20004, .kind = TypeKind::domain, .spelling = "public.net", .base = 20003});
    add({.oid = 20005, .kind = TypeKind::array, .spelling = "public.net[]", .element = 20004});
    add({.oid = 20006, .kind = TypeKind::composite, .spelling = "public.pair"});
    add({.oid = 20007,
         .kind = TypeKind::domain,
         .spelling = "public.prices",
         .base = 1231,
         .base_modifier = numeric_of(10, 3)});
    add({.oid = 20008, .kind = TypeKind::array, .spelling = "public.prices[]", .element = 20007});
    add({.oid = 20009, .spelling = "public.citext"}, "citext");
    add({.oid = 20010, .spelling = "public.geometry"}, "geometry");
    add({.oid = 20011, .kind = TypeKind::domain, .base = 20012});  // a circle
    add({.oid = 20012, .kind = TypeKind::domain, .base = 20011});
    add({.oid = 20013, .kind = TypeKind::array, .element = 20013});
    add({.oid = 20014, .kind = TypeKind::domain, .base = 29999});
    add({.oid = 20015, .kind = TypeKind::array, .element = 29999});
    add({.oid = 20016, .kind = TypeKind::multirange, .spelling = "public.spans"});
  }
  void add(TypeFacts facts, std::string name = "made_up") {
    facts.name = std::move(name);
    facts.schema = "public";
    catalogue_.add(std::move(facts));
  }
  PlannedColumn planned(std::uint32_t oid) { return PlannedColumn(oid, -1, catalogue_); }

  MadeUpCatalogue catalogue_;
};

TEST_F(PostgresUserTypes, BecomeWhatTheyAreMadeOf) {
  const struct {
    std::uint32_t oid;
    LogicalType logical;
    const char* native_type;
    const char* text;
    const char* canonical;
  } cases[] = {
      {20001, LogicalType::enumeration, "public.mood", "so so", "so so"},
      {20001, LogicalType::enumeration, "public.mood", "added later", "added later"},
      {20002, LogicalType::array, "public.mood[]", "{sad,\"so so\"}", "[\"sad\",\"so so\"]"},
      {20003, LogicalType::decimal, "numeric(10,2)", "1.50", "1.50"},
      {20004, LogicalType::decimal, "numeric(10,2)", "1.50", "1.50"},
      {20005, LogicalType::array, "numeric(10,2)[]", "{1.50}", "[1.50]"},
      {20006, LogicalType::other, "public.pair", "(1,\"a b\")", "(1,\"a b\")"},
      {20007, LogicalType::array, "numeric(10,3)[]", "{1.500,NULL}", "[1.500,null]"},
      {20008, LogicalType::array, "numeric(10,3)[][]", "{\"{1.500,NULL}\"}", "[\"{1.500,NULL}\"]"},
      {20009, LogicalType::string, "public.citext", "Ab ", "Ab "},
      {20010, LogicalType::other, "public.geometry", "0101", "0101"},
      {20016, LogicalType::other, "public.spans", "{[1,2)}", "{[1,2)}"},
  };
  for (const auto& expected : cases) {
    const PlannedColumn column = planned(expected.oid);
    EXPECT_EQ(column.column().type, expected.logical) << expected.oid;
    EXPECT_EQ(column.column().native_type, expected.native_type);
    EXPECT_EQ(column.text(expected.text), expected.canonical);
  }
  EXPECT_THAT(planned(20001).column().labels, ElementsAre("sad", "so so"));
  EXPECT_EQ(planned(20004).column().precision, 10);
  EXPECT_TRUE(planned(20001).reads_binary());
  EXPECT_TRUE(planned(20003).reads_binary()) << "a domain is sent like its base";
  EXPECT_FALSE(planned(20006).reads_binary());
}

TEST_F(PostgresUserTypes, CirclesAndGapsAreErrors) {
  for (const std::uint32_t oid : {20011U, 20013U, 20014U, 20015U, 29999U}) {
    const auto plan = plan_column(oid, -1, catalogue_, {});
    ASSERT_FALSE(plan) << oid;
    EXPECT_EQ(plan.error().kind(), ErrorKind::schema_mismatch) << oid;
  }
}

// Whatever bytes come, every decoder answers; what it appended is dropped when it refuses.
TEST(PostgresColumnPlan, NothingCrashesADecoder) {
  const std::string samples[] = {"",
                                 "t",
                                 "-1",
                                 "1.50",
                                 "NaN",
                                 "$1,234.56",
                                 "{1,NULL}",
                                 "\\x00ff",
                                 "101",
                                 "P1DT1S",
                                 "infinity",
                                 "2024-02-29",
                                 "12:34:56+02:00",
                                 "[0:1]={",
                                 "\"",
                                 "\xFF\xFE",
                                 std::string(16, '\0'),
                                 std::string(12, '\x7F'),
                                 "0044-03-15 12:00:00.5+00 BC",
                                 "00112233-4455-6677-8899-aabbccddeeff"};
  MadeUpCatalogue nothing;
  const auto feed = [](const PlannedColumn& column, const std::string& sample) {
    static_cast<void>(column.text(sample));
    static_cast<void>(column.binary(sample));
  };
  for (const BuiltinType& type : builtin_types()) {
    for (const std::uint32_t oid : {type.oid, type.array_oid == 0 ? type.oid : type.array_oid}) {
      const PlannedColumn column(oid, -1);
      for (const std::string& sample : samples) {
        for (std::size_t length = 0; length <= sample.size(); ++length) {
          feed(column, sample.substr(0, length));
          feed(column, "{" + sample.substr(0, length) + "}");
        }
      }
    }
  }
}

}  // namespace
}  // namespace tailrace::postgres
