#include <chrono>
#include <ostream>
#include <thread>

#include <fmt/core.h>

#include "app/commands.h"
#include "app/plan.h"
#include "app/registry.h"
#include "app/source_tables.h"
#include "app/status_file.h"
#include "app/text_table.h"
#include "core/json_writer.h"
#include "replicator/routing.h"

namespace tailrace::app {
namespace {

namespace fs = std::filesystem;

// An idle sink's checkpoint follows the source within idle_checkpoint, 10 s by default.
constexpr auto kPatience = std::chrono::seconds(30);
constexpr auto kPause = std::chrono::milliseconds(250);

struct Advanced {
  std::string pipeline;
  std::string sink;
  std::vector<CounterAdvance> counters;
};

Error not_yet(std::string why) {
  return Error(ErrorKind::busy, std::move(why))
      .hint(
          "stop writing at the source, let tailrace run until `tailrace status` says that the "
          "sink has caught up and is exact, then repeat this command while it runs");
}

// The rows must be the source's: half-copied tables would give counters that rows overtake.
Result<bool> daemon_runs_and_rows_are_whole(const fs::path& folder, const std::string& name) {
  auto report = read_status_file(folder);
  if (!report) return not_yet("nothing is known about it: " + report.error().message());
  for (const SinkStatus& sink : report->pipeline.sinks) {
    if (sink.name != name) continue;
    if (sink.phase == CopyPhase::copying || sink.phase == CopyPhase::converging) {
      return not_yet("its rows are " + std::string(to_string(sink.phase)));
    }
    return report->running;
  }
  return not_yet("the daemon does not know it");
}

// Until the target holds everything that the source has now.
Status wait_until_caught_up(Source& source, Target& target, const PipelineConfig& pipeline,
                            const std::string& sink, bool running) {
  auto goal = source.current();
  if (!goal) return std::move(goal).error();
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (true) {
    auto held = target.stored_checkpoint(pipeline.name, sink);
    if (!held) return std::move(held).error();
    if (*held && (*held)->source_id == goal->source_id) {
      auto order = source.compare((*held)->position, goal->position);
      if (!order) return std::move(order).error();
      if (std::is_gteq(*order)) return {};
    }
    if (!running) return not_yet("it does not hold what the source has, and no daemon runs");
    if (std::chrono::steady_clock::now() > deadline) {
      return not_yet("it does not hold what the source had half a minute ago");
    }
    std::this_thread::sleep_for(kPause);
  }
}

Result<std::vector<CounterGoal>> goals_of(const std::vector<SnapshotTable>& tables,
                                          const SinkConfig& sink, const Target& target) {
  std::vector<TableRoute> routes;
  for (const TableConfig& table : sink.tables) routes.push_back({table.match, table.to});
  Routing routing(routes, target);
  std::vector<CounterGoal> goals;
  for (const SnapshotTable& table : tables) {
    auto there = routing.target_of(table.schema->name);
    if (!there) return std::move(there).error();
    const auto& columns = table.details.columns;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (!columns[i].auto_increment) continue;
      goals.push_back({.target = *there,
                       .column = table.schema->columns[i].name,
                       .next = table.details.next_auto_value});
    }
  }
  return goals;
}

Result<Advanced> advance_sink(const PipelineConfig& pipeline, const SinkConfig& sink,
                              Source& source, const fs::path& state_dir) {
  auto target = make_target(sink);
  if (!target) return std::move(target).error();
  const auto running = daemon_runs_and_rows_are_whole(state_dir / pipeline.name, sink.name);
  if (!running) return Error(running.error());
  if (auto held = wait_until_caught_up(source, **target, pipeline, sink.name, *running); !held) {
    return std::move(held).error();
  }
  // Asked for now, when nobody writes to the source any more.
  auto tables = source_tables(source);
  if (!tables) return std::move(tables).error();
  auto goals = goals_of(*tables, sink, **target);
  if (!goals) return std::move(goals).error();
  auto counters = (*target)->advance_sequences(*goals);
  if (!counters) return std::move(counters).error();
  return Advanced{pipeline.name, sink.name, std::move(*counters)};
}

void print_text(const Advanced& advanced, std::ostream& out) {
  using enum TextTable::Align;
  std::size_t moved = 0;
  TextTable table({{"TABLE", left},
                   {"COLUMN", left},
                   {"COUNTER", left},
                   {"BEFORE", right},
                   {"NOW", right},
                   {"", left}});
  for (const CounterAdvance& counter : advanced.counters) {
    moved += counter.before != counter.after ? 1 : 0;
    table.add({counter.target.to_string(), counter.column, counter.counter, counter.before,
               counter.after, counter.left_alone});
  }
  out << fmt::format("{}: sink {}: {} of {} counters advanced\n", advanced.pipeline, advanced.sink,
                     moved, advanced.counters.size());
  if (!advanced.counters.empty()) out << table.to_string("  ");
}

void print_json(const std::vector<Advanced>& all, std::ostream& out) {
  std::string text;
  JsonWriter json(text, JsonWriter::Style::indented);
  json.begin_array();
  for (const Advanced& advanced : all) {
    for (const CounterAdvance& counter : advanced.counters) {
      json.begin_object();
      json.member("pipeline", advanced.pipeline);
      json.member("sink", advanced.sink);
      json.member("table", counter.target.to_string());
      json.member("column", counter.column);
      json.member("counter", counter.counter);
      json.member("before", counter.before);
      json.member("now", counter.after);
      json.member("left_alone", counter.left_alone);
      json.end_object();
    }
  }
  json.end_array();
  out << text << '\n';
}

}  // namespace

int advance_sequences(const PositionCommand& command, const SecretStore& secrets,
                      const Console& console) {
  const ConfigReading reading = plan_pipelines(command.pipelines, secrets);
  console.complain(reading.problems);
  if (!reading.config) return kExitUsage;
  auto folder = state_folder(reading.config->state_dir, secrets);
  if (!folder) {
    console.complain(folder.error());
    return kExitUsage;
  }
  int status = kExitOk;
  std::vector<Advanced> all;
  const auto complain = [&](Error error, const std::string& pipeline) {
    status = error.kind() == ErrorKind::invalid_config ? kExitUsage : kExitFailed;
    console.complain(std::move(error).with("pipeline " + pipeline));
  };
  for (const PipelineConfig& pipeline : reading.config->pipelines) {
    auto source = make_source(pipeline.source, {.pipeline = pipeline.name, .state_dir = *folder});
    if (!source) {
      complain(std::move(source).error(), pipeline.name);
      continue;
    }
    for (const SinkConfig& sink : pipeline.sinks) {
      auto advanced = advance_sink(pipeline, sink, **source, *folder);
      if (!advanced) {
        complain(std::move(advanced).error().with("sink " + sink.name), pipeline.name);
        continue;
      }
      if (!command.json) print_text(*advanced, console.out);
      all.push_back(std::move(*advanced));
    }
  }
  if (command.json) print_json(all, console.out);
  return status;
}

}  // namespace tailrace::app
