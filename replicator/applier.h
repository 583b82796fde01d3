#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <spdlog/fwd.h>

#include "replicator/apply_unit.h"
#include "replicator/copy/sink_copy.h"
#include "replicator/failure_report.h"
#include "replicator/feed.h"
#include "replicator/options.h"
#include "replicator/progress_board.h"
#include "replicator/record_reader.h"
#include "replicator/routing.h"
#include "replicator/table_versions.h"

namespace tailrace {

// Brings one sink up to date, and keeps it there: opens a session with the target, takes its place
// in the stream, packs source transactions into units, applies and commits them, and after any
// error starts again from what the target holds. It never gives up on a transient error, and never
// skips.
//
// Thread: run() on the applier thread; nothing else but reached_goal() and gave_up() from others.
class Applier {
 public:
  struct Setup {
    std::size_t index = 0;  // of the sink in the pipeline
    std::string pipeline;
    std::string owner;  // of the lease
    RetryTimes retry;
    CopyTimes copy_times;
    bool stop_at_goal = false;            // exit_when_caught_up: ends when the sink holds the goal
    bool copy_first = false;              // a sink without a checkpoint begins with a copy
    std::filesystem::path requests;       // to copy tables again
    std::vector<std::string> sink_names;  // of the pipeline
    std::function<void()> on_outcome;     // called by the applier thread when outcome() changed
  };

  Applier(Setup setup, SinkPlan plan, Source& source, Feed& feed, ProgressBoard& board,
          std::shared_ptr<spdlog::logger> log);
  ~Applier();

  // Until the stream ends, the goal is reached, or the sink fails for good. drain: no new waiting
  // for a broken target; stop: leave now, rolling back what is open.
  void run(std::stop_token drain, std::stop_token stop);

  // What the source had at start; to be set before the first stream is published. Any thread.
  void set_goal(Position goal);
  enum class Outcome : std::uint8_t { running, reached_goal, ended, blocked, failed };
  Outcome outcome() const { return outcome_.load(); }

 private:
  // One session with the target, from open to the first error.
  Status work(std::stop_token drain, std::stop_token stop);
  Status open_sink();
  Status join_stream(std::stop_token drain, std::stop_token stop);
  Status take_stream(std::stop_token stop);
  Status agree_on_start();
  Status copy_rows(std::stop_token drain);
  void copied_something();
  Status apply_stream(std::stop_token drain, std::stop_token stop);
  // With nothing of the stream under way.
  Status between_units(std::stop_token drain);
  std::optional<std::chrono::steady_clock::time_point> next_deadline(
      const std::stop_token& drain) const;
  // True: go on; false: the goal is reached.
  Result<bool> at_idle(std::stop_token stop);

  Status on(const TransactionBegin& begin);
  Status open_gate(const TransactionBegin& begin);
  Status look_ahead();
  Status on(const Change& change);
  Status on(const SchemaChange& change);
  Status apply(const SchemaChange& change);
  // What came in this unit is read again, and committed before this source transaction.
  Status split_before_this();
  void start_over();
  Status on(const Message& message);
  Status on(const TransactionCommit& commit);
  Status decide(const Position& committed);
  Status on(const TransactionAbort& abort);
  Status on(const Progress& progress);

  // Commits what the unit holds; the stream goes on at resume.
  Status finish_unit(QueuePlace resume);
  void abandon_session();
  Result<bool> goal_reached() const;

  Error with_place(Error error) const;
  // After an error: how to go on. False: the thread ends.
  bool recover(const Error& error, std::stop_token drain);
  void set_outcome(Outcome outcome);
  void leave_stream();
  void healthy();  // something worked: failures are over
  void show(RunState state);
  void show_progress();
  void note_left_out();

  // constant
  const Setup setup_;
  const SinkPlan plan_;
  Source& source_;
  Feed& feed_;
  ProgressBoard& board_;
  const std::shared_ptr<spdlog::logger> log_;

  // shared with other threads
  std::atomic<Outcome> outcome_ = Outcome::running;
  mutable std::mutex goal_mutex_;
  std::optional<Position> goal_;  // guarded by goal_mutex_
  std::mutex sink_mutex_;         // held to replace sink_, and to interrupt it
  std::unique_ptr<Sink> sink_;    // guarded by sink_mutex_ against interruption

  // owned by the applier thread
  Lease lease_;
  Routing routing_;
  SinkCopy copy_;
  Backoff backoff_;
  FailureReport failure_;
  std::shared_ptr<Stream> stream_;
  std::uint64_t generation_ = 0;
  std::unique_ptr<Queue::Cursor> cursor_;
  std::optional<RecordReader> reader_;
  QueuePlace resume_;                  // behind the last durable record
  Checkpoint durable_;                 // what the target holds
  bool stored_ = false;                // the target has had a checkpoint from us
  Checkpoint durable_at_join_;         // what it held when this session joined the stream
  std::optional<Checkpoint> skip_to_;  // until this is reached, what the target has is passed over

  std::stop_token stop_;  // of run()

  // the session
  std::optional<ApplyUnit> unit_;
  bool in_transaction_ = false;      // between the begin and the commit of a source transaction
  bool skipping_this_ = false;       // this source transaction is already in the target
  bool undecided_ = false;           // whether it is, only its commit will tell
  bool end_unit_ = false;            // a schema change of its own: commit at the next boundary
  bool in_order_ = false;            // repeat the unit change by change, to find the row at fault
  TableVersions versions_;           // of the unit's rows, where definitions commit
  std::optional<QueuePlace> split_;  // a source transaction that begins a unit
  QueuePlace transaction_start_;
  std::vector<QueuePlace> aborted_;  // transactions behind resume_ that turned out to have no end
  std::optional<Checkpoint> progress_;  // nothing to apply up to here, not stored yet
  bool progress_wanted_ = false;        // the source waits for it
  std::chrono::steady_clock::time_point stored_at_{};
  std::map<TableName, std::vector<std::string>> left_out_;  // columns, as said last
  bool healthy_ = false;
};

}  // namespace tailrace
