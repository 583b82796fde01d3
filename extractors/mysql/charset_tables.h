#pragma once

// Conversion tables to Unicode, as the servers have them. Only charset.cpp uses them.

#include <cstddef>
#include <cstdint>

namespace tailrace::mysql {

// Upper halves (0x80 to 0xFF) of single-byte character sets whose lower half is ASCII; 0: no
// character.
extern const char16_t kDec8[128];
extern const char16_t kCp850[128];
extern const char16_t kHp8[128];
extern const char16_t kKoi8r[128];
extern const char16_t kLatin1[128];
extern const char16_t kLatin2[128];
extern const char16_t kHebrew[128];
extern const char16_t kTis620[128];
extern const char16_t kKoi8u[128];
extern const char16_t kGreek[128];
extern const char16_t kCp1250[128];
extern const char16_t kLatin5[128];
extern const char16_t kArmscii8[128];
extern const char16_t kCp866[128];
extern const char16_t kKeybcs2[128];
extern const char16_t kMacce[128];
extern const char16_t kMacroman[128];
extern const char16_t kCp852[128];
extern const char16_t kLatin7[128];
extern const char16_t kCp1251[128];
extern const char16_t kCp1256[128];
extern const char16_t kCp1257[128];
extern const char16_t kGeostd8[128];

// Where the server's table differs from the C library's, ascending by code.
struct CharsetException {
  std::uint32_t code;
  char16_t character;
};
constexpr std::size_t kBig5ExceptionCount = 267;
extern const CharsetException kBig5Exceptions[kBig5ExceptionCount];
constexpr std::size_t kSjisExceptionCount = 3;
extern const CharsetException kSjisExceptions[kSjisExceptionCount];
constexpr std::size_t kUjisExceptionCount = 9;
extern const CharsetException kUjisExceptions[kUjisExceptionCount];
constexpr std::size_t kSwe7ExceptionCount = 10;
extern const CharsetException kSwe7Exceptions[kSwe7ExceptionCount];

}  // namespace tailrace::mysql
