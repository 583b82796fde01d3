#include "tests/support/tailrace_process.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

namespace tailrace::testing {
namespace {

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

ChildOptions command(std::vector<std::string> arguments, Environment environment) {
  arguments.insert(arguments.begin(), tailrace_binary());
  return {.arguments = std::move(arguments), .environment = std::move(environment)};
}

}  // namespace

std::filesystem::path tailrace_binary() {
  const char* named = std::getenv("TAILRACE_BINARY");
  return named != nullptr ? named : TAILRACE_BINARY;
}

TailraceProcess::TailraceProcess(std::vector<std::string> arguments, Environment environment)
    : options_(command(std::move(arguments), std::move(environment))) {
  options_.output = folder_ / "stdout";
  options_.error_output = folder_ / "stderr";
  start();
}

void TailraceProcess::start() {
  child_.reset();
  child_.emplace(ChildProcess::spawn(options_));
}

std::string TailraceProcess::output() const {
  return content(options_.output);
}
std::string TailraceProcess::error_output() const {
  return content(options_.error_output);
}

std::size_t TailraceProcess::peak_resident_kib() const {
  std::ifstream status("/proc/" + std::to_string(pid()) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("VmHWM:")) continue;
    std::size_t kib = 0;
    std::istringstream(line.substr(6)) >> kib;
    return kib;
  }
  return 0;
}

CommandResult run_tailrace(std::vector<std::string> arguments, Environment environment,
                           std::chrono::milliseconds deadline) {
  return run_command(command(std::move(arguments), std::move(environment)), {}, deadline);
}

}  // namespace tailrace::testing
