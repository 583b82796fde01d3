#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace tailrace {

enum class OptionType : std::uint8_t {
  text,
  url,        // references in the place of the password are encoded
  secret,     // never shown
  flag,       // true or false
  integer,    // minimum .. maximum
  byte_size,  // "64MiB"; minimum is in bytes
  duration,   // "10s"
  choice,     // one of choices
  texts,      // list of strings
  text_list,  // a string, or a list of them
  object,     // members
  objects,    // list of objects with these members
  later,      // reserved: refused as not supported in this version
};

// One option of the configuration file, the only place that knows its name, type, default and
// meaning: parsing, help text and config/tailrace.schema.json all come from it.
struct OptionRow {
  std::string_view name;
  OptionType type = OptionType::text;
  std::string_view fallback = {};  // the default, as a person would write it; empty: none
  std::string_view help = {};      // one line
  bool required = false;
  std::string_view unit = {};
  std::span<const std::string_view> choices = {};
  std::span<const std::string_view> later_choices = {};  // known, but not in this version
  std::span<const OptionRow> members = {};
  std::int64_t minimum = 0;
  std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
};

using OptionTable = std::span<const OptionRow>;

// The table for people, at most 100 columns wide.
std::string describe_options(OptionTable table);
// A JSON schema, so that an editor completes and checks the file.
std::string json_schema(OptionTable table, std::string_view title);

}  // namespace tailrace
