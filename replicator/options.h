#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "extractors/extractor.h"
#include "replicator/retry_policy.h"
#include "sinks/sink.h"

namespace tailrace {

// Filled from the configuration (config/ and app/); plain values with their defaults.

struct QueueOptions {
  std::uint64_t memory_bytes = std::uint64_t{64}
                               << 20;                  // blocks kept in memory, all sinks together
  std::uint64_t disk_bytes = std::uint64_t{20} << 30;  // segment files; full: back-pressure
};

// How source transactions are packed into one target transaction.
struct ApplyOptions {
  std::uint64_t max_changes = 10'000;  // rows; a larger source transaction stays whole
  std::uint64_t max_bytes = std::uint64_t{8} << 20;  // encoded bytes
  // How often an idle sink's checkpoint follows the source.
  std::chrono::milliseconds idle_checkpoint = std::chrono::seconds(10);
};

// match: "schema.table" with * and ?; to: "schema.table" or "table"; the first match wins.
struct TableRoute {
  std::string match;
  std::string to;
};

// How the tables that exist already come to a sink.
struct CopyOptions {
  // What happens to a target table that has rows before the copy begins.
  enum class Existing : std::uint8_t {
    stop,     // the sink is blocked, and says how to go on
    replace,  // its rows are removed first
    keep,     // the source's rows are written over those with the same key; the others stay
  };
  std::size_t workers = 4;             // connections at each end, as far as the target takes them
  std::uint64_t chunk_rows = 100'000;  // read and committed at once
  std::uint64_t rows_per_second = 0;   // all workers together; 0: as fast as it goes
  std::uint64_t bytes_per_second = 0;  // of encoded rows
  Existing existing = Existing::stop;
  bool foreign_keys = false;  // are made at the target, too, once everything is exact
};

// How long the copy waits for what nobody tells it.
struct CopyTimes {
  // A server may count a transaction so long after its rows can be seen.
  std::chrono::milliseconds counted_late{200};
  // How often requests to copy tables again are looked for.
  std::chrono::milliseconds look_for_requests{1000};
  // How long the stream stands still for a source that is asked for a snapshot.
  std::chrono::milliseconds stand_still{2000};
};

struct SinkPlan {
  std::string name;
  std::unique_ptr<Target> target;
  std::vector<TableRoute> routes;
  ApplyOptions apply;
  CopyOptions copy = {};
  // How the target follows changes of the source's tables; the target itself is told it as well
  // (Target::set_schema_policy), by who makes the plan.
  SchemaPolicy schema = SchemaPolicy::apply;
};

// Whether definitions are brought to the target although no row needs it.
constexpr bool follows_definitions(SchemaPolicy policy) {
  return policy == SchemaPolicy::apply || policy == SchemaPolicy::add_only;
}

struct PipelineOptions {
  std::string name;
  std::filesystem::path state_dir;  // of the daemon; the pipeline uses state_dir/name
  QueueOptions queue;
  RetryTimes retry;
  CopyTimes copy_times;
  StartPoint start;                  // for sinks without a checkpoint
  bool exit_when_caught_up = false;  // ends once every sink has what the source had at start
};

}  // namespace tailrace
