#include "tests/support/child_process.h"

#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/eventually.h"

extern char** environ;

namespace tailrace::testing {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

int open_for_append(const std::filesystem::path& path) {
  const char* name = path.empty() ? "/dev/null" : path.c_str();
  const int fd = ::open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) fail("could not open " + std::string(name));
  return fd;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> environment_with(
    const std::vector<std::pair<std::string, std::string>>& added) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::string_view name = text.substr(0, text.find('='));
    bool replaced = false;
    for (const auto& [key, value] : added) replaced = replaced || key == name;
    if (!replaced) result.emplace_back(text);
  }
  for (const auto& [key, value] : added) result.push_back(key + "=" + value);
  return result;
}

struct StandardStreams {
  int in;
  int out;
  int err;
};

// Between fork and exec only async-signal-safe calls are allowed: everything is prepared before.
// Tells the parent about a failure by writing errno to `report`.
[[noreturn]] void become(const ChildOptions& options, const StandardStreams& streams,
                         char* const* arguments, char* const* environment, pid_t parent,
                         int report) {
  const auto give_up = [report] {
    const int code = errno;
    [[maybe_unused]] const auto written = ::write(report, &code, sizeof code);
    ::_exit(127);
  };
  ::setpgid(0, 0);
  if (options.run_as) {
    const UserIds ids = *options.run_as;
    if (::setgroups(1, &ids.group) != 0 || ::setgid(ids.group) != 0 || ::setuid(ids.user) != 0) {
      give_up();
    }
  }
  // After the change of user, which clears it.
  ::prctl(PR_SET_PDEATHSIG, options.signal_when_parent_ends);
  if (::getppid() != parent) ::_exit(127);  // the parent ended before the line above
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (!options.working_directory.empty() && ::chdir(options.working_directory.c_str()) != 0) {
    give_up();
  }
  ::dup2(streams.in, STDIN_FILENO);
  ::dup2(streams.out, STDOUT_FILENO);
  ::dup2(streams.err, STDERR_FILENO);
  ::execvpe(arguments[0], arguments, environment);
  give_up();
  ::_exit(127);
}

pid_t start(const ChildOptions& options, const StandardStreams& streams) {
  if (options.arguments.empty()) throw std::invalid_argument("spawn: no program given");
  std::vector<std::string> arguments = options.arguments;
  std::vector<std::string> environment = environment_with(options.environment);
  const std::vector<char*> argument_pointers = pointers(arguments);
  const std::vector<char*> environment_pointers = pointers(environment);
  std::array<int, 2> report{};
  if (::pipe2(report.data(), O_CLOEXEC) != 0) fail("could not make a pipe");

  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) fail("could not fork");
  if (child == 0) {
    become(options, streams, argument_pointers.data(), environment_pointers.data(), parent,
           report[1]);
  }
  ::close(report[1]);
  int code = 0;
  const auto received = ::read(report[0], &code, sizeof code);  // ends at a successful exec
  ::close(report[0]);
  if (received == static_cast<ssize_t>(sizeof code)) {
    ::waitpid(child, nullptr, 0);
    errno = code;
    fail("could not start " + options.arguments[0]);
  }
  return child;
}

int memory_file(const char* name) {
  const int fd = ::memfd_create(name, MFD_CLOEXEC);
  if (fd < 0) fail("could not make a memory file");
  return fd;
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written < 0) fail("could not write the input of a command");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  ::lseek(fd, 0, SEEK_SET);
}

std::string read_all(int fd) {
  std::string result;
  std::array<char, 65536> piece{};
  ::lseek(fd, 0, SEEK_SET);
  for (;;) {
    const auto count = ::read(fd, piece.data(), piece.size());
    if (count <= 0) return result;
    result.append(piece.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace

std::string to_string(const Ended& ended) {
  if (ended.signal != 0) return "killed by signal " + std::to_string(ended.signal);
  return "exit status " + std::to_string(ended.status);
}

std::optional<UserIds> find_user(const std::string& name) {
  const passwd* entry = ::getpwnam(name.c_str());
  if (entry == nullptr) return std::nullopt;
  return UserIds{entry->pw_uid, entry->pw_gid};
}

ChildProcess ChildProcess::spawn(const ChildOptions& options) {
  const Descriptor in(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const Descriptor out(open_for_append(options.output));
  const Descriptor err(
      open_for_append(options.error_output.empty() ? options.output : options.error_output));
  return ChildProcess(start(options, {in.get(), out.get(), err.get()}));
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), ended_(other.ended_) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(ended_, other.ended_);
  return *this;
}

ChildProcess::~ChildProcess() {
  if (pid_ < 0 || ended_) return;
  signal_group(SIGKILL);
  reap(true);
}

bool ChildProcess::reap(bool block) {
  if (ended_) return true;
  int state = 0;
  pid_t result = 0;
  do {
    result = ::waitpid(pid_, &state, block ? 0 : WNOHANG);
  } while (result < 0 && errno == EINTR);
  if (result == 0) return false;
  ended_ = WIFSIGNALED(state) ? Ended{-1, WTERMSIG(state)} : Ended{WEXITSTATUS(state), 0};
  return true;
}

bool ChildProcess::running() {
  return pid_ > 0 && !reap(false);
}

void ChildProcess::signal(int number) {
  if (running()) ::kill(pid_, number);
}

void ChildProcess::signal_group(int number) {
  if (running()) ::kill(-pid_, number);
}

std::optional<Ended> ChildProcess::wait(std::chrono::milliseconds deadline) {
  eventually([this] { return !running(); }, deadline);
  return ended_;
}

bool is_alive(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  const std::string stat{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto state = stat.rfind(") ");  // "pid (any name) S ..."
  return state != std::string::npos && stat.at(state + 2) != 'Z';
}

CommandResult run_command(ChildOptions options, std::string_view input,
                          std::chrono::milliseconds deadline) {
  const Descriptor in(memory_file("stdin"));
  const Descriptor out(memory_file("stdout"));
  const Descriptor err(memory_file("stderr"));
  write_all(in.get(), input);
  ChildProcess child = ChildProcess::adopt(start(options, {in.get(), out.get(), err.get()}));
  std::optional<Ended> ended = child.wait(deadline);
  if (!ended) {
    child.signal_group(SIGKILL);
    ended = child.wait();
    ::lseek(err.get(), 0, SEEK_END);
    write_all(err.get(), "killed: it did not end in time\n");
  }
  return {ended.value_or(Ended{}), read_all(out.get()), read_all(err.get())};
}

}  // namespace tailrace::testing
