#include "app/tail.h"

#include <condition_variable>
#include <mutex>
#include <random>

#include <spdlog/spdlog.h>

#include "core/block_builder.h"

namespace tailrace::app {
namespace {

// The reader went away, or has enough: not an error for whoever runs the tail.
Error enough() {
  return Error(ErrorKind::cancelled, "nothing more is wanted");
}

void sleep_for(std::chrono::milliseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace

Tail::Tail(Source& source, Options options, Write write, std::shared_ptr<spdlog::logger> log)
    : source_(source),
      options_(std::move(options)),
      write_(std::move(write)),
      log_(std::move(log)),
      backoff_(options_.retry, std::random_device{}()) {}

Status Tail::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    Status ended = follow(stop);
    if (ended || ended.error().kind() == ErrorKind::cancelled || stop.stop_requested()) return {};
    if (verdict_on(ended.error().kind()) != Verdict::retry) return ended;
    if (options_.one_session && opened_) {
      return Error(ended.error()).hint("changes after this point were not seen; begin anew");
    }
    if (!pause(ended.error(), stop)) break;
  }
  return {};
}

bool Tail::pause(const Error& error, const std::stop_token& stop) {
  const auto delay = backoff_.next(Verdict::retry);
  log_->warn("{}; next attempt in {} ms", error.to_string(), delay.count());
  sleep_for(delay, stop);
  return !stop.stop_requested();
}

// One session, until it ends with an error.
Status Tail::follow(const std::stop_token& stop) {
  if (from_.source_id.empty()) {
    auto resolved = source_.resolve(options_.start);
    if (!resolved) return std::move(resolved).error();
    from_ = std::move(*resolved);
  }
  auto session = source_.open(from_);
  if (!session) return std::move(session).error();
  opened_ = true;
  const std::stop_callback interrupt(stop, [&] { (*session)->interrupt(); });
  log_->info("streaming source={} position={}", source_.description(), from_.position.text);
  seen_ = 0;
  transaction_.position = from_.position.text;
  BlockBuilder builder(0, [this](const BlockPtr& block) { return print(*block); });
  while (!stop.stop_requested()) {
    auto received = (*session)->next(builder);
    if (!received) return std::move(received).error();
    backoff_.reset();
    if (!received->drained) continue;
    if (auto flushed = builder.flush(); !flushed) return flushed;
  }
  return {};
}

Status Tail::print(const Block& block) {
  std::string lines;
  BlockCursor cursor(block);
  while (auto record = cursor.next()) {
    print(*record, lines);
    if (at_limit_ || corrupt_) break;
  }
  if (!lines.empty() && !write_(lines)) return enough();
  if (corrupt_) return Error(ErrorKind::internal, "a row image does not fit its table");
  if (at_limit_) return enough();
  return {};
}

void Tail::count_change(std::string& lines, std::size_t line_start) {
  if (++seen_ <= written_) {  // an earlier session had come this far
    lines.resize(line_start);
    return;
  }
  ++written_;
  lines += '\n';
  at_limit_ = ++total_ == options_.limit;
}

void Tail::print(const Record& record, std::string& lines) {
  const std::size_t line_start = lines.size();
  if (const auto* begin = std::get_if<TransactionBegin>(&record)) {
    transaction_.id = begin->id;
    transaction_.commit_time_us = begin->commit_time_us;
    transaction_.origin = begin->origin;
    seen_ = 0;
  } else if (const auto* change = std::get_if<Change>(&record)) {
    corrupt_ = !json_.append(transaction_, *change, lines);
    if (!corrupt_) count_change(lines, line_start);
  } else if (const auto* schema_change = std::get_if<SchemaChange>(&record)) {
    json_.append(transaction_, *schema_change, lines);
    count_change(lines, line_start);
  } else if (const auto* message = std::get_if<Message>(&record)) {
    json_.append(transaction_, *message, lines);
    count_change(lines, line_start);
  } else if (const auto* commit = std::get_if<TransactionCommit>(&record)) {
    from_.position.text = commit->position;
    transaction_.position = commit->position;
    written_ = 0;
  } else if (const auto* progress = std::get_if<Progress>(&record)) {
    from_.position.text = progress->position;
    transaction_.position = progress->position;
  }
}

}  // namespace tailrace::app
