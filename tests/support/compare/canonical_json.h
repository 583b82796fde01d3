// JSON by structure: order of members, spacing and spelling of numbers do not matter.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tailrace::testing {

// Sorted members, the last of equal names wins, no spaces, numbers by their exact decimal value
// (1, 1.0 and 10e-1 are one). Nothing when the text is not JSON.
std::optional<std::string> canonical_json(std::string_view text);

}  // namespace tailrace::testing
