#include "replicator/copy/copier.h"

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>

#include <spdlog/spdlog.h>

#include "replicator/copy/chunk_worker.h"
#include "replicator/copy/copy_end.h"
#include "replicator/copy/copy_plan.h"
#include "replicator/copy/inquiry.h"
#include "replicator/copy/ledger_unit.h"

namespace tailrace {
namespace {

constexpr std::chrono::milliseconds kShowInterval{250};

}  // namespace

CopyProgress progress_of(const CopyLedger& ledger) {
  CopyProgress progress;
  for (const TableCopy& table : ledger.tables()) {
    const bool done = table.state != TableCopy::State::copying;
    ++progress.tables;
    progress.tables_done += done ? 1U : 0U;
    progress.rows += table.rows;
    progress.bytes += table.bytes;
    progress.rows_expected += done ? table.rows : std::max(table.rows_expected, table.rows);
  }
  return progress;
}

Copier::Copier(Setup setup)
    : setup_(std::move(setup)),
      limit_(setup_.plan.copy.rows_per_second, setup_.plan.copy.bytes_per_second) {}

Status Copier::run(Sink& sink, const Lease& lease, const Checkpoint& held, CopyLedger& ledger,
                   std::stop_token stop) {
  Interrupts interrupts(stop);
  Inquiry<std::unique_ptr<Snapshot>> opening("a snapshot of its tables", setup_.log);
  opening.ask([&](const std::stop_token& ended) { return setup_.source.snapshot(held, ended); },
              stop);
  auto opened = opening.wait(stop);
  if (!opened) return std::move(opened).error();
  const Interruptible<Snapshot> snapshot(interrupts, *std::move(opened));
  std::vector<TableWork> tables;
  {
    CopyPlanner planner(
        {setup_.plan, lease, sink, held, setup_.routing, ledger, *snapshot, interrupts});
    auto planned = planner.plan();
    if (stop.stop_requested()) return Error(ErrorKind::cancelled, "stopped");
    if (!planned) return std::move(planned).error();
    tables = *std::move(planned);
  }
  described_.clear();
  for (const TableWork& table : tables) described_.push_back(table.table);
  auto copied = work(tables, *snapshot, lease, ledger, interrupts, stop);
  if (!copied) return copied;
  return conclude(sink, held, ledger, stop);
}

const SnapshotTable* Copier::find_described(const TableName& name) const {
  const auto found =
      std::find_if(described_.begin(), described_.end(),
                   [&](const SnapshotTable& table) { return table.schema->name == name; });
  return found == described_.end() ? nullptr : &*found;
}

Status Copier::work(const std::vector<TableWork>& tables, Snapshot& snapshot, const Lease& lease,
                    const CopyLedger& ledger, Interrupts& interrupts, std::stop_token stop) {
  std::size_t chunks = 0;
  for (const TableWork& table : tables) {
    chunks += table.copy->chunks.size() - table.copy->chunks_done();
  }
  const std::size_t most = std::max<std::size_t>(setup_.plan.target->most_loaders(), 1);
  const std::size_t workers =
      std::min({std::max<std::size_t>(setup_.plan.copy.workers, 1), most, chunks});
  setup_.log->info("copying tables={} chunks={} workers={}", tables.size(), chunks, workers);
  CopyJobs jobs(tables, workers);
  std::mutex snapshot_mutex;
  std::size_t shown_chunks = 0;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < workers; ++i) {
      threads.emplace_back([&] {
        ChunkWorker worker(
            {jobs, snapshot, snapshot_mutex, *setup_.plan.target, lease, limit_, interrupts, stop});
        worker.run();
      });
    }
    bool ended = false;
    while (!ended) {
      ended = jobs.wait_for_end(kShowInterval);
      show(ledger, jobs);
      if (jobs.chunks_done() > shown_chunks) setup_.on_progress();
      shown_chunks = jobs.chunks_done();
    }
  }
  if (stop.stop_requested()) return Error(ErrorKind::cancelled, "stopped");
  return jobs.outcome();
}

void Copier::show(const CopyLedger& ledger, const CopyJobs& jobs) {
  CopyProgress progress;
  jobs.look([&] {
    progress = progress_of(ledger);
    progress.tables_done = static_cast<std::uint64_t>(
        std::count_if(ledger.tables().begin(), ledger.tables().end(),
                      [](const TableCopy& table) { return table.all_read(); }));
  });
  progress.rows += jobs.rows_under_way();
  progress.bytes += jobs.bytes_under_way();
  progress.rows_expected = std::max(progress.rows_expected, progress.rows);
  progress.tables_in_work = jobs.tables_in_work();
  progress.rows_per_second = rows_rate_.per_second(progress.rows, RateMeter::Clock::now());
  if (progress.rows_per_second >= 1) {
    progress.seconds_left = static_cast<std::uint64_t>(
        static_cast<double>(progress.rows_expected - progress.rows) / progress.rows_per_second);
  }
  setup_.show(std::move(progress));
}

// All rows are there. Between which positions they lie is known now, and written down for all
// tables at once.
Status Copier::conclude(Sink& sink, const Checkpoint& held, CopyLedger& ledger,
                        std::stop_token stop) {
  const auto concerned = [](const TableCopy& table) {
    return table.mode == TableCopy::Mode::initial && table.state == TableCopy::State::copying;
  };
  const bool ask =
      std::any_of(ledger.tables().begin(), ledger.tables().end(),
                  [&](const TableCopy& table) { return concerned(table) && needs_end(table); });
  Position end;
  if (ask) {
    auto asked = position_behind_now(setup_.source, setup_.times.counted_late, setup_.log, stop);
    if (!asked) return std::move(asked).error();
    end = *std::move(asked);
  }
  CopyLedger next = ledger;
  std::vector<LedgerEntry> entries;
  for (TableCopy& table : next.tables()) {
    if (!concerned(table)) continue;
    forget_chunks(table, table.chunks.size(), entries);
    if (auto done = conclude_table(setup_.source, table, end); !done) return done;
    entries.push_back(table_entry(table));
  }
  if (entries.empty()) return {};
  const auto define = [&] { return define_tables(sink, next); };
  auto written = write_ledger_unit(sink, held, entries, define);
  if (!written) return written;
  ledger = std::move(next);
  const CopyProgress progress = progress_of(ledger);
  setup_.log->info("copied tables={} rows={} bytes={}; the stream goes on from={}", progress.tables,
                   progress.rows, progress.bytes, held.position.text);
  setup_.show(progress);
  return {};
}

// The sink gets to know which definition the rows were copied with: a change that the stream brings
// before any row is then one of something known. Where older changes are applied over the rows, it
// would be taken for the one before those.
Status Copier::define_tables(Sink& sink, const CopyLedger& ledger) {
  for (const TableCopy& table : ledger.tables()) {
    const SnapshotTable* described = find_described(table.name);
    if (described == nullptr || table.from.empty() || table.state != TableCopy::State::converging) {
      continue;
    }
    auto target = setup_.routing.target_of(table.name);
    if (!target) return std::move(target).error();
    auto defined = sink.apply_net({described->schema, *std::move(target), {}, {}, {}});
    if (!defined) return defined;
  }
  return {};
}

}  // namespace tailrace
