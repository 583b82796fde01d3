#include "extractors/mysql/decimal.h"

#include <array>

namespace tailrace::mysql {

namespace {

constexpr unsigned kGroupDigits = 9;
constexpr std::size_t kGroupBytes = 4;
constexpr std::size_t kMaxBytes = 32;  // DECIMAL(65,30) has 30
constexpr std::array<std::uint8_t, 10> kBytesOfDigits{0, 1, 1, 2, 2, 3, 3, 4, 4, 4};
constexpr std::array<std::uint32_t, 10> kPowerOfTen{
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000};

// Appends groups of digits; leading zeros are left away until a digit was written or must be.
class DigitWriter {
 public:
  DigitWriter(ByteReader& in, ByteWriter& out) : in_(in), out_(out) {}

  bool group(unsigned digits) {
    const auto value = static_cast<std::uint32_t>(in_.uint_be(kBytesOfDigits[digits]));
    if (value >= kPowerOfTen[digits]) return false;
    if (started_) {
      out_.digits_padded(value, digits);
    } else if (value != 0) {
      out_.digits(value);
      started_ = true;
    }
    return true;
  }

  void start_fraction() {
    if (!started_) out_.character('0');
    started_ = true;
  }

 private:
  ByteReader& in_;
  ByteWriter& out_;
  bool started_ = false;
};

}  // namespace

std::size_t decimal_bytes(unsigned precision, unsigned scale) {
  const unsigned whole = precision - scale;
  return whole / kGroupDigits * kGroupBytes + kBytesOfDigits[whole % kGroupDigits] +
         scale / kGroupDigits * kGroupBytes + kBytesOfDigits[scale % kGroupDigits];
}

bool append_decimal(Bytes stored, unsigned precision, unsigned scale, ByteWriter& out) {
  std::array<std::byte, kMaxBytes> bytes;
  if (stored.empty() || stored.size() > bytes.size() || scale > precision ||
      stored.size() != decimal_bytes(precision, scale)) {
    return false;
  }
  const bool negative = (stored[0] & std::byte{0x80}) == std::byte{0};
  const std::byte mask = negative ? std::byte{0xFF} : std::byte{0};
  for (std::size_t i = 0; i < stored.size(); ++i) bytes[i] = stored[i] ^ mask;
  bytes[0] ^= std::byte{0x80};

  const unsigned whole = precision - scale;
  ByteReader in({bytes.data(), stored.size()});
  DigitWriter writer(in, out);
  if (negative) out.character('-');
  bool good = writer.group(whole % kGroupDigits);
  for (unsigned i = 0; i < whole / kGroupDigits; ++i) good = writer.group(kGroupDigits) && good;
  writer.start_fraction();
  if (scale > 0) out.character('.');
  for (unsigned i = 0; i < scale / kGroupDigits; ++i) good = writer.group(kGroupDigits) && good;
  return writer.group(scale % kGroupDigits) && good && in.expect_end();
}

}  // namespace tailrace::mysql
