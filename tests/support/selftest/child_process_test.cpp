#include "tests/support/child_process.h"

#include <csignal>
#include <fstream>
#include <iterator>
#include <system_error>

#include <gtest/gtest.h>

#include "tests/support/eventually.h"
#include "tests/support/temp_dir.h"

namespace tailrace::testing {
namespace {

using std::chrono::milliseconds;

TEST(RunCommand, GivesInputAndTakesBothOutputs) {
  const auto result = run_command({.arguments = {"sh", "-c", "cat; echo wrong >&2; exit 3"}}, "in");
  EXPECT_EQ(result.ended.status, 3);
  EXPECT_EQ(result.output, "in");
  EXPECT_EQ(result.error_output, "wrong\n");
}

TEST(RunCommand, KillsWhatDoesNotEnd) {
  const auto result = run_command({.arguments = {"sleep", "100"}}, {}, milliseconds(50));
  EXPECT_EQ(result.ended.signal, SIGKILL);
}

TEST(ChildProcess, SaysWhenAProgramCannotBeStarted) {
  EXPECT_THROW(ChildProcess::spawn({.arguments = {"/no/such/program"}}), std::system_error);
}

TEST(ChildProcess, WritesToAFileAndAddsToTheEnvironment) {
  const TempDir folder;
  ChildOptions options{.arguments = {"sh", "-c", "echo $GREETING"}, .output = folder / "out"};
  options.environment.emplace_back("GREETING", "hello");
  ChildProcess child = ChildProcess::spawn(options);
  ASSERT_TRUE(child.wait());
  std::ifstream file(folder / "out");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "hello\n");
}

TEST(ChildProcess, WaitGivesUpAtTheDeadline) {
  ChildProcess child = ChildProcess::spawn({.arguments = {"sleep", "100"}});
  EXPECT_FALSE(child.wait(milliseconds(20)));
  child.signal(SIGTERM);
  const auto ended = child.wait();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->signal, SIGTERM);
}

TEST(ChildProcess, DestructorLeavesNothingBehind) {
  pid_t pid = 0;
  {
    ChildProcess child = ChildProcess::spawn({.arguments = {"sleep", "100"}});
    pid = child.pid();
    EXPECT_TRUE(is_alive(pid));
  }
  EXPECT_FALSE(is_alive(pid));
}

TEST(ChildProcess, EndsWithItsParent) {
  // A forked copy of this test is the parent: it starts a program, and is gone without a goodbye.
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    const ChildProcess child = ChildProcess::spawn({.arguments = {"sleep", "100"}});
    const pid_t pid = child.pid();
    const bool told = ::write(pipe[1], &pid, sizeof pid) == sizeof pid;
    ::_exit(told ? 0 : 1);
  }
  pid_t grandchild = 0;
  ASSERT_EQ(::read(pipe[0], &grandchild, sizeof grandchild), ssize_t{sizeof grandchild});
  ASSERT_EQ(::waitpid(parent, nullptr, 0), parent);
  EXPECT_TRUE(eventually([&] { return !is_alive(grandchild); }));
  ::close(pipe[0]);
  ::close(pipe[1]);
}

}  // namespace
}  // namespace tailrace::testing
