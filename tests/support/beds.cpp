#include "tests/support/beds.h"

#include <cstdlib>
#include <string_view>

#include <gtest/gtest.h>

namespace tailrace::testing {
namespace {

bool servers_required() {
  const char* value = std::getenv("TAILRACE_REQUIRE_SERVERS");
  return value != nullptr && std::string_view(value) == "1";
}

void mark_skipped(const std::string& why) {
  GTEST_SKIP() << why;
}

}  // namespace

bool bed_missing(const std::optional<std::string>& why) {
  if (!why) return false;
  if (servers_required()) {
    ADD_FAILURE() << "TAILRACE_REQUIRE_SERVERS=1, and " << *why;
  } else {
    mark_skipped(*why);
  }
  return true;
}

}  // namespace tailrace::testing
