#include "tests/support/cache.h"

#include <cstdlib>
#include <stdexcept>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "tests/support/child_process.h"

namespace tailrace::testing {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

// Held while the object lives; released by the kernel if the process dies.
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& path)
      : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    if (fd_ < 0 || ::flock(fd_, LOCK_EX) != 0) {
      throw std::runtime_error("could not lock " + path.string());
    }
  }
  ~FileLock() { ::close(fd_); }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int fd_;
};

}  // namespace

std::filesystem::path cache_directory() {
  if (auto folder = environment("TAILRACE_CACHE_DIR"); !folder.empty()) return folder;
  if (auto folder = environment("XDG_CACHE_HOME"); !folder.empty()) {
    return std::filesystem::path(folder) / "tailrace";
  }
  // Root's home is closed to the user that the postgres server must run as.
  if (::getuid() == 0) return "/var/cache/tailrace";
  return std::filesystem::path(environment("HOME")) / ".cache" / "tailrace";
}

std::filesystem::path data_template(
    const std::string& name,
    const std::function<void(const std::filesystem::path& empty_folder)>& initialise) {
  const std::filesystem::path folder = cache_directory() / "templates";
  const std::filesystem::path result = folder / name;
  if (std::filesystem::exists(result)) return result;

  std::filesystem::create_directories(folder);
  const FileLock lock(folder / (name + ".lock"));
  if (std::filesystem::exists(result)) return result;
  const std::filesystem::path unfinished = folder / (name + ".new");
  std::filesystem::remove_all(unfinished);
  std::filesystem::create_directory(unfinished);
  initialise(unfinished);
  std::filesystem::rename(unfinished, result);
  return result;
}

void copy_tree(const std::filesystem::path& from, const std::filesystem::path& to) {
  const CommandResult copied =
      run_command({.arguments = {"cp", "-a", "--reflink=auto", "--sparse=auto", "-T", from, to}});
  if (!copied.ended.ok()) throw std::runtime_error("could not copy: " + copied.error_output);
}

std::filesystem::path fetched_servers() {
  std::error_code missing;
  auto root = std::filesystem::canonical(cache_directory() / "servers" / "current", missing);
  return missing ? std::filesystem::path() : root;
}

}  // namespace tailrace::testing
