#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

namespace tailrace {

// "64MiB", "20GiB", "512KiB", "10MB" (powers of ten), "4096" (bytes).
Result<std::uint64_t> parse_byte_size(std::string_view text);
// For people: "64.0 MiB".
std::string format_byte_size(std::uint64_t bytes);

}  // namespace tailrace
