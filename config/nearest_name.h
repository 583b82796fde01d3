#pragma once

#include <span>
#include <string_view>

namespace tailrace {

// The known name that a misspelt one most likely meant; empty when none is close.
std::string_view nearest_name(std::string_view misspelt, std::span<const std::string_view> known);

}  // namespace tailrace
