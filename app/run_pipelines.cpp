#include <algorithm>
#include <thread>

#include <spdlog/spdlog.h>
#include <unistd.h>

#include "app/commands.h"
#include "app/logging.h"
#include "app/plan.h"
#include "app/registry.h"
#include "app/status_file.h"
#include "app/stop_signals.h"
#include "app/timestamp.h"
#include "replicator/pipeline.h"

namespace tailrace::app {
namespace {

constexpr auto kStatusInterval = std::chrono::seconds(1);

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

SinkPlan plan_of(const SinkConfig& sink, std::unique_ptr<Target> target) {
  SinkPlan plan;
  plan.name = sink.name;
  plan.target = std::move(target);
  for (const TableConfig& table : sink.tables) plan.routes.push_back({table.match, table.to});
  plan.apply.max_changes = sink.max_changes;
  plan.apply.max_bytes = sink.max_bytes;
  plan.apply.idle_checkpoint = sink.idle_checkpoint;
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
                              const RunCommand& command) {
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
  running.log = make_logger(command.log, "pipeline=" + config.name);
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

// Main thread: reads signals, writes the status files, and waits for the end of all pipelines.
class Watch {
 public:
  Watch(std::vector<Running>& pipelines, StopSignals& signals)
      : pipelines_(pipelines), signals_(signals) {}

  void run() {
    for (Running& running : pipelines_) start(running);
    while (!all_finished()) {
      for (Running& running : pipelines_) write_status(running);
      if (signals_.wait(kStatusInterval) == StopSignals::Event::stop) request_stop();
      report_ends();
    }
    for (Running& running : pipelines_) write_status(running);
  }

  // Why pipelines ended that should not have.
  const std::vector<Error>& failures() const { return failures_; }

 private:
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
  std::vector<Error> failures_;
};

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
  std::vector<Running> pipelines;
  for (const PipelineConfig& config : reading.config->pipelines) {
    auto made = make_pipeline(config, *folder, command);
    if (!made) {
      console.complain(made.error());
      return kExitUsage;
    }
    pipelines.push_back(std::move(*made));
  }
  Watch watch(pipelines, signals);
  watch.run();
  // A person reads the last line; a program that collects JSON lines has it already.
  if (command.log.format == "text") console.complain(watch.failures());
  return watch.failures().empty() ? kExitOk : kExitFailed;
}

}  // namespace tailrace::app
