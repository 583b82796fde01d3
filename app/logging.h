#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <spdlog/fwd.h>

#include "app/log_options.h"
#include "app/progress_bar.h"

namespace tailrace::app {

// A logger to stderr. Its name carries the fields of all its lines ("pipeline=shop"; the
// replicator adds " sink=mail"). May be used by any thread.
//
//   time=2026-01-31T12:00:00.123Z level=info pipeline=shop sink=mail msg="streaming"
//   {"time":"2026-01-31T12:00:00.123Z","level":"info","pipeline":"shop","msg":"streaming"}
// bar: where the lines go instead of stderr, when one is drawn there.
std::shared_ptr<spdlog::logger> make_logger(const LogOptions& options, std::string fields,
                                            std::shared_ptr<ProgressBar> bar = nullptr);

// One line as above, without its line break. level: "info"; microseconds since 1970 UTC.
std::string text_line(std::int64_t time_us, std::string_view level, std::string_view fields,
                      std::string_view message);
std::string json_line(std::int64_t time_us, std::string_view level, std::string_view fields,
                      std::string_view message);

}  // namespace tailrace::app
