#include "app/progress_bar.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "app/copy_status.h"
#include "app/text_table.h"

namespace tailrace::app {
namespace {

constexpr std::size_t kBarWidth = 20;
constexpr std::size_t kNarrowest = 40;

std::string bar_of(unsigned percent) {
  const std::size_t filled = kBarWidth * percent / 100;
  std::string bar(filled, '=');
  if (filled < kBarWidth) bar += '>';
  bar.resize(kBarWidth, ' ');
  return bar;
}

std::string progress_line(const SinkStatus& sink) {
  const auto percent = copy_percent(sink.copy);
  const std::string part =
      percent ? fmt::format("[{}] {:3} %", bar_of(*percent), *percent) : std::string("[...]");
  std::string line =
      fmt::format("{}  {} {}  {}", sink.name, to_string(sink.phase), part, copy_amounts(sink.copy));
  if (sink.error) line += fmt::format("  ({})", to_string(sink.state));
  return line;
}

// A terminal that cannot be written to is no reason to stop replicating.
void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

std::vector<std::string> progress_lines(std::span<const PipelineStatus> pipelines,
                                        std::size_t columns) {
  std::vector<std::string> lines;
  for (const PipelineStatus& pipeline : pipelines) {
    for (const SinkStatus& sink : pipeline.sinks) {
      if (copy_under_way(sink)) lines.push_back(shortened(progress_line(sink), columns));
    }
  }
  return lines;
}

bool ProgressBar::possible(int descriptor) {
  const char* terminal = std::getenv("TERM");
  return isatty(descriptor) != 0 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

std::size_t ProgressBar::columns() const {
  winsize size{};
  if (ioctl(descriptor_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return TextTable::kColumns;
  // A line as wide as the terminal would wrap on some of them.
  return std::max<std::size_t>(kNarrowest, size.ws_col - 1U);
}

// Up to the first line of the bar, and everything below it away.
std::string ProgressBar::erasure() const {
  if (shown_ == 0) return {};
  return fmt::format("\r\x1b[{}A\x1b[J", shown_);
}

void ProgressBar::show(const std::vector<std::string>& lines) {
  const std::lock_guard lock(mutex_);
  std::string text = erasure();
  for (const std::string& line : lines) text += line + "\n";
  shown_ = lines.size();
  write_all(descriptor_, text);
}

void ProgressBar::write_above(std::string_view text) {
  const std::lock_guard lock(mutex_);
  write_all(descriptor_, erasure().append(text));
  shown_ = 0;
}

}  // namespace tailrace::app
