#include <algorithm>
#include <thread>

#include <spdlog/spdlog.h>
#include <unistd.h>

#include "app/commands.h"
#include "app/logging.h"
#include "app/plan.h"
#include "app/progress_bar.h"
#include "app/registry.h"
#include "app/status_file.h"
#include "app/stop_signals.h"
#include "app/timestamp.h"
#include "replicator/pipeline.h"

namespace tailrace::app {
namespace {

constexpr auto kStatusInterval = std::chrono::seconds(1);
constexpr auto kRedrawInterval = std::chrono::milliseconds(250);

// One pipeline and what the main thread keeps about it.
struct Running {
  std::filesystem::path folder;
  std::shared_ptr<spdlog::logger> log;
  std::unique_ptr<Pipeline> pipeline;
  std::int64_t started_us = 0;
  bool status_written = true;
  bool end_reported = false;
  std::jthread waiter;  // tells the main thread when the pipeline has ended
};

CopyOptions copy_options(const CopyConfig& copy) {
  using Existing = CopyOptions::Existing;
  return {.workers = static_cast<std::size_t>(copy.workers),
          .chunk_rows = copy.chunk_rows,
          .rows_per_second = copy.max_rows,
          .bytes_per_second = copy.max_bytes,
          .existing = copy.existing == "replace" ? Existing::replace
                      : copy.existing == "keep"  ? Existing::keep
                                                 : Existing::stop,
          .foreign_keys = copy.foreign_keys};
}

SchemaPolicy schema_policy(const std::string& text) {
  if (text == "add_only") return SchemaPolicy::add_only;
  if (text == "ignore") return SchemaPolicy::ignore;
  return text == "stop" ? SchemaPolicy::stop : SchemaPolicy::apply;
}

SinkPlan plan_of(const SinkConfig& sink, std::unique_ptr<Target> target) {
  SinkPlan plan;
  plan.name = sink.name;
  plan.target = std::move(target);
  for (const TableConfig& table : sink.tables) plan.routes.push_back({table.match, table.to});
  plan.apply.max_changes = sink.max_changes;
  plan.apply.max_bytes = sink.max_bytes;
  plan.apply.idle_checkpoint = sink.idle_checkpoint;
  plan.copy = copy_options(sink.copy);
  plan.schema = schema_policy(sink.schema);
  plan.target->set_schema_policy(plan.schema);
  return plan;
}

Result<std::vector<SinkPlan>> make_sinks(const std::vector<SinkConfig>& sinks) {
  std::vector<SinkPlan> plans;
  for (const SinkConfig& sink : sinks) {
    auto target = make_target(sink);
    if (!target) return std::move(target).error().with("sink " + sink.name);
    plans.push_back(plan_of(sink, std::move(*target)));
  }
  return plans;
}

Result<Running> make_pipeline(const PipelineConfig& config, const std::filesystem::path& state_dir,
                              const RunCommand& command, std::shared_ptr<ProgressBar> bar) {
  const std::string frame = "pipeline " + config.name;
  if (config.sinks.empty()) {
    return Error(ErrorKind::invalid_config, "there is no target").with(frame).hint("--to URL");
  }
  auto source = make_source(config.source, {.pipeline = config.name, .state_dir = state_dir});
  if (!source) return std::move(source).error().with(frame);
  auto sinks = make_sinks(config.sinks);
  if (!sinks) return std::move(sinks).error().with(frame);
  Running running;
  running.folder = state_dir / config.name;
  running.log = make_logger(command.log, "pipeline=" + config.name, std::move(bar));
  running.started_us = now_us();
  PipelineOptions options;
  options.name = config.name;
  options.state_dir = state_dir;
  options.queue = {.memory_bytes = config.queue.memory_bytes,
                   .disk_bytes = config.queue.disk_bytes};
  options.retry = {.first = config.retry.first,
                   .longest = config.retry.longest,
                   .blocked = config.retry.blocked};
  options.start = start_point(config.source.start);
  options.exit_when_caught_up = command.exit_when_caught_up;
  auto pipeline =
      Pipeline::create(std::move(options), std::move(*source), std::move(*sinks), running.log);
  if (!pipeline) return std::move(pipeline).error();
  running.pipeline = std::move(*pipeline);
  return running;
}

void write_status(Running& running) {
  const StatusReport report{.version = TAILRACE_VERSION,
                            .pid = getpid(),
                            .started_us = running.started_us,
                            .written_us = now_us(),
                            .pipeline = running.pipeline->status(),
                            .running = true};
  const Status written = write_status_file(running.folder, report);
  // A full disk must not flood the log as well.
  if (!written && running.status_written) running.log->warn("{}", written.error().to_string());
  running.status_written = written.has_value();
}

// Main thread: reads signals, writes the status files, draws the progress bar when there is one,
// and waits for the end of all pipelines.
class Watch {
 public:
  Watch(std::vector<Running>& pipelines, StopSignals& signals, ProgressBar* bar)
      : pipelines_(pipelines), signals_(signals), bar_(bar) {}

