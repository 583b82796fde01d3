#include "replicator/copy/recopier.h"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "replicator/copy/copy_end.h"
#include "replicator/copy/copy_plan.h"
#include "replicator/copy/ledger_unit.h"

namespace tailrace {

Recopier::Recopier(Setup setup)
    : setup_(std::move(setup)),
      limit_(setup_.plan.copy.rows_per_second, setup_.plan.copy.bytes_per_second),
      moment_(setup_.source, setup_.times.counted_late) {}

void Recopier::drop_snapshot() {
  reader_.reset();
  snapshot_.reset();
  exact_at_ = {};
}

const SnapshotTable* Recopier::find(const TableName& name) const {
  const auto found = std::find_if(tables_.begin(), tables_.end(), [&](const SnapshotTable& table) {
    return table.schema->name == name;
  });
  return found == tables_.end() ? nullptr : &*found;
}

Result<const std::vector<SnapshotTable>*> Recopier::describe(const Checkpoint& held,
                                                             Interrupts& interrupts) {
  side_ = Side::source;
  if (!exact_at_.empty()) {
    // The stream has gone on meanwhile: rows of that moment would take the sink back.
    const auto order = setup_.source.compare(exact_at_, held.position);
    if (!order) return order.error();
    if (!std::is_gteq(*order)) drop_snapshot();
  }
  if (snapshot_) return &tables_;
  auto snapshot = setup_.source.snapshot(held);
  if (!snapshot) return std::move(snapshot).error();
  snapshot_.emplace(interrupts, *std::move(snapshot));
  auto tables = (*snapshot_)->tables();
  if (!tables) {
    drop_snapshot();
    return std::move(tables).error();
  }
  // The same schema stays the same object: sinks know it by its address.
  for (SnapshotTable& table : *tables) {
    const SnapshotTable* known = find(table.schema->name);
    if (known != nullptr && *known->schema == *table.schema) table.schema = known->schema;
  }
  tables_ = *std::move(tables);
  return &tables_;
}

Status Recopier::step(Sink& sink, const Checkpoint& held, TableCopy& table, Interrupts& interrupts,
                      std::stop_token stop) {
  auto waited = settled(held, table.name);
  if (!waited) return std::move(waited).error();
  if (!*waited) return {};
  auto described = describe(held, interrupts);
  if (!described) return std::move(described).error();
  const SnapshotTable* source = find(table.name);
  if (source == nullptr) {  // gone: the stream knows why
    TableCopy gone = table;
    gone.chunks.clear();
    gone.gone = true;
    return conclude(sink, held, table, std::move(gone), stop);
  }
  if (!is_settled(*source)) return {};
  if (!table.planned() || table.shape != fingerprint(*source->schema)) {
    return plan(sink, held, table, *source);
  }
  if (table.all_read()) return conclude(sink, held, table, table, stop);
  return copy_chunk(sink, held, table, *source, interrupts, stop);
}

// Rows with a definition that the stream comes to later would be changed by it once more, and rows
// of the stream with the old one would take it back. False: it is waited for.
Result<bool> Recopier::settled(const Checkpoint& held, const TableName& table) {
  if (!moment_.begun()) return true;
  side_ = Side::source;
  if (unsettled_.first != table) {
    moment_.forget();
    return true;
  }
  auto reached = moment_.reached(held.position);
  if (!reached) {
    moment_.forget();
    return reached;
  }
  if (!*reached) return false;
  moment_.forget();
  settled_[unsettled_.first] = unsettled_.second;
  drop_snapshot();  // it is of that moment
  return true;
}

bool Recopier::is_settled(const SnapshotTable& source) {
  std::string shape = fingerprint(*source.schema);
  const auto known = settled_.find(source.schema->name);
  if (known != settled_.end() && known->second == shape) return true;
  unsettled_ = {source.schema->name, std::move(shape)};
  moment_.begin();
  return false;
}

// Nothing has happened to the target's rows yet; or what was copied is of another shape, and the
// first chunk takes it away.
Status Recopier::plan(Sink& sink, const Checkpoint& held, TableCopy& table,
                      const SnapshotTable& source) {
  side_ = Side::source;
  auto ranges = (*snapshot_)->split(source, rows_per_chunk(source, setup_.plan.copy.chunk_rows));
  if (!ranges) return std::move(ranges).error();
  if (ranges->empty()) ranges->push_back({});
  TableCopy next = table;
  next.shape = fingerprint(*source.schema);
  next.rows_expected = source.rows;
  next.rows = next.bytes = 0;
  next.chunks.clear();
  for (KeyRange& range : *ranges) next.chunks.push_back({std::move(range), false, {}, 0});
  side_ = Side::target;
  auto target = setup_.routing.target_of(table.name);
  if (!target) return std::move(target).error();
  // The target's table gets that definition now; what that makes of its rows does not matter.
  const auto define = [&]() -> Status {
    auto defined = sink.apply_net({source.schema, *target, {}, {}, {}});
    sink.take_stale_tables();
    return defined;
  };
  auto written = write_ledger_unit(sink, held, replacing_entries(table, next), define);
  if (written) table = std::move(next);
  return written;
}

Status Recopier::open_reader(Interrupts& interrupts) {
  side_ = Side::source;
  if (reader_) return {};
  auto reader = (*snapshot_)->open_reader();
  if (!reader) return std::move(reader).error();
  reader_.emplace(interrupts, *std::move(reader));
  return {};
}

Status Recopier::copy_chunk(Sink& sink, const Checkpoint& held, TableCopy& table,
                            const SnapshotTable& source, Interrupts& interrupts,
                            std::stop_token stop) {
  if (auto opened = open_reader(interrupts); !opened) return opened;
  const auto left = std::find_if(table.chunks.begin(), table.chunks.end(),
                                 [](const CopyChunk& chunk) { return !chunk.done; });
  const auto index = static_cast<std::size_t>(left - table.chunks.begin());
  auto chunk = fill_unit(sink, held, table, index, source, stop);
  if (!chunk) {
    if (side_ == Side::source) sink.rollback();
    return std::move(chunk).error();
  }
  TableCopy next = table;
  next.rows += chunk->read.rows;
  next.bytes += chunk->bytes;
  next.chunks[index] = *chunk;
  std::vector<LedgerEntry> entries{chunk_entry(table.name, index, *chunk)};
  // A whole table as of one moment needs no convergence: what the stream has of it up to there is
  // dropped, from the very commit on. A table without key depends on that.
  if (next.chunks.size() == 1 && chunk->read.exact) {
    forget_chunks(next, 1, entries);
    entries.erase(entries.begin());
    if (auto done = conclude_table(setup_.source, next, {}); !done) {
      sink.rollback();
      return done;
    }
    entries.push_back(table_entry(next));
  }
  side_ = Side::target;
  if (auto noted = sink.write_ledger(entries); !noted) return noted;
  auto committed = sink.commit(held);
  if (!committed) return std::move(committed).error();
  table = std::move(next);
  return {};
}

// The rows of a chunk in a unit that is not committed yet.
Result<CopyChunk> Recopier::fill_unit(Sink& sink, const Checkpoint& held, const TableCopy& table,
                                      std::size_t index, const SnapshotTable& source,
                                      std::stop_token stop) {
  auto target = setup_.routing.target_of(table.name);
  if (!target) return std::move(target).error();
  side_ = Side::target;
  if (auto begun = sink.begin(); !begun) return std::move(begun).error();
  if (table.chunks_done() == 0) {
    if (auto cleared = sink.clear_table(*target); !cleared) return std::move(cleared).error();
  }
  chunk_rows_ = chunk_bytes_ = 0;
  BlockBuilder builder(1, [&](const BlockPtr& block) -> Status {
    if (stop.stop_requested()) return Error(ErrorKind::cancelled, "stopped");
    side_ = Side::target;
    if (auto applied = apply(sink, *block, source, *target); !applied) return applied;
    side_ = Side::source;
    return {};
  });
  side_ = Side::source;
  builder.begin({});
  auto read = (*reader_)->read(source, table.chunks[index].range, builder);
  if (!read) return std::move(read).error();
  if (auto ended = builder.commit({}); !ended) return std::move(ended).error();
  if (auto flushed = builder.flush(); !flushed) return std::move(flushed).error();
  if (read->exact) exact_at_ = read->position;
  const auto order = setup_.source.compare(read->position, held.position);
  if (!order) return order.error();
  if (!std::is_gteq(*order)) {
    return Error(ErrorKind::busy, "the source does not count yet what the sink has");
  }
  read->rows = chunk_rows_;
  limit_.pay(chunk_rows_, chunk_bytes_, stop);
  return CopyChunk{table.chunks[index].range, true, *read, chunk_bytes_};
}

Status Recopier::apply(Sink& sink, const Block& block, const SnapshotTable& source,
                       const TableName& target) {
  const auto rows = batch_.fill(block);
  if (rows.empty()) return {};
  chunk_rows_ += rows.size();
  chunk_bytes_ += block.payload().size();
  NetTable net{source.schema, target, {}, {}, {}};
  net.inserts.assign(rows.begin(), rows.end());
  return sink.apply_net(net);
}

// Every chunk is there. The stream has flowed in between, over rows that were not there yet: so
// nothing of it may be dropped.
Status Recopier::conclude(Sink& sink, const Checkpoint& held, TableCopy& table, TableCopy next,
                          std::stop_token stop) {
  Position end;
  side_ = Side::source;
  if (needs_end(next)) {
    auto asked = position_behind_now(setup_.source, setup_.times.counted_late, stop);
    if (!asked) return std::move(asked).error();
    end = *std::move(asked);
  }
  if (auto done = conclude_table(setup_.source, next, end); !done) return done;
  next.from = {};
  side_ = Side::target;
  auto written = write_ledger_unit(sink, held, replacing_entries(table, next));
  if (!written) return written;
  table = std::move(next);
  setup_.log->info("copied again table={} rows={} bytes={}", table.name.to_string(), table.rows,
                   table.bytes);
  return {};
}

}  // namespace tailrace
