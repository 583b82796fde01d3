#include "replicator/coordinator.h"

#include <random>

#include <spdlog/spdlog.h>

namespace tailrace {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kShowInterval = 200ms;
constexpr auto kRememberInterval = 5s;
constexpr auto kKeepAliveInterval = 900ms;

// Points to the session's extractor for as long as it lives.
class SessionMark {
 public:
  SessionMark(Extractor*& place, Extractor& extractor) : place_(place) { place_ = &extractor; }
  ~SessionMark() { place_ = nullptr; }
  SessionMark(const SessionMark&) = delete;
  SessionMark& operator=(const SessionMark&) = delete;

 private:
  Extractor*& place_;
};

}  // namespace

Coordinator::Coordinator(Setup setup)
    : setup_(std::move(setup)),
      progress_path_(setup_.options.state_dir / setup_.options.name / "progress.json"),
      backoff_(setup_.options.retry, std::random_device{}()),
      failure_(setup_.log) {}

Status Coordinator::run(std::stop_token stop) {
  Status status = run_streams(stop);
  if (stream_) stream_->queue->close(Error(ErrorKind::shutting_down, "the stream has ended"));
  if (!status && status.error().kind() == ErrorKind::cancelled) status = Status();
  if (!status) {
    failure_.failed(status.error(), Verdict::fail);
    show(RunState::failed);
  } else {
    show(RunState::stopped);
  }
  return status;
}

Status Coordinator::run_streams(std::stop_token stop) {
  auto remembered = read_progress_file(progress_path_);
  if (!remembered) return std::move(remembered).error();
  remembered_ = *std::move(remembered);
  if (setup_.options.exit_when_caught_up) {
    if (auto found = find_goal(stop); !found) return found;
  }
  while (!stop.stop_requested()) {
    auto stream = plan_stream(stop);
    if (!stream) return std::move(stream).error();
    stream_ = *std::move(stream);
    setup_.log->info("streaming from={} source={}", stream_->start.position.text,
                     setup_.source.description());
    setup_.feed.publish(stream_);
    Status filled = fill(*stream_, stop);
    if (!filled && !(setup_.feed.realign_requested() && !stop.stop_requested())) return filled;
    stream_.reset();
  }
  return {};
}

Status Coordinator::find_goal(std::stop_token stop) {
  auto goal = insist<Checkpoint>(stop, [this] { return setup_.source.current(); });
  if (!goal) return std::move(goal).error();
  setup_.log->info("goal position={}", goal->position.text);
  setup_.on_goal(goal->position);
  return {};
}

// Where a sink that has nothing yet begins; remembered before anything is read, so that a restart
// begins at the same place.
Result<Checkpoint> Coordinator::begin_of(const std::string& sink, std::stop_token stop) {
  const auto known = remembered_.find(sink);
  if (known != remembered_.end()) return known->second.checkpoint;
  if (!begin_) {
    auto begin =
        insist<Checkpoint>(stop, [this] { return setup_.source.resolve(setup_.options.start); });
    if (!begin) return begin;
    begin_ = *std::move(begin);
  }
  remembered_[sink] = RememberedSink{*begin_, false};
  if (auto written = write_progress_file(progress_path_, remembered_); !written) {
    return std::move(written).error();
  }
  return *begin_;
}

// Where a sink takes part, by what it announced; and whether it does at all.
Result<bool> Coordinator::plan_sink(const std::string& name, const Feed::Announcement& announced,
                                    Checkpoint& from, std::stop_token stop) {
  using State = Feed::Announcement::State;
  if (announced.state == State::holds) {
    from = announced.held;
    remembered_[name] = RememberedSink{from, true};
    return true;
  }
  auto begin = begin_of(name, stop);
  if (!begin) return std::move(begin).error();
  from = *std::move(begin);
  // A target that had a checkpoint and has none now is never taken for a new one.
  const bool lost = announced.state == State::empty && remembered_[name].applied;
  return announced.state != State::gone && !lost;
}

