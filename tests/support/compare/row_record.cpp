#include "tests/support/compare/row_record.h"

#include <cstdint>
#include <cstring>

namespace tailrace::testing {
namespace {

// NULL is a zero byte; a value is a one byte, its length in eight, and itself.
constexpr char kNull = 0;
constexpr char kValue = 1;

Value cut_value(std::string_view& record) {
  const char kind = record.front();
  record.remove_prefix(1);
  if (kind == kNull) return std::nullopt;
  std::uint64_t size = 0;
  std::memcpy(&size, record.data(), sizeof size);
  Value value{record.substr(sizeof size, size)};
  record.remove_prefix(sizeof size + size);
  return value;
}

}  // namespace

void RecordWriter::add(const Value& value) {
  record_.push_back(value ? kValue : kNull);
  if (!value) return;
  const std::uint64_t size = value->size();
  record_.append(reinterpret_cast<const char*>(&size), sizeof size).append(*value);
}

std::string_view key_of(std::string_view record, std::size_t value_count) {
  std::string_view rest = record;
  for (std::size_t i = 0; i < value_count; ++i) cut_value(rest);
  return record.substr(0, record.size() - rest.size());
}

std::vector<Value> values_of(std::string_view record) {
  std::vector<Value> values;
  while (!record.empty()) values.push_back(cut_value(record));
  return values;
}

}  // namespace tailrace::testing
