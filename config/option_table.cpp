#include "config/option_table.h"

#include <array>

#include <fmt/core.h>

#include "core/json_writer.h"

namespace tailrace {
namespace {

constexpr std::size_t kColumns = 100;

std::string_view type_name(OptionType type) {
  switch (type) {
    case OptionType::text:
      return "text";
    case OptionType::url:
      return "URL";
    case OptionType::secret:
      return "secret";
    case OptionType::flag:
      return "true/false";
    case OptionType::integer:
      return "number";
    case OptionType::byte_size:
      return "size";
    case OptionType::duration:
      return "duration";
    case OptionType::choice:
      return "choice";
    case OptionType::texts:
      return "[text]";
    case OptionType::text_list:
      return "text, []";
    case OptionType::object:
      return "{}";
    case OptionType::objects:
      return "[{}]";
    case OptionType::later:
      return "later";
  }
  return "";
}

std::string facts_of(const OptionRow& row) {
  std::string facts;
  const auto add = [&](std::string_view fact) {
    if (!facts.empty()) facts += ", ";
    facts += fact;
  };
  if (row.required) add("required");
  if (!row.choices.empty()) {
    std::string choices;
    for (const std::string_view choice : row.choices) {
      if (!choices.empty()) choices += '|';
      choices += choice;
    }
    add(choices);
  }
  if (!row.unit.empty()) add(row.unit);
  if (!row.fallback.empty()) add("default " + std::string(row.fallback));
  return facts;
}

// Breaks at blanks, so that no line is wider than a terminal.
std::string wrapped(std::string_view text, std::size_t indent) {
  const std::size_t width = kColumns - indent;
  std::string result;
  while (text.size() > width) {
    auto blank = text.rfind(' ', width);
    if (blank == std::string_view::npos || blank == 0) break;
    result.append(text.substr(0, blank)).append("\n").append(indent, ' ');
    text.remove_prefix(blank + 1);
  }
  return result.append(text);
}

void describe(OptionTable table, const std::string& path, std::string& out) {
  static constexpr std::size_t kIndent = 47;
  for (const OptionRow& row : table) {
    if (row.type == OptionType::later) continue;
    const std::string name = path + std::string(row.name);
    std::string text(row.help);
    if (const std::string facts = facts_of(row); !facts.empty()) text += " (" + facts + ")";
    out += fmt::format("{:<35} {:<10} {}\n", name, type_name(row.type), wrapped(text, kIndent));
    const bool list = row.type == OptionType::objects;
    if (!row.members.empty()) describe(row.members, name + (list ? "[]." : "."), out);
  }
}

void write_object(OptionTable table, JsonWriter& json);

void write_texts(std::span<const std::string_view> texts, JsonWriter& json) {
  json.begin_array();
  for (const std::string_view text : texts) json.text(text);
  json.end_array();
}

void write_string_items(JsonWriter& json) {
  json.key("items");
  json.begin_object();
  json.member("type", "string");
  json.end_object();
}

// A default is shown only where it is JSON of the same type.
void write_default(const OptionRow& row, JsonWriter& json) {
  if (row.fallback.empty()) return;
  json.key("default");
  if (row.type == OptionType::integer || row.type == OptionType::flag) {
    json.raw(row.fallback);
  } else {
    json.text(row.fallback);
  }
}

void write_type(const OptionRow& row, JsonWriter& json) {
  switch (row.type) {
    case OptionType::text:
    case OptionType::url:
    case OptionType::secret:
      json.member("type", "string");
      return;
    case OptionType::flag:
      json.member("type", "boolean");
      return;
    case OptionType::integer:
      json.member("type", "integer");
      json.member("minimum", row.minimum);
      if (row.maximum != std::numeric_limits<std::int64_t>::max()) {
        json.member("maximum", row.maximum);
      }
      return;
    case OptionType::byte_size:
      json.member("type", "string");
      json.member("pattern", "^[0-9]+ ?(B|[KMGT]i?B)?$");
      return;
    case OptionType::duration:
      json.member("type", "string");
      json.member("pattern", "^[0-9]+ ?(ms|s|m|h|d)$");
      return;
    case OptionType::choice:
      json.key("enum");
      write_texts(row.choices, json);
      return;
    case OptionType::texts:
      json.member("type", "array");
      write_string_items(json);
      return;
    case OptionType::text_list: {
      static constexpr std::array<std::string_view, 2> kTypes{"string", "array"};
      json.key("type");
      write_texts(kTypes, json);
      write_string_items(json);
      return;
    }
    case OptionType::object:
      write_object(row.members, json);
      return;
    case OptionType::objects:
      json.member("type", "array");
      if (row.required) json.member("minItems", std::int64_t{1});
      json.key("items");
      json.begin_object();
      write_object(row.members, json);
      json.end_object();
      return;
    case OptionType::later:
      return;
  }
}

// The members of a schema object; the caller opens and closes it.
void write_object(OptionTable table, JsonWriter& json) {
  json.member("type", "object");
  json.member("additionalProperties", false);
  json.key("properties");
  json.begin_object();
  bool any_required = false;
  for (const OptionRow& row : table) {
    if (row.type == OptionType::later) continue;
    any_required = any_required || row.required;
    json.key(row.name);
    json.begin_object();
    json.member("description", row.help);
    write_type(row, json);
    write_default(row, json);
    json.end_object();
  }
  json.end_object();
  if (!any_required) return;
  json.key("required");
  json.begin_array();
  for (const OptionRow& row : table) {
    if (row.required) json.text(row.name);
  }
  json.end_array();
}

}  // namespace

std::string describe_options(OptionTable table) {
  std::string out;
  describe(table, "", out);
  return out;
}

std::string json_schema(OptionTable table, std::string_view title) {
  std::string out;
  JsonWriter json(out, JsonWriter::Style::indented);
  json.begin_object();
  json.member("$schema", "https://json-schema.org/draft/2020-12/schema");
  json.member("title", title);
  write_object(table, json);
  json.end_object();
  out += '\n';
  return out;
}

}  // namespace tailrace
