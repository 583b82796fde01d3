#include "replicator/copy/sink_copy.h"

#include <algorithm>
#include <set>
#include <utility>

#include <spdlog/spdlog.h>

#include "replicator/copy/ledger_unit.h"
#include "replicator/copy/requested_copies.h"

namespace tailrace {
namespace {

// A chunk may be refused because another row has not moved yet: the stream brings that along.
constexpr int kQuickAttempts = 5;

bool is_due(const DefinitionLedger& definitions, const TableName& name) {
  return definitions.due().contains(name);
}

}  // namespace

SinkCopy::SinkCopy(Setup setup)
    : setup_(std::move(setup)),
      gate_(setup_.source),
      copier_({setup_.plan, setup_.source, setup_.routing, setup_.times,
               [this](CopyProgress progress) { show_copy(std::move(progress)); },
               setup_.on_progress, setup_.log}),
      recopier_({setup_.plan, setup_.source, setup_.routing, setup_.times, setup_.log}),
      definition_follower_({setup_.plan, setup_.source, setup_.routing, setup_.retry, setup_.times,
                            setup_.seed, setup_.log}),
      failure_(setup_.log),
      backoff_(setup_.retry, setup_.seed) {}

SinkCopy::~SinkCopy() = default;

void SinkCopy::start(std::stop_token stop) {
  recopier_.drop_snapshot();
  interrupts_.emplace(std::move(stop));
}

// A sink without a checkpoint is new, whatever an earlier one of its name has left.
Status SinkCopy::join(Sink& sink, const Lease& lease) {
  lease_ = &lease;
  first_entries_.clear();
  noted_.reset();
  const auto can = can_copy(lease);
  if (!can) return can.error();
  sink.set_copies_again(*can);
  if (sink.checkpoint()) return learn(sink);
  auto left = sink.read_ledger();
  if (!left) return std::move(left).error();
  for (const LedgerEntry& entry : *left) first_entries_.push_back({entry.key, {}});
  ledger_ = {};
  definitions_ = {};
  if (setup_.copy_first) {
    // Whether rows can be copied there at all is better known before it is written down that they
    // are.
    if (!*can) return *why_not_;
    ledger_.begin();
    std::erase_if(first_entries_, [](const LedgerEntry& entry) { return entry.key == "copy"; });
    first_entries_.push_back(ledger_.entry());
  }
  return changed(sink);
}

// Asked once: it is a matter of what they are.
Result<bool> SinkCopy::can_copy(const Lease& lease) {
  if (can_copy_) return *can_copy_;
  auto loader = setup_.plan.target->open_loader(lease);
  if (!loader && loader.error().kind() != ErrorKind::invalid_config) {
    return std::move(loader).error();
  }
  if (!loader) why_not_ = loader.error();
  can_copy_ = loader.has_value();
  return *can_copy_;
}

Status SinkCopy::learn(Sink& sink) {
  auto entries = sink.read_ledger();
  if (!entries) return std::move(entries).error();
  auto ledger = CopyLedger::parse(*entries);
  if (!ledger) return std::move(ledger).error();
  auto definitions = DefinitionLedger::parse(*entries);
  if (!definitions) return std::move(definitions).error();
  ledger_ = *std::move(ledger);
  definitions_ = *std::move(definitions);
  return changed(sink);
}

std::vector<LedgerEntry> SinkCopy::note(const std::vector<StaleTable>& stale,
                                        const std::vector<TableEvent>& events) {
  noted_.reset();
  if (stale.empty() && events.empty()) return {};
  noted_.emplace(Noted{ledger_, definitions_, {}, {}});
  LedgerChanges changes(noted_->ledger, noted_->definitions);
  const bool follows = follows_definitions(setup_.plan.schema) && can_copy_.value_or(false);
  for (const TableEvent& event : events) changes.apply(event, follows);
  for (const StaleTable& table : stale) changes.copy_again(table.table, table.why);
  noted_->changed = changes.changed();
  noted_->stale = changes.stale();
  return changes.entries();
}

Status SinkCopy::noted(Sink& sink) {
  if (!noted_) return {};
  ledger_ = std::move(noted_->ledger);
  definitions_ = std::move(noted_->definitions);
  for (const TableName& table : noted_->changed) definition_follower_.changed(table);
  // What was read of it before is not what it is finished with.
  for (const StaleTable& table : noted_->stale) definition_follower_.changed(table.table);
  log_stale(noted_->stale, *setup_.log);
  if (!noted_->stale.empty()) next_step_ = {};
  noted_.reset();
  return changed(sink);
}

// The sink and the gate are told what the ledger says now.
Status SinkCopy::changed(Sink& sink) {
  std::set<TableName> converging;
  for (const TableCopy& table : ledger_.tables()) {
    if (table.state == TableCopy::State::exact) continue;
    auto target = setup_.routing.target_of(table.name);
    if (!target) return std::move(target).error();
    converging.insert(*std::move(target));
  }
  worked_ = true;
  sink.set_converging(std::move(converging));
  gate_.set_tables(ledger_.tables());
  show();
  return {};
}

Status SinkCopy::copy_rows(Sink& sink, const Checkpoint& held, std::stop_token stop) {
  show();
  auto copied = copier_.run(sink, *lease_, held, ledger_, stop);
  if (!copied) return copied;
  return changed(sink);
}

Status SinkCopy::between_units(Sink& sink, const Checkpoint& held, bool backlog,
                               std::stop_token stop) {
  worked_ = false;
  if (auto advanced = advance(sink, held); !advanced) return advanced;
  if (finish_due()) {
    if (auto finished = finish(sink, held, stop); !finished) return finished;
  }
  if (Clock::now() >= next_look_) {
    next_look_ = Clock::now() + setup_.times.look_for_requests;
    if (auto looked = look_for_requests(sink, held, stop); !looked) return looked;
  }
  if (ledger_.next_again() == nullptr) {
    if (!accepting_) recopier_.rest();
  } else if (Clock::now() >= next_step_) {
    if (auto stepped = step(sink, held, backlog, stop); !stepped) return stepped;
  }
  return follow_definitions(sink, held, backlog, stop);
}

Status SinkCopy::follow_definitions(Sink& sink, const Checkpoint& held, bool backlog,
                                    std::stop_token stop) {
  const bool failed = definition_follower_.error().has_value();
  const Status followed = definition_follower_.step({sink, *lease_, held, backlog, std::move(stop)},
                                                    ledger_, definitions_);
  own_failure_ = own_failure_ || definition_follower_.own_failure();
  if (!followed) return followed;
  if (definition_follower_.worked()) return changed(sink);
  if (failed != definition_follower_.error().has_value()) show();
  return {};
}

SinkCopy::Clock::time_point SinkCopy::wake_at() const {
  if (worked_) return Clock::now();  // what follows from it may be due
  const bool again = const_cast<CopyLedger&>(ledger_).next_again() != nullptr;
  const auto wake = std::min(next_look_, definition_follower_.wake_at());
  return again ? std::min(wake, next_step_) : wake;
}

bool SinkCopy::take_own_failure() {
  return std::exchange(own_failure_, false);
}

bool SinkCopy::wants_position() const {
  const bool again = const_cast<CopyLedger&>(ledger_).next_again() != nullptr;
  return any_converging() || (again && recopier_.waits_for_position()) ||
         definition_follower_.waits_for_position();
}

bool SinkCopy::any_converging() const {
  return std::any_of(ledger_.tables().begin(), ledger_.tables().end(), [](const TableCopy& table) {
    return table.state == TableCopy::State::converging;
  });
}

// Tables whose end the sink has passed are exact.
Status SinkCopy::advance(Sink& sink, const Checkpoint& held) {
  if (!any_converging()) return {};
  CopyLedger next = ledger_;
  std::vector<LedgerEntry> entries;
  for (TableCopy& table : next.tables()) {
    if (table.state != TableCopy::State::converging) continue;
    const auto order = setup_.source.compare(held.position, table.until);
    if (!order) return order.error();
    if (!std::is_gteq(*order)) continue;
    table.state = TableCopy::State::exact;
    entries.push_back(table_entry(table));
  }
  if (entries.empty()) return {};
  if (auto written = write_ledger_unit(sink, held, entries); !written) return written;
  ledger_ = std::move(next);
  setup_.log->info("exact tables={} position={}", entries.size(), held.position.text);
  return changed(sink);
}

// Foreign keys go over several tables: those that were copied together are finished together.
bool SinkCopy::finish_due() const {
  bool due = false;
  for (const TableCopy& table : ledger_.tables()) {
    const bool exact = table.state == TableCopy::State::exact;
    if (!exact && table.mode == TableCopy::Mode::initial) return false;
    const bool known =
        table.mode == TableCopy::Mode::initial && copier_.find_described(table.name) != nullptr;
    due = due || (exact && !table.finished && (known || !is_due(definitions_, table.name)));
  }
  return due;
}

// As they were when they were copied. Of those that were not copied in this run the definition is
// due: it is asked for anew.
Status SinkCopy::finish(Sink& sink, const Checkpoint& held, std::stop_token stop) {
  CopyLedger next = ledger_;
  DefinitionLedger definitions = definitions_;
  LedgerChanges changes(next, definitions);
  std::map<TableName, TableName> targets;
  auto tables = tables_to_finish(changes, targets);
  if (!tables) return std::move(tables).error();
  std::vector<LedgerEntry> entries = changes.entries();
  Status status;
  if (!tables->empty()) {
    setup_.log->info("making indexes tables={}", tables->size());
    CopyProgress progress = progress_of(ledger_);
    for (const TableToFinish& table : *tables) {
      progress.tables_in_work.push_back(table.table->schema->name.to_string());
    }
    show_copy(std::move(progress));
    status = finish_tables(setup_.plan, *lease_, *tables, targets, false, *setup_.log, stop);
  }
  for (const TableToFinish& table : *tables) {
    if (!table.finished) continue;
    const TableName& name = table.table->schema->name;
    definitions.put(name, {is_due(definitions, name) || !table.unfit.empty(), table.given});
    entries.push_back(definitions.entry_of(name));
    TableCopy* copy = next.find(name);
    copy->finished = true;
    entries.push_back(table_entry(*copy));
  }
  if (!status && verdict_on(status.error().kind()) == Verdict::fail) return status;
  if (entries.empty()) return status;
  if (auto written = write_ledger_unit(sink, held, entries); !written) return written;
  ledger_ = std::move(next);
  definitions_ = std::move(definitions);
  if (auto told = changed(sink); !told) return told;
  return status;
}

// targets: where each table of the ledger goes.
Result<std::vector<TableToFinish>> SinkCopy::tables_to_finish(
    LedgerChanges& changes, std::map<TableName, TableName>& targets) {
  std::vector<TableToFinish> tables;
  for (const TableCopy& table : ledger_.tables()) {
    auto target = setup_.routing.target_of(table.name);
    if (!target) return std::move(target).error();
    targets[table.name] = *target;
    if (table.state != TableCopy::State::exact || table.finished) continue;
    const SnapshotTable* described = copier_.find_described(table.name);
    if (described != nullptr && table.mode == TableCopy::Mode::initial) {
      tables.push_back({described, *std::move(target), definitions_.of(table.name).given});
    } else if (!is_due(definitions_, table.name)) {
      changes.definition_due(table.name);
    }
  }
  return tables;
}

Status SinkCopy::look_for_requests(Sink& sink, const Checkpoint& held,
                                   const std::stop_token& stop) {
  accepting_ = false;
  for (const CopyRequest& request : find_copy_requests(setup_.requests)) {
    const auto& names = setup_.sink_names;
    if (std::find(names.begin(), names.end(), request.sink) == names.end()) {
      if (drop_copy_request(request)) {
        setup_.log->error("request to copy tables again dropped: no sink \"{}\" file={}",
                          request.sink, request.file.filename().string());
      }
      continue;
    }
    if (request.sink != setup_.plan.name) continue;
    auto accepted = accept(sink, held, request, stop);
    if (!accepted) return accepted;
  }
  return {};
}

// The file goes once its tables are in the ledger: a kill in between accepts it twice, which copies
// twice at worst.
Status SinkCopy::accept(Sink& sink, const Checkpoint& held, const CopyRequest& request,
                        const std::stop_token& stop) {
  auto described = recopier_.describe(held, *interrupts_, stop);
  if (!described) {
    if (verdict_on(described.error().kind()) != Verdict::fail) {
      auto failed = step_failed(sink, held, std::move(described).error());
      next_look_ = next_step_;
      return failed;
    }
    setup_.log->error("tables are not copied again: error=\"{}\"", described.error().to_string());
    drop_copy_request(request);
    return {};
  }
  if (*described == nullptr) {
    next_look_ = recopier_.wake_at();
    accepting_ = true;
    return {};
  }
  RequestedCopies copies = requested_copies(request, ledger_, **described);
  for (const std::string& name : copies.unknown) {
    setup_.log->error("table is not copied again: the source has no captured table \"{}\"", name);
  }
  if (!copies.entries.empty()) {
    if (auto written = write_ledger_unit(sink, held, copies.entries); !written) return written;
    ledger_ = std::move(copies.ledger);
    for (const TableName& table : copies.tables) definition_follower_.changed(table);
    setup_.log->info("copying again tables={}", copies.tables.size());
    if (auto told = changed(sink); !told) return told;
  }
  drop_copy_request(request);
  next_step_ = {};
  return {};
}

Status SinkCopy::step(Sink& sink, const Checkpoint& held, bool backlog, std::stop_token stop) {
  const auto started = Clock::now();
  auto stepped = recopier_.step(sink, held, *ledger_.next_again(), *interrupts_, stop);
  if (!stepped) return step_failed(sink, held, std::move(stepped).error());
  if (recopier_.waits()) {
    next_step_ = recopier_.wake_at();
    return {};
  }
  failures_ = 0;
  backoff_.reset();
  failure_.recovered();
  const auto now = Clock::now();
  // As much time for the stream as the copy took; an idle stream needs none.
  next_step_ = backlog ? now + (now - started) : now;
  setup_.on_progress();
  return changed(sink);
}

// The stream need not suffer from what is wrong with a copy beside it.
Status SinkCopy::step_failed(Sink& sink, const Checkpoint& held, Error error) {
  const bool of_target = recopier_.failed_side() == Recopier::Side::target;
  recopier_.drop_snapshot();
  Verdict verdict = verdict_on(error.kind());
  if (verdict == Verdict::leave || error.kind() == ErrorKind::fenced ||
      error.kind() == ErrorKind::internal || error.kind() == ErrorKind::checkpoint_corrupt) {
    return error;
  }
  if (of_target && verdict == Verdict::retry) return error;
  const TableCopy* table = ledger_.next_again();
  const bool asked_for = table == nullptr || table->why.empty();
  if (verdict == Verdict::fail && asked_for) return give_up(sink, held, error);
  if (verdict == Verdict::fail) verdict = Verdict::block;  // its rows are gone: it has to work
  if (error.kind() == ErrorKind::schema_mismatch && !of_target) verdict = Verdict::retry;
  const bool quick = error.kind() == ErrorKind::row_rejected && ++failures_ < kQuickAttempts;
  failure_.failed(error, verdict);
  next_step_ = Clock::now() + backoff_.next(quick ? Verdict::retry : verdict);
  show();
  if (!of_target) return {};
  own_failure_ = true;
  return error;
}

// It can never work: the tables stay as they are.
Status SinkCopy::give_up(Sink& sink, const Checkpoint& held, const Error& error) {
  setup_.log->error("copying again is given up: error=\"{}\"", error.to_string());
  TableCopy* table = ledger_.next_again();
  if (table == nullptr || table->chunks_done() > 0) return error;
  sink.rollback();
  std::vector<LedgerEntry> entries;
  forget_chunks(*table, table->chunks.size(), entries);
  entries.push_back({table_entry(*table).key, {}});
  if (auto written = write_ledger_unit(sink, held, entries); !written) return written;
  const TableName name = table->name;
  ledger_.remove(name);
  return changed(sink);
}

void SinkCopy::show() {
  CopyProgress progress = progress_of(ledger_);
  if (const TableCopy* table = ledger_.next_again()) {
    progress.tables_in_work.push_back(table->name.to_string());
    progress.rows_per_second = again_rate_.per_second(progress.rows, Clock::now());
  }
  show_copy(std::move(progress));
}

void SinkCopy::show_copy(CopyProgress progress) {
  progress.error = failure_.current() ? failure_.current() : definition_follower_.error();
  const CopyPhase phase = ledger_.phase();
  setup_.board.update_sink(setup_.index, [&](SinkStatus& status) {
    status.phase = phase;
    status.copy = std::move(progress);
  });
}

}  // namespace tailrace
