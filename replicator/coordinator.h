#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <spdlog/fwd.h>

#include "extractors/extractor.h"
#include "replicator/failure_report.h"
#include "replicator/feed.h"
#include "replicator/options.h"
#include "replicator/progress_board.h"
#include "replicator/progress_file.h"

namespace tailrace {

// The extractor thread of a pipeline: chooses where the stream must start so that it serves every
// sink, publishes it, and fills its queue from one source session after another.
class Coordinator {
 public:
  struct Setup {
    const PipelineOptions& options;
    std::vector<std::string> sink_names;
    Source& source;
    Feed& feed;
    ProgressBoard& board;
    std::shared_ptr<spdlog::logger> log;
    // exit_when_caught_up: told once what the source holds at start.
    std::function<void(const Position&)> on_goal;
    std::function<void()> on_blocked;  // the source needs a person
  };

  explicit Coordinator(Setup setup);

  // Until stop (result ok), or until the source fails for good. The queue is closed when it
  // returns, so that the sinks finish what they have.
  Status run(std::stop_token stop);
  // Remembers what the sinks hold now (progress file).
  Status remember();

 private:
  Status run_streams(std::stop_token stop);
  Status find_goal(std::stop_token stop);
  Result<std::shared_ptr<Stream>> plan_stream(std::stop_token stop);
  Result<bool> plan_sink(const std::string& name, const Feed::Announcement& announced,
                         Checkpoint& from, std::stop_token stop);
  Status start_no_later_than(const Checkpoint& from, Stream& stream) const;
  Result<std::unique_ptr<Queue>> make_queue() const;
  Result<Checkpoint> begin_of(const std::string& sink, std::stop_token stop);
  Status fill(Stream& stream, std::stop_token stop);
  Status one_session(const Checkpoint& from, BlockBuilder& builder, std::stop_token stop);
  Status housekeeping(Extractor& extractor, const BlockBuilder& builder);
  void show_received(const BlockBuilder& builder);
  bool learn_durable();
  Status write_remembered();
  Status confirm_durable(Extractor& extractor);
  void keep_alive();
  // Calls the source until it answers, a fatal error comes, or stop.
  template <typename T>
  Result<T> insist(std::stop_token stop, const std::function<Result<T>()>& call);
  // After an error of the source: waits and answers true, or false when it is final.
  bool wait_after(const Error& error, std::stop_token stop);
  void show(RunState state);

  Setup setup_;
  std::filesystem::path progress_path_;
  RememberedSinks remembered_;
  bool unwritten_ = false;           // remembered_ has changed since it was written
  std::optional<Checkpoint> begin_;  // options.start, resolved once
  Backoff backoff_;
  FailureReport failure_;
  std::shared_ptr<Stream> stream_;
  Extractor* extractor_ = nullptr;     // of the session
  std::optional<Position> confirmed_;  // as the session's extractor was told
  std::chrono::steady_clock::time_point kept_alive_at_{};
  std::chrono::steady_clock::time_point shown_at_{};
  std::chrono::steady_clock::time_point remembered_at_{};
};

}  // namespace tailrace
