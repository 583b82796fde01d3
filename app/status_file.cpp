#include "app/status_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>
#include <system_error>

#include <fcntl.h>
#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <unistd.h>

#include "app/copy_status.h"
#include "app/error_report.h"
#include "app/text_table.h"
#include "app/timestamp.h"
#include "config/byte_size.h"
#include "config/duration.h"

namespace tailrace::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

Error file_error(const char* what, const fs::path& path, int code) {
  return Error(ErrorKind::permission, std::string(what) + " " + path.string() + ": " +
                                          std::generic_category().message(code));
}

void write_checkpoint(std::string_view name, const Checkpoint& checkpoint, JsonWriter& json) {
  json.key(name);
  json.begin_object();
  json.member("source_id", checkpoint.source_id);
  json.member("position", checkpoint.position.text);
  json.member("commit_time_us", checkpoint.commit_time_us);
  json.end_object();
}

void write_sink(const SinkStatus& sink, JsonWriter& json) {
  json.begin_object();
  json.member("name", sink.name);
  json.member("target", sink.target);
  json.member("state", to_string(sink.state));
  write_error(sink.error, json);
  write_checkpoint("durable", sink.durable, json);
  json.member("transactions", sink.transactions);
  json.member("changes", sink.changes);
  json.member("retries", sink.retries);
  json.member("rows_left_out", sink.rows_left_out);
  json.member("queued_blocks", sink.queued_blocks);
  json.member("queued_bytes", sink.queued_bytes);
  json.member("lag_us", sink.lag_us);
  json.member("caught_up", sink.caught_up);
  write_copy(sink, json);
  json.end_object();
}

RunState run_state_of(const std::string& text) {
  static constexpr std::array kStates{RunState::starting, RunState::connecting, RunState::streaming,
                                      RunState::retrying, RunState::blocked,    RunState::failed,
                                      RunState::stopped};
  const auto found = std::find_if(kStates.begin(), kStates.end(),
                                  [&](RunState state) { return to_string(state) == text; });
  return found == kStates.end() ? RunState::stopped : *found;
}

Checkpoint checkpoint_of(const Json& value) {
  return {.source_id = value.at("source_id"),
          .position = Position{value.at("position")},
          .commit_time_us = value.at("commit_time_us")};
}

SinkStatus sink_of(const Json& value) {
  SinkStatus sink{.name = value.at("name"),
                  .target = value.at("target"),
                  .state = run_state_of(value.at("state")),
                  .error = read_error(value.at("error")),
                  .durable = checkpoint_of(value.at("durable")),
                  .transactions = value.at("transactions"),
                  .changes = value.at("changes"),
                  .retries = value.at("retries"),
                  .rows_left_out = value.value("rows_left_out", std::uint64_t{0}),
                  .queued_blocks = value.at("queued_blocks"),
                  .queued_bytes = value.at("queued_bytes"),
                  .lag_us = value.at("lag_us"),
                  .caught_up = value.at("caught_up"),
                  .phase = {},
                  .copy = {}};
  read_copy(value, sink);
  return sink;
}

StatusReport report_of(const Json& value) {
  StatusReport report;
  report.version = value.at("version");
  report.pid = value.at("pid");
  report.started_us = value.at("started_us");
  report.written_us = value.at("written_us");
  PipelineStatus& pipeline = report.pipeline;
  pipeline.name = value.at("name");
  pipeline.source = value.at("source");
  pipeline.state = run_state_of(value.at("state"));
  pipeline.error = read_error(value.at("error"));
  pipeline.received = checkpoint_of(value.at("received"));
  pipeline.received_transactions = value.at("received_transactions");
  pipeline.received_changes = value.at("received_changes");
  pipeline.queue_memory_bytes = value.at("queue_memory_bytes");
  pipeline.queue_disk_bytes = value.at("queue_disk_bytes");
  for (const Json& sink : value.at("sinks")) pipeline.sinks.push_back(sink_of(sink));
  return report;
}

