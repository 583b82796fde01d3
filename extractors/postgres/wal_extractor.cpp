#include "extractors/postgres/wal_extractor.h"

#include <algorithm>
#include <thread>
#include <utility>

namespace tailrace::postgres {
namespace {

using std::chrono::milliseconds;

// One call of next() goes on for so long while messages are at hand.
constexpr std::size_t kRunBytes = std::size_t{1} << 20;
constexpr milliseconds kRunTime{50};
// Messages between two looks at the clock.
constexpr unsigned kMessagesPerLook = 64;
constexpr milliseconds kLongestWait{1000};
constexpr milliseconds kAskBehindChanges{100};
constexpr milliseconds kAskInterval{1000};
// A busy stream that never ends is flushed to the sinks so often.
constexpr milliseconds kFlushInterval{5};
constexpr milliseconds kLeavingInterval{5000};

}  // namespace

std::int64_t system_time_us() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

WalExtractor::WalExtractor(std::unique_ptr<WalStream> stream, std::unique_ptr<Catalogue> catalogue,
                           WalSettings settings)
    : stream_(std::move(stream)),
      catalogue_(std::move(catalogue)),
      settings_(std::move(settings)),
      assembler_(settings_.assembler, *catalogue_),
      feedback_(settings_.feedback, settings_.now()),
      watched_(settings_.now()),
      look_at_(watched_),
      server_(settings_.feedback.start),
      asked_leaving_(watched_) {}

WalExtractor::~WalExtractor() {
  if (failed_) return;
  if (auto sent = send_status(settings_.now()); sent) stream_->leave();
}

Result<Received> WalExtractor::next(BlockBuilder& out) {
  const Feedback::Time start = settings_.now();
  asked_leaving_ = start;
  leaving_since_.reset();
  auto received = run(start, out);
  if (received) return received;
  failed_ = true;
  if (assembler_.switching_to_text()) settings_.limits->text_only.store(true);
  if (assembler_.switching_off_streaming()) settings_.limits->whole_transactions.store(true);
  return located(std::move(received).error());
}

Result<Received> WalExtractor::run(Feedback::Time start, BlockBuilder& out) {
  std::size_t bytes = 0;
  for (unsigned count = 0;; ++count) {
    if (count % kMessagesPerLook == 0) {
      const Feedback::Time now = settings_.now();
      if (auto kept = look_after_server(now); !kept) return std::move(kept).error();
      if (bytes >= kRunBytes || now - start >= kRunTime) return Received{false};
    }
    auto payload = stream_->receive(milliseconds(0));
    if (payload && !*payload && count == 0) payload = wait(start);
    if (!payload) return std::move(payload).error();
    if (!*payload) {
      if (const auto end = end_of_run()) return *end;
      std::this_thread::sleep_for(ReadingPace::kPause);
      continue;
    }
    pace_.took_message();
    bytes += (*payload)->size();
    if (auto taken = take(**payload, out); !taken) return std::move(taken).error();
  }
}

// Nothing is at hand, which ends the run, unless more will be there in a moment. Half a transaction
// is of no use to a sink: only whole ones are worth a flush, of a busy stream now and then.
std::optional<Received> WalExtractor::end_of_run() {
  const Feedback::Time now = settings_.now();
  const bool whole = assembler_.between_transactions();
  if (!pace_.is_busy(now)) return Received{whole};
  if (!whole || now - drained_ < kFlushInterval) return std::nullopt;
  drained_ = now;
  return Received{true};
}

// What is due, whether or not messages come.
Status WalExtractor::look_after_server(Feedback::Time now) {
  received_us_ = settings_.now_us();
  if (now - watched_ >= settings_.watch_interval) {
    if (auto fine = settings_.watch(); !fine) return fine;
    watched_ = settings_.now();
  }
  look_at_tables(now);
  if (feedback_.held_too_long(now)) {
    return Error(ErrorKind::shutting_down,
                 "the server waits for us, probably to shut down, and a sink cannot take what it "
                 "sent: it is let go");
  }
  return feedback_.due() <= now ? send_status(now) : Status();
}

// A server whose log has not grown has no other tables than before. A catalogue that takes long is
// asked less often.
void WalExtractor::look_at_tables(Feedback::Time now) {
  constexpr int kShare = 20;
  if (!settings_.look || now < look_at_ || !assembler_.wants_look()) return;
  if (looked_.valid() && std::max(server_, assembler_.last_end()) <= looked_) return;
  auto look = settings_.look(assembler_.told());
  const Feedback::Time end = settings_.now();
  look_at_ =
      end + std::max<Feedback::Time::duration>(settings_.look_interval, (end - now) * kShare);
  if (!look) return;
  looked_ = look->position;
  assembler_.look(*std::move(look));
}

Result<std::optional<Bytes>> WalExtractor::wait(Feedback::Time now) {
  const auto until_due = std::chrono::ceil<milliseconds>(feedback_.due() - now);
  const auto longest =
      std::clamp(std::min(until_due, ask_at_ - silence_), milliseconds(1), kLongestWait);
  auto payload = stream_->receive(longest);
  received_us_ = settings_.now_us();
  if (!payload || *payload) return payload;
  if (auto alive = on_silence(longest); !alive) return std::move(alive).error();
  return payload;
}

// What the server answers tells how far it is, and that it lives. It does not say so by itself when
// it is only we who have not moved. Asked soon behind changes, so that whoever waits for the end of
// the log has it, and then now and then.
Status WalExtractor::on_silence(milliseconds waited) {
  silence_ += waited;
  if (silence_ >= settings_.longest_silence) {
    return Error(ErrorKind::unreachable, "the server has not answered for too long");
  }
  if (silence_ < ask_at_) return {};
  ask_at_ = silence_ + kAskInterval;
  feedback_.ask();
  return {};
}

Status WalExtractor::take(Bytes payload, BlockBuilder& out) {
  silence_ = milliseconds(0);
  ask_at_ = std::min(ask_at_, kAskInterval);
  const auto message = parse_stream_message(payload);
  if (!message) return message.error();
  return std::visit([&](const auto& m) { return on(m, out); }, *message);
}

Status WalExtractor::on(const WalData& data, BlockBuilder& out) {
  ask_at_ = kAskBehindChanges;
  return assembler_.take(data.message, received_us_, out);
}

// A server reads its log from an older place on than it sends it from, and says so in the
// keepalives of a session that has just begun: that is no progress.
Status WalExtractor::on(const Keepalive& keepalive, BlockBuilder& out) {
  feedback_.received(keepalive.position);
  server_ = std::max(server_, keepalive.position);
  if (keepalive.reply_requested) feedback_.requested(settings_.now());
  if (!assembler_.between_transactions() || keepalive.position < reached()) return {};
  return assembler_.idle_at(keepalive.position, keepalive.server_time_us, keepalive.reply_requested,
                            out);
}

Status WalExtractor::send_status(Feedback::Time now) {
  feedback_.received(assembler_.last_end());
  StatusUpdate status = feedback_.take(now);
  status.client_time_us = settings_.now_us();
  status_.clear();
  encode(status, status_);
  return stream_->send(status_.view());
}

void WalExtractor::confirm(const Position& durable) {
  const auto position = WalPosition::parse(durable);
  if (!position) return;  // not one of ours
  if (settings_.assembler.memory) settings_.assembler.memory->confirmed(position->lsn);
  const Lsn before = feedback_.confirmed();
  feedback_.received(assembler_.last_end());
  feedback_.confirm(position->lsn);
  if (feedback_.confirmed() > before) leaving_since_.reset();
}

// Nothing is read meanwhile, so the server's own requests are not seen: it is asked on another
// connection, which takes a moment, now and then.
void WalExtractor::keep_alive() {
  const Feedback::Time now = settings_.now();
  // An error comes back when the session goes on.
  if (feedback_.due() <= now) static_cast<void>(send_status(now));
  if (now - asked_leaving_ < kLeavingInterval) return;
  asked_leaving_ = now;
  if (!settings_.server_is_leaving()) return leaving_since_.reset();
  leaving_since_ = leaving_since_.value_or(now);
  if (now - *leaving_since_ < settings_.feedback.longest_hold) return;
  stream_->cut(Error(ErrorKind::shutting_down,
                     "the server shuts down, and a sink cannot take what it sent: it is let go"));
}

Lsn WalExtractor::reached() const {
  return std::max(assembler_.last_end(), settings_.feedback.start);
}

Error WalExtractor::located(Error error) const {
  return std::move(error).with("behind position " + reached().to_string());
}

}  // namespace tailrace::postgres
