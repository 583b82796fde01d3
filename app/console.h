#pragma once

#include <iosfwd>
#include <span>
#include <string_view>

#include "core/error.h"

namespace tailrace::app {

// Exit statuses of the program.
constexpr int kExitOk = 0;
constexpr int kExitFailed = 1;  // a run ended with an error, or a check found one
constexpr int kExitUsage = 2;   // the command line or the configuration is wrong

// Where a command speaks to a person: results on out, complaints on err. Owned by the main thread.
struct Console {
  std::ostream& out;
  std::ostream& err;

  // "tailrace: what went wrong", then "  hint: what to do" when there is one.
  void complain(const Error& error) const;
  void complain(std::span<const Error> errors) const;
  void complain(std::string_view message, std::string_view hint = {}) const;
};

}  // namespace tailrace::app
