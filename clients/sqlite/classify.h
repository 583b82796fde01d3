#pragma once

#include <source_location>
#include <string_view>

#include "core/error.h"

namespace tailrace::sqlite {

// The kind of an SQLite result code, extended or not; the primary code decides.
ErrorKind classify(int code);

// An Error with that kind, the library's message, and the code's name or number as native code.
Error make_error(int code, std::string_view message,
                 std::source_location where = std::source_location::current());

}  // namespace tailrace::sqlite
