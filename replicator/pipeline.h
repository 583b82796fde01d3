#pragma once

#include <memory>
#include <stop_token>
#include <vector>

#include <spdlog/fwd.h>

#include "core/result.h"
#include "replicator/options.h"
#include "replicator/status.h"

namespace tailrace {

// One source and its sinks, running: an extractor thread, the queue, an applier thread per sink.
// Made by the app; start(), then any thread may ask for status() or request_stop().
class Pipeline {
 public:
  // Fails when the state directory cannot be used or another process holds it.
  static Result<std::unique_ptr<Pipeline>> create(PipelineOptions options,
                                                  std::unique_ptr<Source> source,
                                                  std::vector<SinkPlan> sinks,
                                                  std::shared_ptr<spdlog::logger> log);
  ~Pipeline();  // stops and joins

  void start();
  // Stops reading from the source, lets the sinks finish their unit, stores checkpoints. Returns at
  // once.
  void request_stop();
  // Blocks until everything has ended: after request_stop(), when caught up, or because nothing can
  // go on (all sinks or the source failed for good). The status tells which; an error is the
  // reason why the pipeline gave up.
  Status wait();
  bool finished() const;

  PipelineStatus status() const;

 private:
  class Impl;
  explicit Pipeline(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tailrace
