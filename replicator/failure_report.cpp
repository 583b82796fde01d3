#include "replicator/failure_report.h"

#include <spdlog/spdlog.h>

namespace tailrace {
namespace {

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
  std::string text = error.to_string();
  const bool same = current_ && current_->kind == to_string(error.kind());
  if (!same) current_ = ErrorReport{std::string(to_string(error.kind())), {}, now_us(), 0};
  ++current_->attempts;
  current_->message = std::move(text);
  if (!is_worth_telling(current_->kind + current_->message)) return;
  log_->log(level_of(verdict), "{}: kind={} attempts={} error=\"{}\"", consequence_of(verdict),
            current_->kind, current_->attempts, current_->message);
}

bool FailureReport::is_worth_telling(const std::string& text) {
  const auto now = clock_();
  std::erase_if(told_, [&](const auto& told) { return now - told.second >= kRepeat; });
  return told_.size() < kMostTexts && told_.emplace(text, now).second;
}

void FailureReport::recovered() {
  if (!current_) return;
  log_->info("recovered: kind={} attempts={}", current_->kind, current_->attempts);
  current_.reset();
  told_.clear();
}

}  // namespace tailrace
