// A row as one byte string: the values in order, those of the key first. Equal rows give equal
// strings, and a key is a prefix, so that sorting the strings brings equal keys together.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tailrace::testing {

using Value = std::optional<std::string>;  // nothing is NULL

class RecordWriter {
 public:
  void add(const Value& value);
  std::string take() { return std::move(record_); }

 private:
  std::string record_;
};

// The part of the record that holds its first `value_count` values.
std::string_view key_of(std::string_view record, std::size_t value_count);

std::vector<Value> values_of(std::string_view record);

}  // namespace tailrace::testing
