#include "sinks/sql/identifier.h"

#include <gtest/gtest.h>

namespace tailrace::sql {
namespace {

TEST(Identifier, QuotesAreDoubledInside) {
  EXPECT_EQ(quote_identifier("plain", '"'), "\"plain\"");
  EXPECT_EQ(quote_identifier("a\"b`c", '"'), "\"a\"\"b`c\"");
  EXPECT_EQ(quote_identifier("a\"b`c", '`'), "`a\"b``c`");
  EXPECT_EQ(quote_identifier("", '`'), "``");
}

TEST(Identifier, LongNamesKeepTheirBeginningAndStayDifferent) {
  const std::string limit(63, 'a');
  EXPECT_EQ(shorten_identifier(limit, 63), limit);
  const std::string one = shorten_identifier(limit + "1", 63);
  const std::string two = shorten_identifier(limit + "2", 63);
  EXPECT_EQ(one.size(), 63U);
  EXPECT_EQ(one.substr(0, 54), limit.substr(0, 54));
  EXPECT_NE(one, two);
  // never in the middle of a character
  const std::string umlauts = shorten_identifier(std::string(53, 'x') + "\xC3\xA4" + limit, 63);
  EXPECT_EQ(umlauts.substr(0, 54), std::string(53, 'x') + "_");
}

}  // namespace
}  // namespace tailrace::sql
