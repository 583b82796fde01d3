#pragma once

#include <string>
#include <vector>

#include "app/type_samples.h"

namespace tailrace::app {

// What becomes of one type of a source at a target, as the code decides it.
struct TypeRow {
  std::string source;   // "decimal(10,2)"
  std::string target;   // the type that is created; "; key: ..." where it is another in the key
  std::string held;     // "exactly", or in which sense
  std::string refused;  // values that stop the sink; empty: none
  std::string options;  // of the target's URL that store something else instead
};

// Made by asking the sinks' own code: the dialect for the type, can_hold() and the value writers
// for values at the limits of each type.
std::vector<TypeRow> type_contract(Engine from, Engine to);

}  // namespace tailrace::app
