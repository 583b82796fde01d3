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

}  // namespace

Applier::Applier(Setup setup, SinkPlan plan, const Source& source, Feed& feed, ProgressBoard& board,
                 std::shared_ptr<spdlog::logger> log)
    : setup_(std::move(setup)),
      plan_(std::move(plan)),
      source_(source),
      feed_(feed),
      board_(board),
      log_(std::move(log)),
      lease_{setup_.pipeline, plan_.name, setup_.owner, {}},
      routing_(plan_.routes, *plan_.target),
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
  return apply_stream(stop);
}

Status Applier::open_sink() {
  auto sink = plan_.target->open(lease_);
  if (!sink) return std::move(sink).error();
  const std::scoped_lock lock(sink_mutex_);
  sink_ = *std::move(sink);
  return {};
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
    skip_to_ = durable_;  // where this new sink was told to begin
    pending_ = durable_;  // stored at once, so that a restart finds it
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
  reader_->go_back(resume_);
  return {};
}

Status Applier::apply_stream(std::stop_token stop) {
  if (pending_) {
    if (auto stored = finish_unit(resume_); !stored) return stored;
  }
  show_progress();
  for (;;) {
    if (!in_transaction_ && (unit_is_full() || !reader_->ready())) {
      auto go_on = at_idle(stop);
      if (!go_on) return std::move(go_on).error();
      if (!*go_on) return {};
    }
    std::optional<Clock::time_point> deadline;
    if (progress_ && !in_transaction_) deadline = stored_at_ + plan_.apply.idle_checkpoint;
    auto record = reader_->next(stop, deadline);
    if (!record) {
      const bool ended = record.error().kind() == ErrorKind::shutting_down;
      if (!ended) return std::move(record).error();
      if (progress_ && !pending_) pending_ = progress_;
      return pending_ ? finish_unit(reader_->place()) : Status();
    }
    if (!*record) continue;
    const Status applied = std::visit([this](const auto& r) { return on(r); }, **record);
    if (!applied) return applied;
  }
}

// Between two source transactions with nothing more at hand: make durable what there is.
Result<bool> Applier::at_idle(std::stop_token stop) {
  if (pending_) {
    if (auto finished = finish_unit(reader_->place()); !finished) return finished.error();
  }
  if (reader_->ready() || stop.stop_requested()) return true;
  const bool due = Clock::now() >= stored_at_ + plan_.apply.idle_checkpoint;
  if (progress_ && (due || setup_.stop_at_goal)) {
    pending_ = progress_;
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
  skipping_this_ =
      std::find(aborted_.begin(), aborted_.end(), transaction_start_) != aborted_.end();
  undecided_ = false;
  if (skipping_this_ || !skip_to_) return {};
  auto contained = source_.contains(skip_to_->position, begin.id, Position{});
  if (!contained) return std::move(contained).error();
  skipping_this_ = contained->value_or(false);
  undecided_ = !contained->has_value();
  return {};
}

Status Applier::on(const Change& change) {
  if (skipping_this_) return {};
  ++unit_changes_;
  unit_bytes_ += change.before.bytes().size() + change.after.bytes().size();
  if (in_order_ || plan_.target->style() == ApplyStyle::ordered || change.schema->key.empty()) {
    return apply_in_order(change);
  }
  if (net_.must_flush_before(change)) {
    if (auto flushed = flush_net(); !flushed) return flushed;
  }
  if (net_.add(change, reader_->block()) == NetEffect::Added::in_order_only) {
    if (auto flushed = flush_net(); !flushed) return flushed;
    return apply_in_order(change);
  }
  // A large source transaction goes to the target in pieces, inside one target transaction.
  const bool large =
      net_.change_count() >= plan_.apply.max_changes || net_.byte_count() >= plan_.apply.max_bytes;
  return large ? flush_net() : Status();
}

Status Applier::on(const SchemaChange& change) {
  if (skipping_this_) return {};
  if (sink_->needs_own_unit(change.kind)) {
    if (pending_ && unit_transactions_ > 0) {
      if (auto finished = finish_unit(transaction_start_); !finished) return finished;
    }
    end_unit_ = true;
  }
  if (auto flushed = flush_net(); !flushed) return flushed;
  if (auto begun = ensure_begun(); !begun) return begun;
  ++unit_changes_;
  std::vector<TableName> targets;
  for (const TableName& name : change.tables) {
    auto target = routing_.target_of(name);
    if (!target) return std::move(target).error();
    targets.push_back(*std::move(target));
  }
  return sink_->apply_schema_change(change, targets);
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
      if (!pending_) reader_->release(resume_ = reader_->place());
      return {};
    }
  }
  pending_ = std::move(reached);
  progress_.reset();
  ++unit_transactions_;
  if (unit_is_full() || end_unit_ || in_order_) return finish_unit(reader_->place());
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
  TR_ASSERT(!pending_);
  if (begun_) sink_->rollback();
  drop_unit();
  skipping_this_ = true;
  return {};
}

