#include "extractors/postgres/timeline.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace tailrace::postgres {
namespace {

constexpr std::string_view kBlank = " \t\r";

std::string_view next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(kBlank));
  line.remove_prefix(word.size());
  return word;
}

std::optional<TimelineSwitch> parse_line(std::string_view line) {
  TimelineSwitch parsed;
  const std::string_view number = next_word(line);
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), parsed.timeline);
  const auto lsn = Lsn::parse(next_word(line));
  if (error != std::errc() || end != number.data() + number.size() || !lsn) return std::nullopt;
  parsed.end = *lsn;
  return parsed;
}

}  // namespace

Result<std::vector<TimelineSwitch>> parse_timeline_history(std::string_view file) {
  std::vector<TimelineSwitch> history;
  for (std::size_t line_number = 1; !file.empty(); ++line_number) {
    const std::string_view line = file.substr(0, file.find('\n'));
    file.remove_prefix(std::min(line.size() + 1, file.size()));
    const auto first = line.find_first_not_of(kBlank);
    if (first == std::string_view::npos || line[first] == '#') continue;
    const auto parsed = parse_line(line);
    if (!parsed) {
      return Error(ErrorKind::stream_corrupt,
                   fmt::format("line {} of the server's timeline history is not one", line_number));
    }
    history.push_back(*parsed);
  }
  return history;
}

}  // namespace tailrace::postgres
