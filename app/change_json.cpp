#include "app/change_json.h"

#include <algorithm>
#include <charconv>

#include "app/timestamp.h"
#include "core/json_writer.h"
#include "core/utf8.h"

namespace tailrace::app {
namespace {

constexpr std::int64_t kSafeInteger = (std::int64_t{1} << 53) - 1;

bool is_safe_integer(std::string_view digits) {
  std::int64_t value = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return fault == std::errc() && end == digits.data() + digits.size() && value >= -kSafeInteger &&
         value <= kSafeInteger;
}

bool is_json_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789+-.eE") == std::string_view::npos;
}

// A line break inside JSON text can only be white space between tokens.
void write_embedded(std::string_view text, JsonWriter& json) {
  if (text.empty()) {
    json.text(text);
    return;
  }
  std::string line(text);
  std::replace(line.begin(), line.end(), '\n', ' ');
  std::replace(line.begin(), line.end(), '\r', ' ');
  json.raw(line);
}

void write_present(LogicalType type, std::string_view text, JsonWriter& json) {
  switch (type) {
    case LogicalType::boolean:
      json.boolean(text == "1");
      return;
    case LogicalType::int8:
    case LogicalType::int16:
    case LogicalType::int32:
    case LogicalType::int64:
    case LogicalType::uint8:
    case LogicalType::uint16:
    case LogicalType::uint32:
    case LogicalType::uint64:
      is_safe_integer(text) ? json.raw(text) : json.text(text);
      return;
    case LogicalType::float32:
    case LogicalType::float64:
      is_json_number(text) ? json.raw(text) : json.text(text);
      return;
    case LogicalType::bytes:
    case LogicalType::geometry:
      json.base64(text);
      return;
    case LogicalType::json:
    case LogicalType::array:
    case LogicalType::vector:
      write_embedded(text, json);
      return;
    case LogicalType::decimal:
    case LogicalType::string:
    case LogicalType::date:
    case LogicalType::time:
    case LogicalType::timetz:
    case LogicalType::timestamp:
    case LogicalType::timestamptz:
    case LogicalType::interval:
    case LogicalType::uuid:
    case LogicalType::enumeration:
    case LogicalType::set:
    case LogicalType::bit:
    case LogicalType::inet:
    case LogicalType::other:
      json.text(text);
      return;
  }
}

void write_column(const Column& column, const Value& value, JsonWriter& json) {
  if (value.is_unchanged()) return;
  json.key(column.name);
  if (value.is_null()) {
    json.null();
  } else {
    write_present(column.type, value.text(), json);
  }
}

void write_image(std::string_view name, const TableSchema& schema, std::span<const Value> values,
                 JsonWriter& json) {
  if (values.empty()) return;
  json.key(name);
  json.begin_object();
  for (std::size_t i = 0; i < values.size(); ++i) write_column(schema.columns[i], values[i], json);
  json.end_object();
}

void write_key(const TableSchema& schema, std::span<const Value> values, JsonWriter& json) {
  if (values.empty() || schema.key.empty()) return;
  json.key("key");
  json.begin_object();
  for (const std::uint16_t index : schema.key) {
    write_column(schema.columns[index], values[index], json);
  }
  json.end_object();
}

void write_origin(const ChangeOrigin& origin, JsonWriter& json) {
  json.member("position", origin.position);
  json.member("id", origin.id);
  json.key("time");
  origin.commit_time_us == 0 ? json.null() : json.text(utc_microseconds(origin.commit_time_us));
  if (!origin.origin.empty()) json.member("origin", origin.origin);
}

bool split(const RowImage& image, const TableSchema& schema, std::vector<Value>& values) {
  values.assign(image.empty() ? 0 : schema.columns.size(), Value());
  return image.empty() || image.split(values);
}

}  // namespace

bool ChangeJson::append(const ChangeOrigin& origin, const Change& change, std::string& out) {
  const TableSchema& schema = *change.schema;
  if (!split(change.before, schema, before_) || !split(change.after, schema, after_)) return false;
  JsonWriter json(out);
  json.begin_object();
  write_origin(origin, json);
  json.member("schema", schema.name.schema);
  json.member("table", schema.name.table);
  json.member("op", to_string(change.kind));
  // The key under which the row was known: an update may change it.
  write_key(schema, before_.empty() ? after_ : before_, json);
  write_image("before", schema, before_, json);
  write_image("after", schema, after_, json);
  json.end_object();
  return true;
}

void ChangeJson::append(const ChangeOrigin& origin, const SchemaChange& change, std::string& out) {
  JsonWriter json(out);
  json.begin_object();
  write_origin(origin, json);
  json.member("op", to_string(change.kind));
  json.key("tables");
  json.begin_array();
  for (const TableName& table : change.tables) json.text(table.to_string());
  json.end_array();
  if (change.cascade) json.member("cascade", true);
  if (change.restart_identity) json.member("restart_identity", true);
  json.member("statement", change.statement);
  json.end_object();
}

void ChangeJson::append(const ChangeOrigin& origin, const Message& message, std::string& out) {
  JsonWriter json(out);
  json.begin_object();
  write_origin(origin, json);
  json.member("kind", "message");
  json.member("prefix", message.prefix);
  if (valid_utf8_bytes(as_bytes(message.content)) == message.content.size()) {
    json.member("content", message.content);
  } else {
    json.key("content_base64");
    json.base64(message.content);
  }
  json.member("transactional", message.transactional);
  json.end_object();
}

}  // namespace tailrace::app
