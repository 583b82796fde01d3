#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tailrace::mysql {

// "'a','it''s'": as ENUM and SET take them.
std::string label_list(const std::vector<std::string>& labels);
// The labels of "enum('a','it''s')" as information_schema prints it.
std::vector<std::string> parse_labels(std::string_view column_type);

}  // namespace tailrace::mysql
