#pragma once

#include <source_location>
#include <string>
#include <string_view>

#include "core/error.h"

namespace tailrace::postgres {

// The kind of a PostgreSQL error by its SQLSTATE. Empty: the error comes from the client library,
// which means a lost connection. A code that nobody knows falls back on its class, then becomes
// `unclassified`.
ErrorKind classify(std::string_view sqlstate);

// The kind of a failed attempt to connect, from libpq's message in verbose form
// ("FATAL:  28P01: password authentication failed ..."), or from its own texts about TLS.
ErrorKind classify_connect(std::string_view message);

// An Error with that kind, the server's message, and the SQLSTATE as its native code. Values of
// rows that the message quotes are taken out.
Error make_error(std::string_view sqlstate, std::string_view message,
                 std::source_location where = std::source_location::current());

// The message without the values that PostgreSQL quotes in it:
// 'invalid input syntax for type integer: "abc"' loses what follows the colon.
std::string without_values(std::string_view sqlstate, std::string_view message);

}  // namespace tailrace::postgres