  void run() {
    for (Running& running : pipelines_) start(running);
    while (!all_finished()) {
      write_status_when_due();
      draw_progress();
      if (signals_.wait(bar_ != nullptr ? kRedrawInterval : kStatusInterval) ==
          StopSignals::Event::stop) {
        request_stop();
      }
      report_ends();
    }
    if (bar_ != nullptr) bar_->show({});
    for (Running& running : pipelines_) write_status(running);
  }

  // Why pipelines ended that should not have.
  const std::vector<Error>& failures() const { return failures_; }

 private:
  void write_status_when_due() {
    const auto now = std::chrono::steady_clock::now();
    if (now - written_at_ < kStatusInterval * 9 / 10) return;  // waits end a little early
    written_at_ = now;
    for (Running& running : pipelines_) write_status(running);
  }

  // Woken early, it draws no sooner: a terminal over a slow line must not be flooded.
  void draw_progress() {
    const auto now = std::chrono::steady_clock::now();
    if (bar_ == nullptr || now - drawn_at_ < kRedrawInterval) return;
    drawn_at_ = now;
    std::vector<PipelineStatus> statuses;
    for (const Running& running : pipelines_) statuses.push_back(running.pipeline->status());
    bar_->show(progress_lines(statuses, bar_->columns()));
  }

  void start(Running& running) {
    running.pipeline->start();
    running.waiter = std::jthread([&pipeline = *running.pipeline, &signals = signals_] {
      static_cast<void>(pipeline.wait());  // the main thread asks again, and reports it
      signals.wake();
    });
  }

  bool all_finished() const {
    return std::all_of(pipelines_.begin(), pipelines_.end(),
                       [](const Running& running) { return running.end_reported; });
  }

  void request_stop() {
    for (Running& running : pipelines_) {
      running.log->info("stopping; a second signal leaves at once");
      running.pipeline->request_stop();
    }
  }

  void report_ends() {
    for (Running& running : pipelines_) {
      if (running.end_reported || !running.pipeline->finished()) continue;
      running.end_reported = true;
      Status ended = running.pipeline->wait();
      if (ended) {
        running.log->info("ended");
      } else {
        running.log->error("ended: {}", ended.error().to_string());
        failures_.push_back(
            std::move(ended).error().with("pipeline " + running.folder.filename().string()));
      }
    }
  }

  std::vector<Running>& pipelines_;
  StopSignals& signals_;
  ProgressBar* bar_;
  std::chrono::steady_clock::time_point written_at_{};
  std::chrono::steady_clock::time_point drawn_at_{};
  std::vector<Error> failures_;
};

// JSON lines are for programs, and a program may well give us a terminal.
std::shared_ptr<ProgressBar> make_bar(const RunCommand& command) {
  if (command.log.format != "text" || !ProgressBar::possible(STDERR_FILENO)) return nullptr;
  return std::make_shared<ProgressBar>(STDERR_FILENO);
}

}  // namespace

int run_pipelines(const RunCommand& command, const SecretStore& secrets, const Console& console) {
  const ConfigReading reading = plan_pipelines(command.pipelines, secrets);
  console.complain(reading.problems);
  if (!reading.config) return kExitUsage;
  auto folder = state_folder(reading.config->state_dir, secrets);
  if (!folder) {
    console.complain(folder.error());
    return kExitUsage;
  }
  StopSignals signals;
  const std::shared_ptr<ProgressBar> bar = make_bar(command);
  std::vector<Running> pipelines;
  for (const PipelineConfig& config : reading.config->pipelines) {
    auto made = make_pipeline(config, *folder, command, bar);
    if (!made) {
      console.complain(made.error());
      return kExitUsage;
    }
    pipelines.push_back(std::move(*made));
  }
  Watch watch(pipelines, signals, bar.get());
  watch.run();
  // A person reads the last line; a program that collects JSON lines has it already.
  if (command.log.format == "text") console.complain(watch.failures());
  return watch.failures().empty() ? kExitOk : kExitFailed;
}

}  // namespace tailrace::app
