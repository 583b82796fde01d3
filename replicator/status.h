#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/position.h"

namespace tailrace {

// What a thread of a pipeline is doing. Set by that thread alone; none survives a restart.
//   starting   nothing is known yet
//   connecting opening a session (first time, or after an error)
//   streaming  the session works
//   retrying   a transient error; the next attempt is waited for
//   blocked    needs a person; retried every minute
//   failed     fatal; stays until the daemon is restarted
//   stopped    left on request, or caught up
enum class RunState : std::uint8_t {
  starting,
  connecting,
  streaming,
  retrying,
  blocked,
  failed,
  stopped
};
std::string_view to_string(RunState state);

struct ErrorReport {
  std::string kind;
  std::string message;  // one line, with context and hint
  std::int64_t since_us = 0;
  std::uint64_t attempts = 0;
};

struct SinkStatus {
  std::string name;
  std::string target;
  RunState state = RunState::starting;
  std::optional<ErrorReport> error;
  Checkpoint durable;
  std::uint64_t transactions = 0;  // applied since start
  std::uint64_t changes = 0;
  std::uint64_t retries = 0;
  std::uint64_t queued_blocks = 0;
  std::uint64_t queued_bytes = 0;
  std::int64_t lag_us = 0;  // now - commit time of the last durable transaction; 0 when caught up
  bool caught_up = false;   // has everything that was received
};

struct PipelineStatus {
  std::string name;
  std::string source;
  RunState state = RunState::starting;  // of the extractor
  std::optional<ErrorReport> error;
  Checkpoint received;
  std::uint64_t received_transactions = 0;
  std::uint64_t received_changes = 0;
  std::uint64_t queue_memory_bytes = 0;
  std::uint64_t queue_disk_bytes = 0;
  std::vector<SinkStatus> sinks;
};

}  // namespace tailrace
