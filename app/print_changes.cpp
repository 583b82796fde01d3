#include <cerrno>
#include <thread>

#include <poll.h>
#include <unistd.h>

#include "app/commands.h"
#include "app/logging.h"
#include "app/plan.h"
#include "app/registry.h"
#include "app/stop_signals.h"
#include "app/tail.h"

namespace tailrace::app {
namespace {

// Whole lines to stdout, past any stream buffer: what a reader gets is what was sent. False when
// nobody reads.
bool write_out(std::string_view lines) {
  while (!lines.empty()) {
    const ssize_t written = write(STDOUT_FILENO, lines.data(), lines.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    lines.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// True once the reader of a pipe has gone, even when there is nothing to write just now.
bool reader_is_gone() {
  pollfd out{.fd = STDOUT_FILENO, .events = 0, .revents = 0};
  return poll(&out, 1, 0) > 0 && (out.revents & POLLERR) != 0;
}

// A tail shows the log: there is nothing that a copy could go to. And a slot of the session's own
// holds nothing that was written before.
Status check_start(const TailCommand& command, const SourceConfig& source) {
  if (command.start == "snapshot") {
    return Error(ErrorKind::invalid_config, "tail prints changes; it copies nothing")
        .with("--start")
        .hint("now, earliest or a position");
  }
  if (command.start == "now" || !tails_in_one_session(source.url.scheme)) return {};
  return Error(ErrorKind::invalid_config, "tail of a PostgreSQL source begins now")
      .with("--start")
      .hint("leave --start out; only a slot that exists already could begin earlier");
}

Result<std::unique_ptr<Source>> make_tailed(const TailCommand& command,
                                            const Result<SourceConfig>& config) {
  if (!config) return Error(config.error());
  if (auto start = check_start(command, *config); !start) return std::move(start).error();
  // A name of its own: a server ends an older stream that has the identity of a new one.
  return make_source(
      *config, {.pipeline = "tail-" + std::to_string(getpid()), .state_dir = {}, .tail = true});
}

}  // namespace

int print_changes(const TailCommand& command, const SecretStore& secrets, const Console& console) {
  const auto config = plan_source(command.url, command.tables, secrets);
  auto source = make_tailed(command, config);
  if (!source) {
    console.complain(source.error());
    return kExitUsage;
  }
  StopSignals signals;
  Tail::Options options;
  options.start = start_point(command.start);
  options.limit = command.limit;
  options.one_session = tails_in_one_session(config->url.scheme);
  Tail tail(**source, std::move(options), write_out, make_logger(command.log, ""));
  Status ended;
  std::jthread worker([&](const std::stop_token& stop) {
    ended = tail.run(stop);
    signals.wake();
  });
  StopSignals::Event event = StopSignals::Event::timeout;
  while (event == StopSignals::Event::timeout && !reader_is_gone()) {
    event = signals.wait(std::chrono::seconds(1));
  }
  worker.request_stop();
  worker.join();
  if (ended) return kExitOk;
  console.complain(ended.error());
  return ended.error().kind() == ErrorKind::invalid_config ? kExitUsage : kExitFailed;
}

}  // namespace tailrace::app
