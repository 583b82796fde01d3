#pragma once

#include <string>
#include <string_view>

namespace tailrace::mysql {

// `name`, safe inside a statement.
inline std::string quoted_name(std::string_view name) {
  std::string quoted = "`";
  for (const char c : name) {
    quoted += c;
    if (c == '`') quoted += c;
  }
  return quoted + '`';
}

}  // namespace tailrace::mysql
