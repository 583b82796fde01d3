#include "extractors/postgres/column_default.h"

#include <gtest/gtest.h>

namespace tailrace::postgres {
namespace {

struct Case {
  const char* expression;
  LogicalType type;
  DefaultForm form;
};

const Case kCases[] = {
    {"", LogicalType::string, DefaultForm::null},
    {"NULL", LogicalType::string, DefaultForm::null},
    {"NULL::character varying", LogicalType::string, DefaultForm::null},
    {"5", LogicalType::int32, DefaultForm::constant},
    {"'-5'::integer", LogicalType::int32, DefaultForm::constant},
    {"(-1.5)::numeric(10,2)", LogicalType::decimal, DefaultForm::constant},
    {"1e-07", LogicalType::float64, DefaultForm::constant},
    {"true", LogicalType::boolean, DefaultForm::constant},
    {"'it''s'::text", LogicalType::string, DefaultForm::constant},
    {"'a'::bpchar::character varying", LogicalType::string, DefaultForm::constant},
    {"E'a\\\\b\\'c'::text", LogicalType::string, DefaultForm::constant},
    {"'new'::shop.\"Odd \"\"mood\"", LogicalType::enumeration, DefaultForm::constant},
    {"'{1,2}'::integer[]", LogicalType::array, DefaultForm::constant},
    {"B'101'::\"bit\"", LogicalType::bit, DefaultForm::constant},
    {"'2024-02-29'::date", LogicalType::date, DefaultForm::constant},
    {"'2024-02-29 00:00:00'::timestamp(3) without time zone", LogicalType::timestamp,
     DefaultForm::constant},
    // The day of the statement, whatever it looks like.
    {"('now'::text)::date", LogicalType::date, DefaultForm::expression},
    {"'now'::text::timestamp without time zone", LogicalType::timestamp, DefaultForm::expression},
    {"now()", LogicalType::timestamptz, DefaultForm::current_timestamp},
    {"CURRENT_TIMESTAMP(3)", LogicalType::timestamptz, DefaultForm::current_timestamp},
    {"LOCALTIMESTAMP", LogicalType::timestamp, DefaultForm::current_timestamp},
    {"now()", LogicalType::date, DefaultForm::expression},
    {"CURRENT_DATE", LogicalType::date, DefaultForm::expression},
    {"(now() + '1 day'::interval)", LogicalType::timestamptz, DefaultForm::expression},
    {"('a'::text || 'b'::text)", LogicalType::string, DefaultForm::expression},
    {"nextval('s'::regclass)", LogicalType::int64, DefaultForm::expression},
    {"(1 + 2)", LogicalType::int32, DefaultForm::expression},
    {"truth", LogicalType::boolean, DefaultForm::expression},
    {"'a", LogicalType::string, DefaultForm::expression},
    {"'a'::", LogicalType::string, DefaultForm::expression},
    {"5; DROP TABLE t", LogicalType::int32, DefaultForm::expression},
    {"'a'::text; SELECT 1", LogicalType::string, DefaultForm::expression},
    {"(5", LogicalType::int32, DefaultForm::expression},
};

TEST(ColumnDefault, Forms) {
  for (const Case& given : kCases) {
    EXPECT_EQ(form_of_default(given.expression, given.type), given.form) << given.expression;
  }
}

}  // namespace
}  // namespace tailrace::postgres
