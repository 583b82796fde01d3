#include "sinks/mysql/json_values.h"

#include <string>

#include <gtest/gtest.h>

namespace tailrace::mysql {
namespace {

TEST(MySqlJsonValues, NumbersThatMySqlKeeps) {
  for (const char* json :
       {"0", "-1", "1.10", "0.1", "[1, 2.5, -0.0]", "18446744073709551615", "-9223372036854775808",
        "100000000000000000000", "1e20", "1.7976931348623157e308", "5e-324", "0.30000000000000004",
        R"({"18446744073709551616": "0.12345678901234567890"})", R"("a\"9999999999999999999999")",
        "[]", "", "true", "\"open", "\"open\\"}) {
    EXPECT_TRUE(keeps_all_numbers(json)) << json;
  }
}

TEST(MySqlJsonValues, NumbersThatItWouldRound) {
  for (const char* json :
       {"18446744073709551616", "-9223372036854775809", "0.12345678901234567890", "1e400", "1e-400",
        "[1, [123456789012345678901]]", R"({"a": 0.1000000000000000055})", "9007199254740993.5"}) {
    EXPECT_FALSE(keeps_all_numbers(json)) << json;
  }
}

TEST(MySqlJsonValues, ArraysThatAreNotJson) {
  EXPECT_TRUE(has_lower_bounds("[0:1]={1,2}"));
  EXPECT_TRUE(has_lower_bounds("[-3:-2][1:1]={{1},{2}}"));
  for (const char* json : {"[]", "[0]", "[0, 1]", "[\":\"]", "[[1]]", "[-1]", "[", ""}) {
    EXPECT_FALSE(has_lower_bounds(json)) << json;
  }
}

}  // namespace
}  // namespace tailrace::mysql
