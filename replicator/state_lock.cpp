#include "replicator/state_lock.h"

#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace tailrace {
namespace {

Error folder_error(const std::filesystem::path& path, int code) {
  return Error(ErrorKind::permission, "cannot write to state directory \"" + path.string() +
                                          "\": " + std::generic_category().message(code))
      .native("errno " + std::to_string(code))
      .hint("give it to the user that runs tailrace, or name another with --state-dir");
}

}  // namespace

Result<std::unique_ptr<StateLock>> StateLock::take(const std::filesystem::path& folder) {
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code) return folder_error(folder, code.value());
  const std::filesystem::path path = folder / "lock";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return folder_error(folder, errno);
  std::unique_ptr<StateLock> lock(new StateLock(descriptor));
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    return Error(ErrorKind::invalid_config,
                 "another tailrace runs this pipeline with state directory \"" + folder.string() +
                     "\"")
        .hint("stop it first, or give this one another --name or --state-dir");
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(descriptor, 0) != 0 ||
      ::pwrite(descriptor, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return folder_error(folder, errno);
  }
  return lock;
}

StateLock::~StateLock() {
  ::close(descriptor_);
}

}  // namespace tailrace
