#include "config/byte_size.h"

#include <gtest/gtest.h>

namespace tailrace {
namespace {

TEST(ByteSize, IsANumberAndAUnit) {
  EXPECT_EQ(*parse_byte_size("0"), 0U);
  EXPECT_EQ(*parse_byte_size("4096"), 4096U);
  EXPECT_EQ(*parse_byte_size("1B"), 1U);
  EXPECT_EQ(*parse_byte_size("64MiB"), 64U << 20U);
  EXPECT_EQ(*parse_byte_size("64 MiB"), 64U << 20U);
  EXPECT_EQ(*parse_byte_size("20GiB"), std::uint64_t{20} << 30U);
  EXPECT_EQ(*parse_byte_size("10MB"), 10'000'000U);
  EXPECT_EQ(*parse_byte_size("18446744073709551615"), 18446744073709551615U);
}

TEST(ByteSize, RefusesEverythingElse) {
  for (const char* text : {"", "MiB", "-1", "1.5GiB", "1mib", "1XB", "1MiB ", " 1MiB", "1  MiB",
                           "16777216TiB", "18446744073709551616"}) {
    EXPECT_FALSE(parse_byte_size(text)) << text;
  }
}

TEST(ByteSize, ReadsWell) {
  EXPECT_EQ(format_byte_size(0), "0 B");
  EXPECT_EQ(format_byte_size(1023), "1023 B");
  EXPECT_EQ(format_byte_size(std::uint64_t{64} << 20U), "64.0 MiB");
  EXPECT_EQ(format_byte_size(std::uint64_t{1536} << 10U), "1.5 MiB");
}

}  // namespace
}  // namespace tailrace
