#include "config/option_table.h"

#include <array>
#include <sstream>

#include <gtest/gtest.h>

#include "config/config_file.h"

namespace tailrace {
namespace {

constexpr std::array kInner{
    OptionRow{.name = "url", .type = OptionType::url, .help = "place", .required = true}};
constexpr std::array kOptions{
    OptionRow{.name = "size", .type = OptionType::byte_size, .fallback = "1MiB", .help = "room"},
    OptionRow{.name = "list", .type = OptionType::objects, .help = "many", .members = kInner},
    OptionRow{.name = "names", .type = OptionType::text_list, .help = "one or more"},
    OptionRow{.name = "derive", .type = OptionType::later},
};

TEST(OptionTable, IsDescribedForPeople) {
  EXPECT_EQ(describe_options(kOptions),
            "size                                size       room (default 1MiB)\n"
            "list                                [{}]       many\n"
            "list[].url                          URL        place (required)\n"
            "names                               text, []   one or more\n");
}

TEST(OptionTable, DescriptionOfTheFileFitsATerminal) {
  std::istringstream lines(describe_options(config_options()));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
}

TEST(OptionTable, BecomesAJsonSchema) {
  EXPECT_EQ(json_schema(kOptions, "t"), R"({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "t",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "size": {
      "description": "room",
      "type": "string",
      "pattern": "^[0-9]+ ?(B|[KMGT]i?B)?$",
      "default": "1MiB"
    },
    "list": {
      "description": "many",
      "type": "array",
      "items": {
        "type": "object",
        "additionalProperties": false,
        "properties": {
          "url": {
            "description": "place",
            "type": "string"
          }
        },
        "required": [
          "url"
        ]
      }
    },
    "names": {
      "description": "one or more",
      "type": [
        "string",
        "array"
      ],
      "items": {
        "type": "string"
      }
    }
  }
}
)");
}

}  // namespace
}  // namespace tailrace
