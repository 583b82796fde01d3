#include "replicator/applier.h"

#include <algorithm>
#include <functional>
#include <utility>

#include <spdlog/spdlog.h>

namespace tailrace {
namespace {

using Clock = std::chrono::steady_clock;

std::uint32_t seed_from(const std::string& owner, std::size_t index) {
  return static_cast<std::uint32_t>(std::hash<std::string>{}(owner) + index);
}

Error checkpoint_gone(const Checkpoint& known) {
  return Error(ErrorKind::checkpoint_corrupt,
               "the checkpoint of this sink is gone from the target, which held position " +
                   known.position.text)
      .hint(
          "restore the target's tailrace checkpoint table, or start the sink anew under another "
          "name with an empty target");
}

bool is_of_a_row(ErrorKind kind) {
  return kind == ErrorKind::row_rejected || kind == ErrorKind::unsupported_value;
}

}  // namespace

Applier::Applier(Setup setup, SinkPlan plan, Source& source, Feed& feed, ProgressBoard& board,
                 std::shared_ptr<spdlog::logger> log)
    : setup_(std::move(setup)),
      plan_(std::move(plan)),
      source_(source),
      feed_(feed),
      board_(board),
      log_(std::move(log)),
      lease_{setup_.pipeline, plan_.name, setup_.owner, {}},
      routing_(plan_.routes, *plan_.target),
      copy_({setup_.index, plan_, source_, routing_, board_, setup_.retry, setup_.copy_times,
             seed_from(setup_.owner, setup_.index), setup_.copy_first, setup_.requests,
             setup_.sink_names, [this] { copied_something(); }, log_}),
      backoff_(setup_.retry, seed_from(setup_.owner, setup_.index)),
      failure_(log_) {}

Applier::~Applier() = default;

void Applier::set_goal(Position goal) {
  const std::scoped_lock lock(goal_mutex_);
  goal_ = std::move(goal);
}

void Applier::run(std::stop_token drain, std::stop_token stop) {
  const std::stop_callback wake(stop, [this] {
    const std::scoped_lock lock(sink_mutex_);
    if (sink_) sink_->interrupt();
  });
  stop_ = stop;
  copy_.start(drain);
  while (!stop.stop_requested()) {
    const Status status = work(drain, stop);
    abandon_session();
    if (status || !recover(status.error(), drain)) break;
  }
  leave_stream();
  if (outcome_ != Outcome::failed) show(RunState::stopped);
  set_outcome(outcome_ == Outcome::running ? Outcome::ended : outcome_.load());
}

// The queue need not keep anything for us.
void Applier::leave_stream() {
  reader_.reset();
  cursor_.reset();
  stream_.reset();
}

void Applier::set_outcome(Outcome outcome) {
  outcome_ = outcome;
  if (setup_.on_outcome) setup_.on_outcome();
}

Status Applier::work(std::stop_token drain, std::stop_token stop) {
  if (!failure_.current()) show(RunState::connecting);
  if (auto opened = open_sink(); !opened) return opened;
  if (auto joined = join_stream(drain, stop); !joined) return joined;
  return apply_stream(drain, stop);
}

Status Applier::open_sink() {
  auto sink = plan_.target->open(lease_);
  if (!sink) return std::move(sink).error();
  {
    const std::scoped_lock lock(sink_mutex_);
    sink_ = *std::move(sink);
  }
  unit_.emplace(*sink_, routing_, plan_.apply, plan_.target->style());
  unit_->set_in_order(in_order_);
  return copy_.join(*sink_, lease_);
}

// Takes part in the current stream from what the target holds, or waits for one that serves it.
Status Applier::join_stream(std::stop_token drain, std::stop_token stop) {
  const auto& held = sink_->checkpoint();
  using State = Feed::Announcement::State;
  feed_.announce(setup_.index, held ? Feed::Announcement{State::holds, *held}
                                    : Feed::Announcement{State::empty, {}});
  for (;;) {
    if (!stream_) {
      if (auto taken = take_stream(drain); !taken) return taken;
    }
    Status agreed = agree_on_start();
    if (agreed || agreed.error().kind() != ErrorKind::position_lost || stop.stop_requested()) {
      return agreed;
    }
    log_->warn("target holds less than the stream gives; reading the source again position={}",
               durable_.position.text);
    leave_stream();
    feed_.request_realign(setup_.index, durable_);
  }
}

Status Applier::take_stream(std::stop_token stop) {
  auto published = feed_.wait_for_stream(generation_, stop);
  if (!published) return std::move(published).error();
  stream_ = std::move(published->stream);
  generation_ = published->generation;
  cursor_ = std::move(stream_->cursors[setup_.index]);
  if (!cursor_) return checkpoint_gone(stream_->from[setup_.index]);
  reader_.emplace(*cursor_);
  resume_ = {1, 0};
  durable_ = stream_->from[setup_.index];
  return {};
}

// Compares what the target holds with our place in the stream. position_lost: the stream starts
// too late for it.
Status Applier::agree_on_start() {
  if (!sink_->checkpoint()) {
    if (stored_) return checkpoint_gone(durable_);
    skip_to_ = durable_;       // where this new sink was told to begin
    unit_->advance(durable_);  // stored at once, so that a restart finds it
    unit_->note(copy_.first_entries());
  } else {
    const Checkpoint& held = *sink_->checkpoint();
    const Position& base = resume_.block_sequence == 1 && resume_.offset == 0
                               ? stream_->start.position
                               : durable_.position;
    const auto order = source_.compare(held.position, base);
    if (!order) return order.error();
    durable_ = held;
    skip_to_ = held;
    if (!std::is_gteq(*order)) {
      return Error(ErrorKind::position_lost, "target is behind the stream");
    }
  }
  durable_at_join_ = durable_;
  reader_->go_back(resume_);
  return {};
}

// Brings the rows that exist already, while the stream stands still at what the target holds.
Status Applier::copy_rows(std::stop_token drain) {
  if (!copy_.rows_pending()) return {};
  if (!failure_.current()) show(RunState::streaming);
  return copy_.copy_rows(*sink_, durable_, drain);
}

// Chunks have come to the target. A sink that needs a person still does, until all have.
void Applier::copied_something() {
  if (outcome_ != Outcome::blocked) healthy();
}

Status Applier::apply_stream(std::stop_token drain, std::stop_token stop) {
  if (unit_->can_commit()) {
    if (auto stored = finish_unit(resume_); !stored) return stored;
  }
  show_progress();
  if (auto copied = copy_rows(drain); !copied) return copied;
  for (;;) {
    if (!in_transaction_ && (unit_->is_full() || !reader_->ready())) {
      auto go_on = at_idle(stop);
      if (!go_on) return std::move(go_on).error();
      if (!*go_on) return {};
    }
    if (auto between = between_units(drain); !between) return between;
    auto record = reader_->next(stop, next_deadline(drain));
    if (!record) {
      const bool ended = record.error().kind() == ErrorKind::shutting_down;
      if (!ended) return std::move(record).error();
      if (progress_ && !unit_->can_commit()) unit_->advance(*progress_);
      return unit_->can_commit() ? finish_unit(reader_->place()) : Status();
    }
    if (!*record) continue;
    const Status applied = std::visit([this](const auto& r) { return on(r); }, **record);
    if (!applied) return applied;
  }
}

Status Applier::between_units(std::stop_token drain) {
  if (in_transaction_ || unit_->can_commit() || drain.stop_requested()) return {};
  return copy_.between_units(*sink_, durable_, reader_->ready(), drain);
}

// When to go on without a record.
std::optional<Clock::time_point> Applier::next_deadline(const std::stop_token& drain) const {
  if (in_transaction_) return {};
  std::optional<Clock::time_point> deadline;
  if (progress_) deadline = stored_at_ + plan_.apply.idle_checkpoint;
  if (drain.stop_requested()) return deadline;
  return std::min(deadline.value_or(Clock::time_point::max()), copy_.wake_at());
}

// Between two source transactions with nothing more at hand: make durable what there is.
Result<bool> Applier::at_idle(std::stop_token stop) {
  if (unit_->can_commit()) {
    if (auto finished = finish_unit(reader_->place()); !finished) return finished.error();
  }
  if (reader_->ready() || stop.stop_requested()) return true;
  const bool due = Clock::now() >= stored_at_ + plan_.apply.idle_checkpoint;
  const bool waited_for = progress_wanted_ || setup_.stop_at_goal || copy_.wants_position();
  if (progress_ && (due || waited_for)) {
    unit_->advance(*progress_);
    if (auto finished = finish_unit(reader_->place()); !finished) return finished.error();
  }
  healthy();
  if (!setup_.stop_at_goal) return true;
  auto reached = goal_reached();
  if (!reached) return std::move(reached).error();
  if (*reached) outcome_ = Outcome::reached_goal;
  return !*reached;
}

Result<bool> Applier::goal_reached() const {
  if (!copy_.settled()) return false;
  std::optional<Position> goal;
  {
    const std::scoped_lock lock(goal_mutex_);
    goal = goal_;
  }
  if (!goal) return false;
  const auto order = source_.compare(durable_.position, *goal);
  if (!order) return order.error();
  return std::is_gteq(*order);
}

Status Applier::on(const TransactionBegin& begin) {
  in_transaction_ = true;
  transaction_start_ = reader_->last_place();
  if (split_ == transaction_start_ && unit_->transaction_count() > 0) {
    if (auto finished = finish_unit(transaction_start_); !finished) return finished;
  }
  skipping_this_ =
      std::find(aborted_.begin(), aborted_.end(), transaction_start_) != aborted_.end();
  undecided_ = false;
  if (!skipping_this_ && skip_to_) {
    auto contained = source_.contains(skip_to_->position, begin.id, Position{});
    if (!contained) return std::move(contained).error();
    skipping_this_ = contained->value_or(false);
    undecided_ = !contained->has_value();
  }
  return skipping_this_ ? Status() : open_gate(begin);
}

// What the copied rows have already is dropped, table by table. Where ids tell nothing, the commit
// is looked up first: what a table has been through cannot be taken back from what is applied.
Status Applier::open_gate(const TransactionBegin& begin) {
  auto known = copy_.gate().begin(begin.id);
  if (!known) return std::move(known).error();
  return *known ? Status() : look_ahead();
}

Status Applier::look_ahead() {
  const QueuePlace here = reader_->place();
  for (;;) {
    auto record = reader_->next(stop_);
    if (!record && record.error().kind() != ErrorKind::shutting_down) {
      return std::move(record).error();
    }
    // One without an end is passed over.
    if (!record || std::holds_alternative<TransactionAbort>(**record)) {
      skipping_this_ = true;
      break;
    }
    if (const auto* commit = std::get_if<TransactionCommit>(&**record)) {
      copy_.gate().committed_at(Position{std::string(commit->position)});
      break;
    }
  }
  reader_->go_back(here);
  return {};
}

Status Applier::on(const Change& change) {
  if (skipping_this_) return {};
  if (copy_.gate().active()) {
    auto dropped = copy_.gate().drops(change.schema->name);
    if (!dropped) return std::move(dropped).error();
    if (*dropped) return {};
  }
  if (sink_->needs_own_unit(SchemaChangeKind::alter_table) && !versions_.add(change.schema) &&
      unit_->transaction_count() > 0) {
    return split_before_this();
  }
  return unit_->apply(change, reader_->block());
}

// The target's table is changed with the first row of a version, and stays so if the unit is lost.
Status Applier::split_before_this() {
  split_ = transaction_start_;
  in_transaction_ = false;
  start_over();
  return {};
}

// What copied rows have is dropped, but a definition is looked at whatever was read when.
Status Applier::on(const SchemaChange& change) {
  if (skipping_this_) return {};
  auto rest = copy_.gate().rest(change);
  if (!rest) return std::move(rest).error();
  if (!*rest) return apply(change);
  unit_->saw({SchemaChangeKind::alter_table, change.tables});
  for (const SchemaChange& one : **rest) {
    if (auto applied = apply(one); !applied) return applied;
  }
  return {};
}

Status Applier::apply(const SchemaChange& change) {
  if (sink_->needs_own_unit(change.kind)) {
    if (unit_->transaction_count() > 0) {
      if (auto finished = finish_unit(transaction_start_); !finished) return finished;
    }
    end_unit_ = true;
  }
  // Of a helper's definition its table gets to know when they are swapped.
  if (!change.helper) unit_->saw({change.kind, change.tables});
  return unit_->apply(change);
}

Status Applier::on(const Message& message) {
  return skipping_this_ ? Status() : unit_->apply(message);
}

Status Applier::on(const TransactionCommit& commit) {
  in_transaction_ = false;
  Checkpoint reached{stream_->start.source_id, Position{std::string(commit.position)},
                     commit.commit_time_us};
  if (skip_to_) {
    if (undecided_) {
      if (auto decided = decide(reached.position); !decided) return decided;
    }
    const auto order = source_.compare(reached.position, skip_to_->position);
    if (!order) return order.error();
    if (std::is_gteq(*order)) skip_to_.reset();
    if (skipping_this_) {
      // Its effect is in the target: never read it again, unless something before it is pending.
      if (!unit_->can_commit()) reader_->release(resume_ = reader_->place());
      return {};
    }
  }
  unit_->complete(std::move(reached));
  progress_.reset();
  if (unit_->is_full() || end_unit_ || in_order_) return finish_unit(reader_->place());
  return {};
}

// Where ids tell nothing, a transaction is applied until its commit says that the target has it.
// The unit holds nothing else then: what the target has comes before everything it lacks.
Status Applier::decide(const Position& committed) {
  undecided_ = false;
  const auto contained = source_.contains(skip_to_->position, {}, committed);
  if (!contained) return contained.error();
  skipping_this_ = contained->value_or(false);
  if (!skipping_this_) return {};
  TR_ASSERT(!unit_->can_commit());
  unit_->rollback();
  return {};
}

Status Applier::on(const TransactionAbort&) {
  in_transaction_ = false;
  if (skipping_this_ || unit_->change_count() == 0) return {};
  log_->debug("transaction without end passed over; read again from its start");
  // What came before it in the unit goes as well; it is read again from the queue, and this one is
  // passed over then.
  aborted_.push_back(transaction_start_);
  start_over();
  return {};
}

// The unit is read again from the queue.
void Applier::start_over() {
  unit_->rollback();
  versions_.clear();
  end_unit_ = false;
  // What is read again may hold transactions that were passed over because the target has them.
  skip_to_ = durable_at_join_;
  reader_->go_back(resume_);
}

Status Applier::on(const Progress& progress) {
  Checkpoint reached{stream_->start.source_id, Position{std::string(progress.position)},
                     progress.source_time_us};
  if (skip_to_) {
    const auto order = source_.compare(reached.position, skip_to_->position);
    if (!order) return order.error();
    if (!std::is_gteq(*order)) return {};
    skip_to_.reset();
  }
  if (reached.position == durable_.position) return {};
  if (unit_->can_commit()) {
    unit_->advance(std::move(reached));
  } else {
    progress_ = std::move(reached);
    progress_wanted_ = progress_wanted_ || progress.wanted;
  }
  return {};
}

Status Applier::finish_unit(QueuePlace resume) {
  const std::uint64_t transactions = unit_->transaction_count();
  const std::uint64_t changes = unit_->change_count();
  if (auto applied = unit_->apply_rest(); !applied) return applied;
  for (TableName& table : sink_->take_followed_tables()) {
    unit_->saw({SchemaChangeKind::alter_table, {std::move(table)}});
  }
  unit_->note(copy_.note(sink_->take_stale_tables(), unit_->events()));
  auto durable = unit_->commit();
  if (!durable) return std::move(durable).error();
  durable_ = *std::move(durable);
  if (auto noted = copy_.noted(*sink_); !noted) return noted;
  stored_ = true;
  feed_.announce(setup_.index, {Feed::Announcement::State::holds, durable_});
  aborted_.clear();
  versions_.clear();
  split_.reset();
  end_unit_ = false;
  in_order_ = false;
  unit_->set_in_order(false);
  progress_.reset();
  progress_wanted_ = false;
  stored_at_ = Clock::now();
  resume_ = resume;
  reader_->release(resume_);
  board_.update_sink(setup_.index, [&](SinkStatus& status) {
    status.transactions += transactions;
    status.changes += changes;
  });
  note_left_out();
  healthy();
  show_progress();
  return {};
}

// Said once for each table and set of columns, and counted.
void Applier::note_left_out() {
  std::uint64_t rows = 0;
  for (LeftOutColumns& left : sink_->take_left_out()) {
    rows += left.rows;
    std::vector<std::string>& said = left_out_[left.table];
    if (said == left.columns) continue;
    said = std::move(left.columns);
    std::string columns;
    for (const std::string& name : said) columns += (columns.empty() ? "" : ",") + name;
    log_->warn("values are not kept: the target lacks columns table={} columns={}",
               left.table.to_string(), columns);
  }
  if (rows == 0) return;
  board_.update_sink(setup_.index, [&](SinkStatus& status) { status.rows_left_out += rows; });
}

void Applier::abandon_session() {
  if (unit_) unit_->rollback();
  unit_.reset();
  versions_.clear();
  split_.reset();
  in_transaction_ = end_unit_ = skipping_this_ = progress_wanted_ = false;
  progress_.reset();
  const std::scoped_lock lock(sink_mutex_);
  sink_.reset();
}

// Where in the source's log the row is that the target refuses: behind what the target holds.
Error Applier::with_place(Error error) const {
  if (!is_of_a_row(error.kind()) || copy_.rows_pending() || durable_.position.empty()) {
    return error;
  }
  return std::move(error).with("behind position " + durable_.position.text);
}

bool Applier::recover(const Error& error, std::stop_token drain) {
  if (copy_.take_own_failure()) return !drain.stop_requested();
  if (error.kind() == ErrorKind::cancelled) {  // stopping, or the stream starts over
    leave_stream();
    return !drain.stop_requested();
  }
  if (is_of_a_row(error.kind()) && !in_order_ && !copy_.rows_pending() &&
      plan_.target->style() == ApplyStyle::net) {
    log_->info("the target refused a row; applying this unit change by change");
    in_order_ = true;
    return !drain.stop_requested();
  }
  const Verdict verdict = verdict_on(error.kind());
  failure_.failed(with_place(error), verdict);
  board_.update_sink(setup_.index, [](SinkStatus& status) { ++status.retries; });
  if (!stream_ && verdict != Verdict::fail) {
    feed_.announce(setup_.index, {Feed::Announcement::State::unavailable, {}});
  }
  healthy_ = false;
  if (verdict == Verdict::fail) {
    feed_.announce(setup_.index, {Feed::Announcement::State::gone, {}});
    show(RunState::failed);
    outcome_ = Outcome::failed;
    return false;
  }
  show(verdict == Verdict::block ? RunState::blocked : RunState::retrying);
  set_outcome(verdict == Verdict::block ? Outcome::blocked : Outcome::running);
  wait_for(drain, backoff_.next(verdict));
  return !drain.stop_requested();
}

void Applier::healthy() {
  if (healthy_) return;
  healthy_ = true;
  failure_.recovered();
  backoff_.reset();
  outcome_ = Outcome::running;
  show(RunState::streaming);
}

void Applier::show(RunState state) {
  board_.update_sink(setup_.index, [&](SinkStatus& status) {
    status.state = state;
    status.error = failure_.current();
  });
}

void Applier::show_progress() {
  const auto backlog = cursor_->backlog();
  board_.update_sink(setup_.index, [&](SinkStatus& status) {
    status.durable = durable_;
    status.queued_blocks = backlog.blocks;
    status.queued_bytes = backlog.bytes;
    status.caught_up = backlog.blocks == 0;
  });
}

}  // namespace tailrace
