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

}  // namespace

int print_changes(const TailCommand& command, const SecretStore& secrets, const Console& console) {
  auto config = plan_source(command.url, command.tables, secrets);
  // A name of its own: a server ends an older stream that has the identity of a new one.
  auto source = config ? make_source(*config, "tail-" + std::to_string(getpid()))
                       : Result<std::unique_ptr<Source>>(config.error());
  if (!source) {
    console.complain(source.error());
    return kExitUsage;
  }
  StopSignals signals;
  Tail tail(**source, {.start = start_point(command.start), .limit = command.limit, .retry = {}},
            write_out, make_logger(command.log, ""));
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
