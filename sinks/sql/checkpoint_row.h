#pragma once

#include <optional>
#include <string_view>

#include "core/position.h"
#include "core/result.h"

namespace tailrace::sql {

// The checkpoint table of a SQL target: tailrace.checkpoint (PostgreSQL: schema tailrace; MySQL:
// database tailrace), tailrace_checkpoint in SQLite. One row per pipeline and sink:
//
//   pipeline, sink     primary key
//   epoch, owner       who may commit: raised by every session, an older one no longer matches
//   source_id, position, commit_time_us   the checkpoint; NULL until the first commit
//   format_version     of this row
//   updated_at         for people
inline constexpr int kCheckpointFormat = 1;

// The columns format_version, source_id, position, commit_time_us of the row, as text.
struct CheckpointRow {
  std::optional<std::string_view> format_version;
  std::optional<std::string_view> source_id;
  std::optional<std::string_view> position;
  std::optional<std::string_view> commit_time_us;
};

// Nothing: the sink never applied anything. checkpoint_corrupt: a later version wrote it, or
// something is missing.
Result<std::optional<Checkpoint>> read_checkpoint(const CheckpointRow& row);

Error lost_lease(std::string_view sink);  // fenced
Error checkpoint_row_gone(std::string_view sink);

}  // namespace tailrace::sql
