#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include <spdlog/fwd.h>

#include "app/change_json.h"
#include "core/block.h"
#include "extractors/extractor.h"
#include "replicator/retry_policy.h"

namespace tailrace::app {

// Follows a source and writes its changes as JSON lines, without queue, sink or state. After a
// transient error it connects anew behind the last whole transaction, and leaves out what it had
// written of the one that broke off. Owned by one thread.
class Tail {
 public:
  struct Options {
    StartPoint start;
    std::uint64_t limit = 0;  // changes; 0: none
    RetryTimes retry;
    // What the source keeps for us ends with the session, and a new one would begin later: a
    // connection that is lost ends the tail.
    bool one_session = false;
  };
  // Takes one line or several, whole. False: nobody reads any more; the tail ends then.
  using Write = std::function<bool(std::string_view)>;

  Tail(Source& source, Options options, Write write, std::shared_ptr<spdlog::logger> log);

  // Until stopped, until the limit, or until nobody reads (each is ok), or a lasting error.
  Status run(const std::stop_token& stop);

 private:
  Status follow(const std::stop_token& stop);
  Status print(const Block& block);
  void print(const Record& record, std::string& lines);
  void count_change(std::string& lines, std::size_t line_start);
  bool pause(const Error& error, const std::stop_token& stop);

  Source& source_;
  const Options options_;
  const Write write_;
  const std::shared_ptr<spdlog::logger> log_;

  Checkpoint from_;  // behind the last whole transaction; empty source_id: not resolved yet
  ChangeOrigin transaction_;
  ChangeJson json_;
  Backoff backoff_;
  std::uint64_t seen_ = 0;     // changes of the open transaction in this session
  std::uint64_t written_ = 0;  // changes of the open transaction, in any session
  std::uint64_t total_ = 0;
  bool opened_ = false;  // there was a session
  bool at_limit_ = false;
  bool corrupt_ = false;
};

}  // namespace tailrace::app
