#include <algorithm>
#include <chrono>
#include <memory>
#include <ostream>
#include <thread>

#include <fmt/core.h>
#include <unistd.h>

#include "app/commands.h"
#include "app/copy_status.h"
#include "app/plan.h"
#include "app/progress_bar.h"
#include "app/registry.h"
#include "app/source_tables.h"
#include "app/status_file.h"
#include "app/text_table.h"
#include "app/timestamp.h"
#include "config/nearest_name.h"
#include "replicator/copy/copy_request.h"

namespace tailrace::app {
namespace {

namespace fs = std::filesystem;

constexpr auto kPause = std::chrono::milliseconds(250);
// A request that was taken shows in the status within that time, if there is anything to do.
constexpr std::int64_t kSettledUs = 3'000'000;
// What is over sooner is not worth a word: a lock, a restart, rows of two moments that meet.
constexpr std::int64_t kWorthAWordUs = 5'000'000;

Error unknown(const char* what, const std::string& name, const std::vector<std::string>& known) {
  Error error(ErrorKind::invalid_config, fmt::format("there is no {} \"{}\"", what, name));
  const std::vector<std::string_view> views(known.begin(), known.end());
  if (const auto nearest = nearest_name(name, views); !nearest.empty()) {
    return std::move(error).hint("did you mean " + std::string(nearest) + "?");
  }
  std::string all;
  for (std::size_t i = 0; i < std::min<std::size_t>(known.size(), 10); ++i) {
    all.append(i == 0 ? "" : ", ").append(known[i]);
  }
  if (known.size() > 10) all += fmt::format(" and {} more", known.size() - 10);
  return std::move(error).hint(known.empty() ? "there are none" : "one of " + all);
}

Result<std::string> choose_sink(const std::optional<std::string>& asked,
                                const std::vector<std::string>& known) {
  if (!asked && known.size() == 1) return known.front();
  if (!asked) {
    return Error(ErrorKind::invalid_config, "the pipeline has several sinks")
        .hint("name the one that is meant: --sink NAME");
  }
  if (std::find(known.begin(), known.end(), *asked) != known.end()) return *asked;
  return unknown("sink", *asked, known);
}

Status check_tables(const std::vector<std::string>& asked, const PipelineConfig& pipeline,
                    const fs::path& state_dir) {
  if (asked.empty()) return {};
  auto source = make_source(pipeline.source, {.pipeline = pipeline.name, .state_dir = state_dir});
  if (!source) return std::move(source).error();
  auto tables = source_tables(**source);
  if (!tables) return std::move(tables).error().with("source");
  std::vector<std::string> known;
  for (const SnapshotTable& table : *tables) known.push_back(table.schema->name.to_string());
  for (const std::string& table : asked) {
    if (std::find(known.begin(), known.end(), table) == known.end()) {
      return unknown("captured table", table, known);
    }
  }
  return {};
}

// What is asked for, when everything that can be known about it is right.
struct Asked {
  fs::path state_dir;
  StatusReport report;
  std::string sink;
};

Result<Asked> judge(const SnapshotCommand& command, const SecretStore& secrets,
                    const Config* config) {
  auto folder =
      state_folder(command.state_dir.value_or(config ? config->state_dir.string() : ""), secrets);
  if (!folder) return std::move(folder).error();
  Asked asked{.state_dir = std::move(*folder), .report = {}, .sink = {}};
  auto report = read_status_file(asked.state_dir / command.pipeline);
  if (!report) {
    return std::move(report).error().hint("has the pipeline run with this state directory? " +
                                          std::string("another one: --state-dir DIR, or -c FILE"));
  }
  asked.report = std::move(*report);
  std::vector<std::string> sinks;
  if (config != nullptr) {
    const PipelineConfig& pipeline = config->pipelines.front();
    for (const SinkConfig& sink : pipeline.sinks) sinks.push_back(sink.name);
    if (auto known = check_tables(command.tables, pipeline, asked.state_dir); !known) {
      return std::move(known).error();
    }
  } else {
    for (const SinkStatus& sink : asked.report.pipeline.sinks) sinks.push_back(sink.name);
  }
  auto sink = choose_sink(command.sink, sinks);
  if (!sink) return std::move(sink).error();
  asked.sink = std::move(*sink);
  return asked;
}

std::string announcement(const SnapshotCommand& command, const Asked& asked) {
  std::string tables;
  for (const std::string& table : command.tables) {
    tables.append(tables.empty() ? "" : ", ").append(table);
  }
  if (tables.empty()) tables = "all tables";
  std::string text =
      wrapped(fmt::format("{}: sink {}: the rows of {} are deleted at the target and copied again; "
                          "everything else flows on",
                          command.pipeline, asked.sink, tables),
              "");
  if (!asked.report.running) {
    text += "No tailrace runs this pipeline now: it begins when one is started.\n";
  }
  return text;
}

// Follows the status file until the copy is done.
class CopyWatch {
 public:
  CopyWatch(const SnapshotCommand& command, const Asked& asked, const Console& console)
      : command_(command), asked_(asked), console_(console) {
    if (!command.json && ProgressBar::possible(STDERR_FILENO)) {
      bar_ = std::make_unique<ProgressBar>(STDERR_FILENO);
    }
  }

