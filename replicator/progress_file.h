#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/position.h"
#include "core/result.h"

namespace tailrace {

// What this daemon remembers of each sink in state_dir, so that it can start reading the source
// while a target is down. A hint only: the checkpoint that counts is the one in the target.
struct RememberedSink {
  Checkpoint checkpoint;
  bool applied = false;  // false: where the sink was told to begin; true: durable in the target
};

using RememberedSinks = std::map<std::string, RememberedSink>;

// A missing file is an empty map. A damaged one is `checkpoint_corrupt`.
Result<RememberedSinks> read_progress_file(const std::filesystem::path& path);
// Temporary file, fsync, rename, fsync of the folder: whole before or whole after.
Status write_progress_file(const std::filesystem::path& path, const RememberedSinks& sinks);

}  // namespace tailrace
