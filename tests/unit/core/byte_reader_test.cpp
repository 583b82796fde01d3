#include "core/byte_reader.h"

#include <array>
#include <limits>

#include <gtest/gtest.h>

#include "core/byte_writer.h"

namespace tailrace {
namespace {

template <std::size_t N>
Bytes bytes_of(const std::array<unsigned char, N>& raw) {
  return {reinterpret_cast<const std::byte*>(raw.data()), N};
}

TEST(ByteReader, ReadsBothEndiannesses) {
  const std::array<unsigned char, 8> raw{1, 2, 3, 4, 5, 6, 7, 8};
  EXPECT_EQ(ByteReader(bytes_of(raw)).u16_le(), 0x0201);
  EXPECT_EQ(ByteReader(bytes_of(raw)).u16_be(), 0x0102);
  EXPECT_EQ(ByteReader(bytes_of(raw)).u24_le(), 0x030201U);
  EXPECT_EQ(ByteReader(bytes_of(raw)).u32_be(), 0x01020304U);
  EXPECT_EQ(ByteReader(bytes_of(raw)).u48_le(), 0x060504030201ULL);
  EXPECT_EQ(ByteReader(bytes_of(raw)).u64_le(), 0x0807060504030201ULL);
  EXPECT_EQ(ByteReader(bytes_of(raw)).u64_be(), 0x0102030405060708ULL);
  EXPECT_EQ(ByteReader(bytes_of(raw)).uint_be(3), 0x010203U);
  EXPECT_EQ(ByteReader(bytes_of(raw)).uint_le(5), 0x0504030201ULL);
}

TEST(ByteReader, FailsForGoodBeyondTheEnd) {
  const std::array<unsigned char, 3> raw{1, 2, 3};
  ByteReader in(bytes_of(raw));
  EXPECT_EQ(in.u32_le(), 0U);
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.u8(), 0);
  EXPECT_FALSE(in.expect_end());
  EXPECT_EQ(in.bytes(1).size(), 0U);
}

TEST(ByteReader, ReadsWhatTheWriterWrote) {
  ByteWriter out;
  const std::array<std::uint64_t, 6> values{
      0, 127, 128, 300, 1ULL << 63, std::numeric_limits<std::uint64_t>::max()};
  for (const std::uint64_t value : values) out.varint(value);
  out.sized_text("täil");
  out.digits(std::numeric_limits<std::int64_t>::min());
  ByteReader in(out.view());
  for (const std::uint64_t value : values) EXPECT_EQ(in.varint(), value);
  EXPECT_EQ(in.text(in.varint()), "täil");
  EXPECT_EQ(as_text(in.rest()), "-9223372036854775808");
  EXPECT_TRUE(in.expect_end());
}

TEST(ByteReader, RefusesAVarintThatIsTooLong) {
  std::array<unsigned char, 11> raw;
  raw.fill(0xFF);
  ByteReader in(bytes_of(raw));
  in.varint();
  EXPECT_FALSE(in.ok());
}

TEST(ByteWriter, PadsDigits) {
  ByteWriter out;
  out.digits_padded(7, 3);
  out.character(':');
  out.digits_padded(123456, 6);
  EXPECT_EQ(out.text(), "007:123456");
}

}  // namespace
}  // namespace tailrace
