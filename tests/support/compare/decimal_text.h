// Decimal numbers as text of any length, equal when their values are.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tailrace::testing {

// "-0012.3400" and "-1.234e1" give "-1234e-2": the digits without zeros at either end, and where
// the last one stands. Zero is "0". Nothing when the text is not a decimal number.
std::optional<std::string> normal_decimal(std::string_view text);

}  // namespace tailrace::testing
