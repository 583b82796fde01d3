#include "replicator/copy/copy_jobs.h"

#include <algorithm>

namespace tailrace {
namespace {

constexpr int kMostAttempts = 4;

}  // namespace

CopyJobs::CopyJobs(const std::vector<TableWork>& tables, std::size_t workers) : workers_(workers) {
  for (const TableWork& work : tables) {
    for (std::size_t i = 0; i < work.copy->chunks.size(); ++i) {
      if (!work.copy->chunks[i].done) waiting_.push_back({&work, i, work.copy->upsert});
    }
  }
}

std::optional<CopyJobs::Job> CopyJobs::take() {
  const std::scoped_lock lock(mutex_);
  if (error_ || waiting_.empty()) return {};
  Job job = waiting_.front();
  waiting_.pop_front();
  in_work_.push_back(job.work);
  return job;
}

void CopyJobs::release(const Job& job) {
  in_work_.erase(std::find(in_work_.begin(), in_work_.end(), job.work));
}

bool CopyJobs::done(const Job& job, const RowsAsOf& read, std::uint64_t bytes) {
  count(-static_cast<std::int64_t>(read.rows), -static_cast<std::int64_t>(bytes));
  const std::scoped_lock lock(mutex_);
  release(job);
  TableCopy& copy = *job.work->copy;
  CopyChunk& chunk = copy.chunks[job.chunk];
  chunk.done = true;
  chunk.read = read;
  chunk.bytes = bytes;
  copy.rows += read.rows;
  copy.bytes += bytes;
  ++chunks_done_;
  changed_.notify_all();
  return copy.all_read();
}

void CopyJobs::again_as_upsert(Job job) {
  const std::scoped_lock lock(mutex_);
  release(job);
  job.upsert = true;
  waiting_.push_front(job);
}

bool CopyJobs::again_later(Job job) {
  const std::scoped_lock lock(mutex_);
  if (error_ || waiting_.empty() || ++job.attempts >= kMostAttempts) return false;
  release(job);
  waiting_.push_back(job);
  return true;
}

void CopyJobs::fail(const Job& job, Error error) {
  const std::scoped_lock lock(mutex_);
  release(job);
  if (!error_) error_ = std::move(error);
}

void CopyJobs::fail(Error error) {
  const std::scoped_lock lock(mutex_);
  if (!error_) error_ = std::move(error);
}

void CopyJobs::leave() {
  const std::scoped_lock lock(mutex_);
  --workers_;
  changed_.notify_all();
}

void CopyJobs::count(std::int64_t rows, std::int64_t bytes) {
  rows_ += rows;
  bytes_ += bytes;
}

bool CopyJobs::wait_for_end(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time, [&] { return workers_ == 0; });
}

std::vector<std::string> CopyJobs::tables_in_work() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> names;
  for (const TableWork* work : in_work_) {
    std::string name = work->copy->name.to_string();
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

std::size_t CopyJobs::chunks_done() const {
  const std::scoped_lock lock(mutex_);
  return chunks_done_;
}

Status CopyJobs::outcome() const {
  const std::scoped_lock lock(mutex_);
  return error_ ? Status(*error_) : Status();
}

}  // namespace tailrace