Status Applier::on(const TransactionAbort&) {
  in_transaction_ = false;
  if (skipping_this_ || unit_changes_ == 0) return {};
  log_->debug("transaction without end passed over; read again from its start");
  // What came before it in the unit goes as well; it is read again from the queue, and this one is
  // passed over then.
  aborted_.push_back(transaction_start_);
  if (begun_) sink_->rollback();
  drop_unit();
  reader_->go_back(resume_);
  return {};
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
  if (pending_) {
    pending_ = std::move(reached);
  } else {
    progress_ = std::move(reached);
  }
  return {};
}

Status Applier::ensure_begun() {
  if (begun_) return {};
  if (auto begun = sink_->begin(); !begun) return begun;
  begun_ = true;
  return {};
}

Status Applier::flush_net() {
  if (net_.empty()) return {};
  if (auto begun = ensure_begun(); !begun) return begun;
  for (const auto& table : net_.tables()) {
    auto target = routing_.target_of(table->schema()->name);
    if (!target) return std::move(target).error();
    if (auto applied = sink_->apply_net(table->result(*std::move(target))); !applied) {
      return applied;
    }
  }
  net_.clear();
  return {};
}

Status Applier::apply_in_order(const Change& change) {
  if (auto begun = ensure_begun(); !begun) return begun;
  auto target = routing_.target_of(change.schema->name);
  if (!target) return std::move(target).error();
  return sink_->apply_ordered(change, *target);
}

bool Applier::unit_is_full() const {
  return pending_ &&
         (unit_changes_ >= plan_.apply.max_changes || unit_bytes_ >= plan_.apply.max_bytes);
}

Status Applier::finish_unit(QueuePlace resume) {
  if (auto flushed = flush_net(); !flushed) return flushed;
  if (auto begun = ensure_begun(); !begun) return begun;
  auto durability = sink_->commit(*pending_);
  if (!durability) return std::move(durability).error();
  durable_ = *std::move(pending_);
  stored_ = true;
  feed_.announce(setup_.index, {Feed::Announcement::State::holds, durable_});
  aborted_.clear();
  const std::uint64_t transactions = unit_transactions_;
  const std::uint64_t changes = unit_changes_;
  drop_unit();
  in_order_ = false;
  progress_.reset();
  stored_at_ = Clock::now();
  resume_ = resume;
  reader_->release(resume_);
  board_.update_sink(setup_.index, [&](SinkStatus& status) {
    status.transactions += transactions;
    status.changes += changes;
  });
  healthy();
  show_progress();
  return {};
}

void Applier::drop_unit() {
  net_.clear();
  begun_ = false;
  end_unit_ = false;
  skipping_this_ = false;
  pending_.reset();
  unit_changes_ = unit_bytes_ = unit_transactions_ = 0;
}

void Applier::abandon_session() {
  if (sink_ && begun_) sink_->rollback();
  drop_unit();
  in_transaction_ = false;
  progress_.reset();
  const std::scoped_lock lock(sink_mutex_);
  sink_.reset();
}

bool Applier::recover(const Error& error, std::stop_token drain) {
  if (error.kind() == ErrorKind::cancelled) {  // stopping, or the stream starts over
    leave_stream();
    return !drain.stop_requested();
  }
  if (error.kind() == ErrorKind::row_rejected && !in_order_ &&
      plan_.target->style() == ApplyStyle::net) {
    log_->info("the target refused a row; applying this unit change by change");
    in_order_ = true;
    return !drain.stop_requested();
  }
  const Verdict verdict = verdict_on(error.kind());
  failure_.failed(error, verdict);
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
