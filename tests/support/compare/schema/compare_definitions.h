// Is the schema of a copy the one that its source has?
#pragma once

#include <string>
#include <vector>

#include "tests/support/compare/schema/definition.h"

namespace tailrace::testing {

// What to look at beside tables, columns, their types, NOT NULL and the primary key.
struct DefinitionOptions {
  bool indexes = true;  // and unique ones
  bool defaults = true;
  bool comments = true;
  bool counters = true;  // AUTO_INCREMENT, identity
};

// One line for each difference: "t.c: int at the source should be bigint, is integer". Types by the
// type contract, written down a second time here (expected_type.h). A default that is an expression
// is compared between servers of one kind only; the order of columns is not.
std::vector<std::string> definition_differences(const DefinedSchema& source,
                                                const DefinedSchema& target,
                                                const DefinitionOptions& options = {});

}  // namespace tailrace::testing
