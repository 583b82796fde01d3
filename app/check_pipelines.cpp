#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <ostream>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "app/check_columns.h"
#include "app/commands.h"
#include "app/plan.h"
#include "app/registry.h"
#include "app/text_table.h"
#include "core/json_writer.h"

namespace tailrace::app {
namespace {

namespace fs = std::filesystem;

// The findings about one end of a pipeline.
struct Section {
  std::string pipeline;
  std::string title;  // "source mysql://db1:3306"
  Findings findings;
};

std::string_view to_string(Finding::Level level) {
  switch (level) {
    case Finding::Level::ok:
      return "ok";
    case Finding::Level::info:
      return "info";
    case Finding::Level::warning:
      return "warning";
    case Finding::Level::error:
      return "error";
  }
  return "error";
}

Finding finding_of(const Error& error) {
  return {.level = Finding::Level::error,
          .id = "CONFIG",
          .subject = "",
          .message = error.message(),
          .fix = error.hint()};
}

// A check that throws or that answers nothing would look like a success.
Findings at_least_one(Findings findings) {
  if (findings.empty()) {
    findings.push_back(
        {.level = Finding::Level::ok, .id = "", .subject = "", .message = "reachable", .fix = ""});
  }
  return findings;
}

bool says(const Section& section, const std::string& message) {
  return std::any_of(section.findings.begin(), section.findings.end(),
                     [&](const Finding& finding) { return finding.message == message; });
}

// Nothing when they could not be seen.
using CapturedTables = std::optional<std::vector<SnapshotTable>>;

// A server that cannot be reached was named once already.
CapturedTables captured_tables(Source& source, Section& section) {
  auto tables = source.tables();
  if (tables) return *std::move(tables);
  const std::string reason = tables.error().to_string();
  if (!says(section, reason)) {
    section.findings.push_back(
        {.level = Finding::Level::warning,
         .id = "COL-00",
         .subject = "",
         .message = "its columns were not compared with the targets: " + reason,
         .fix = tables.error().hint()});
  }
  return std::nullopt;
}

// The section of the source, and what it captures.
std::pair<Section, CapturedTables> check_source(const PipelineConfig& pipeline,
                                                const fs::path& state_dir) {
  Section section{.pipeline = pipeline.name,
                  .title = "source " + pipeline.source.url.to_string(),
                  .findings = {}};
  auto source = make_source(pipeline.source, {.pipeline = pipeline.name, .state_dir = state_dir});
  if (!source) {
    section.findings = {finding_of(source.error())};
    return {std::move(section), std::nullopt};
  }
  section.findings = at_least_one((*source)->check());
  auto tables = captured_tables(**source, section);
  return {std::move(section), std::move(tables)};
}

Section check_sink(const PipelineConfig& pipeline, const SinkConfig& sink,
                   const CapturedTables& tables) {
  Section section{.pipeline = pipeline.name,
                  .title = "sink " + sink.name + " " + sink.url.to_string(),
                  .findings = {}};
  auto target = make_target(sink);
  if (!target) {
    section.findings = {finding_of(target.error())};
    return section;
  }
  section.findings = at_least_one((*target)->check());
  const auto columns = tables ? column_target(sink) : std::nullopt;
  if (columns) {
    const Findings found = check_columns(*tables, *columns);
    section.findings.insert(section.findings.end(), found.begin(), found.end());
  }
  return section;
}

// The folder, or the nearest one above it that exists, which then has to be made in it.
Finding check_state_folder(const fs::path& folder) {
  fs::path existing = fs::absolute(folder);
  std::error_code code;
  while (!fs::exists(existing, code) && existing.has_relative_path()) {
    existing = existing.parent_path();
  }
  if (access(existing.c_str(), W_OK | X_OK) == 0 && fs::is_directory(existing, code)) {
    return {.level = Finding::Level::ok,
            .id = "STATE",
            .subject = folder.string(),
            .message = "can be written",
            .fix = ""};
  }
  return {.level = Finding::Level::error,
          .id = "STATE",
          .subject = folder.string(),
          .message = "cannot be written",
          .fix = "give it to the user that runs tailrace, or name another with --state-dir"};
}

// The level in a column of its own, the rest beside it.
void print_finding(const Finding& finding, std::ostream& out) {
  static constexpr std::string_view kIndent = "           ";
  std::string text;
  if (!finding.id.empty()) text += finding.id + "  ";
  if (!finding.subject.empty()) text += finding.subject + ": ";
  text = wrapped(text + finding.message, kIndent);
  const std::string_view level = to_string(finding.level);
  out << text.replace(2, level.size(), level);
  if (!finding.fix.empty()) out << wrapped("fix: " + finding.fix, kIndent);
}

void print_text(const std::vector<Section>& sections, std::ostream& out) {
  for (const Section& section : sections) {
    const std::string owner = section.pipeline.empty() ? "" : section.pipeline + ": ";
    out << wrapped(owner + section.title, "");
    for (const Finding& finding : section.findings) print_finding(finding, out);
  }
}

void print_json(const std::vector<Section>& sections, std::ostream& out) {
  std::string text;
  JsonWriter json(text, JsonWriter::Style::indented);
  json.begin_array();
  for (const Section& section : sections) {
    for (const Finding& finding : section.findings) {
      json.begin_object();
      json.member("pipeline", section.pipeline);
      json.member("part", section.title);
      json.member("level", to_string(finding.level));
      json.member("id", finding.id);
      json.member("subject", finding.subject);
      json.member("message", finding.message);
      json.member("fix", finding.fix);
      json.end_object();
    }
  }
  json.end_array();
  out << text << '\n';
}

bool has_error(const Section& section) {
  return std::any_of(section.findings.begin(), section.findings.end(),
                     [](const Finding& finding) { return finding.level == Finding::Level::error; });
}

}  // namespace

int check_pipelines(const CheckCommand& command, const SecretStore& secrets,
                    const Console& console) {
  const ConfigReading reading = plan_pipelines(command.pipelines, secrets);
  console.complain(reading.problems);
  if (!reading.config) return kExitUsage;
  std::vector<Section> sections;
  auto folder = state_folder(reading.config->state_dir, secrets);
  sections.push_back(
      {.pipeline = "",
       .title = "state directory",
       .findings = {folder ? check_state_folder(*folder) : finding_of(folder.error())}});
  for (const PipelineConfig& pipeline : reading.config->pipelines) {
    auto [source, tables] = check_source(pipeline, folder ? *folder : fs::path());
    sections.push_back(std::move(source));
    for (const SinkConfig& sink : pipeline.sinks) {
      sections.push_back(check_sink(pipeline, sink, tables));
    }
  }
  if (command.json) {
    print_json(sections, console.out);
  } else {
    print_text(sections, console.out);
  }
  return std::any_of(sections.begin(), sections.end(), has_error) ? kExitFailed : kExitOk;
}

}  // namespace tailrace::app
