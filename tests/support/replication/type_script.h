// SQL that makes a table of samples and fills it at random.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "tests/support/replication/type_samples.h"

namespace tailrace::testing {

enum class SqlFamily : std::uint8_t { mysql, postgres };

// Not for values that this says no to: column, and what is odd about the value.
using Takes = std::function<bool(const std::string& column, const std::string& oddity)>;

// One script for any table of the same shape: with the same seed the rows end the same.
class TypeScript {
 public:
  TypeScript(SqlFamily family, const TypeTable& table) : family_(family), table_(table) {}

  // Named after its type and its place: "varchar_60_3".
  std::string column_name(std::size_t index) const;
  std::string create(const std::string& schema, const std::string& name) const;
  // First one row after the other that has each limit of each column, then rows at random; then
  // updates of some columns, changes of keys, and deletes.
  std::string fill(const std::string& schema, const std::string& name, std::uint64_t seed, int rows,
                   const Takes& takes) const;
  // One row with this value.
  std::string insert(const std::string& schema, const std::string& name, std::size_t column,
                     const SampleValue& value) const;

 private:
  std::string quote(const std::string& name) const;
  std::string table(const std::string& schema, const std::string& name) const;
  std::string value(std::size_t column, Dice& dice, const Takes& takes) const;
  std::string insert_row(const std::string& where, const std::vector<std::string>& values) const;

  SqlFamily family_;
  const TypeTable& table_;
};

}  // namespace tailrace::testing
