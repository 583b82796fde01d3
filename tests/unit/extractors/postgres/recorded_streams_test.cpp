// What servers sent, through the decoders of the column types and the assembler: the records must
// be those of the file beside the recording, whichever version it comes from.

#include <gmock/gmock.h>

#include "assembling.h"

namespace tailrace::postgres::recorded {
namespace {

std::vector<std::string> records_of(const std::string& recording,
                                    std::uint64_t spool_memory_bytes) {
  MemoryCatalogue catalogue;
  WalAssembler assembler({.filter = capturing(),
                          .skip_origins = {},
                          .spool_folder = ::testing::TempDir(),
                          .spool_memory_bytes = spool_memory_bytes},
                         catalogue);
  Collector collector(false);
  std::int64_t now_us = 0;
  std::vector<std::string> lines;
  for (const std::string& message : messages_of(recording)) {
    // A second and more: every transaction without changes is reported.
    const auto taken = assembler.take(as_bytes(message), now_us += 2'000'000, collector.builder());
    if (!taken) {
      EXPECT_TRUE(collector.builder().abort());
      lines = collector.lines();
      lines.push_back("error: " + taken.error().message());
      return lines;
    }
  }
  EXPECT_TRUE(assembler.between_transactions());
  EXPECT_FALSE(collector.builder().in_transaction());
  return collector.lines();
}

class RecordedStream
    : public ::testing::TestWithParam<std::tuple<std::string, std::string, std::uint64_t>> {};

TEST_P(RecordedStream, GivesItsRecords) {
  const auto& [name, version, spool_memory_bytes] = GetParam();
  std::vector<std::string> expected = read_lines(name + ".records");
  EXPECT_THAT(records_of(name + "-" + version, spool_memory_bytes),
              ::testing::ElementsAreArray(expected));
}

INSTANTIATE_TEST_SUITE_P(
    All, RecordedStream,
    ::testing::Combine(::testing::Values("rows", "binary", "identity", "toast", "messages",
                                         "truncate", "origin", "types", "partitions",
                                         "schema_changes", "streamed", "streamed_schema",
                                         "streamed_messages", "two_phase", "prepared"),
                       ::testing::Values("15", "18"),
                       // every message in memory, or in a file
                       ::testing::Values(std::uint64_t{1} << 20, std::uint64_t{0})),
    [](const auto& test) {
      return fmt::format("{}_{}_{}", std::get<0>(test.param), std::get<1>(test.param),
                         std::get<2>(test.param) == 0 ? "file" : "memory");
    });

}  // namespace
}  // namespace tailrace::postgres::recorded
