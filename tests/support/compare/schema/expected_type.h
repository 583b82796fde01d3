#pragma once

#include <string>
#include <vector>

#include "tests/support/compare/schema/definition.h"

namespace tailrace::testing {

// The types that a target may have for a column of the source; none: this has no rule for it, which
// is a difference like any other. After docs/types.md, but made without the code that makes that
// page, so that a mistake there does not hide itself.
std::vector<std::string> expected_types(ServerKind source, const DefinedColumn& column, bool in_key,
                                        ServerKind target);

}  // namespace tailrace::testing
