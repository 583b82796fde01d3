#include "app/text_table.h"

#include <algorithm>
#include <numeric>

namespace tailrace::app {
namespace {

bool starts_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
}

void append_cell(std::string_view cell, TextTable::Align align, std::size_t width,
                 std::string& line) {
  const std::string text = shortened(cell, width);
  const std::size_t blanks = width - character_count(text);
  if (align == TextTable::Align::right) line.append(blanks, ' ');
  line += text;
  if (align == TextTable::Align::left) line.append(blanks, ' ');
}

}  // namespace

std::size_t character_count(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

std::string shortened(std::string_view text, std::size_t characters) {
  if (character_count(text) <= characters) return std::string(text);
  std::size_t end = 0;
  std::size_t kept = 0;
  const std::size_t wanted = characters > 3 ? characters - 3 : 0;
  while (end < text.size() && (kept < wanted || !starts_character(text[end]))) {
    ++end;
    if (end == text.size() || starts_character(text[end])) ++kept;
  }
  return std::string(text.substr(0, end)) + std::string(characters - kept, '.').substr(0, 3);
}

std::string wrapped(std::string_view text, std::string_view indent) {
  const std::size_t width = TextTable::kColumns - indent.size();
  std::string result;
  while (!text.empty()) {
    std::size_t end = text.size();
    if (text.size() > width) {
      const auto blank = text.rfind(' ', width);
      end = blank == std::string_view::npos || blank == 0 ? width : blank;
      while (end < text.size() && !starts_character(text[end])) ++end;
    }
    result.append(indent).append(text.substr(0, end)).append("\n");
    text.remove_prefix(end);
    if (text.starts_with(' ')) text.remove_prefix(1);
  }
  return result;
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

std::vector<std::size_t> TextTable::widths(std::size_t available) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < headings_.size(); ++i) {
    std::size_t width = character_count(headings_[i].text);
    for (const auto& row : rows_) width = std::max(width, character_count(row[i]));
    widths.push_back(width);
  }
  const std::size_t gaps = 2 * (widths.empty() ? 0 : widths.size() - 1);
  while (std::accumulate(widths.begin(), widths.end(), gaps) > available) {
    auto& widest = *std::max_element(widths.begin(), widths.end());
    if (widest <= 4) break;
    --widest;
  }
  return widths;
}

std::string TextTable::to_string(std::string_view indent) const {
  const std::vector<std::size_t> width = widths(kColumns - indent.size());
  std::string result;
  const auto append_line = [&](const auto& text_of) {
    std::string line(indent);
    for (std::size_t i = 0; i < headings_.size(); ++i) {
      if (i > 0) line += "  ";
      append_cell(text_of(i), headings_[i].align, width[i], line);
    }
    while (line.ends_with(' ')) line.pop_back();
    result += line + "\n";
  };
  append_line([&](std::size_t i) { return headings_[i].text; });
  for (const auto& row : rows_) append_line([&](std::size_t i) { return row[i]; });
  return result;
}

}  // namespace tailrace::app
