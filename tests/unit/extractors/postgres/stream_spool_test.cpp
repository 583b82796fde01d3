#include "extractors/postgres/stream_spool.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace tailrace::postgres {
namespace {

namespace fs = std::filesystem;

class Spooling : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string path = ::testing::TempDir() + "spool-XXXXXX";
    ASSERT_NE(::mkdtemp(path.data()), nullptr);
    folder_ = path;
  }
  void TearDown() override { fs::remove_all(folder_); }

  static std::vector<std::string> read(const StreamSpool& spool, std::uint32_t xid) {
    std::vector<std::string> messages;
    StreamSpool::Reader reader = spool.read(xid);
    while (true) {
      const auto message = reader.next();
      EXPECT_TRUE(message);
      if (!message || !*message) return messages;
      messages.emplace_back(as_text(**message));
    }
  }

  fs::path folder_;
};

TEST_F(Spooling, InMemory) {
  StreamSpool spool(folder_ / "none", 1 << 20);
  EXPECT_TRUE(spool.append(1, as_bytes("a")));
  EXPECT_TRUE(spool.append(2, as_bytes("other")));
  EXPECT_TRUE(spool.append(1, as_bytes("")));
  EXPECT_TRUE(spool.append(1, as_bytes("b")));
  EXPECT_EQ(read(spool, 1), (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(read(spool, 2), (std::vector<std::string>{"other"}));
  EXPECT_TRUE(read(spool, 3).empty());
  EXPECT_FALSE(fs::exists(folder_ / "none"));
  spool.drop(1);
  spool.drop(1);
  EXPECT_TRUE(read(spool, 1).empty());
  spool.drop(2);
  EXPECT_EQ(spool.memory_bytes(), 0U);
}

TEST_F(Spooling, InFilesWithoutName) {
  StreamSpool spool(folder_ / "made" / "when needed", 100);
  std::map<std::uint32_t, std::vector<std::string>> expected;
  for (int i = 0; i < 1000; ++i) {
    const std::uint32_t xid = 1 + static_cast<std::uint32_t>(i % 3);
    expected[xid].push_back(std::to_string(i));
    ASSERT_TRUE(spool.append(xid, as_bytes(expected[xid].back())));
    ASSERT_LE(spool.memory_bytes(), 100U);
  }
  EXPECT_GT(spool.file_bytes(), 0U);
  EXPECT_TRUE(fs::is_empty(folder_ / "made" / "when needed"));
  for (const auto& [xid, messages] : expected) EXPECT_EQ(read(spool, xid), messages);
  spool.drop(2);
  EXPECT_EQ(read(spool, 3), expected[3]);
}

// Messages longer than the limit, and than what is read at once.
TEST_F(Spooling, LongMessages) {
  constexpr unsigned kSeed = 20;
  std::mt19937 random(kSeed);
  StreamSpool spool(folder_, 100'000);
  std::vector<std::string> messages;
  for (int i = 0; i < 40; ++i) {
    messages.emplace_back(random() % 400'000, static_cast<char>('a' + i % 26));
    ASSERT_TRUE(spool.append(7, as_bytes(messages.back())));
  }
  EXPECT_EQ(read(spool, 7), messages) << "seed " << kSeed;
}

TEST_F(Spooling, FolderThatCannotBeMade) {
  std::ofstream(folder_ / "file") << "x";
  StreamSpool spool(folder_ / "file" / "folder", 4);
  EXPECT_TRUE(spool.append(1, {}));
  const auto appended = spool.append(1, as_bytes("a"));
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().kind(), ErrorKind::busy);
  EXPECT_FALSE(appended.error().native().empty());
}

}  // namespace
}  // namespace tailrace::postgres
