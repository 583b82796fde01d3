#include "app/logging.h"

#include <algorithm>
#include <chrono>

#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "app/timestamp.h"
#include "core/json_writer.h"

namespace tailrace::app {
namespace {

using Line = std::string (*)(std::int64_t, std::string_view, std::string_view, std::string_view);

class LineFormatter : public spdlog::formatter {
 public:
  explicit LineFormatter(Line line) : line_(line) {}

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const auto time_us =
        std::chrono::duration_cast<std::chrono::microseconds>(message.time.time_since_epoch())
            .count();
    const auto level = spdlog::level::to_string_view(message.level);
    std::string line = line_(time_us, {level.data(), level.size()},
                             {message.logger_name.data(), message.logger_name.size()},
                             {message.payload.data(), message.payload.size()});
    line += '\n';
    out.append(line.data(), line.data() + line.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<LineFormatter>(line_);
  }

 private:
  Line line_;
};

// Lines go above the progress bar. Its mutex is enough.
class BarSink : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit BarSink(std::shared_ptr<ProgressBar> bar) : bar_(std::move(bar)) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    bar_->write_above({line.data(), line.size()});
  }
  void flush_() override {}

 private:
  std::shared_ptr<ProgressBar> bar_;
};

spdlog::sink_ptr log_sink(std::shared_ptr<ProgressBar> bar) {
  if (bar) return std::make_shared<BarSink>(std::move(bar));
  return std::make_shared<spdlog::sinks::stderr_sink_mt>();
}

}  // namespace

std::string text_line(std::int64_t time_us, std::string_view level, std::string_view fields,
                      std::string_view message) {
  std::string line = "time=" + utc_milliseconds(time_us) + " level=";
  line.append(level);
  if (!fields.empty()) line.append(" ").append(fields);
  line += " msg=";
  // Quoted and escaped as in JSON: one line stays one line.
  JsonWriter(line).text(message);
  return line;
}

std::string json_line(std::int64_t time_us, std::string_view level, std::string_view fields,
                      std::string_view message) {
  std::string line;
  JsonWriter json(line);
  json.begin_object();
  json.member("time", utc_milliseconds(time_us));
  json.member("level", level);
  while (!fields.empty()) {
    const std::string_view field = fields.substr(0, fields.find(' '));
    fields.remove_prefix(std::min(field.size() + 1, fields.size()));
    const auto equals = field.find('=');
    if (equals != std::string_view::npos) {
      json.member(field.substr(0, equals), field.substr(equals + 1));
    }
  }
  json.member("msg", message);
  json.end_object();
  return line;
}

std::shared_ptr<spdlog::logger> make_logger(const LogOptions& options, std::string fields,
                                            std::shared_ptr<ProgressBar> bar) {
  auto logger = std::make_shared<spdlog::logger>(std::move(fields), log_sink(std::move(bar)));
  logger->set_formatter(
      std::make_unique<LineFormatter>(options.format == "json" ? json_line : text_line));
  logger->set_level(spdlog::level::from_str(options.level));
  logger->flush_on(spdlog::level::trace);
  return logger;
}

}  // namespace tailrace::app
