#include "replicator/copy/definition_follower.h"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "replicator/copy/ledger_changes.h"
#include "replicator/copy/ledger_unit.h"

namespace tailrace {
namespace {

// A stream that is never idle does not put it off for ever.
constexpr std::chrono::seconds kPatience{10};

bool in_initial_copy(const TableCopy& table) {
  return table.mode == TableCopy::Mode::initial && table.state != TableCopy::State::exact;
}

}  // namespace

DefinitionFollower::DefinitionFollower(Setup setup)
    : setup_(std::move(setup)),
      asking_("what its tables are", setup_.log),
      moment_(setup_.source, setup_.times.counted_late, setup_.log),
      failure_(setup_.log),
      backoff_(setup_.retry, setup_.seed) {}

void DefinitionFollower::changed(const TableName& table) {
  described_.erase(table);
  retry_at_.erase(table);
}

// Rows come first; and tables that were copied together are finished together.
std::set<TableName> DefinitionFollower::due(const CopyLedger& copies,
                                            const DefinitionLedger& definitions) const {
  std::set<TableName> names;
  if (definitions.due().empty()) return names;
  const bool copying = std::any_of(copies.tables().begin(), copies.tables().end(), in_initial_copy);
  for (const TableName& name : definitions.due()) {
    const TableCopy* copy = copies.find(name);
    const bool exact = copy == nullptr || copy->state == TableCopy::State::exact;
    if (exact && (copy == nullptr || copy->finished || !copying)) names.insert(name);
  }
  return names;
}

bool DefinitionFollower::pending(const CopyLedger& copies,
                                 const DefinitionLedger& definitions) const {
  const auto names = due(copies, definitions);
  return std::any_of(names.begin(), names.end(),
                     [&](const TableName& name) { return !retry_at_.contains(name); });
}

const SnapshotTable* DefinitionFollower::find(const TableName& name) const {
  const auto found = std::find_if(tables_.begin(), tables_.end(), [&](const SnapshotTable& table) {
    return table.schema->name == name;
  });
  return found == tables_.end() ? nullptr : &*found;
}

Status DefinitionFollower::step(const Turn& turn, CopyLedger& copies,
                                DefinitionLedger& definitions) {
  worked_ = own_failure_ = false;
  wake_at_ = Clock::time_point::max();
  std::set<TableName> names = due(copies, definitions);
  const auto now = Clock::now();
  for (const auto& [name, at] : retry_at_) {
    if (at > now && names.erase(name) > 0) wake_at_ = std::min(wake_at_, at);
  }
  if (names.empty()) {
    due_since_.reset();
    forget();
    return {};
  }
  auto ready = described(turn, names);
  if (!ready) return source_failed(names, ready.error());
  return *ready ? bring(turn, copies, definitions) : Status();
}

// Nothing is waited for any more: neither an answer, nor the sink's position.
void DefinitionFollower::forget() {
  if (asking_.open()) asking_.drop();
  moment_.forget();
  described_.clear();
}

// The catalogue is asked, then the sink has to come to that moment.
Result<bool> DefinitionFollower::described(const Turn& turn, const std::set<TableName>& names) {
  if (asking_.open()) {
    auto tables = asking_.take(Clock::duration::zero(), turn.stop);
    if (tables && !*tables) return std::move(*tables).error();
    if (tables) adopt(**std::move(tables));
  } else if (moment_.begun()) {
    auto reached = moment_.reached(turn.held.position, turn.stop);
    if (!reached) return reached;
    const auto counts = [this](const TableName& name) { return described_.contains(name); };
    if (std::any_of(names.begin(), names.end(), counts)) {
      if (*reached) return true;
    } else {
      forget();
    }
  }
  if (!asking_.open() && !moment_.begun()) ask(turn, names);
  wake_at_ =
      std::min(wake_at_, asking_.open() ? Clock::now() + asking_.kLookAgain : moment_.wake_at());
  return false;
}

void DefinitionFollower::ask(const Turn& turn, const std::set<TableName>& names) {
  const auto now = Clock::now();
  if (!due_since_) due_since_ = now;
  if (turn.backlog && now < *due_since_ + kPatience) {
    wake_at_ = std::min(wake_at_, *due_since_ + kPatience);
    return;
  }
  described_ = names;
  asking_.ask([this](const std::stop_token& ended) { return setup_.source.tables(ended); },
              turn.stop);
}

// The same schema stays the same object: sinks know it by its address.
void DefinitionFollower::adopt(std::vector<SnapshotTable> tables) {
  for (SnapshotTable& table : tables) {
    const SnapshotTable* known = find(table.schema->name);
    if (known != nullptr && *known->schema == *table.schema) table.schema = known->schema;
  }
  tables_ = std::move(tables);
  moment_.begin();
}

Status DefinitionFollower::source_failed(const std::set<TableName>& names, const Error& error) {
  forget();
  if (verdict_on(error.kind()) == Verdict::leave) return error;
  const Verdict verdict =
      verdict_on(error.kind()) == Verdict::retry ? Verdict::retry : Verdict::block;
  failure_.failed(error, verdict);
  const auto at = Clock::now() + backoff_.next(verdict);
  for (const TableName& name : names) retry_at_[name] = at;
  wake_at_ = std::min(wake_at_, at);
  return {};
}

Status DefinitionFollower::bring(const Turn& turn, CopyLedger& copies,
                                 DefinitionLedger& definitions) {
  std::vector<TableToFinish> tables;
  std::vector<TableName> gone;
  std::set<TableName> names = due(copies, definitions);
  std::erase_if(names, [&](const TableName& name) { return !described_.contains(name); });
  for (const TableName& name : names) {
    const SnapshotTable* table = find(name);
    if (table == nullptr) {
      gone.push_back(name);
      continue;
    }
    auto target = setup_.routing.target_of(name);
    if (!target) return std::move(target).error();
    auto brought = bring_columns(turn, *table, *target, copies, definitions);
    if (!brought) return target_failed(name, std::move(brought).error());
    if (!*brought) {
      changed(name);
      continue;
    }
    tables.push_back({table, *std::move(target), definitions.of(name).given});
  }
  Status status = finish(turn, tables);
  if (auto concluded = conclude(turn, tables, gone, copies, definitions); !concluded) {
    return concluded;
  }
  return status;
}

// An error of one table, by the sink's own session.
Status DefinitionFollower::target_failed(const TableName& name, Error error) {
  error = std::move(error).with("definition of table " + name.to_string());
  if (verdict_on(error.kind()) != Verdict::block) return error;
  refused(name, error);
  own_failure_ = true;
  return error;
}

void DefinitionFollower::refused(const TableName& name, const Error& error) {
  failure_.failed(error, Verdict::block);
  described_.erase(name);
  retry_at_[name] = Clock::now() + backoff_.next(Verdict::block);
}

// As the first row of this definition would do it, but without a row. False: the rows that are
// there turn out to be others at the source, so the table is copied again.
Result<bool> DefinitionFollower::bring_columns(const Turn& turn, const SnapshotTable& table,
                                               const TableName& target, CopyLedger& copies,
                                               DefinitionLedger& definitions) {
  if (!follows_definitions(setup_.plan.schema)) return true;
  CopyLedger next_copies = copies;
  DefinitionLedger next_definitions = definitions;
  LedgerChanges changes(next_copies, next_definitions);
  Status status = turn.sink.begin();
  if (status) status = turn.sink.apply_net({table.schema, target, {}, {}, {}});
  for (const StaleTable& stale : turn.sink.take_stale_tables()) {
    changes.copy_again(stale.table, stale.why);
  }
  turn.sink.take_followed_tables();
  if (status) status = turn.sink.write_ledger(changes.entries());
  if (!status) {
    turn.sink.rollback();
    return std::move(status).error();
  }
  auto committed = turn.sink.commit(turn.held);
  if (!committed) return std::move(committed).error();
  if (changes.stale().empty()) return true;
  copies = std::move(next_copies);
  definitions = std::move(next_definitions);
  worked_ = true;
  log_stale(changes.stale(), *setup_.log);
  return false;
}

Status DefinitionFollower::finish(const Turn& turn, std::vector<TableToFinish>& tables) {
  if (tables.empty()) return {};
  std::map<TableName, TableName> targets;
  for (const SnapshotTable& table : tables_) {
    auto target = setup_.routing.target_of(table.schema->name);
    if (!target) return std::move(target).error();
    targets[table.schema->name] = *std::move(target);
  }
  setup_.log->info("following definitions tables={}", tables.size());
  const bool take_away = setup_.plan.schema == SchemaPolicy::apply;
  Status status =
      finish_tables(setup_.plan, turn.lease, tables, targets, take_away, *setup_.log, turn.stop);
  for (const TableToFinish& table : tables) {
    if (!table.error) continue;
    if (verdict_on(table.error->kind()) != Verdict::block) return *table.error;
    refused(table.table->schema->name, *table.error);
  }
  if (!status && verdict_on(status.error().kind()) == Verdict::block) return {};
  return status;
}

// What was done is written down, whatever became of the others.
Status DefinitionFollower::conclude(const Turn& turn, const std::vector<TableToFinish>& tables,
                                    const std::vector<TableName>& gone, CopyLedger& copies,
                                    DefinitionLedger& definitions) {
  CopyLedger next_copies = copies;
  DefinitionLedger next_definitions = definitions;
  std::vector<LedgerEntry> entries;
  const auto finished = [&](const TableName& name) {
    entries.push_back(next_definitions.entry_of(name));
    TableCopy* copy = next_copies.find(name);
    if (copy == nullptr || copy->finished) return;
    copy->finished = true;
    entries.push_back(table_entry(*copy));
  };
  for (const TableToFinish& table : tables) {
    if (!table.finished) continue;
    const TableName& name = table.table->schema->name;
    next_definitions.put(name, {!table.unfit.empty(), table.given});
    finished(name);
  }
  for (const TableName& name : gone) {
    next_definitions.remove(name);
    finished(name);
  }
  if (entries.empty()) return {};
  if (auto written = write_ledger_unit(turn.sink, turn.held, entries); !written) return written;
  copies = std::move(next_copies);
  definitions = std::move(next_definitions);
  worked_ = true;
  for (const TableName& name : gone) changed(name);
  for (const TableToFinish& table : tables) {
    if (!table.finished) continue;
    changed(table.table->schema->name);
    if (table.unfit.empty()) continue;
    refused(table.table->schema->name,
            Error(ErrorKind::schema_mismatch, table.unfit)
                .with("definition of table " + table.table->schema->name.to_string()));
  }
  if (!retry_at_.empty()) return {};
  failure_.recovered();
  backoff_.reset();
  return {};
}

}  // namespace tailrace
