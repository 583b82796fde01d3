// The copy of what exists, as a person meets it: a new sink, a damaged target, rows in the way.
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/compare/compare.h"
#include "tests/support/eventually.h"
#include "tests/support/replication/large_table.h"
#include "tests/support/replication/replication_bed.h"

namespace tailrace::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::AnyOf;
using ::testing::HasSubstr;

constexpr int kRows = 5'000;
constexpr const char* kCopy = R"("copy": {"workers": 2, "chunk_rows": 500})";

class Copy : public ::testing::TestWithParam<EnginePair> {
 protected:
  void SetUp() override {
    if (bed_missing(why_unavailable(GetParam().source))) return;
    if (bed_missing(why_unavailable(GetParam().target))) return;
    bed_ = std::make_unique<ReplicationBed>(GetParam().source, GetParam().target);
    create_large_table(bed_->source(), kRows);
    bed_->source().sql(
        "CREATE TABLE small (id int PRIMARY KEY, v varchar(20)); INSERT INTO small VALUES (1, "
        "'one'), (2, 'two')",
        "shop");
  }

  std::string large() const { return bed_->target_table("large"); }
  std::string small() const { return bed_->target_table("small"); }

  std::unique_ptr<ReplicationBed> bed_;
};

INSTANTIATE_TEST_SUITE_P(Pairs, Copy,
                         ::testing::Values(EnginePair{Engine::mariadb, Engine::postgres15},
                                           EnginePair{Engine::postgres15, Engine::mariadb}),
                         [](const auto& instance) { return name_of(instance.param); });

TEST_P(Copy, ASinkThatComesLaterGetsItsOwn) {
  if (!bed_) return;
  LargeTableLoad load(bed_->source(), kRows, 1);
  TailraceProcess first(bed_->run_arguments_of({.sink_options = kCopy}));
  ASSERT_TRUE(eventually([&] {
    const auto report = bed_->report_of();
    return report && report->phase == "exact";
  })) << first.error_output();
  first.terminate();
  ASSERT_TRUE(first.wait());

  const std::string lite = "sqlite://" + (bed_->folder() / "late.db").string();
  TailraceProcess both(bed_->run_arguments_of(
      {.sink_options = kCopy, .more_sinks = {R"({"name": "late", "url": ")" + lite + "\"}"}}));
  ASSERT_TRUE(eventually([&] {
    const auto report = bed_->report_of("late");
    return report && report->phase == "exact";
  })) << both.error_output();
  // The one that was there already was never copied again.
  EXPECT_EQ(bed_->report_of("copy")->phase, "exact");
  load.stop();
  ASSERT_EQ(load.failure(), "");
  both.terminate();
  ASSERT_TRUE(both.wait());
  const CommandResult rest =
      run_tailrace({"run", "-c", bed_->config_file().string(), "--exit-when-caught-up"});
  ASSERT_TRUE(rest.ended.ok()) << rest.error_output;
  EXPECT_EQ(bed_->differences(), "");
  const CompareReport late = compare_databases(bed_->source_url(), lite, {.tables = {"shop.*"}});
  EXPECT_TRUE(late.equal()) << describe(late);
}

TEST_P(Copy, ADamagedTableIsCopiedAgainWhileEverythingFlows) {
  if (!bed_) return;
  TailraceProcess daemon(bed_->run_arguments_of({.sink_options = kCopy}));
  ASSERT_TRUE(bed_->becomes_exact()) << daemon.error_output();
  bed_->target_sql("DELETE FROM " + large() + " WHERE id % 3 = 0; UPDATE " + large() +
                   " SET word = 'damaged' WHERE id % 7 = 1");
  ASSERT_NE(bed_->differences(), "");
  LargeTableLoad load(bed_->source(), kRows, 2);
  const CommandResult unknown =
      run_tailrace({"snapshot", "bed", "-c", bed_->config_file().string(), "--table", "shop.lrge"});
  EXPECT_EQ(unknown.ended.status, 2);
  EXPECT_THAT(
      unknown.error_output,
      HasSubstr("there is no captured table \"shop.lrge\"\n  hint: did you mean shop.large?"));
  const CommandResult again = run_tailrace(
      {"snapshot", "bed", "-c", bed_->config_file().string(), "--table", "shop.large"});
  EXPECT_TRUE(again.ended.ok()) << again.error_output;
  EXPECT_THAT(again.output, HasSubstr("the rows of shop.large are deleted"));
  EXPECT_THAT(again.output, HasSubstr("bed: sink copy is exact"));
  // There is no terminal to draw on. A unique value that moves on while its rows are read is told,
  // and tried again.
  EXPECT_THAT(again.error_output,
              AnyOf("", HasSubstr("duplicate key value"), HasSubstr("Duplicate")));
  load.stop();
  ASSERT_EQ(load.failure(), "");
  ASSERT_TRUE(bed_->becomes_exact()) << daemon.error_output();
  EXPECT_EQ(bed_->differences(), "");
}

