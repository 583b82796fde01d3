#include "replicator/copy/chunk_worker.h"

#include <exception>
#include <utility>

namespace tailrace {
namespace {

std::string bound(const std::string& text, const char* none) {
  constexpr std::size_t kLongest = 80;
  return text.empty() || text.size() > kLongest ? none : text;
}

std::string describe(const KeyRange& range) {
  if (range.after.empty() && range.upto.empty()) return "all rows";
  return "rows behind " + bound(range.after, "a key") + " up to " + bound(range.upto, "a key");
}

}  // namespace

void ChunkWorker::run() {
  while (!shared_.stop.stop_requested()) {
    const auto job = shared_.jobs.take();
    if (!job) break;
    Status copied;
    try {
      copied = copy(*job);
    } catch (const std::exception& e) {
      copied = Error(ErrorKind::internal, std::string("unexpected exception: ") + e.what());
    }
    if (!copied) recover(*job, std::move(copied).error());
  }
  drop_connections();
  shared_.jobs.leave();
}

Status ChunkWorker::copy(const CopyJobs::Job& job) {
  rows_ = bytes_ = 0;
  if (auto connected = connect(); !connected) return connected;
  if (auto begun = begin(job); !begun) return begun;
  auto answer = read(job);
  if (!answer) return std::move(answer).error();
  CopyChunk chunk = job.work->copy->chunks[job.chunk];
  chunk.done = true;
  chunk.read = *answer;
  chunk.read.rows = rows_;
  chunk.bytes = bytes_;
  side_ = Side::target;
  const LedgerEntry entry = chunk_entry(job.work->copy->name, job.chunk, chunk);
  if (auto committed = (*loader_)->commit({&entry, 1}); !committed) return committed;
  if (shared_.jobs.done(job, chunk.read, bytes_)) finish_rows(*job.work);
  return {};
}

// The chunk is in the target, whatever comes of this: a later run does not see the table again, and
// then the sink makes what is missing.
void ChunkWorker::finish_rows(const TableWork& work) {
  auto finished = (*loader_)->finish_rows(work.table.schema, work.target);
  if (finished) return;
  drop_connections();
  shared_.jobs.fail(
      shared_.stop.stop_requested()
          ? Error(ErrorKind::cancelled, "stopped")
          : std::move(finished).error().with("copy of table " + work.copy->name.to_string()));
}

Status ChunkWorker::connect() {
  if (!reader_) {
    side_ = Side::source;
    const std::scoped_lock lock(shared_.snapshot_mutex);
    auto reader = shared_.snapshot.open_reader();
    if (!reader) return std::move(reader).error();
    reader_.emplace(shared_.interrupts, *std::move(reader));
  }
  if (!loader_) {
    side_ = Side::target;
    prepared_.clear();
    auto loader = shared_.target.open_loader(shared_.lease);
    if (!loader) return std::move(loader).error();
    loader_.emplace(shared_.interrupts, *std::move(loader));
  }
  return {};
}

Status ChunkWorker::begin(const CopyJobs::Job& job) {
  side_ = Side::target;
  const TableWork& work = *job.work;
  if (prepared_.insert(&work).second) {
    (*loader_)->expect(work.table.details);
    auto prepared = (*loader_)->prepare(work.table.schema, work.target);
    if (!prepared) return std::move(prepared).error();
  }
  const auto mode = job.upsert ? Loader::Mode::upsert : Loader::Mode::append;
  return (*loader_)->begin(work.table.schema, work.target, mode);
}

Result<RowsAsOf> ChunkWorker::read(const CopyJobs::Job& job) {
  BlockBuilder builder(1, [this](const BlockPtr& block) {
    side_ = Side::target;
    if (auto loaded = load(*block); !loaded) return loaded;
    side_ = Side::source;
    return Status();
  });
  side_ = Side::source;
  builder.begin({});
  const KeyRange& range = job.work->copy->chunks[job.chunk].range;
  auto answer = (*reader_)->read(job.work->table, range, builder);
  if (!answer) return answer;
  if (auto ended = builder.commit({}); !ended) return std::move(ended).error();
  if (auto flushed = builder.flush(); !flushed) return std::move(flushed).error();
  return answer;
}

Status ChunkWorker::load(const Block& block) {
  const auto rows = batch_.fill(block);
  if (rows.empty()) return {};
  const std::uint64_t bytes = block.payload().size();
  if (auto loaded = (*loader_)->load(rows); !loaded) return loaded;
  rows_ += rows.size();
  bytes_ += bytes;
  shared_.jobs.count(static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(bytes));
  shared_.limit.pay(rows.size(), bytes, shared_.stop);
  if (shared_.stop.stop_requested()) return Error(ErrorKind::cancelled, "stopped");
  return {};
}

void ChunkWorker::recover(const CopyJobs::Job& job, Error error) {
  if (loader_) (*loader_)->rollback();
  drop_connections();
  shared_.jobs.count(-static_cast<std::int64_t>(rows_), -static_cast<std::int64_t>(bytes_));
  const TableWork& work = *job.work;
  if (shared_.stop.stop_requested()) error = Error(ErrorKind::cancelled, "stopped");
  // A row that moved between two reads is met twice; and one that a person put there is overwritten
  // only where that was asked for, which the table's plan has settled.
  const bool may_be_there = error.kind() == ErrorKind::row_rejected && side_ == Side::target;
  if (may_be_there && !job.upsert && !work.table.schema->key.empty()) {
    return shared_.jobs.again_as_upsert(job);
  }
  if (error.kind() == ErrorKind::busy && shared_.jobs.again_later(job)) return;
  // It has changed since it was described: the next run describes it anew.
  if (side_ == Side::source && error.kind() == ErrorKind::schema_mismatch) {
    error = std::move(error).as(ErrorKind::busy);
  }
  shared_.jobs.fail(job, std::move(error)
                             .with(describe(work.copy->chunks[job.chunk].range))
                             .with("copy of table " + work.copy->name.to_string()));
}

void ChunkWorker::drop_connections() {
  loader_.reset();
  reader_.reset();
}

}  // namespace tailrace