Result<std::shared_ptr<Stream>> Coordinator::plan_stream(std::stop_token stop) {
  auto announced = setup_.feed.wait_for_announcements(stop);
  if (!announced) return std::move(announced).error();
  auto stream = std::make_shared<Stream>();
  std::vector<bool> takes_part;
  for (std::size_t i = 0; i < announced->size(); ++i) {
    Checkpoint from;
    auto part = plan_sink(setup_.sink_names[i], (*announced)[i], from, stop);
    if (!part) return std::move(part).error();
    if (*part) {
      if (auto joined = start_no_later_than(from, *stream); !joined) return joined.error();
    }
    takes_part.push_back(*part);
    stream->from.push_back(std::move(from));
  }
  auto queue = make_queue();
  if (!queue) return std::move(queue).error();
  stream->queue = *std::move(queue);
  for (const bool part : takes_part) {
    stream->cursors.push_back(part ? stream->queue->add_cursor() : nullptr);
  }
  return stream;
}

Status Coordinator::start_no_later_than(const Checkpoint& from, Stream& stream) const {
  if (stream.start.position.empty()) {
    stream.start = from;
    return {};
  }
  auto earlier = setup_.source.earlier(stream.start.position, from.position);
  if (!earlier) return std::move(earlier).error();
  stream.start.position = *std::move(earlier);
  return {};
}

Result<std::unique_ptr<Queue>> Coordinator::make_queue() const {
  auto store = SegmentStore::open(setup_.options.state_dir / setup_.options.name / "queue");
  if (!store) return std::move(store).error();
  const QueueLimits limits{setup_.options.queue.memory_bytes, setup_.options.queue.disk_bytes};
  const auto log = setup_.log;
  const auto on_pressure = [log](Queue::Pressure now, std::string_view why) {
    if (now == Queue::Pressure::disk) {
      log->warn(
          "queue is full; the source is not read until the slowest sink catches up why=\"{}\"",
          why);
    } else if (now == Queue::Pressure::overdraft) {
      log->warn(
          "queue goes beyond its disk budget: one transaction is larger than queue.memory and "
          "queue.disk together");
    } else {
      log->info("queue has room again; reading goes on");
    }
  };
  return std::make_unique<Queue>(limits, *std::move(store), on_pressure);
}

Status Coordinator::fill(Stream& stream, std::stop_token stop) {
  if (stream.start.position.empty()) {  // no sink can take part; each has its reason
    wait_for(stop, setup_.options.retry.blocked);
    return {};
  }
  BlockBuilder builder(stream.queue->next_sequence(), [&](BlockPtr block) {
    keep_alive();
    return stream.queue->push(std::move(block), stop, [this] { keep_alive(); });
  });
  Checkpoint from = stream.start;
  for (;;) {
    Status status = one_session(from, builder, stop);
    if (stop.stop_requested() || setup_.feed.realign_requested()) {
      // What is complete goes to the sinks; room for it may be missing when everything stops.
      if (auto flushed = builder.abort(); flushed) flushed = builder.flush();
      return Error(ErrorKind::cancelled, "stopped");
    }
    TR_ASSERT(!status);
    const Error error = std::move(status).error();
    if (auto aborted = builder.abort(); !aborted) return aborted;
    if (auto flushed = builder.flush(); !flushed) return flushed;
    if (!builder.position().empty() && builder.position() != from.position.text) {
      from.position.text = builder.position();
      backoff_.reset();  // the session was of use, however short it was
    }
    if (!wait_after(error, stop)) return error;
  }
}

Status Coordinator::one_session(const Checkpoint& from, BlockBuilder& builder,
                                std::stop_token stop) {
  show(failure_.current() ? RunState::retrying : RunState::connecting);
  auto opened = setup_.source.open(from);
  if (!opened) return std::move(opened).error();
  const std::unique_ptr<Extractor> extractor = *std::move(opened);
  const SessionMark mark(extractor_, *extractor);
  confirmed_.reset();
  const std::stop_callback wake(stop, [&] { extractor->interrupt(); });
  bool streaming = false;
  while (!stop.stop_requested() && !setup_.feed.realign_requested()) {
    const auto received = extractor->next(builder);
    if (!received) return received.error();
    if (!streaming) {
      streaming = true;
      failure_.recovered();
      backoff_.reset();
      show(RunState::streaming);
    }
    if (received->drained) {
      if (auto flushed = builder.flush(); !flushed) return flushed;
    }
    if (auto kept = housekeeping(*extractor, builder); !kept) return kept;
  }
  return Error(ErrorKind::cancelled, "stopped");
}

