#pragma once

#include <filesystem>
#include <memory>

#include "core/result.h"

namespace tailrace {

// Holds state_dir/<pipeline>/lock for as long as it lives: one daemon per pipeline and folder. The
// file contains the process id. The kernel drops the lock with the process, however it ends.
class StateLock {
 public:
  // Creates the folder. `permission` when it cannot be written; `invalid_config` when another
  // process holds the lock.
  static Result<std::unique_ptr<StateLock>> take(const std::filesystem::path& folder);
  ~StateLock();
  StateLock(const StateLock&) = delete;
  StateLock& operator=(const StateLock&) = delete;

 private:
  explicit StateLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace tailrace
