#include "extractors/postgres/feedback.h"

#include <algorithm>
#include <utility>

namespace tailrace::postgres {
namespace {

using std::chrono::milliseconds;

// A server that shuts down asks again as soon as it was answered: this keeps both from spinning.
constexpr milliseconds kAnswerInterval{100};
constexpr milliseconds kProgressInterval{200};
// Requests further apart than this are of a server that merely looks whether we are alive.
constexpr milliseconds kRequestGap{2000};

}  // namespace

Feedback::Feedback(const Settings& settings, Time now)
    : settings_(settings), received_(settings.start), sent_(now - settings.interval) {}

void Feedback::received(Lsn position) {
  received_ = std::max(received_, position);
}

void Feedback::confirm(Lsn position) {
  const Lsn confirmed = std::min(position, received_);
  if (confirmed <= confirmed_) return;
  confirmed_ = confirmed;
  hold_.reset();
}

void Feedback::requested(Time now) {
  requested_ = true;
  if (confirmed_ == received_) return;  // the server does not wait for us
  if (!hold_ || now - hold_->last_request > kRequestGap) hold_ = Hold{now, now};
  hold_->last_request = now;
}

Feedback::Time Feedback::due() const {
  if (asks_) return sent_;
  Time due = sent_ + settings_.interval;
  if (requested_) due = std::min(due, sent_ + kAnswerInterval);
  if (confirmed_ > told_) due = std::min(due, sent_ + kProgressInterval);
  return due;
}

StatusUpdate Feedback::take(Time now) {
  sent_ = now;
  told_ = confirmed_;
  requested_ = false;
  return {.written = received_,
          .flushed = confirmed_,
          .applied = confirmed_,
          .reply_requested = std::exchange(asks_, false)};
}

bool Feedback::held_too_long(Time now) const {
  return hold_ && now - hold_->since > settings_.longest_hold &&
         now - hold_->last_request <= kRequestGap;
}

}  // namespace tailrace::postgres
