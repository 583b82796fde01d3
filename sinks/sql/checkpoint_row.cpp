#include "sinks/sql/checkpoint_row.h"

#include <charconv>
#include <string>

#include <fmt/format.h>

namespace tailrace::sql {
namespace {

template <typename T>
std::optional<T> parse(std::string_view text) {
  T value{};
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Result<std::optional<Checkpoint>> read_checkpoint(const CheckpointRow& row) {
  const auto format = parse<int>(row.format_version.value_or(""));
  if (format != kCheckpointFormat) {
    return Error(ErrorKind::checkpoint_corrupt,
                 fmt::format("checkpoint in the target has format {}, this version knows {}",
                             row.format_version.value_or("NULL"), kCheckpointFormat))
        .hint("run the version of tailrace that wrote it, or a later one");
  }
  if (!row.source_id && !row.position) return std::optional<Checkpoint>();
  const auto time = parse<std::int64_t>(row.commit_time_us.value_or("0"));
  if (!row.source_id || !row.position || row.source_id->empty() || !time) {
    return Error(ErrorKind::checkpoint_corrupt, "checkpoint in the target is incomplete");
  }
  Checkpoint checkpoint;
  checkpoint.source_id = *row.source_id;
  checkpoint.position.text = *row.position;
  checkpoint.commit_time_us = *time;
  return std::optional<Checkpoint>(std::move(checkpoint));
}

Error lost_lease(std::string_view sink) {
  return Error(ErrorKind::fenced,
               fmt::format("another tailrace has taken over sink \"{}\" at this target", sink))
      .hint("run one daemon per pipeline and sink, or give the sinks different names");
}

Error checkpoint_row_gone(std::string_view sink) {
  return Error(ErrorKind::checkpoint_corrupt,
               fmt::format("the checkpoint row of sink \"{}\" is gone from the target", sink))
      .hint("was the target restored or emptied? restart tailrace to begin anew");
}

}  // namespace tailrace::sql
