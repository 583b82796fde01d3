#include "replicator/failure_report.h"

#include <spdlog/spdlog.h>

namespace tailrace {
namespace {

constexpr auto kRepeatLogInterval = std::chrono::minutes(10);

spdlog::level::level_enum level_of(Verdict verdict) {
  return verdict == Verdict::retry ? spdlog::level::warn : spdlog::level::err;
}

std::string_view consequence_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::retry:
      return "retrying";
    case Verdict::block:
      return "blocked, retried until repaired";
    case Verdict::fail:
      return "stopped";
    case Verdict::leave:
      return "leaving";
  }
  return "stopped";
}

}  // namespace

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void FailureReport::failed(const Error& error, Verdict verdict) {
  const auto now = std::chrono::steady_clock::now();
  std::string text = error.to_string();
  const bool same = current_ && current_->kind == to_string(error.kind());
  if (!same) current_ = ErrorReport{std::string(to_string(error.kind())), {}, now_us(), 0};
  ++current_->attempts;
  const bool changed = !same || (verdict == Verdict::block && current_->message != text);
  current_->message = std::move(text);
  if (!changed && now - logged_at_ < kRepeatLogInterval) return;
  logged_at_ = now;
  log_->log(level_of(verdict), "{}: kind={} attempts={} error=\"{}\"", consequence_of(verdict),
            current_->kind, current_->attempts, current_->message);
}

void FailureReport::recovered() {
  if (!current_) return;
  log_->info("recovered: kind={} attempts={}", current_->kind, current_->attempts);
  current_.reset();
}

}  // namespace tailrace
