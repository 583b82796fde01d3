#include "extractors/mysql/key_range.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>

#include "extractors/mysql/quoted_name.h"

namespace tailrace::mysql {

namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kHarmless = "0123456789abcdefABCDEF:. -";

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool set_form(const CatalogueColumn& column, KeyColumn& key) {
  constexpr std::array<std::string_view, 5> kIntegers{"tinyint", "smallint", "mediumint", "int",
                                                      "bigint"};
  constexpr std::array<std::string_view, 3> kCoded{"bit", "enum", "set"};
  constexpr std::array<std::string_view, 7> kLiterals{"date", "time",  "datetime", "timestamp",
                                                      "uuid", "inet4", "inet6"};
  constexpr std::array<std::string_view, 6> kOctets{"binary", "varbinary",  "tinyblob",
                                                    "blob",   "mediumblob", "longblob"};
  const std::string_view name = column.data_type;
  key.expression = quoted_name(column.name);
  key.counts = is_one_of(name, kIntegers);
  if (key.counts || name == "decimal") {
    key.form = KeyForm::number;
  } else if (is_one_of(name, kCoded)) {
    key.form = KeyForm::number;
    key.expression = fmt::format("CAST({} AS UNSIGNED)", key.expression);
  } else if (is_one_of(name, kLiterals)) {
    key.form = KeyForm::literal;
  } else if (is_one_of(name, kOctets)) {
    key.form = KeyForm::octets;
  } else if (!column.charset.empty()) {
    key.form = KeyForm::text;
    key.charset = column.charset;
  } else {
    return false;
  }
  return true;
}

bool only_has(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  if (whole.empty() || !only_has(whole, kDigits)) return false;
  return point == text.size() ||
         (point + 1 < text.size() && only_has(text.substr(point + 1), kDigits));
}

bool is_hex(std::string_view text) {
  return text.starts_with('x') && text.size() % 2 == 1 && only_has(text.substr(1), kHexDigits);
}

unsigned hex_digit(char c) {
  return static_cast<unsigned>(kHexDigits.find(c));
}

std::string from_hex(std::string_view value) {
  std::string octets;
  for (std::size_t i = 1; i + 1 < value.size(); i += 2) {
    octets += static_cast<char>(hex_digit(value[i]) << 4 | hex_digit(value[i + 1]));
  }
  return octets;
}

bool fits(const KeyColumn& column, std::string_view value) {
  switch (column.form) {
    case KeyForm::number:
      return is_number(value);
    case KeyForm::text:
    case KeyForm::octets:
      return is_hex(value);
    case KeyForm::literal:
      return is_hex(value) && only_has(from_hex(value), kHarmless);
  }
  return false;
}

// The value as it stands in SQL.
std::string sql_of(const KeyColumn& column, std::string_view value) {
  switch (column.form) {
    case KeyForm::number:
      return std::string(value);
    case KeyForm::text:
      return fmt::format("_{} x'{}'", column.charset, value.substr(1));
    case KeyForm::octets:
      return fmt::format("_binary x'{}'", value.substr(1));
    case KeyForm::literal:
      return fmt::format("'{}'", from_hex(value));
  }
  return {};
}

Error bad_bound(std::string_view bound) {
  return Error(ErrorKind::checkpoint_corrupt,
               fmt::format("not the bound of a key range: \"{}\"", bound))
      .hint("copy the table anew");
}

// Strings without anything to escape; nothing when it is something else.
bool split_array(std::string_view text, KeyValues& values) {
  if (!text.starts_with('[') || !text.ends_with(']')) return false;
  text = text.substr(1, text.size() - 2);
  while (true) {
    if (!text.starts_with('"')) return false;
    const std::size_t end = text.find('"', 1);
    if (end == std::string_view::npos) return false;
    values.emplace_back(text.substr(1, end - 1));
    text.remove_prefix(end + 1);
    if (text.empty()) return true;
    if (!text.starts_with(',')) return false;
    text.remove_prefix(1);
  }
}

// a > 1 OR (a = 1 AND (b > 2 OR (b = 2 AND c > 3))). What is known of the first column stands in
// front: the servers see the range of the index in it, whatever becomes of the rest.
std::string side(const std::vector<KeyColumn>& key, const KeyValues& values,
                 std::string_view strict, std::string_view last) {
  std::string condition;
  for (std::size_t i = values.size(); i-- > 0;) {
    const std::string name = quoted_name(key[i].name);
    const std::string value = sql_of(key[i], values[i]);
    if (condition.empty()) {
      condition = fmt::format("{} {} {}", name, last, value);
    } else {
      condition = fmt::format("{0} {1}= {2} AND ({0} {1} {2} OR ({0} = {2} AND {3}))", name, strict,
                              value, condition);
    }
  }
  return condition;
}

}  // namespace

std::vector<KeyColumn> key_columns(const CatalogueTable& table) {
  std::vector<const CatalogueColumn*> columns;
  for (const CatalogueColumn& column : table.columns) {
    if (column.key_ordinal > 0) columns.push_back(&column);
  }
  std::sort(columns.begin(), columns.end(),
            [](const CatalogueColumn* left, const CatalogueColumn* right) {
              return left->key_ordinal < right->key_ordinal;
            });
  std::vector<KeyColumn> key;
  for (const CatalogueColumn* column : columns) {
    KeyColumn next{.name = column->name};
    if (!set_form(*column, next)) break;
    key.push_back(std::move(next));
  }
  return key;
}

std::string to_bound(const KeyValues& values) {
  std::string bound = "[";
  for (const std::string& value : values) {
    if (bound.size() > 1) bound += ',';
    bound += '"' + value + '"';
  }
  return bound + ']';
}

Result<KeyValues> parse_bound(std::string_view bound, const std::vector<KeyColumn>& key) {
  KeyValues values;
  if (!split_array(bound, values) || values.size() > key.size()) return bad_bound(bound);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!fits(key[i], values[i])) return bad_bound(bound);
  }
  return values;
}

std::string key_value(const KeyColumn& column, std::string_view cell) {
  if (column.form == KeyForm::number) return std::string(cell);
  std::string value = "x";
  for (const char c : cell) {
    const auto octet = static_cast<unsigned char>(c);
    value += kHexDigits[octet >> 4];
    value += kHexDigits[octet & 15];
  }
  return value;
}

std::string behind(const std::vector<KeyColumn>& key, const KeyValues& values) {
  return side(key, values, ">", ">");
}

std::string not_behind(const std::vector<KeyColumn>& key, const KeyValues& values) {
  return side(key, values, "<", "<=");
}

Result<std::string> range_condition(const KeyRange& range, const std::vector<KeyColumn>& key) {
  std::string condition;
  if (!range.after.empty()) {
    auto values = parse_bound(range.after, key);
    if (!values) return std::move(values).error();
    condition = behind(key, *values);
  }
  if (!range.upto.empty()) {
    auto values = parse_bound(range.upto, key);
    if (!values) return std::move(values).error();
    if (!condition.empty()) condition += " AND ";
    condition += not_behind(key, *values);
  }
  return condition;
}

}  // namespace tailrace::mysql
