#include "app/progress_bar.h"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "app/text_table.h"

namespace tailrace::app {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

SinkStatus sink(const char* name, CopyPhase phase) {
  SinkStatus sink;
  sink.name = name;
  sink.phase = phase;
  sink.copy.tables = 2;
  sink.copy.rows = 250;
  sink.copy.rows_expected = 1000;
  sink.copy.bytes = 1U << 20U;
  return sink;
}

TEST(ProgressLines, OneForEachSinkThatIsCopied) {
  std::vector<PipelineStatus> pipelines(2);
  pipelines[0].sinks = {sink("mail", CopyPhase::copying), sink("old", CopyPhase::exact)};
  pipelines[1].sinks = {sink("lite", CopyPhase::converging), sink("now", CopyPhase::following)};
  const auto lines = progress_lines(pipelines, 100);
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_EQ(lines[0],
            "mail  copying [=====>              ]  25 %  250 of about 1,000 rows, 1.0 MiB");
  EXPECT_THAT(lines[1], HasSubstr("lite  converging"));
}

TEST(ProgressLines, FitTheTerminalAndShowTrouble) {
  std::vector<PipelineStatus> pipelines(1);
  pipelines[0].sinks = {sink("mail", CopyPhase::copying)};
  pipelines[0].sinks[0].state = RunState::blocked;
  pipelines[0].sinks[0].error = ErrorReport{};
  EXPECT_THAT(progress_lines(pipelines, 100).at(0), HasSubstr("(blocked)"));
  for (const std::size_t columns : {40U, 60U, 79U}) {
    EXPECT_LE(character_count(progress_lines(pipelines, columns).at(0)), columns);
  }
}

TEST(ProgressLines, WithoutAnEstimateThereIsNoBar) {
  std::vector<PipelineStatus> pipelines(1);
  pipelines[0].sinks = {sink("mail", CopyPhase::copying)};
  pipelines[0].sinks[0].copy.rows_expected = 0;
  EXPECT_EQ(progress_lines(pipelines, 100).at(0), "mail  copying [...]  250 rows, 1.0 MiB");
}

// What a terminal would be sent.
class Screen {
 public:
  Screen() { EXPECT_EQ(pipe(ends_.data()), 0); }
  ~Screen() {
    close(ends_[0]);
    close(ends_[1]);
  }
  int descriptor() const { return ends_[1]; }
  std::string sent() {
    std::array<char, 4096> buffer{};
    const ssize_t count = read(ends_[0], buffer.data(), buffer.size());
    return std::string(buffer.data(), count < 0 ? 0 : static_cast<std::size_t>(count));
  }

 private:
  std::array<int, 2> ends_{};
};

TEST(ProgressBar, IsErasedBeforeALineAndDrawnAgainBehindIt) {
  Screen screen;
  ProgressBar bar(screen.descriptor());
  bar.show({"a 1", "b 1"});
  EXPECT_EQ(screen.sent(), "a 1\nb 1\n");
  bar.show({"a 2", "b 2"});
  EXPECT_EQ(screen.sent(), "\r\x1b[2A\x1b[Ja 2\nb 2\n");
  bar.write_above("log\n");
  EXPECT_EQ(screen.sent(), "\r\x1b[2A\x1b[Jlog\n");
  bar.write_above("log\n");  // there is no bar to erase
  EXPECT_EQ(screen.sent(), "log\n");
  bar.show({"a 3"});
  EXPECT_EQ(screen.sent(), "a 3\n");
  bar.show({});
  EXPECT_EQ(screen.sent(), "\r\x1b[1A\x1b[J");
}

TEST(ProgressBar, IsNotForPipes) {
  Screen screen;
  EXPECT_FALSE(ProgressBar::possible(screen.descriptor()));
}

}  // namespace
}  // namespace tailrace::app
