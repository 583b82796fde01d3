#pragma once

#include <source_location>
#include <string>
#include <string_view>

#include "core/error.h"

namespace tailrace::mysql {

// The kind of a MySQL or MariaDB error: server codes (1000 to 1999, 3000 and up), client codes
// (2000 to 2999, MariaDB Connector/C also 5000 to 5999). The message is looked at only where one
// code has several meanings. A code that nobody knows falls back on its SQLSTATE class, then
// becomes `unclassified`.
ErrorKind classify(unsigned code, std::string_view sqlstate, std::string_view message);

// An Error with that kind, the server's message, and "1062/23000" as its native code.
Error make_error(unsigned code, std::string_view sqlstate, std::string_view message,
                 std::source_location where = std::source_location::current());

}  // namespace tailrace::mysql
