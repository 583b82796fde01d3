#include "replicator/copy/source_moment.h"

#include <utility>

namespace tailrace {
namespace {

constexpr std::chrono::milliseconds kLookAgain{100};

}  // namespace

Result<bool> SourceMoment::reached(const Position& held) {
  if (!begun_) return false;
  if (behind_.empty()) {
    if (Clock::now() < began_ + counted_late_) return false;
    auto end = source_.current();
    if (!end) return std::move(end).error();
    behind_ = std::move(end->position);
  }
  const auto order = source_.compare(held, behind_);
  if (!order) return order.error();
  return std::is_gteq(*order);
}

SourceMoment::Clock::time_point SourceMoment::wake_at() const {
  if (!begun_) return Clock::time_point::max();
  return behind_.empty() ? began_ + counted_late_ : Clock::now() + kLookAgain;
}

}  // namespace tailrace
