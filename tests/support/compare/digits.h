#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace tailrace::testing {

// The whole text as an integer, or nothing.
template <typename Integer>
std::optional<Integer> integer_of(std::string_view digits, int base = 10) {
  Integer result{};
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), result, base);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return result;
}

}  // namespace tailrace::testing
