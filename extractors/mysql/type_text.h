#pragma once

// The text of a column's type as information_schema.COLUMNS.COLUMN_TYPE has it:
// "decimal(10,2) unsigned", "enum('a','it''s')", "varchar(20) /*M!100301 COMPRESSED*/".

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tailrace::mysql {

struct TypeText {
  std::string_view name;               // "decimal", as written
  std::vector<std::uint32_t> numbers;  // in brackets: 10, 2
  std::vector<std::string> labels;     // in brackets: of enum and set
  bool is_unsigned = false;
};

// Nothing when it cannot be read.
std::optional<TypeText> parse_type_text(std::string_view text);

}  // namespace tailrace::mysql
