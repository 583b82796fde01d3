#pragma once

// TR_ASSERT states what our own code guarantees; it stays on in release builds. Input from a server
// or a file is never asserted: it is checked, and answered with an Error.

namespace tailrace {

[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

}  // namespace tailrace

#define TR_ASSERT(expression)                           \
  (static_cast<bool>(expression) ? static_cast<void>(0) \
                                 : ::tailrace::assertion_failed(#expression, __FILE__, __LINE__))
