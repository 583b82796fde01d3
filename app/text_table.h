#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tailrace::app {

// A table for a terminal: columns as wide as they need to be, two blanks between them, at most 100
// characters in a line; what does not fit is cut from the widest column, with "..." in its place.
class TextTable {
 public:
  enum class Align { left, right };
  struct Heading {
    std::string text;
    Align align = Align::left;
  };

  static constexpr std::size_t kColumns = 100;

  explicit TextTable(std::vector<Heading> headings) : headings_(std::move(headings)) {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  std::string to_string(std::string_view indent = "") const;

 private:
  std::vector<std::size_t> widths(std::size_t available) const;

  std::vector<Heading> headings_;
  std::vector<std::vector<std::string>> rows_;
};

// Characters, not bytes, of UTF-8.
std::size_t character_count(std::string_view text);
std::string shortened(std::string_view text, std::size_t characters);
// Breaks at blanks; every line, the first too, begins with the indent.
std::string wrapped(std::string_view text, std::string_view indent);
// 1234567 as "1,234,567".
std::string grouped(std::uint64_t number);

}  // namespace tailrace::app
