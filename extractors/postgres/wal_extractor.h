#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "extractors/extractor.h"
#include "extractors/postgres/catalogue.h"
#include "extractors/postgres/feedback.h"
#include "extractors/postgres/reading_pace.h"
#include "extractors/postgres/replication_stream.h"
#include "extractors/postgres/wal_assembler.h"

namespace tailrace::postgres {

std::int64_t system_time_us();

// What a session found out about the stream that it asked for, for those that follow. Any thread.
struct StreamLimits {
  std::atomic<bool> text_only = false;           // a binary value that is only read as text
  std::atomic<bool> whole_transactions = false;  // a message that streaming leaves undecided
};

struct WalSettings {
  WalAssembler::Setup assembler;
  Feedback::Settings feedback;
  // A server that is idle is asked for a sign of life every second, and given up after this time
  // without one.
  std::chrono::milliseconds longest_silence = std::chrono::seconds(60);
  // Looks, now and then, whether the server still sends all that it should: its error ends the
  // session. May wait for the server for a few seconds.
  std::function<Status()> watch = [] { return Status(); };
  std::chrono::milliseconds watch_interval = std::chrono::minutes(1);
  // Looks, now and then, what has become of the tables. What it cannot tell is asked again later.
  std::function<Result<CatalogueLook>(const ToldTables::State& known)> look = nullptr;
  std::function<void()> interrupt_look = [] {};  // any thread
  std::chrono::milliseconds look_interval = std::chrono::seconds(2);
  // Whether the server is about to go, asked now and then while nothing can be read.
  std::function<bool()> server_is_leaving = [] { return false; };
  // What sessions after this one must do without.
  std::shared_ptr<StreamLimits> limits = std::make_shared<StreamLimits>();
  Feedback::Time (*now)() = std::chrono::steady_clock::now;
  std::int64_t (*now_us)() = system_time_us;
};

// One session: hands the messages of a stream to the assembler, and tells the server what is
// durable. Belongs to the extractor's thread, except interrupt().
//
// The server is answered whether rows are read or not: next() sends what is due between messages,
// keep_alive() while next() hands over a block and waits. A server that shuts down waits until all
// that it sent is confirmed; it is let go after `longest_hold`.
class WalExtractor final : public Extractor {
 public:
  WalExtractor(std::unique_ptr<WalStream> stream, std::unique_ptr<Catalogue> catalogue,
               WalSettings settings);
  ~WalExtractor() override;

  Result<Received> next(BlockBuilder& out) override;
  void confirm(const Position& durable) override;
  void keep_alive() override;
  void interrupt() override {
    stream_->interrupt();
    settings_.interrupt_look();
  }

 private:
  Result<Received> run(Feedback::Time start, BlockBuilder& out);
  std::optional<Received> end_of_run();
  Status look_after_server(Feedback::Time now);
  void look_at_tables(Feedback::Time now);
  Result<std::optional<Bytes>> wait(Feedback::Time now);
  Status take(Bytes payload, BlockBuilder& out);
  Status on(const WalData& data, BlockBuilder& out);
  Status on(const Keepalive& keepalive, BlockBuilder& out);
  Status on_silence(std::chrono::milliseconds waited);
  Status send_status(Feedback::Time now);
  Lsn reached() const;  // where a session would go on
  Error located(Error error) const;

  const std::unique_ptr<WalStream> stream_;
  const std::unique_ptr<Catalogue> catalogue_;
  const WalSettings settings_;
  WalAssembler assembler_;
  Feedback feedback_;

  std::int64_t received_us_ = 0;          // our clock, when it was last looked at
  std::chrono::milliseconds silence_{0};  // waited for nothing, since the last message
  std::chrono::milliseconds ask_at_{0};   // of the silence: the server is asked where it is
  ReadingPace pace_;
  Feedback::Time drained_;  // a busy stream, for the last time
  Feedback::Time watched_;
  Feedback::Time look_at_;                       // not before
  Lsn looked_;                                   // what was behind it is not known
  Lsn server_;                                   // where the server was last known to be
  std::optional<Feedback::Time> leaving_since_;  // as server_is_leaving said
  Feedback::Time asked_leaving_;
  bool failed_ = false;
  ByteWriter status_;
};

}  // namespace tailrace::postgres
