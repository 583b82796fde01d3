#include "extractors/postgres/copy_rows.h"

#include <string>

#include <gtest/gtest.h>

namespace tailrace::postgres {
namespace {

using std::string_literals::operator""s;

const std::string kHeader = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"s;
const std::string kTrailer = "\377\377"s;
// (1, NULL, 'ab') as PostgreSQL 15.18 sent it for
// COPY (SELECT 1, NULL::int, 'ab'::text) TO STDOUT (FORMAT binary)
const std::string kRow = "\0\3\0\0\0\4\0\0\0\1\377\377\377\377\0\0\0\2ab"s;

void expect_row(CopiedRow row) {
  EXPECT_EQ(row.column_count(), 3U);
  EXPECT_EQ(row.next().bytes, "\0\0\0\1"s);
  EXPECT_TRUE(row.next().null);
  EXPECT_FALSE(row.at_end());
  const CopiedRow::Field last = row.next();
  EXPECT_FALSE(last.null);
  EXPECT_EQ(last.bytes, "ab");
  EXPECT_TRUE(row.at_end());
}

TEST(CopyRows, TheHeaderComesWithTheFirstRow) {
  CopyRows rows;
  const std::string with_header = kHeader + kRow;  // rows are views into it
  auto first = rows.take(as_bytes(with_header));
  ASSERT_TRUE(first && *first);
  expect_row(**first);
  auto second = rows.take(as_bytes(kRow));
  ASSERT_TRUE(second && *second);
  expect_row(**second);
  EXPECT_FALSE(rows.ended());
  auto last = rows.take(as_bytes(kTrailer));
  ASSERT_TRUE(last);
  EXPECT_FALSE(*last);
  EXPECT_TRUE(rows.ended());
}

TEST(CopyRows, NoRows) {
  CopyRows rows;
  auto all = rows.take(as_bytes(kHeader + kTrailer));
  ASSERT_TRUE(all);
  EXPECT_FALSE(*all);
  EXPECT_TRUE(rows.ended());
}

TEST(CopyRows, HeaderAloneAndAnExtensionThatIsPassedOver) {
  CopyRows rows;
  std::string header = kHeader;
  header.back() = '\3';
  auto none = rows.take(as_bytes(header + "abc"));
  ASSERT_TRUE(none) << none.error().to_string();
  EXPECT_FALSE(*none);
  auto row = rows.take(as_bytes(kRow));
  ASSERT_TRUE(row && *row);
  expect_row(**row);
}

TEST(CopyRows, EverythingElseIsRefused) {
  const auto refused = [](const std::string& first, const std::string& second = {}) {
    CopyRows rows;
    auto taken = rows.take(as_bytes(first));
    if (taken && !second.empty()) taken = rows.take(as_bytes(second));
    return !taken && taken.error().kind() == ErrorKind::stream_corrupt;
  };
  EXPECT_TRUE(refused(kRow));
  EXPECT_TRUE(refused(kHeader.substr(0, 15)));
  std::string flags = kHeader;
  flags[11] = '\1';
  EXPECT_TRUE(refused(flags + kRow));
  flags = kHeader;
  flags[14] = '\1';  // not critical
  EXPECT_FALSE(refused(flags + kRow));
  EXPECT_TRUE(refused(kHeader + kTrailer, kRow));
  EXPECT_TRUE(refused(kHeader + kTrailer + "x"));
  EXPECT_TRUE(refused(kHeader + kRow, "\0"s));
}

TEST(CopyRows, ARowThatIsCutShortDoesNotEnd) {
  const std::string cut = kRow.substr(0, kRow.size() - 1);
  CopiedRow row(as_bytes(cut));
  for (int i = 0; i < 3; ++i) row.next();
  EXPECT_FALSE(row.at_end());
}

}  // namespace
}  // namespace tailrace::postgres
