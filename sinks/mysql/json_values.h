#pragma once

#include <string_view>

namespace tailrace::mysql {

// Whether MySQL's JSON keeps the value of every number in this text: it has signed and unsigned
// integers of 64 bits, and doubles.
bool keeps_all_numbers(std::string_view json);

// An array with lower bounds of its own, in PostgreSQL's own text "[0:1]={1,2}" instead of JSON.
bool has_lower_bounds(std::string_view array);

}  // namespace tailrace::mysql
