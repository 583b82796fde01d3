#include "sinks/mysql/special_values.h"

#include <gtest/gtest.h>

#include "sinks/mysql/catalogue.h"

namespace tailrace::mysql {
namespace {

using sql::SpecialValue;

sql::ValueProblem problem_of(const CatalogueType& named, std::string_view value) {
  Column source;
  sql::TargetColumn target;
  set_type(target, named);
  const sql::MappedColumn column{0, &source, &target, false, false};
  return check_special(column, value).value_or(sql::ValueProblem{});
}

TEST(MySqlSpecialValues, NameTheNearestValue) {
  struct Case {
    CatalogueType target;
    const char* value;
    SpecialValue special;
    const char* nearest;
  };
  const CatalogueType decimal = {"decimal", "decimal(5,2)", 0, 5, 2};
  const CatalogueType fraction = {"decimal", "decimal(2,2)", 0, 2, 2};
  const CatalogueType instant = {"datetime", "datetime(3)", 0, 0, 0, 3};
  const CatalogueType counted = {"timestamp", "timestamp", 0, 0, 0, 0};
  const Case cases[] = {
      {decimal, "NaN", SpecialValue::nan, ""},
      {decimal, "Infinity", SpecialValue::infinity, "999.99"},
      {decimal, "-Infinity", SpecialValue::infinity, "-999.99"},
      {fraction, "Infinity", SpecialValue::infinity, "0.99"},
      {decimal, "123.45", SpecialValue::none, ""},
      {{"double", "double"}, "-Infinity", SpecialValue::infinity, "-1.7976931348623157e+308"},
      {{"float", "float"}, "Infinity", SpecialValue::infinity, "3.4028235e+38"},
      {{"date", "date"}, "infinity", SpecialValue::infinity, "9999-12-31"},
      {{"date", "date"}, "-0043-03-15", SpecialValue::date, "1000-01-01"},
      {{"date", "date"}, "0000-03-15", SpecialValue::none, ""},
      {{"date", "date"}, "10000-01-01", SpecialValue::date, "9999-12-31"},
      {instant, "-infinity", SpecialValue::infinity, "1000-01-01 00:00:00"},
      {instant, "294276-12-31 23:59:59Z", SpecialValue::date, "9999-12-31 23:59:59.999"},
      {counted, "infinity", SpecialValue::infinity, "2038-01-19 03:14:07"},
      {counted, "-infinity", SpecialValue::infinity, "1970-01-01 00:00:01"},
      {{"varchar", "varchar(20)", 20}, "infinity", SpecialValue::none, ""},
  };
  for (const Case& wanted : cases) {
    const sql::ValueProblem problem = problem_of(wanted.target, wanted.value);
    EXPECT_EQ(problem.special, wanted.special) << wanted.target.column_type << wanted.value;
    EXPECT_EQ(problem.nearest, wanted.nearest) << wanted.target.column_type << wanted.value;
  }
}

}  // namespace
}  // namespace tailrace::mysql
