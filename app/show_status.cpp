#include <algorithm>
#include <ostream>

#include "app/commands.h"
#include "app/plan.h"
#include "app/status_file.h"
#include "app/timestamp.h"

namespace tailrace::app {
namespace {

void print_json(const std::vector<StatusReport>& reports, std::ostream& out) {
  std::string text;
  JsonWriter json(text, JsonWriter::Style::indented);
  json.begin_array();
  for (const StatusReport& report : reports) write_json(report, true, json);
  json.end_array();
  out << text << '\n';
}

void print_text(const std::vector<StatusReport>& reports, std::ostream& out) {
  bool first = true;
  for (const StatusReport& report : reports) {
    if (!first) out << '\n';
    first = false;
    out << describe(report, now_us());
  }
}

}  // namespace

int show_status(const StatusCommand& command, const SecretStore& secrets, const Console& console) {
  std::filesystem::path asked = command.state_dir.value_or("");
  if (command.config_file && asked.empty()) {
    const ConfigReading reading = read_config_file(*command.config_file, secrets);
    console.complain(reading.problems);
    if (!reading.config) return kExitUsage;
    asked = reading.config->state_dir;
  }
  auto folder = state_folder(asked, secrets);
  if (!folder) {
    console.complain(folder.error());
    return kExitUsage;
  }
  std::error_code missing;
  auto reports = std::filesystem::exists(*folder, missing)
                     ? read_status_files(*folder, command.name.value_or(""))
                     : Result<std::vector<StatusReport>>(std::vector<StatusReport>{});
  if (!reports) {
    console.complain(reports.error());
    return kExitFailed;
  }
  if (command.json) {
    print_json(*reports, console.out);
  } else {
    print_text(*reports, console.out);
  }
  const bool any_running = std::any_of(reports->begin(), reports->end(),
                                       [](const StatusReport& report) { return report.running; });
  if (any_running) return kExitOk;
  console.complain("no tailrace runs with state directory " + folder->string(),
                   reports->empty() ? "another one? --state-dir DIR, or -c FILE" : "");
  return kExitFailed;
}

}  // namespace tailrace::app
