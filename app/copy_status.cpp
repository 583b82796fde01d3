#include "app/copy_status.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "app/error_report.h"
#include "app/text_table.h"
#include "config/byte_size.h"
#include "config/duration.h"

namespace tailrace::app {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kNamedTables = 5;  // of those in work

CopyPhase phase_of(const std::string& text) {
  static constexpr std::array kPhases{CopyPhase::following, CopyPhase::copying,
                                      CopyPhase::converging, CopyPhase::exact};
  const auto found = std::find_if(kPhases.begin(), kPhases.end(),
                                  [&](CopyPhase phase) { return to_string(phase) == text; });
  return found == kPhases.end() ? CopyPhase::following : *found;
}

std::string rows_of(const CopyProgress& copy) {
  if (copy.rows_expected <= copy.rows) return grouped(copy.rows) + " rows";
  return fmt::format("{} of about {} rows", grouped(copy.rows), grouped(copy.rows_expected));
}

std::string in_work(const CopyProgress& copy) {
  std::string text;
  const std::size_t named = std::min(copy.tables_in_work.size(), kNamedTables);
  for (std::size_t i = 0; i < named; ++i) {
    text.append(text.empty() ? "" : ", ").append(copy.tables_in_work[i]);
  }
  const std::size_t more = copy.tables_in_work.size() - named;
  if (more > 0) text += fmt::format(" and {} more", more);
  return text;
}

}  // namespace

void write_copy(const SinkStatus& sink, JsonWriter& json) {
  const CopyProgress& copy = sink.copy;
  json.member("phase", to_string(sink.phase));
  json.key("copy");
  json.begin_object();
  json.member("tables", copy.tables);
  json.member("tables_done", copy.tables_done);
  json.member("rows", copy.rows);
  json.member("rows_expected", copy.rows_expected);
  json.member("bytes", copy.bytes);
  json.member("rows_per_second", static_cast<std::uint64_t>(std::max(0.0, copy.rows_per_second)));
  json.key("seconds_left");
  if (copy.seconds_left) {
    json.number(*copy.seconds_left);
  } else {
    json.null();
  }
  json.key("tables_in_work");
  json.begin_array();
  for (const std::string& table : copy.tables_in_work) json.text(table);
  json.end_array();
  write_error(copy.error, json);
  json.end_object();
}

void read_copy(const Json& value, SinkStatus& sink) {
  sink.phase = phase_of(value.at("phase"));
  const Json& copy = value.at("copy");
  sink.copy = {.tables = copy.at("tables"),
               .tables_done = copy.at("tables_done"),
               .rows = copy.at("rows"),
               .rows_expected = copy.at("rows_expected"),
               .bytes = copy.at("bytes"),
               .rows_per_second = copy.at("rows_per_second"),
               .seconds_left = {},
               .tables_in_work = copy.at("tables_in_work"),
               .error = read_error(copy.at("error"))};
  const Json& left = copy.at("seconds_left");
  if (!left.is_null()) sink.copy.seconds_left = left.get<std::uint64_t>();
}

bool copy_under_way(const SinkStatus& sink) {
  return sink.phase == CopyPhase::copying || sink.phase == CopyPhase::converging;
}

std::optional<unsigned> copy_percent(const CopyProgress& copy) {
  const bool all_tables = copy.tables > 0 && copy.tables_done >= copy.tables;
  if (all_tables) return 100;
  if (copy.rows_expected == 0) return std::nullopt;
  const double part = static_cast<double>(copy.rows) / static_cast<double>(copy.rows_expected);
  return static_cast<unsigned>(std::clamp(part * 100, 0.0, 99.0));
}

std::string copy_amounts(const CopyProgress& copy) {
  std::string text = rows_of(copy) + ", " + format_byte_size(copy.bytes);
  if (copy.rows_per_second >= 1) {
    text += ", " + grouped(static_cast<std::uint64_t>(copy.rows_per_second)) + " rows/s";
  }
  if (copy.seconds_left.value_or(0) > 0) {
    text += ", " + format_duration(std::chrono::seconds(*copy.seconds_left)) + " left";
  }
  return text;
}

std::string describe_copy(const SinkStatus& sink) {
  if (!copy_under_way(sink)) return {};
  const CopyProgress& copy = sink.copy;
  std::string text =
      fmt::format("copy to {}: {} of {} tables", sink.name, copy.tables_done, copy.tables);
  if (const auto percent = copy_percent(copy)) text += fmt::format(", {} %", *percent);
  text += ", " + copy_amounts(copy);
  if (!copy.tables_in_work.empty()) text += "; in work: " + in_work(copy);
  return wrapped(text, "    ");
}

}  // namespace tailrace::app
