#include <ostream>

#include "app/commands.h"
#include "app/plan.h"
#include "app/registry.h"
#include "app/timestamp.h"
#include "config/byte_size.h"
#include "core/json_writer.h"

namespace tailrace::app {
namespace {

// The position of a source, or what one of its sinks holds.
struct Place {
  std::string pipeline;
  std::string name;  // empty: the source
  std::string where;
  Result<std::optional<Checkpoint>> checkpoint;
  std::optional<Retention> retention = {};  // of a source
};

void ask_retention(Source& source, Place& place) {
  auto retention = source.retention();
  if (retention) {
    place.retention = std::move(*retention);
  } else {
    place.checkpoint = std::move(retention).error();
  }
}

Place place_of_source(const PipelineConfig& pipeline) {
  Place place{pipeline.name, "", pipeline.source.url.to_string(),
              Result<std::optional<Checkpoint>>(std::optional<Checkpoint>())};
  auto source = make_source(pipeline.source, {.pipeline = pipeline.name, .state_dir = {}});
  if (!source) {
    place.checkpoint = std::move(source).error();
    return place;
  }
  auto current = (*source)->current();
  if (current) {
    place.checkpoint = std::optional<Checkpoint>(std::move(*current));
    ask_retention(**source, place);
  } else {
    place.checkpoint = std::move(current).error();
  }
  return place;
}

Place place_of_sink(const PipelineConfig& pipeline, const SinkConfig& sink) {
  Place place{pipeline.name, sink.name, sink.url.to_string(),
              Result<std::optional<Checkpoint>>(std::optional<Checkpoint>())};
  auto target = make_target(sink);
  if (target) {
    place.checkpoint = (*target)->stored_checkpoint(pipeline.name, sink.name);
  } else {
    place.checkpoint = std::move(target).error();
  }
  return place;
}

std::string title(const Place& place) {
  return (place.name.empty() ? "source " : "sink " + place.name + " ") + place.where;
}

void print_text(const Place& place, std::ostream& out) {
  out << place.pipeline << ": " << title(place) << '\n';
  if (!place.checkpoint) return;
  if (!*place.checkpoint) {
    out << "  no checkpoint: nothing was applied yet\n";
    return;
  }
  const Checkpoint& checkpoint = **place.checkpoint;
  out << "  position   " << checkpoint.position.text << '\n';
  out << "  server     " << checkpoint.source_id << '\n';
  if (checkpoint.commit_time_us != 0) {
    out << "  committed  " << utc_milliseconds(checkpoint.commit_time_us) << '\n';
  }
  if (!place.retention) return;
  const Retention& retention = *place.retention;
  out << "  keeps      " << retention.name;
  if (!retention.state.empty()) out << " (" << retention.state << ")";
  out << "\n             " << format_byte_size(retention.bytes) << " of log";
  if (!retention.confirmed.empty()) out << ", confirmed " << retention.confirmed.text;
  out << '\n';
}

void write_json(const Retention& retention, JsonWriter& json) {
  json.key("keeps");
  json.begin_object();
  json.member("name", retention.name);
  json.member("state", retention.state);
  json.member("confirmed", retention.confirmed.text);
  json.member("bytes", retention.bytes);
  json.end_object();
}

void write_json(const Place& place, JsonWriter& json) {
  json.begin_object();
  json.member("pipeline", place.pipeline);
  json.member("part", place.name.empty() ? "source" : "sink");
  json.member("name", place.name);
  json.member("where", place.where);
  if (!place.checkpoint) {
    json.member("error", place.checkpoint.error().to_string());
  } else if (!*place.checkpoint) {
    json.key("position");
    json.null();
  } else {
    const Checkpoint& checkpoint = **place.checkpoint;
    json.member("position", checkpoint.position.text);
    json.member("source_id", checkpoint.source_id);
    json.member("commit_time_us", checkpoint.commit_time_us);
  }
  if (place.retention) write_json(*place.retention, json);
  json.end_object();
}

void print_json(const std::vector<Place>& places, std::ostream& out) {
  std::string text;
  JsonWriter json(text, JsonWriter::Style::indented);
  json.begin_array();
  for (const Place& place : places) write_json(place, json);
  json.end_array();
  out << text << '\n';
}

}  // namespace

int show_positions(const PositionCommand& command, const SecretStore& secrets,
                   const Console& console) {
  const ConfigReading reading = plan_pipelines(command.pipelines, secrets);
  console.complain(reading.problems);
  if (!reading.config) return kExitUsage;
  std::vector<Place> places;
  for (const PipelineConfig& pipeline : reading.config->pipelines) {
    places.push_back(place_of_source(pipeline));
    for (const SinkConfig& sink : pipeline.sinks) places.push_back(place_of_sink(pipeline, sink));
  }
  if (command.json) print_json(places, console.out);
  int status = kExitOk;
  for (const Place& place : places) {
    if (!command.json) print_text(place, console.out);
    if (place.checkpoint) continue;
    console.complain(place.checkpoint.error());
    const bool usage = place.checkpoint.error().kind() == ErrorKind::invalid_config;
    status = usage ? kExitUsage : kExitFailed;
  }
  return status;
}

}  // namespace tailrace::app
