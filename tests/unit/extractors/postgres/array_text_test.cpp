#include <gtest/gtest.h>

#include "planned_column.h"

namespace tailrace::postgres {
namespace {

constexpr std::uint32_t kInts = 1007;
constexpr std::uint32_t kTexts = 1009;
constexpr std::uint32_t kFloats = 1022;
constexpr std::uint32_t kBools = 1000;
constexpr std::uint32_t kBoxes = 1020;
constexpr std::uint32_t kDates = 1182;
constexpr std::uint32_t kPadded = 1014;
constexpr std::uint32_t kOctets = 1001;
constexpr std::uint32_t kMonies = 791;

TEST(PostgresArrays, BecomeJson) {
  const struct {
    std::uint32_t type;
    const char* text;
    const char* canonical;
  } cases[] = {
      {kInts, "{}", "[]"},
      {kInts, "{1}", "[1]"},
      {kInts, "{1,NULL,-3}", "[1,null,-3]"},
      {kInts, "{{1,2},{3,NULL}}", "[[1,2],[3,null]]"},
      {kInts, "{{{{{{1}}}}}}", "[[[[[[1]]]]]]"},
      {kInts, "[0:1]={1,2}", "[0:1]={1,2}"},
      {kInts, "[-3:-3][2:3]={{1,2}}", "[-3:-3][2:3]={{1,2}}"},
      {kBools, "{t,f,NULL}", "[true,false,null]"},
      {kFloats, "{1e+20,-0,NaN,-Infinity}", "[1e+20,-0,\"NaN\",\"-Infinity\"]"},
      {kTexts, R"({"",NULL,"NULL",Null1,"a b","a,b","{}","q\"q","b\\b"})",
       R"(["",null,"NULL","Null1","a b","a,b","{}","q\"q","b\\b"])"},
      {kTexts, "{\"\t\n\r\x01\x1F\x7F\",é🐘}", "[\"\\t\\n\\r\\u0001\\u001f\x7F\",\"é🐘\"]"},
      {kBoxes, "{(1,1),(0,0);NULL;(3,3),(2,2)}", "[\"(1,1),(0,0)\",null,\"(3,3),(2,2)\"]"},
      {kDates, "{2024-02-29,\"0044-03-15 BC\",infinity}",
       R"(["2024-02-29","-0043-03-15","infinity"])"},
      {kPadded, R"({"ab  ","c\" ","   "})", R"(["ab","c\"",""])"},
      {kOctets, R"({"\\x00ff","\\x"})", R"(["\\x00ff","\\x"])"},
      {kMonies, "{\"$1,234.50\",-$0.05}", "[1234.50,-0.05]"},
  };
  for (const auto& [type, text, canonical] : cases) {
    const PlannedColumn column(type);
    EXPECT_EQ(column.text(text), canonical);
    EXPECT_FALSE(column.reads_binary());
    EXPECT_EQ(column.binary(text), "refused");
  }
}

TEST(PostgresArrays, TextThatNoServerPrints) {
  for (const char* const text : {"",
                                 "{",
                                 "}",
                                 "{1",
                                 "{1,",
                                 "{1,}",
                                 "{,1}",
                                 "{,}",
                                 "1",
                                 "{1}}",
                                 "{1} ",
                                 " {1}",
                                 "{{}}",
                                 "{{1},{}}",
                                 "{1,{2}}",
                                 "{{1},2}",
                                 "{{1},{{2}}}",
                                 "{{{{{{{1}}}}}}}",
                                 "{1;2}",
                                 "{1 ,2}",
                                 "{a}",
                                 "{null}",
                                 "{\"1}",
                                 "{\"1\\",
                                 "{\"1\"2}",
                                 "{1\"2\"}",
                                 "{\\1}",
                                 "[0:1]{1,2}",
                                 "[0:1]=",
                                 "[0:1",
                                 "[:1]={1}",
                                 "[0]={1}",
                                 "[a:b]={1}",
                                 "[--1:2]={1}",
                                 "[0:1]=[0:1]={1}",
                                 "={1}",
                                 "{99999999999}",
                                 "{1.5}",
                                 "{\xFF}"}) {
    EXPECT_EQ(PlannedColumn(kInts).text(text), "refused") << text;
  }
  for (const char* const text : {"{\"a}", "{\"a\\", "{\"a\\\"}", "{a\"}", "{a b}", "{\"\xC3\"}"}) {
    EXPECT_EQ(PlannedColumn(kTexts).text(text), "refused") << text;
  }
  EXPECT_EQ(PlannedColumn(kBools).text("{true}"), "refused");
  EXPECT_EQ(PlannedColumn(kDates).text("{2024-02-30}"), "refused");
  EXPECT_EQ(PlannedColumn(kFloats).text("{inf}"), "refused");
}

// Nothing may be read beyond the end, whatever is cut off or changed.
TEST(PostgresArrays, DamageIsNeverReadBeyond) {
  const std::string whole = R"([0:1][-1:0]={{"a\"b",NULL},{"c\\d",e}})";
  const PlannedColumn column(kTexts);
  ASSERT_EQ(column.text(whole), whole);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_EQ(column.text(whole.substr(0, length)), "refused") << length;
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char damage : {'{', '}', '"', '\\', ',', '[', ':', '\0', '\xFF'}) {
      std::string damaged = whole;
      damaged[at] = damage;
      const std::string made = column.text(damaged);
      EXPECT_TRUE(made == "refused" || made == damaged || made.starts_with("[")) << damaged;
    }
  }
}

}  // namespace
}  // namespace tailrace::postgres
