#include "core/assert.h"

#include <cstdio>
#include <cstdlib>

namespace tailrace {

void assertion_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "tailrace: internal error: %s does not hold (%s:%d)\n", expression, file,
               line);
  std::abort();
}

}  // namespace tailrace
