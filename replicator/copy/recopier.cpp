#include "replicator/copy/recopier.h"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "replicator/copy/copy_end.h"
#include "replicator/copy/copy_plan.h"
#include "replicator/copy/ledger_unit.h"

namespace tailrace {
namespace {

// A snapshot that comes when the stream has gone on is of no use: so the next one has more time.
constexpr std::chrono::seconds kMostPatience{60};

}  // namespace

Recopier::Recopier(Setup setup)
    : setup_(std::move(setup)),
      limit_(setup_.plan.copy.rows_per_second, setup_.plan.copy.bytes_per_second),
      opening_("a snapshot of its tables", setup_.log),
      patience_(setup_.times.stand_still),
      moment_(setup_.source, setup_.times.counted_late, setup_.log),
      unsettled_wait_(setup_.log),
      end_(setup_.source, setup_.times.counted_late, setup_.log) {}

void Recopier::drop_snapshot() {
  opening_.drop();
  reader_.reset();
  snapshot_.reset();
  exact_at_ = {};
}

void Recopier::rest() {
  if (snapshot_ || opening_.open()) drop_snapshot();
  moment_.forget();
  end_.forget();
  unsettled_wait_.ended();
}

const SnapshotTable* Recopier::find(const TableName& name) const {
  const auto found = std::find_if(tables_.begin(), tables_.end(), [&](const SnapshotTable& table) {
    return table.schema->name == name;
  });
  return found == tables_.end() ? nullptr : &*found;
}

// Asks on another thread; ends on stop.
Result<Recopier::Opened> Recopier::open(Source& source, const Checkpoint& held,
                                        const std::stop_token& stop) {
  auto opened = source.snapshot(held, stop);
  if (!opened) return std::move(opened).error();
  Snapshot& snapshot = **opened;
  const std::stop_callback cut(stop, [&snapshot] { snapshot.interrupt(); });
  auto tables = snapshot.tables();
  if (!tables) return std::move(tables).error();
  return Opened{*std::move(opened), *std::move(tables)};
}

// Whether what is read now is of a moment behind the sink's: else it would take the sink back.
Result<bool> Recopier::covers(const Checkpoint& held) const {
  const Position& at = exact_at_.empty() ? opened_at_.position : exact_at_;
  const auto order = setup_.source.compare(at, held.position);
  if (!order) return order.error();
  return std::is_gteq(*order);
}

Result<const std::vector<SnapshotTable>*> Recopier::describe(const Checkpoint& held,
                                                             Interrupts& interrupts,
                                                             const std::stop_token& stop) {
  side_ = Side::source;
  if (snapshot_) {
    auto covered = covers(held);
    if (!covered) return std::move(covered).error();
    if (*covered) return &tables_;
    drop_snapshot();
  }
  if (!opening_.open()) {
    opened_at_ = held;
    opening_.ask(
        [this, held](const std::stop_token& ended) { return open(setup_.source, held, ended); },
        stop);
  }
  auto opened = opening_.take(patience_, stop);
  if (!opened) {
    wake_at_ = Clock::now() + Inquiry<Opened>::kLookAgain;
    return nullptr;
  }
  if (!*opened) return std::move(*opened).error();
  auto covered = covers(held);
  if (!covered) return std::move(covered).error();
  if (!*covered) {
    patience_ = std::min<Clock::duration>(patience_ * 2, kMostPatience);
    wake_at_ = Clock::now();
    return nullptr;
  }
  patience_ = setup_.times.stand_still;
  adopt(**std::move(opened), interrupts);
  return &tables_;
}

// The same schema stays the same object: sinks know it by its address.
void Recopier::adopt(Opened opened, Interrupts& interrupts) {
  snapshot_.emplace(interrupts, std::move(opened.snapshot));
  for (SnapshotTable& table : opened.tables) {
    const SnapshotTable* known = find(table.schema->name);
    if (known != nullptr && *known->schema == *table.schema) table.schema = known->schema;
  }
  tables_ = std::move(opened.tables);
}

Status Recopier::step(Sink& sink, const Checkpoint& held, TableCopy& table, Interrupts& interrupts,
                      std::stop_token stop) {
  wake_at_.reset();
  auto waited = settled(held, table.name, stop);
  if (!waited) return std::move(waited).error();
  if (!*waited) return {};
  // What has been read needs no snapshot any more.
  if (table.planned() && table.all_read()) return conclude(sink, held, table, table, stop);
  if (end_.begun() && concluded_gone_ && concluded_ == table.name) {
    return conclude_gone(sink, held, table, stop);
  }
  end_.forget();
  auto described = describe(held, interrupts, stop);
  if (!described) return std::move(described).error();
  if (*described == nullptr) return {};
  const SnapshotTable* source = find(table.name);
  if (source == nullptr) return conclude_gone(sink, held, table, stop);
  if (!is_settled(*source)) return {};
  if (!table.planned() || table.shape != fingerprint(*source->schema)) {
    return plan(sink, held, table, *source);
  }
  return copy_chunk(sink, held, table, *source, interrupts, stop);
}

// Rows with a definition that the stream comes to later would be changed by it once more, and rows
// of the stream with the old one would take it back. False: it is waited for.
Result<bool> Recopier::settled(const Checkpoint& held, const TableName& table,
                               const std::stop_token& stop) {
  if (!moment_.begun()) return true;
  side_ = Side::source;
  if (unsettled_.first != table) {
    moment_.forget();
    unsettled_wait_.ended();
    return true;
  }
  auto reached = moment_.reached(held.position, stop);
  if (!reached) {
    moment_.forget();
    return reached;
  }
  if (!*reached) {
    unsettled_wait_.goes_on("table " + table.to_string() +
                            " is copied again when the sink has come to its definition");
    wake_at_ = moment_.wake_at();
    return false;
  }
  moment_.forget();
  settled_[unsettled_.first] = unsettled_.second;
  drop_snapshot();  // it is of that moment
  return true;
}

bool Recopier::is_settled(const SnapshotTable& source) {
  std::string definition = definition_fingerprint(*source.schema);
  const auto known = settled_.find(source.schema->name);
  if (known != settled_.end() && known->second == definition) {
    unsettled_wait_.ended();
    return true;
  }
  unsettled_ = {source.schema->name, std::move(definition)};
  moment_.begin();
  wake_at_ = moment_.wake_at();
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
  if (table.state != TableCopy::State::copying) say_copied(table);
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
                          const std::stop_token& stop) {
  Position end;
  side_ = Side::source;
  if (needs_end(next)) {
    auto asked = end_of(next, stop);
    if (!asked) return std::move(asked).error();
    if (asked->empty()) return {};
    end = *std::move(asked);
  }
  if (auto done = conclude_table(setup_.source, next, end); !done) return done;
  next.from = {};
  side_ = Side::target;
  auto written = write_ledger_unit(sink, held, replacing_entries(table, next));
  if (!written) return written;
  end_.forget();
  table = std::move(next);
  say_copied(table);
  return {};
}

// The source has it no more; the stream knows why.
Status Recopier::conclude_gone(Sink& sink, const Checkpoint& held, TableCopy& table,
                               const std::stop_token& stop) {
  TableCopy next = table;
  next.chunks.clear();
  next.gone = true;
  return conclude(sink, held, table, std::move(next), stop);
}

// Behind everything that could be seen when it was asked for first; empty: it is waited for.
Result<Position> Recopier::end_of(const TableCopy& table, const std::stop_token& stop) {
  if (!end_.begun() || concluded_ != table.name || concluded_gone_ != table.gone) {
    concluded_ = table.name;
    concluded_gone_ = table.gone;
    end_.begin();
  }
  auto end = end_.behind(stop);
  if (!end) end_.forget();
  if (end && end->empty()) wake_at_ = end_.wake_at();
  return end;
}

void Recopier::say_copied(const TableCopy& table) const {
  setup_.log->info("copied again table={} rows={} bytes={}", table.name.to_string(), table.rows,
                   table.bytes);
}

}  // namespace tailrace
