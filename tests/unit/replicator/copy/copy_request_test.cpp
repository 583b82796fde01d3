#include "replicator/copy/copy_request.h"

#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

namespace tailrace {
namespace {

class CopyRequestTest : public ::testing::Test {
 protected:
  ~CopyRequestTest() override { std::filesystem::remove_all(state_dir_); }
  std::filesystem::path state_dir_ = std::filesystem::temp_directory_path() /
                                     ("tailrace-copy-request-test-" + std::to_string(::getpid()));
};

TEST_F(CopyRequestTest, IsFoundOnceAndInOrder) {
  const auto folder = state_dir_ / "p" / "requests";
  EXPECT_TRUE(find_copy_requests(folder).empty());
  ASSERT_TRUE(request_copy(state_dir_, "p", "mail", {"shop.a", "shop.b"}));
  ASSERT_TRUE(request_copy(state_dir_, "p", "docs", {}));
  const auto requests = find_copy_requests(folder);
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].sink, "mail");
  EXPECT_EQ(requests[0].tables, (std::vector<std::string>{"shop.a", "shop.b"}));
  EXPECT_EQ(requests[1].sink, "docs");
  EXPECT_TRUE(requests[1].tables.empty());
  EXPECT_TRUE(drop_copy_request(requests[0]));
  EXPECT_FALSE(drop_copy_request(requests[0]));
  EXPECT_EQ(find_copy_requests(folder).size(), 1U);
}

TEST_F(CopyRequestTest, AFileThatCannotBeReadHasNoSink) {
  const auto folder = state_dir_ / "p" / "requests";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "1.json") << "{\"sink\": 3";
  std::ofstream(folder / "2.json.new") << "half of on";
  const auto requests = find_copy_requests(folder);
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_TRUE(requests[0].sink.empty());
}

TEST_F(CopyRequestTest, AFolderThatCannotBeWrittenIsNamed) {
  std::ofstream(state_dir_) << "a file";
  const Status status = request_copy(state_dir_, "p", "mail", {});
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message().find(state_dir_.string()), std::string::npos);
  EXPECT_FALSE(status.error().hint().empty());
}

}  // namespace
}  // namespace tailrace
