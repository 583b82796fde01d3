#include "sinks/mysql/labels.h"

namespace tailrace::mysql {
namespace {

char unescaped(char c) {
  switch (c) {
    case '0':
      return '\0';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    default:
      return c;
  }
}

}  // namespace

std::string label_list(const std::vector<std::string>& labels) {
  std::string list;
  for (const std::string& label : labels) {
    if (!list.empty()) list += ",";
    list += '\'';
    for (const char c : label) {
      if (c == '\'' || c == '\\') list += c;
      list += c;
    }
    list += '\'';
  }
  return list;
}

std::vector<std::string> parse_labels(std::string_view column_type) {
  std::vector<std::string> labels;
  bool inside = false;
  for (std::size_t i = 0; i < column_type.size(); ++i) {
    const char c = column_type[i];
    const char next = i + 1 < column_type.size() ? column_type[i + 1] : ' ';
    if (!inside) {
      if (c == '\'') inside = true, labels.emplace_back();
    } else if (c == '\\') {
      labels.back() += unescaped(next);
      ++i;
    } else if (c == '\'' && next == '\'') {
      labels.back() += c;
      ++i;
    } else if (c == '\'') {
      inside = false;
    } else {
      labels.back() += c;
    }
  }
  return labels;
}

}  // namespace tailrace::mysql
