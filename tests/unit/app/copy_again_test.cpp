// `tailrace snapshot` as far as it goes without a daemon: a status file stands for one.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "app/commands.h"
#include "app/status_file.h"
#include "app/timestamp.h"
#include "replicator/copy/copy_request.h"

namespace tailrace::app {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class CopyAgain : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "tailrace_again_XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    state_dir_ = pattern;
    fs::create_directory(state_dir_ / "shop");
    command_.pipeline = "shop";
    command_.state_dir = state_dir_.string();
    command_.no_wait = true;
  }
  void TearDown() override { fs::remove_all(state_dir_); }

  // A daemon with these sinks wrote its status just now, or long ago.
  void daemon(const std::vector<std::string>& sinks, bool running = true) const {
    StatusReport report;
    report.pid = running ? getpid() : 0;
    report.written_us = running ? now_us() : 1;
    report.pipeline.name = "shop";
    for (const std::string& name : sinks) {
      report.pipeline.sinks.emplace_back();
      report.pipeline.sinks.back().name = name;
      report.pipeline.sinks.back().phase = CopyPhase::exact;
    }
    ASSERT_TRUE(write_status_file(state_dir_ / "shop", report));
  }

  int run() {
    const SecretStore nothing{
        .variable = [](const std::string&) { return std::optional<std::string>(); },
        .file = [](const std::string&) -> Result<std::string> { return std::string(); }};
    out_.str("");
    err_.str("");
    return copy_again(command_, nothing, {out_, err_});
  }
  std::vector<CopyRequest> requests() const {
    return find_copy_requests(state_dir_ / "shop" / "requests");
  }

  fs::path state_dir_;
  SnapshotCommand command_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(CopyAgain, SaysWhatWillHappenAndLeavesTheRequest) {
  daemon({"mail"});
  command_.tables = {"shop.orders", "shop.items"};
  EXPECT_EQ(run(), 0) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("shop: sink mail: the rows of shop.orders, shop.items are"));
  ASSERT_EQ(requests().size(), 1U);
  EXPECT_EQ(requests()[0].sink, "mail");
  EXPECT_THAT(requests()[0].tables, ElementsAre("shop.orders", "shop.items"));
}

TEST_F(CopyAgain, OfSeveralSinksOneIsNamed) {
  daemon({"mail", "calendar"});
  EXPECT_EQ(run(), 2);
  EXPECT_THAT(err_.str(), HasSubstr("several sinks\n  hint: name the one that is meant: --sink"));
  command_.sink = "mial";
  EXPECT_EQ(run(), 2);
  EXPECT_THAT(err_.str(), HasSubstr("there is no sink \"mial\"\n  hint: did you mean mail?"));
  EXPECT_TRUE(requests().empty());
  command_.sink = "calendar";
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(requests().at(0).sink, "calendar");
}

TEST_F(CopyAgain, APipelineThatNeverRanIsRefused) {
  EXPECT_EQ(run(), 1);
  EXPECT_THAT(err_.str(), HasSubstr("pipeline shop: "));
  EXPECT_THAT(err_.str(), HasSubstr("--state-dir"));
  EXPECT_TRUE(requests().empty());
}

TEST_F(CopyAgain, APipelineThatDoesNotRunTakesTheRequestLater) {
  daemon({"mail"}, false);
  command_.no_wait = false;
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(out_.str(), HasSubstr("it begins when one is started"));
  EXPECT_EQ(requests().size(), 1U);
}

TEST_F(CopyAgain, AnswersPrograms) {
  daemon({"mail"});
  command_.json = true;
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(out_.str(), HasSubstr("\"sink\": \"mail\""));
  EXPECT_THAT(out_.str(), HasSubstr("\"running\": true"));
}

TEST_F(CopyAgain, AFileNamesSinksAndPipelines) {
  daemon({"mail"});
  const fs::path file = state_dir_ / "t.json";
  std::ofstream(file) << R"({"pipelines": [{"name": "shop", "source": {"url": "mysql://h/"},
      "sinks": [{"name": "calendar", "url": "null://"}]}]})";
  command_.config_file = file.string();
  command_.sink = "mail";
  EXPECT_EQ(run(), 2);
  EXPECT_THAT(err_.str(), HasSubstr("there is no sink \"mail\"\n  hint: one of calendar"));
  command_.pipeline = "shep";
  EXPECT_EQ(run(), 2);
  EXPECT_THAT(err_.str(), HasSubstr("no pipeline \"shep\""));
  EXPECT_TRUE(requests().empty());
}

}  // namespace
}  // namespace tailrace::app
