#include "replicator/copy/copy_plan.h"

#include <algorithm>
#include <utility>

#include "replicator/copy/ledger_unit.h"

namespace tailrace {
namespace {

constexpr std::uint64_t kLargeChunkBytes = std::uint64_t{128} << 20;
constexpr std::uint64_t kFewRows = 1000;

std::string plain_name(const TableName& name) {
  return name.schema.empty() ? name.table : name.to_string();
}

Error has_rows(const TableWork& work) {
  const std::string target = plain_name(work.target);
  return Error(ErrorKind::schema_mismatch, "target table " + target + " has rows already")
      .hint("empty it with DELETE FROM " + target +
            "; or set copy.existing of this sink to \"replace\" (its rows are removed) or \"keep\" "
            "(rows with the same key are overwritten); or --start now if it is a copy already");
}

Error keyless_has_rows(const TableWork& work) {
  const std::string target = plain_name(work.target);
  return Error(ErrorKind::schema_mismatch,
               "target table " + target +
                   " has rows already, and without a key they cannot be told from the source's")
      .hint("empty it with DELETE FROM " + target +
            "; or set copy.existing of this sink to \"replace\"");
}

}  // namespace

std::uint64_t rows_per_chunk(const SnapshotTable& table, std::uint64_t asked) {
  asked = std::max<std::uint64_t>(asked, 1);
  if (table.rows == 0 || table.bytes == 0) return asked;
  const std::uint64_t row_bytes = std::max<std::uint64_t>(table.bytes / table.rows, 1);
  return std::min(asked, std::max(kLargeChunkBytes / row_bytes, kFewRows));
}

Result<std::vector<TableWork>> CopyPlanner::plan() {
  auto tables = setup_.snapshot.tables();
  if (!tables) return std::move(tables).error();
  if (!setup_.ledger.tables_known()) {
    if (auto noted = note_tables(*tables); !noted) return std::move(noted).error();
  }
  auto works = match(*std::move(tables));
  if (!works) return works;
  for (TableWork& work : *works) {
    auto planned = plan_table(work);
    if (!planned) {
      return std::move(planned).error().with("copy of table " + work.copy->name.to_string());
    }
  }
  return works;
}

// From here on it is settled which tables are copied; those that are made later come with the
// stream, whole.
Status CopyPlanner::note_tables(const std::vector<SnapshotTable>& tables) {
  CopyLedger& ledger = setup_.ledger;
  std::vector<LedgerEntry> entries;
  for (const SnapshotTable& table : tables) {
    if (ledger.find(table.schema->name) != nullptr) continue;
    TableCopy& copy = ledger.add(table.schema->name);
    copy.rows_expected = table.rows;
    entries.push_back(table_entry(copy));
  }
  ledger.set_tables_known();
  entries.push_back(ledger.entry());
  return write_ledger_unit(setup_.sink, setup_.held, entries);
}

Result<std::vector<TableWork>> CopyPlanner::match(std::vector<SnapshotTable> tables) {
  std::vector<TableWork> works;
  for (TableCopy& copy : setup_.ledger.tables()) {
    if (copy.mode != TableCopy::Mode::initial || copy.state != TableCopy::State::copying) continue;
    const auto found = std::find_if(tables.begin(), tables.end(), [&](const SnapshotTable& table) {
      return table.schema != nullptr && table.schema->name == copy.name;
    });
    if (found == tables.end()) {  // gone: nothing to be read, and the stream knows why
      TableCopy next = copy;
      next.chunks.clear();
      next.gone = true;
      if (auto written = write(copy, std::move(next)); !written) {
        return std::move(written).error();
      }
      continue;
    }
    auto target = setup_.routing.target_of(copy.name);
    if (!target) return std::move(target).error();
    works.push_back({std::move(*found), *std::move(target), &copy});
  }
  std::stable_sort(works.begin(), works.end(), [](const TableWork& l, const TableWork& r) {
    return std::max(l.table.bytes, l.table.rows) > std::max(r.table.bytes, r.table.rows);
  });
  return works;
}

Status CopyPlanner::plan_table(TableWork& work) {
  TableCopy& copy = *work.copy;
  const std::string shape = fingerprint(*work.table.schema);
  if (copy.planned() && copy.shape == shape) return {};
  // Rows of another shape are read anew: the stream's changes before the new chunks are dropped, so
  // that what it says of the old shape does not meet them.
  // Not where other rows were there before ours: those stay, and nothing is dropped for them.
  const bool ours = !copy.shape.empty() && !copy.upsert;
  if (ours) {
    if (auto begun = begin_anew(work); !begun) return begun;
  }
  bool clear = false;
  bool upsert = false;
  if (auto prepared = prepare(work, clear, upsert); !prepared) return prepared;
  auto ranges =
      setup_.snapshot.split(work.table, rows_per_chunk(work.table, setup_.plan.copy.chunk_rows));
  if (!ranges) return std::move(ranges).error();
  if (ranges->empty()) ranges->push_back({});
  TableCopy next = copy;
  next.shape = shape;
  next.upsert = upsert;
  next.rows_expected = work.table.rows;
  next.rows = next.bytes = 0;
  next.chunks.clear();
  for (KeyRange& range : *ranges) next.chunks.push_back({std::move(range), false, {}, 0});
  return write(copy, std::move(next), [&] {
    Status cleared = clear ? setup_.sink.clear_table(work.target) : Status();
    return cleared && !upsert ? define(work) : cleared;
  });
}

// Its definition has changed since it was planned. Where definitions commit at once, what becomes
// of the rows has to be known before: so they go first, with their chunks, and the shape stays as
// the note that there was another one.
Status CopyPlanner::begin_anew(const TableWork& work) {
  if (work.copy->planned()) {
    TableCopy next = *work.copy;
    next.rows = next.bytes = 0;
    next.chunks.clear();
    auto emptied =
        write(*work.copy, std::move(next), [&] { return setup_.sink.clear_table(work.target); });
    if (!emptied) return emptied;
  }
  return write_ledger_unit(setup_.sink, setup_.held, {}, [&] {
    auto defined = define(work);
    // What rows lack by it is no matter: they are read yet.
    setup_.sink.take_stale_tables();
    return defined;
  });
}

// The sink gets to know what the columns of the target are of, and brings those that changed to it,
// as it would before a row.
Status CopyPlanner::define(const TableWork& work) {
  if (!follows_definitions(setup_.plan.schema)) return {};
  return setup_.sink.apply_net({work.table.schema, work.target, {}, {}, {}});
}

// clear: the rows there are ours, and go.
Status CopyPlanner::prepare(const TableWork& work, bool& clear, bool& upsert) {
  if (!loader_) {
    auto loader = setup_.plan.target->open_loader(setup_.lease);
    if (!loader) return std::move(loader).error();
    loader_.emplace(setup_.interrupts, *std::move(loader));
  }
  (*loader_)->expect(work.table.details);
  auto rows = (*loader_)->prepare(work.table.schema, work.target);
  if (!rows) return std::move(rows).error();
  if (!*rows || clear) return {};
  using Existing = CopyOptions::Existing;
  switch (setup_.plan.copy.existing) {
    case Existing::stop:
      return has_rows(work);
    case Existing::replace:
      clear = true;
      return {};
    case Existing::keep:
      upsert = true;
      return work.table.schema->key.empty() ? Status(keyless_has_rows(work)) : Status();
  }
  return {};
}

Status CopyPlanner::write(TableCopy& copy, TableCopy next, const std::function<Status()>& before) {
  const auto entries = replacing_entries(copy, next);
  auto written = write_ledger_unit(setup_.sink, setup_.held, entries, before);
  if (written) copy = std::move(next);
  return written;
}

}  // namespace tailrace