// A daemon holds the lock of its pipeline as long as it lives, however it ends. The lock is only
// tried when the file is old or its writer gone: trying it could for a moment keep a daemon that
// starts right now from having it.
bool daemon_runs(const fs::path& folder, const StatusReport& report) {
  constexpr std::int64_t kFresh = 3'000'000;
  const bool fresh = now_us() - report.written_us < kFresh;
  const bool process_lives =
      report.pid > 0 && (kill(static_cast<pid_t>(report.pid), 0) == 0 || errno == EPERM);
  if (fresh && process_lives) return true;
  const int lock = open((folder / "lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (lock < 0) return false;
  const bool held = flock(lock, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  close(lock);
  return held;
}

std::string since(std::int64_t time_us, std::int64_t now_us) {
  return format_duration(std::chrono::microseconds(std::max<std::int64_t>(0, now_us - time_us)));
}

std::string lag_of(const SinkStatus& sink) {
  if (sink.durable.position.empty()) return "-";
  return sink.lag_us == 0 ? "0" : format_duration(std::chrono::microseconds(sink.lag_us));
}

std::string sink_table(const PipelineStatus& pipeline) {
  using enum TextTable::Align;
  TextTable table({{"SINK", left},
                   {"STATE", left},
                   {"ROWS ARE", left},
                   {"LAG", right},
                   {"QUEUED", right},
                   {"TRANSACTIONS", right},
                   {"CHANGES", right},
                   {"RETRIES", right},
                   {"TARGET", left}});
  for (const SinkStatus& sink : pipeline.sinks) {
    table.add({sink.name, std::string(to_string(sink.state)), std::string(to_string(sink.phase)),
               lag_of(sink), format_byte_size(sink.queued_bytes), grouped(sink.transactions),
               grouped(sink.changes), grouped(sink.retries), sink.target});
  }
  return table.to_string("  ");
}

std::string describe(std::string_view what, const std::optional<ErrorReport>& error,
                     std::int64_t now_us) {
  if (!error) return "";
  const std::string attempts =
      error->attempts > 1 ? fmt::format(", {} attempts", error->attempts) : "";
  return wrapped(fmt::format("{}: {} for {}{}: {}", what, error->kind,
                             since(error->since_us, now_us), attempts, error->message),
                 "    ");
}

}  // namespace

void write_json(const StatusReport& report, bool with_running, JsonWriter& json) {
  const PipelineStatus& pipeline = report.pipeline;
  json.begin_object();
  json.member("name", pipeline.name);
  if (with_running) json.member("running", report.running);
  json.member("version", report.version);
  json.member("pid", report.pid);
  json.member("started_us", report.started_us);
  json.member("written_us", report.written_us);
  json.member("source", pipeline.source);
  json.member("state", to_string(pipeline.state));
  write_error(pipeline.error, json);
  write_checkpoint("received", pipeline.received, json);
  json.member("received_transactions", pipeline.received_transactions);
  json.member("received_changes", pipeline.received_changes);
  json.member("queue_memory_bytes", pipeline.queue_memory_bytes);
  json.member("queue_disk_bytes", pipeline.queue_disk_bytes);
  json.key("sinks");
  json.begin_array();
  for (const SinkStatus& sink : pipeline.sinks) write_sink(sink, json);
  json.end_array();
  json.end_object();
}

Result<StatusReport> parse_status(std::string_view text) {
  try {
    return report_of(Json::parse(text));
  } catch (const Json::exception& problem) {
    return Error(ErrorKind::unclassified, "cannot read the status file")
        .hint("it was written by another version of tailrace")
        .native(std::to_string(problem.id));
  }
}

Status write_status_file(const fs::path& folder, const StatusReport& report) {
  std::string text;
  JsonWriter json(text, JsonWriter::Style::indented);
  write_json(report, false, json);
  text += '\n';
  const fs::path path = folder / "status.json";
  const fs::path fresh = folder / "status.json.new";
  std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (!out) return file_error("could not write", fresh, errno);
  std::error_code code;
  fs::rename(fresh, path, code);
  if (code) return file_error("could not write", path, code.value());
  return {};
}

Result<StatusReport> read_status_file(const fs::path& folder) {
  const fs::path path = folder / "status.json";
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in.is_open() || in.bad()) return file_error("could not read", path, errno);
  auto report = parse_status(text);
  if (!report) return std::move(report).error().with(path.string());
  report->running = daemon_runs(folder, *report);
  return report;
}

Result<std::vector<StatusReport>> read_status_files(const fs::path& state_dir,
                                                    std::string_view only_name) {
  std::vector<fs::path> folders;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(state_dir, code)) {
    const bool wanted = only_name.empty() || entry.path().filename() == only_name;
    if (wanted && fs::exists(entry.path() / "status.json")) folders.push_back(entry.path());
  }
  if (code) return file_error("could not read", state_dir, code.value());
  std::sort(folders.begin(), folders.end());
  std::vector<StatusReport> reports;
  for (const fs::path& folder : folders) {
    auto report = read_status_file(folder);
    if (!report) return std::move(report).error();
    reports.push_back(std::move(*report));
  }
  return reports;
}

std::string describe(const StatusReport& report, std::int64_t now_us) {
  const PipelineStatus& pipeline = report.pipeline;
  std::string text = report.running ? fmt::format("{}: {}, pid {}, up {}\n", pipeline.name,
                                                  to_string(pipeline.state), report.pid,
                                                  since(report.started_us, now_us))
                                    : fmt::format("{}: not running; as it was {} ago\n",
                                                  pipeline.name, since(report.written_us, now_us));
  text += fmt::format("  source    {}\n", pipeline.source);
  text += fmt::format("  received  {} transactions, {} changes\n",
                      grouped(pipeline.received_transactions), grouped(pipeline.received_changes));
  text += "  position  " + shortened(pipeline.received.position.text, 88) + "\n";
  text += fmt::format("  queue     {} in memory, {} on disk\n\n",
                      format_byte_size(pipeline.queue_memory_bytes),
                      format_byte_size(pipeline.queue_disk_bytes));
  text += sink_table(pipeline);
  text += describe("source", pipeline.error, now_us);
  for (const SinkStatus& sink : pipeline.sinks) {
    text += describe_copy(sink);
    text += describe("sink " + sink.name, sink.error, now_us);
    text += describe("copy to " + sink.name, sink.copy.error, now_us);
  }
  return text;
}

}  // namespace tailrace::app
