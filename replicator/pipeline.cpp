#include "replicator/pipeline.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

#include <spdlog/spdlog.h>
#include <unistd.h>

#include "replicator/applier.h"
#include "replicator/coordinator.h"
#include "replicator/state_lock.h"

namespace tailrace {
namespace {

// How long sinks may work on what is queued after a stop was asked for.
constexpr auto kDrainTime = std::chrono::seconds(10);

std::string make_owner() {
  char host[256] = {};
  if (::gethostname(host, sizeof host - 1) != 0) host[0] = '\0';
  std::random_device random;
  return std::string(host) + "/" + std::to_string(::getpid()) + "/" + std::to_string(random());
}

PipelineStatus initial_status(const PipelineOptions& options, const Source& source,
                              const std::vector<SinkPlan>& sinks) {
  PipelineStatus status;
  status.name = options.name;
  status.source = source.description();
  for (const SinkPlan& sink : sinks) {
    SinkStatus entry;
    entry.name = sink.name;
    entry.target = sink.target->description();
    status.sinks.push_back(std::move(entry));
  }
  return status;
}

std::vector<std::string> names_of(const std::vector<SinkPlan>& sinks) {
  std::vector<std::string> names;
  for (const SinkPlan& sink : sinks) names.push_back(sink.name);
  return names;
}

}  // namespace

// Threads: the coordinator's, one per applier, and whoever owns the pipeline. mutex_ guards the
// outcome; everything else is constant after construction or has its own lock.
class Pipeline::Impl {
 public:
  Impl(PipelineOptions options, std::unique_ptr<Source> source, std::vector<SinkPlan> sinks,
       std::unique_ptr<StateLock> lock, std::shared_ptr<spdlog::logger> log)
      : options_(std::move(options)),
        source_(std::move(source)),
        log_(std::move(log)),
        lock_(std::move(lock)),
        board_(initial_status(options_, *source_, sinks)),
        feed_(sinks.size()),
        coordinator_(Coordinator::Setup{options_, names_of(sinks), *source_, feed_, board_, log_,
                                        [this](const Position& goal) {
                                          for (const auto& applier : appliers_)
                                            applier->set_goal(goal);
                                        },
                                        [this] { on_source_blocked(); }}) {
    const std::string owner = make_owner();
    const std::vector<std::string> names = names_of(sinks);
    for (std::size_t i = 0; i < sinks.size(); ++i) {
      Applier::Setup setup;
      setup.index = i;
      setup.pipeline = options_.name;
      setup.owner = owner;
      setup.retry = options_.retry;
      setup.copy_times = options_.copy_times;
      setup.stop_at_goal = options_.exit_when_caught_up;
      setup.copy_first = options_.start.kind == StartPoint::Kind::snapshot;
      setup.requests = options_.state_dir / options_.name / "requests";
      setup.sink_names = names;
      setup.on_outcome = [this] { on_sink_outcome(); };
      auto log_of_sink = log_->clone(log_->name() + " sink=" + sinks[i].name);
      appliers_.push_back(std::make_unique<Applier>(std::move(setup), std::move(sinks[i]), *source_,
                                                    feed_, board_, log_of_sink));
    }
  }

  ~Impl() {
    drain_.request_stop();
    stop_.request_stop();
  }

  void start() {
    for (const auto& applier : appliers_) {
      applier_threads_.emplace_back([this, &applier = *applier] {
        static_cast<void>(guarded([&] {  // its error is in outcome_
          applier.run(drain_.get_token(), stop_.get_token());
          return Status();
        }));
        const std::scoped_lock lock(mutex_);
        ++appliers_ended_;
        changed_.notify_all();
      });
    }
    main_thread_ = std::jthread([this] { run(); });
  }

  void request_stop() { drain_.request_stop(); }

