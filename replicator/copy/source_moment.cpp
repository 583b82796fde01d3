#include "replicator/copy/source_moment.h"

#include <utility>

namespace tailrace {
namespace {

constexpr std::chrono::milliseconds kLookAgain{100};

}  // namespace

void SourceMoment::begin() {
  forget();
  began_ = Clock::now();
  begun_ = true;
}

void SourceMoment::forget() {
  if (!begun_) return;
  begun_ = false;
  behind_ = {};
  end_.drop();
}

Result<Position> SourceMoment::behind(const std::stop_token& stop) {
  if (!begun_ || !behind_.empty()) return behind_;
  if (!end_.open()) {
    if (Clock::now() < began_ + counted_late_) return Position();
    end_.ask([this](const std::stop_token& ended) { return source_.current(ended); }, stop);
  }
  auto end = end_.take(Clock::duration::zero(), stop);
  if (!end) return Position();
  if (!*end) return std::move(*end).error();
  behind_ = std::move((*end)->position);
  return behind_;
}

Result<bool> SourceMoment::reached(const Position& held, const std::stop_token& stop) {
  if (!begun_) return false;
  auto end = behind(stop);
  if (!end) return std::move(end).error();
  if (end->empty()) return false;
  const auto order = source_.compare(held, *end);
  if (!order) return order.error();
  return std::is_gteq(*order);
}

SourceMoment::Clock::time_point SourceMoment::wake_at() const {
  if (!begun_) return Clock::time_point::max();
  if (end_.open()) return Clock::now() + Inquiry<Checkpoint>::kLookAgain;
  return behind_.empty() ? began_ + counted_late_ : Clock::now() + kLookAgain;
}

}  // namespace tailrace