// Now and then: show what was received, tell the source what is durable, remember it.
Status Coordinator::housekeeping(Extractor& extractor, const BlockBuilder& builder) {
  const auto now = Clock::now();
  if (now - shown_at_ < kShowInterval) return {};
  shown_at_ = now;
  show_received(builder);
  if (auto confirmed = confirm_durable(extractor); !confirmed) return confirmed;
  if (now - remembered_at_ < kRememberInterval) return {};
  remembered_at_ = now;
  if (auto written = remember(); !written) {
    setup_.log->warn("{}", written.error().to_string());  // a hint only: not worth stopping for
  }
  return {};
}

void Coordinator::show_received(const BlockBuilder& builder) {
  setup_.board.update([&](PipelineStatus& status) {
    if (!builder.position().empty()) status.received.position.text = builder.position();
    status.received.source_id = stream_->start.source_id;
    status.received.commit_time_us = builder.commit_time_us();
    status.received_transactions = builder.transaction_count();
    status.received_changes = builder.change_count();
    status.queue_memory_bytes = stream_->queue->memory_bytes();
    status.queue_disk_bytes = stream_->queue->disk_bytes();
  });
}

// Takes over what the sinks hold now. True: something is new.
bool Coordinator::learn_durable() {
  const PipelineStatus status = setup_.board.read();
  bool changed = false;
  for (const SinkStatus& sink : status.sinks) {
    if (sink.durable.position.empty()) continue;
    RememberedSink& known = remembered_[sink.name];
    if (known.applied && known.checkpoint.position == sink.durable.position) continue;
    known = RememberedSink{sink.durable, true};
    changed = true;
  }
  unwritten_ |= changed;
  return changed;
}

// The source may forget what every sink holds, those that cannot be reached now included.
Status Coordinator::confirm_durable(Extractor& extractor) {
  if (!learn_durable() && confirmed_ && !unwritten_) return {};
  std::optional<Position> slowest;
  for (const std::string& name : setup_.sink_names) {
    const auto sink = remembered_.find(name);
    if (sink == remembered_.end()) return {};
    if (!slowest) slowest = sink->second.checkpoint.position;
    auto earlier = setup_.source.earlier(*slowest, sink->second.checkpoint.position);
    if (!earlier) return std::move(earlier).error();
    slowest = *std::move(earlier);
  }
  if (!slowest || confirmed_ == slowest) return {};
  // The source forgets what comes before: a start while a target is down must not ask for that, so
  // what is confirmed is remembered first. A write that fails is told with the next remember().
  if (!write_remembered()) return {};
  extractor.confirm(*slowest);
  confirmed_ = std::move(slowest);
  return {};
}

// While a block waits for room in the queue, or one call of next() hands over many of them.
void Coordinator::keep_alive() {
  const auto now = Clock::now();
  if (extractor_ == nullptr || now - kept_alive_at_ < kKeepAliveInterval) return;
  kept_alive_at_ = now;
  // An error here comes back when the session goes on.
  static_cast<void>(confirm_durable(*extractor_));
  extractor_->keep_alive();
}

Status Coordinator::remember() {
  learn_durable();
  return write_remembered();
}

Status Coordinator::write_remembered() {
  if (!unwritten_) return {};
  auto written = write_progress_file(progress_path_, remembered_);
  unwritten_ = !written;
  return written;
}

template <typename T>
Result<T> Coordinator::insist(std::stop_token stop, const std::function<Result<T>()>& call) {
  for (;;) {
    if (stop.stop_requested()) return Error(ErrorKind::cancelled, "stopped");
    auto answer = call();
    if (answer) {
      failure_.recovered();
      backoff_.reset();
      return answer;
    }
    if (!wait_after(answer.error(), stop)) return answer;
  }
}

bool Coordinator::wait_after(const Error& error, std::stop_token stop) {
  const Verdict verdict = verdict_on(error.kind());
  if (verdict == Verdict::leave) return !stop.stop_requested();
  if (verdict == Verdict::fail) return false;
  failure_.failed(error, verdict);
  show(verdict == Verdict::block ? RunState::blocked : RunState::retrying);
  if (verdict == Verdict::block) setup_.on_blocked();
  wait_for(stop, backoff_.next(verdict));
  return true;
}

void Coordinator::show(RunState state) {
  setup_.board.update([&](PipelineStatus& status) {
    status.state = state;
    status.error = failure_.current();
  });
}

}  // namespace tailrace
