#pragma once

#include <chrono>
#include <optional>

#include "extractors/postgres/lsn.h"
#include "extractors/postgres/replication_stream.h"

namespace tailrace::postgres {

// What a server is told about how far we are, and when. A server that hears nothing for its
// wal_sender_timeout ends the session; one that is told too much forgets changes for good. So the
// confirmed position only ever grows, and never passes what was received in this session.
// Pure: the caller brings the time.
class Feedback {
 public:
  using Time = std::chrono::steady_clock::time_point;

  struct Settings {
    Lsn start;                                                      // of the session
    std::chrono::milliseconds interval = std::chrono::seconds(10);  // at least so often
    std::chrono::milliseconds longest_hold = std::chrono::seconds(30);
  };

  Feedback(const Settings& settings, Time now);

  // Everything before it was received.
  void received(Lsn position);
  // Every sink holds everything before it.
  void confirm(Lsn position);
  // The server asked for an answer. A server that shuts down asks until all it sent is confirmed.
  void requested(Time now);
  // The next status shall ask the server for a sign of life, and go out at once.
  void ask() { asks_ = true; }

  // When the next status must go out.
  Time due() const;
  // That status; it counts as sent.
  StatusUpdate take(Time now);

  // The server has been asking for longer than we may keep it waiting, and nothing was confirmed.
  bool held_too_long(Time now) const;

  Lsn confirmed() const { return confirmed_; }

 private:
  const Settings settings_;
  Lsn received_;
  Lsn confirmed_;  // 0: nothing yet
  Lsn told_;       // of confirmed_, in the last status
  Time sent_;      // the last status
  bool requested_ = false;
  bool asks_ = false;
  struct Hold {
    Time since;
    Time last_request;
  };
  std::optional<Hold> hold_;
};

}  // namespace tailrace::postgres
