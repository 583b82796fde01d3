#include "sinks/sql/value_policy.h"

#include <gtest/gtest.h>

namespace tailrace::sql {
namespace {

Result<ValuePolicy> policy(const std::string& query) {
  return ValuePolicy::from_url(*Url::parse("mysql://h/d" + query));
}

struct Written {
  TargetColumn target;
  MappedColumn column;
  explicit Written(bool key = false, bool not_null = false) {
    target.not_null = not_null;
    column.target = &target;
    column.key = key;
  }
};

const ValueProblem kInfinite = {"it is infinite", "make it text", SpecialValue::infinity, "9"};
const ValueProblem kNan = {"it is NaN", "make it text", SpecialValue::nan};
const ValueProblem kOther = {"it is too long", "make it longer"};

TEST(ValuePolicy, ReadsTheUrl) {
  using Answer = ValuePolicy::Answer;
  EXPECT_EQ(policy("")->infinity, Answer::refuse);
  const auto all = policy("?infinity=clamp&nan=null&dates=null");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->infinity, Answer::clamp);
  EXPECT_EQ(all->nan, Answer::null);
  EXPECT_EQ(all->dates, Answer::null);
  for (const char* wrong : {"?infinity=zero", "?nan=clamp", "?dates="}) {
    const auto refused = policy(wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().kind(), ErrorKind::invalid_config);
    EXPECT_FALSE(refused.error().hint().empty());
  }
}

TEST(ValuePolicy, ReplacesOnlyWhatWasNamed) {
  const Written plain;
  EXPECT_FALSE(policy("")->replacement(plain.column, kInfinite));
  EXPECT_FALSE(policy("?nan=null")->replacement(plain.column, kInfinite));
  EXPECT_FALSE(policy("?nan=null&infinity=clamp&dates=clamp")->replacement(plain.column, kOther));
  EXPECT_EQ(policy("?infinity=clamp")->replacement(plain.column, kInfinite), Value::present("9"));
  EXPECT_EQ(policy("?infinity=null")->replacement(plain.column, kInfinite), Value::null());
  EXPECT_EQ(policy("?nan=null")->replacement(plain.column, kNan), Value::null());
}

TEST(ValuePolicy, LeavesKeysAndRequiredColumnsAlone) {
  const Written key(true, false);
  const Written required(false, true);
  EXPECT_FALSE(policy("?infinity=clamp")->replacement(key.column, kInfinite));
  EXPECT_FALSE(policy("?infinity=null")->replacement(required.column, kInfinite));
  EXPECT_EQ(policy("?infinity=clamp")->replacement(required.column, kInfinite),
            Value::present("9"));
}

TEST(ValuePolicy, SaysWhichOptionHelps) {
  const Written plain;
  const Written key(true, false);
  const Written required(false, true);
  EXPECT_EQ(policy("")->refused(plain.column, kInfinite).way_out,
            "make it text, or say infinity=null or =clamp in the target's URL");
  EXPECT_EQ(policy("")->refused(plain.column, kNan).way_out,
            "make it text, or say nan=null in the target's URL");
  EXPECT_EQ(policy("")->refused(key.column, kNan).way_out, "make it text");
  EXPECT_EQ(policy("")->refused(plain.column, kOther).way_out, "make it longer");
  EXPECT_EQ(policy("?nan=null")->refused(required.column, kNan).what,
            "it is NaN, and the target column is NOT NULL in spite of nan=null");
}

}  // namespace
}  // namespace tailrace::sql
