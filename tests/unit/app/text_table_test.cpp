#include "app/text_table.h"

#include <sstream>

#include <gtest/gtest.h>

namespace tailrace::app {
namespace {

TEST(TextTable, AlignsColumns) {
  TextTable table({{"NAME"}, {"ROWS", TextTable::Align::right}, {"STATE"}});
  table.add({"a", "1", "ok"});
  table.add({"\xC3\xA4\xC3\xB6\xC3\xBC", "1,234", "not ok"});
  EXPECT_EQ(table.to_string(" "),
            " NAME   ROWS  STATE\n"
            " a         1  ok\n"
            " \xC3\xA4\xC3\xB6\xC3\xBC   1,234  not ok\n");
}

TEST(TextTable, CutsTheWidestColumn) {
  TextTable table({{"A"}, {"B"}});
  table.add({std::string(30, 'a'), std::string(200, 'b')});
  std::istringstream lines(table.to_string("  "));
  std::string line;
  std::getline(lines, line);
  std::getline(lines, line);
  EXPECT_EQ(line.size(), TextTable::kColumns);
  EXPECT_EQ(line, "  " + std::string(30, 'a') + "  " + std::string(63, 'b') + "...");
}

TEST(Shortened, KeepsWholeCharacters) {
  EXPECT_EQ(shortened("abc", 3), "abc");
  EXPECT_EQ(shortened("abcdefgh", 6), "abc...");
  EXPECT_EQ(shortened("\xC3\xA4\xC3\xB6\xC3\xBC\xC3\xA4\xC3\xB6", 4), "\xC3\xA4...");
  EXPECT_EQ(shortened("abcdef", 2), "..");
  EXPECT_EQ(shortened("", 2), "");
}

TEST(Wrapped, BreaksAtBlanks) {
  const std::string text = std::string(60, 'a') + " " + std::string(60, 'b');
  EXPECT_EQ(wrapped(text, "  "),
            "  " + std::string(60, 'a') + "\n  " + std::string(60, 'b') + "\n");
  EXPECT_EQ(wrapped(std::string(150, 'a'), ""),
            std::string(100, 'a') + "\n" + std::string(50, 'a') + "\n");
}

TEST(Grouped, PutsCommas) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
}

}  // namespace
}  // namespace tailrace::app
