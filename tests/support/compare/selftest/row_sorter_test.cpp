#include "tests/support/compare/row_sorter.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "tests/support/compare/row_record.h"

namespace tailrace::testing {
namespace {

TEST(RowSorter, SortsWhatDoesNotFit) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  std::vector<std::string> records;
  RowSorter sorter(1000);
  for (int i = 0; i < 2000; ++i) {
    std::string record(random() % 30, 'x');
    for (char& c : record) c = static_cast<char>(random() % 256);
    sorter.add(record);
    records.push_back(record);
  }
  std::sort(records.begin(), records.end());
  EXPECT_EQ(sorter.count(), records.size());
  for (const std::string& record : records) EXPECT_EQ(sorter.take(), record);
  EXPECT_FALSE(sorter.take());
}

TEST(RowRecord, KeyIsAPrefixThatEndsWithItsValues) {
  RecordWriter writer;
  writer.add("1");
  writer.add(std::nullopt);
  writer.add("");
  const std::string record = writer.take();
  EXPECT_EQ(values_of(record), (std::vector<Value>{"1", std::nullopt, ""}));
  EXPECT_EQ(values_of(key_of(record, 2)), (std::vector<Value>{"1", std::nullopt}));
}

}  // namespace
}  // namespace tailrace::testing
