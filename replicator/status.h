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

// What a sink's rows are, compared with the source's. The least of its tables' states; what is left
// to do survives a restart in the target's ledger.
//   following   never copied: the stream alone, from where the sink was told to begin
//   copying     rows are being read from the source's tables
//   converging  all rows are there; the stream has not passed the end of the copy yet, or indexes
//               are being made
//   exact       the target is a prefix of the source's history
enum class CopyPhase : std::uint8_t { following, copying, converging, exact };
std::string_view to_string(CopyPhase phase);

// How far the copy of a sink is; all zero for a sink that never copied.
struct CopyProgress {
  std::uint64_t tables = 0;
  std::uint64_t tables_done = 0;              // all of their rows are in the target
  std::uint64_t rows = 0;                     // copied; those of an earlier start included
  std::uint64_t rows_expected = 0;            // the source's estimate, corrected by what was found
  std::uint64_t bytes = 0;                    // of encoded rows, as copied
  double rows_per_second = 0;                 // lately
  std::optional<std::uint64_t> seconds_left;  // nothing: not known (yet)
  std::vector<std::string> tables_in_work;    // source names; also while indexes are made
  // Of a table that is copied again, while everything else flows.
  std::optional<ErrorReport> error;
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
  std::uint64_t rows_left_out = 0;  // went without columns that the target lacks (schema: ignore)
  std::uint64_t queued_blocks = 0;
  std::uint64_t queued_bytes = 0;
  std::int64_t lag_us = 0;  // now - commit time of the last durable transaction; 0 when caught up
  bool caught_up = false;   // has everything that was received
  CopyPhase phase = CopyPhase::following;
  CopyProgress copy;
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
