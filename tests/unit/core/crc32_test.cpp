#include "core/crc32.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace tailrace {
namespace {

// Bit by bit, as the definition has it.
std::uint32_t crc32_by_definition(Bytes bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::byte byte : bytes) {
    crc ^= std::to_integer<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
  }
  return ~crc;
}

std::vector<std::byte> random_bytes(std::size_t size) {
  std::mt19937 random(static_cast<unsigned>(size));
  std::vector<std::byte> bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

TEST(Crc32, KnownValues) {
  EXPECT_EQ(crc32(as_bytes("")), 0U);
  EXPECT_EQ(crc32(as_bytes("123456789")), 0xCBF43926U);
}

// Short ranges and long ones take different ways.
TEST(Crc32, EveryLength) {
  for (std::size_t size = 0; size < 400; ++size) {
    const auto bytes = random_bytes(size);
    ASSERT_EQ(crc32(bytes), crc32_by_definition(bytes)) << size;
  }
  const auto many = random_bytes(100'003);
  EXPECT_EQ(crc32(many), crc32_by_definition(many));
}

TEST(Crc32, ContinuesWhereItWasLeft) {
  const auto bytes = random_bytes(1000);
  for (const std::size_t cut : {0U, 1U, 63U, 64U, 65U, 500U, 999U, 1000U}) {
    const std::uint32_t before = crc32(Bytes(bytes).first(cut));
    EXPECT_EQ(crc32(Bytes(bytes).subspan(cut), before), crc32(bytes)) << cut;
  }
}

}  // namespace
}  // namespace tailrace