TEST_P(Copy, RowsInTheWayAreNamedAndWhenTheyAreGoneItGoesOn) {
  if (!bed_) return;
  bed_->target_sql("CREATE SCHEMA shop; CREATE TABLE " + small() +
                   " (id int PRIMARY KEY, v varchar(20)); INSERT INTO " + small() +
                   " VALUES (7, 'mine')");
  TailraceProcess daemon(bed_->run_arguments_of(
      {.pipeline_options = R"("retry": {"blocked": "500ms"})", .sink_options = kCopy}));
  ASSERT_TRUE(eventually([&] {
    const auto report = bed_->report_of();
    return report && report->state == "blocked";
  })) << daemon.error_output();
  EXPECT_THAT(bed_->report_of()->error, HasSubstr("small"));
  EXPECT_THAT(bed_->report_of()->error, HasSubstr("hint: "));
  EXPECT_EQ(bed_->target_sql("SELECT count(*) FROM " + small()), "1");
  bed_->target_sql("DELETE FROM " + small());
  ASSERT_TRUE(bed_->becomes_exact()) << daemon.error_output();
  EXPECT_EQ(bed_->differences(), "");
}

TEST_P(Copy, RowsInTheWayAreKeptOrReplacedWhenThatIsAskedFor) {
  if (!bed_) return;
  bed_->target_sql("CREATE SCHEMA shop; CREATE TABLE " + small() +
                   " (id int PRIMARY KEY, v varchar(20))");
  const auto copied_with = [&](const std::string& existing) {
    bed_->target_sql("DELETE FROM " + small() + "; INSERT INTO " + small() +
                     " VALUES (1, 'other'), (7, 'mine')");
    const std::string copy = R"("copy": {"existing": ")" + existing + "\"}";
    const CommandResult run =
        run_tailrace(bed_->run_arguments_of({.sink_options = copy}, {"--exit-when-caught-up"}));
    EXPECT_TRUE(run.ended.ok()) << run.error_output;
    EXPECT_EQ(bed_->report_of()->phase, "exact");
    return bed_->target_sql("SELECT id, v FROM " + small() + " ORDER BY id");
  };
  EXPECT_EQ(copied_with("keep"), "1\tone\n2\ttwo\n7\tmine");
  // As if tailrace had never been there.
  bed_->target_sql(is_postgres(GetParam().target) ? "DROP SCHEMA tailrace CASCADE"
                                                  : "DROP DATABASE tailrace");
  std::filesystem::remove_all(bed_->state_dir());
  EXPECT_EQ(copied_with("replace"), "1\tone\n2\ttwo");
  EXPECT_EQ(bed_->differences(), "");
}

TEST_P(Copy, CountersGoOnBehindTheSources) {
  if (!bed_) return;
  const bool from_postgres = is_postgres(GetParam().source);
  bed_->source().sql(from_postgres
                         ? "CREATE TABLE orders (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY "
                           "KEY, v int); INSERT INTO orders (v) VALUES (1), (2), (3), (4)"
                         : "CREATE TABLE orders (id int AUTO_INCREMENT PRIMARY KEY, v int);"
                           "INSERT INTO orders (v) VALUES (1), (2), (3), (4)",
                     "shop");
  bed_->source().sql("DELETE FROM orders WHERE id = 4", "shop");
  const std::vector<std::string> advance{"position", "-c", bed_->config_file().string(),
                                         "--advance-sequences"};
  const auto arguments = bed_->run_arguments_of({.sink_options = kCopy});
  const CommandResult early = run_tailrace(advance);
  EXPECT_EQ(early.ended.status, 1);
  EXPECT_THAT(early.error_output, HasSubstr("stop writing at the source"));
  TailraceProcess daemon(arguments);
  ASSERT_TRUE(bed_->becomes_exact()) << daemon.error_output();
  const CommandResult advanced = run_tailrace(advance);
  ASSERT_TRUE(advanced.ended.ok()) << advanced.error_output;
  EXPECT_THAT(advanced.output, HasSubstr("orders"));
  bed_->target_sql("INSERT INTO " + bed_->target_table("orders") + " (v) VALUES (9)");
  EXPECT_EQ(bed_->target_sql("SELECT id FROM " + bed_->target_table("orders") + " WHERE v = 9"),
            "5");
}

// With a terminal, which script(1) gives it, and with a pipe.
TEST(CopyProgress, IsDrawnOnATerminalOnly) {
  if (bed_missing(why_unavailable(Engine::mariadb))) return;
  ReplicationBed bed(Engine::mariadb, Engine::sqlite);
  create_large_table(bed.source(), kRows);
  const auto arguments =
      bed.run_arguments_of({.sink_options = R"("copy": {"chunk_rows": 200, "max_rows": 3000})"});
  const std::string command = "TERM=xterm '" + tailrace_binary().string() + "' " + arguments[0] +
                              " -c '" + arguments[2] + "' --exit-when-caught-up";
  const CommandResult drawn = run_command({.arguments = {"script", "-qefc", command, "/dev/null"}});
  ASSERT_TRUE(drawn.ended.ok()) << drawn.output;
  EXPECT_THAT(drawn.output, HasSubstr("copy  copying ["));
  EXPECT_THAT(drawn.output, HasSubstr(" rows, "));
  EXPECT_THAT(drawn.output, HasSubstr("\x1b[1A\x1b[J"));
  EXPECT_EQ(bed.differences(), "");

  std::filesystem::remove_all(bed.state_dir());
  std::filesystem::remove(bed.folder() / "copy.db");
  std::vector<std::string> again = arguments;
  again.emplace_back("--exit-when-caught-up");
  const CommandResult piped = run_tailrace(again);
  EXPECT_TRUE(piped.ended.ok()) << piped.error_output;
  EXPECT_EQ(piped.output, "");
  EXPECT_EQ(piped.error_output.find('\x1b'), std::string::npos) << piped.error_output;
}

}  // namespace
}  // namespace tailrace::testing
