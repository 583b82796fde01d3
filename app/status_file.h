#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/json_writer.h"
#include "core/result.h"
#include "replicator/status.h"

namespace tailrace::app {

// What a daemon says about one of its pipelines, in state_dir/<pipeline>/status.json. It rewrites
// the file every second by renaming a new one over it, so that a reader never sees half of one. It
// is not synced to disk: after a crash it is only old news.
struct StatusReport {
  std::string version;
  std::int64_t pid = 0;
  std::int64_t started_us = 0;
  std::int64_t written_us = 0;
  PipelineStatus pipeline;
  // Not in the file: whether its daemon is alive.
  bool running = false;
};

Status write_status_file(const std::filesystem::path& folder, const StatusReport& report);
Result<StatusReport> read_status_file(const std::filesystem::path& folder);
// The reports of all pipelines in a state directory (or of the one of that name), by name.
Result<std::vector<StatusReport>> read_status_files(const std::filesystem::path& state_dir,
                                                    std::string_view only_name);

// One JSON object; with `running` when it is for a person's program.
void write_json(const StatusReport& report, bool with_running, JsonWriter& json);
Result<StatusReport> parse_status(std::string_view text);

// For people, at most 100 columns wide.
std::string describe(const StatusReport& report, std::int64_t now_us);

}  // namespace tailrace::app