  Status wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return finished_; });
    return outcome_;
  }

  bool finished() const {
    const std::scoped_lock lock(mutex_);
    return finished_;
  }

  PipelineStatus status() const {
    PipelineStatus status = board_.read();
    const std::int64_t now = now_us();
    for (SinkStatus& sink : status.sinks) {
      const bool behind = !sink.caught_up && sink.durable.commit_time_us > 0;
      sink.lag_us = behind ? std::max<std::int64_t>(0, now - sink.durable.commit_time_us) : 0;
    }
    return status;
  }

 private:
  // Whatever a thread throws means trouble in the process: it becomes an error of the pipeline.
  template <typename Work>
  Status guarded(Work&& work) {
    try {
      return work();
    } catch (const std::exception& e) {
      Error error(ErrorKind::internal, std::string("unexpected exception: ") + e.what());
      log_->critical("{}", error.to_string());
      drain_.request_stop();
      const std::scoped_lock lock(mutex_);
      if (outcome_) outcome_ = error;
      return error;
    }
  }

  void run() {
    Status status = guarded([this] { return coordinator_.run(drain_.get_token()); });
    if (!status) drain_.request_stop();
    std::unique_lock lock(mutex_);
    const auto all_ended = [&] { return appliers_ended_ == appliers_.size(); };
    if (!changed_.wait_for(lock, kDrainTime, all_ended)) {
      log_->warn("sinks did not finish in time; leaving what is not committed for the next start");
    }
    stop_.request_stop();
    changed_.wait(lock, all_ended);
    lock.unlock();
    const Status remembered = coordinator_.remember();
    if (!remembered) log_->warn("{}", remembered.error().to_string());
    lock.lock();
    if (outcome_) outcome_ = status ? sinks_verdict() : std::move(status);
    finished_ = true;
    changed_.notify_all();
  }

  // ok, or the first sink's error that kept the pipeline from its end.
  Status sinks_verdict() const {
    const PipelineStatus status = board_.read();
    for (std::size_t i = 0; i < appliers_.size(); ++i) {
      const auto outcome = appliers_[i]->outcome();
      if (outcome != Applier::Outcome::failed && outcome != Applier::Outcome::blocked) continue;
      const auto& error = status.sinks[i].error;
      // The board has the error as text; its kind has been acted upon already.
      return Error(ErrorKind::unclassified, error ? error->message : "sink failed")
          .with("sink " + status.sinks[i].name);
    }
    return {};
  }

  // Ends the pipeline when no sink goes on: all failed for good, or, with exit_when_caught_up, each
  // has reached the goal or needs a person.
  void on_sink_outcome() {
    const bool once = options_.exit_when_caught_up;
    const bool over = std::all_of(appliers_.begin(), appliers_.end(), [&](const auto& applier) {
      switch (applier->outcome()) {
        case Applier::Outcome::running:
          return false;
        case Applier::Outcome::blocked:
          return once;
        case Applier::Outcome::reached_goal:
        case Applier::Outcome::ended:
        case Applier::Outcome::failed:
          return true;
      }
      return false;
    });
    if (over) drain_.request_stop();
  }

  void on_source_blocked() {
    if (!options_.exit_when_caught_up) return;
    const auto error = board_.read().error;
    {
      const std::scoped_lock lock(mutex_);
      outcome_ = Error(ErrorKind::unclassified, error ? error->message : "source is blocked");
    }
    drain_.request_stop();
  }

  // constant
  const PipelineOptions options_;
  const std::unique_ptr<Source> source_;
  const std::shared_ptr<spdlog::logger> log_;
  const std::unique_ptr<StateLock> lock_;
  std::stop_source drain_;  // nothing new: finish what is queued
  std::stop_source stop_;   // leave now

  // have their own locks, or belong to one thread
  ProgressBoard board_;
  Feed feed_;
  std::vector<std::unique_ptr<Applier>> appliers_;
  Coordinator coordinator_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // guarded by mutex_
  std::size_t appliers_ended_ = 0;
  bool finished_ = false;
  Status outcome_;

  std::vector<std::jthread> applier_threads_;
  std::jthread main_thread_;
};

Result<std::unique_ptr<Pipeline>> Pipeline::create(PipelineOptions options,
                                                   std::unique_ptr<Source> source,
                                                   std::vector<SinkPlan> sinks,
                                                   std::shared_ptr<spdlog::logger> log) {
  auto lock = StateLock::take(options.state_dir / options.name);
  if (!lock) return std::move(lock).error().with("pipeline " + options.name);
  return std::unique_ptr<Pipeline>(new Pipeline(std::make_unique<Impl>(
      std::move(options), std::move(source), std::move(sinks), *std::move(lock), std::move(log))));
}

Pipeline::Pipeline(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Pipeline::~Pipeline() = default;
void Pipeline::start() {
  impl_->start();
}
void Pipeline::request_stop() {
  impl_->request_stop();
}
Status Pipeline::wait() {
  return impl_->wait();
}
bool Pipeline::finished() const {
  return impl_->finished();
}
PipelineStatus Pipeline::status() const {
  return impl_->status();
}

}  // namespace tailrace