  // The last word about the sink.
  Result<SinkStatus> wait() {
    while (true) {
      auto report = read_status_file(asked_.state_dir / command_.pipeline);
      if (!report) return std::move(report).error();
      if (!report->running) {
        return Error(ErrorKind::shutting_down, "tailrace has ended")
            .hint("the copy goes on when it is started again");
      }
      const auto& sinks = report->pipeline.sinks;
      const auto sink = std::find_if(sinks.begin(), sinks.end(), [&](const SinkStatus& one) {
        return one.name == asked_.sink;
      });
      if (sink == sinks.end()) {
        return Error(ErrorKind::invalid_config, "the running pipeline has no such sink");
      }
      if (done(*sink, report->written_us)) return *sink;
      show(*report, *sink);
      std::this_thread::sleep_for(kPause);
    }
  }

 private:
  bool pending() const {
    const auto requests = find_copy_requests(asked_.state_dir / command_.pipeline / "requests");
    return std::any_of(requests.begin(), requests.end(), [&](const CopyRequest& request) {
      return request.sink == asked_.sink && request.tables == command_.tables;
    });
  }

  bool done(const SinkStatus& sink, std::int64_t written_us) {
    if (pending()) {
      taken_us_ = 0;
      return false;
    }
    if (taken_us_ == 0) taken_us_ = now_us();
    if (written_us <= taken_us_) return false;
    if (copy_under_way(sink)) {
      seen_ = true;
      return false;
    }
    return seen_ || now_us() - taken_us_ > kSettledUs;
  }

  static std::string trouble_of(const SinkStatus& sink) {
    for (const auto& error : {sink.error, sink.copy.error}) {
      if (error && now_us() - error->since_us > kWorthAWordUs) return error->message;
    }
    return {};
  }

  void show(const StatusReport& report, const SinkStatus& sink) {
    const std::string trouble = trouble_of(sink);
    if (trouble != said_ && !trouble.empty()) {
      if (bar_) bar_->show({});
      console_.complain("sink " + sink.name + ": " + trouble);
    }
    said_ = trouble;
    if (!bar_) return;
    PipelineStatus only = report.pipeline;
    only.sinks = {sink};
    bar_->show(progress_lines({&only, 1}, bar_->columns()));
  }

  const SnapshotCommand& command_;
  const Asked& asked_;
  const Console& console_;
  std::unique_ptr<ProgressBar> bar_;
  std::int64_t taken_us_ = 0;
  bool seen_ = false;
  std::string said_;
};

void print_result(const SnapshotCommand& command, const Asked& asked, const SinkStatus* sink,
                  std::ostream& out) {
  if (!command.json) {
    if (sink == nullptr) return;
    out << fmt::format("{}: sink {} is {}\n", command.pipeline, asked.sink, to_string(sink->phase));
    return;
  }
  std::string text;
  JsonWriter json(text, JsonWriter::Style::indented);
  json.begin_object();
  json.member("pipeline", command.pipeline);
  json.member("sink", asked.sink);
  json.key("tables");
  json.begin_array();
  for (const std::string& table : command.tables) json.text(table);
  json.end_array();
  json.member("running", asked.report.running);
  if (sink != nullptr) write_copy(*sink, json);
  json.end_object();
  out << text << '\n';
}

}  // namespace

int copy_again(const SnapshotCommand& command, const SecretStore& secrets, const Console& console) {
  const auto refused = [&](const Error& error) {
    console.complain(error);
    return error.kind() == ErrorKind::invalid_config ? kExitUsage : kExitFailed;
  };
  ConfigReading reading;
  if (command.config_file) {
    PipelineArguments arguments;
    arguments.config_file = command.config_file;
    arguments.name = command.pipeline;
    reading = plan_pipelines(arguments, secrets);
    console.complain(reading.problems);
    if (!reading.config) return kExitUsage;
  }
  auto asked = judge(command, secrets, reading.config ? &*reading.config : nullptr);
  if (!asked) return refused(std::move(asked).error().with("pipeline " + command.pipeline));
  if (!command.json) console.out << announcement(command, *asked) << std::flush;
  auto left = request_copy(asked->state_dir, command.pipeline, asked->sink, command.tables);
  if (!left) return refused(left.error());
  if (command.no_wait || !asked->report.running) {
    print_result(command, *asked, nullptr, console.out);
    return kExitOk;
  }
  auto sink = CopyWatch(command, *asked, console).wait();
  if (!sink) return refused(std::move(sink).error().with("pipeline " + command.pipeline));
  print_result(command, *asked, &*sink, console.out);
  return kExitOk;
}

}  // namespace tailrace::app
