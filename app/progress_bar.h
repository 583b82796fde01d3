#pragma once

#include <cstddef>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "replicator/status.h"

namespace tailrace::app {

// One line for each sink that is being copied, at most `columns` wide:
//   mail  copying [=======>            ]  37 %  12,345,678 of about 30,000,000 rows, 1.2 GiB, ...
std::vector<std::string> progress_lines(std::span<const PipelineStatus> pipelines,
                                        std::size_t columns);

// The lines at the bottom of a terminal, and whole lines that scroll by above them. Loggers write
// from any thread, the bar belongs to the main thread; one mutex keeps their octets apart.
class ProgressBar {
 public:
  // Writes to that descriptor, which is a terminal.
  explicit ProgressBar(int descriptor) : descriptor_(descriptor) {}
  ~ProgressBar() { show({}); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // Whether a bar can be drawn there: a terminal that moves its cursor.
  static bool possible(int descriptor);
  std::size_t columns() const;

  // In the place of what was shown before; nothing: erases it. Main thread.
  void show(const std::vector<std::string>& lines);
  // Text that ends with a line break. Erases the bar; the next show() draws it again.
  void write_above(std::string_view text);

 private:
  std::string erasure() const;

  const int descriptor_;
  std::mutex mutex_;
  std::size_t shown_ = 0;  // lines on the screen; guarded by mutex_
};

}  // namespace tailrace::app
