// A private folder that disappears with its owner.
#pragma once

#include <filesystem>
#include <string_view>

namespace tailrace::testing {

// Made under $TMPDIR (or /tmp) with a short name: unix socket paths inside must stay below 108
// bytes. Readable by everybody, because the postgres server runs as another user when the test
// is root. TAILRACE_KEEP_TEMP=1 leaves the folder in place and prints its name.
class TempDir {
 public:
  explicit TempDir(std::string_view label = "t");
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace tailrace::testing
