// Arrays, written as PostgreSQL does or as JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tests/support/compare/canonical.h"

namespace tailrace::testing {

// "{1,NULL,{2}}", "[0:1]={1,2}" and "[1,null,[2]]": lower bounds other than 1 are part of the
// value. Elements are brought to the canonical text of their family. Nothing when it is no array.
std::optional<std::string> canonical_array(Family element, std::string_view text);

}  // namespace tailrace::testing
