#include "tests/support/temp_dir.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <system_error>

#include <sys/stat.h>

namespace tailrace::testing {

TempDir::TempDir(std::string_view label) {
  const char* base = std::getenv("TMPDIR");
  std::string name = base != nullptr && *base != '\0' ? base : "/tmp";
  name.append("/tr-").append(label).append("-XXXXXX");
  if (::mkdtemp(name.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "could not make " + name);
  }
  ::chmod(name.c_str(), 0755);
  path_ = name;
}

TempDir::~TempDir() {
  if (std::getenv("TAILRACE_KEEP_TEMP") != nullptr) {
    std::fprintf(stderr, "kept: %s\n", path_.c_str());
    return;
  }
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace tailrace::testing
