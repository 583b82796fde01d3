#include "app/column_probes.h"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sinks/sql/table_mapping.h"
#include "sinks/sql/value_checks.h"

namespace tailrace::app {
namespace {

using L = LogicalType;

// "timestamp(3) without time zone" -> "timestamp without time zone"
std::string without_brackets(const std::string& type) {
  const std::size_t open = type.find('(');
  const std::size_t close = type.rfind(')');
  if (open == std::string::npos || close == std::string::npos) return type;
  return type.substr(0, open) + type.substr(close + 1);
}

const std::vector<TypeSample>& samples_of(SourceEngine engine) {
  static const std::vector<TypeSample> postgres = type_samples(Engine::postgresql);
  static const std::vector<TypeSample> mysql = [] {
    auto both = type_samples(Engine::mysql);
    for (TypeSample& sample : type_samples(Engine::mariadb)) both.push_back(std::move(sample));
    return both;
  }();
  return engine == SourceEngine::postgresql ? postgres : mysql;
}

// Elements with a length or digits of their own have none of the samples' values.
bool is_limited_array(const Column& column) {
  return column.type == L::array && column.native_type.find('(') != std::string::npos;
}

bool is_same_type(const Column& left, const Column& right) {
  if (left.type != right.type || is_limited_array(left)) return false;
  if (left.type == L::decimal && (left.precision == 0) != (right.precision == 0)) return false;
  return without_brackets(left.native_type) == without_brackets(right.native_type);
}

// A type that no sample has, such as an extension's: values of all that are held alike.
bool is_alike(const Column& column, const Column& sample) {
  if (column.type == L::array) return sample.native_type == "integer[]";
  return column.type == sample.type;
}

std::string cut_to_characters(const std::string& text, std::size_t most) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
    if (begins && ++characters > most) return text.substr(0, i);
  }
  return text;
}

std::string with_fraction(const std::string& text, int digits) {
  const std::size_t point = text.find('.');
  if (point == std::string::npos) return text;
  const std::size_t end = std::min(text.find_first_not_of("0123456789", point + 1), text.size());
  const std::size_t kept =
      digits <= 0 ? point : std::min(point + 1 + static_cast<std::size_t>(digits), end);
  return text.substr(0, kept) + text.substr(end);
}

// As that column would have it.
std::string fitted(const std::string& value, const Column& column) {
  switch (column.type) {
    case L::string:
      return column.length == 0 ? value : cut_to_characters(value, column.length);
    case L::bytes:
      return column.length == 0 ? value : value.substr(0, column.length);
    case L::time:
    case L::timetz:
    case L::timestamp:
    case L::timestamptz:
      return with_fraction(value, column.scale);
    default:
      return value;
  }
}

bool can_have(const Column& column, const std::string& value) {
  switch (column.type) {
    case L::decimal:
      return sql::is_nan(value) || sql::decimal_fits(value, column.precision, column.scale);
    case L::bit:
      if (column.length == 0) return true;
      return sql::has_varying_length(column) ? value.size() <= column.length
                                             : value.size() == column.length;
    default:
      return true;
  }
}

std::vector<Probe> label_probes(const Column& column, SourceEngine engine) {
  std::vector<Probe> probes;
  for (const std::string& label : column.labels) probes.push_back({"a label", label});
  if (engine == SourceEngine::postgresql) {
    std::string later = "later";
    while (std::find(column.labels.begin(), column.labels.end(), later) != column.labels.end())
      later += "_";
    probes.push_back({"a label that was added later", later});
  } else {
    probes.push_back({"the error value (index 0)", std::string(error_label(column.labels))});
  }
  return probes;
}

// All digits of the type are 9.
std::string greatest_decimal(int precision, int scale) {
  const int whole = std::max(precision - scale, 0);
  std::string text(static_cast<std::size_t>(scale < 0 ? precision : whole), '9');
  if (scale < 0) text.append(static_cast<std::size_t>(-scale), '0');
  if (text.empty()) text = "0";
  if (scale > 0) {
    const int nines = std::min(scale, precision);
    text += "." + std::string(static_cast<std::size_t>(scale - nines), '0') +
            std::string(static_cast<std::size_t>(nines), '9');
  }
  return text;
}

// What no sample knows, because it is of this column.
std::vector<Probe> own_limits(const Column& column) {
  if (column.type == L::decimal && column.precision > 0) {
    return {{"the greatest", greatest_decimal(column.precision, column.scale)}};
  }
  if (column.type == L::bit && column.length > 0) {
    return {{"all ones", std::string(column.length, '1')}};
  }
  return {};
}

std::vector<Probe> probes_without_samples(const Column& column, SourceEngine engine) {
  switch (column.type) {
    case L::enumeration:
      return label_probes(column, engine);
    case L::set:
      return {{"none", ""}, {"all", fmt::format("{}", fmt::join(column.labels, ","))}};
    case L::vector:
      return {{"any", fmt::format("[{}]", fmt::join(std::vector<int>(column.length, 0), ","))}};
    default:
      return {};
  }
}

}  // namespace

std::vector<Probe> probes_for(const Column& column, SourceEngine engine) {
  std::vector<Probe> probes = probes_without_samples(column, engine);
  if (!probes.empty()) return probes;
  probes = own_limits(column);
  const auto take = [&](bool (*fits)(const Column&, const Column&)) {
    bool found = false;
    for (const TypeSample& sample : samples_of(engine)) {
      if (!fits(column, sample.column)) continue;
      found = true;
      for (const Probe& probe : sample.probes) {
        const std::string value = fitted(probe.value, column);
        if (can_have(column, value)) probes.push_back({probe.label, value});
      }
    }
    return found;
  };
  if (!take(is_same_type)) take(is_alike);
  return probes;
}

}  // namespace tailrace::app
