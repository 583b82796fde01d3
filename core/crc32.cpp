#include "core/crc32.h"

#include <algorithm>

#include <zlib.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tailrace {
namespace {

std::uint32_t crc32_by_zlib(Bytes bytes, std::uint32_t before) {
  uLong crc = before;
  while (!bytes.empty()) {
    const std::size_t step = std::min<std::size_t>(bytes.size(), 1U << 30);
    crc = ::crc32(crc, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(step));
    bytes = bytes.subspan(step);
  }
  return static_cast<std::uint32_t>(crc);
}

#if defined(__x86_64__)

// Every byte of a binlog and of a block passes through here, and zlib's tables cost as much as the
// decoding of rows. Carry-less multiplication folds 64 bytes at a time: V. Gopal et al., "Fast CRC
// Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel 2009, with its constants
// for the reflected polynomial.
constexpr std::size_t kFoldBytes = 64;
constexpr std::size_t kLaneBytes = 16;

[[gnu::target("pclmul,sse4.1")]] inline __m128i load(const std::byte* at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}

[[gnu::target("pclmul,sse4.1")]] inline __m128i fold(__m128i lane, __m128i factors, __m128i next) {
  const __m128i low = _mm_clmulepi64_si128(lane, factors, 0x00);
  const __m128i high = _mm_clmulepi64_si128(lane, factors, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

// bytes: at least 64, a multiple of 16.
[[gnu::target("pclmul,sse4.1")]] std::uint32_t crc32_by_folding(Bytes bytes, std::uint32_t before) {
  const __m128i by_64_bytes = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4);
  const __m128i by_16_bytes = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0);
  const __m128i to_64_bits = _mm_set_epi64x(0, 0x0163cd6124);
  const __m128i barrett = _mm_set_epi64x(0x01f7011641, 0x01db710641);
  const __m128i low_32_bits = _mm_set_epi32(0, -1, 0, -1);

  const std::byte* at = bytes.data();
  const std::byte* const end = at + bytes.size();
  __m128i a = _mm_xor_si128(load(at), _mm_cvtsi32_si128(static_cast<int>(~before)));
  __m128i b = load(at + kLaneBytes);
  __m128i c = load(at + 2 * kLaneBytes);
  __m128i d = load(at + 3 * kLaneBytes);
  for (at += kFoldBytes; static_cast<std::size_t>(end - at) >= kFoldBytes; at += kFoldBytes) {
    a = fold(a, by_64_bytes, load(at));
    b = fold(b, by_64_bytes, load(at + kLaneBytes));
    c = fold(c, by_64_bytes, load(at + 2 * kLaneBytes));
    d = fold(d, by_64_bytes, load(at + 3 * kLaneBytes));
  }
  a = fold(fold(fold(a, by_16_bytes, b), by_16_bytes, c), by_16_bytes, d);
  for (; at != end; at += kLaneBytes) a = fold(a, by_16_bytes, load(at));

  // 128 bits to 64, then Barrett reduction to 32.
  a = _mm_xor_si128(_mm_srli_si128(a, 8), _mm_clmulepi64_si128(a, by_16_bytes, 0x10));
  a = _mm_xor_si128(_mm_srli_si128(a, 4),
                    _mm_clmulepi64_si128(_mm_and_si128(a, low_32_bits), to_64_bits, 0x00));
  __m128i quotient = _mm_clmulepi64_si128(_mm_and_si128(a, low_32_bits), barrett, 0x10);
  quotient = _mm_clmulepi64_si128(_mm_and_si128(quotient, low_32_bits), barrett, 0x00);
  return ~static_cast<std::uint32_t>(_mm_extract_epi32(_mm_xor_si128(a, quotient), 1));
}

bool can_fold() {
  static const bool can = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
  return can;
}

#endif

}  // namespace

std::uint32_t crc32(Bytes bytes, std::uint32_t before) {
#if defined(__x86_64__)
  if (bytes.size() >= kFoldBytes && can_fold()) {
    const std::size_t folded = bytes.size() - bytes.size() % kLaneBytes;
    before = crc32_by_folding(bytes.first(folded), before);
    bytes = bytes.subspan(folded);
  }
#endif
  return crc32_by_zlib(bytes, before);
}

}  // namespace tailrace
