// Tables with a column of every type: what its limits and oddities are, and how to make a value of
// it at random.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace tailrace::testing {

// Draws that are the same on every machine: the distributions of the library are not.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}

  std::uint64_t bits() { return random_(); }
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  std::int64_t between(std::int64_t least, std::int64_t greatest) {
    return least +
           static_cast<std::int64_t>(below(static_cast<std::uint64_t>(greatest - least) + 1));
  }
  template <typename Item>
  const Item& pick(const std::vector<Item>& items) {
    return items[below(items.size())];
  }
  std::string digits(std::size_t count);        // the first one is not 0
  std::string hex(std::size_t octets);          // two digits each
  std::string binary(std::size_t count);        // zeros and ones
  std::string number(int whole, int fraction);  // up to so many digits, with a sign at times

 private:
  std::mt19937_64 random_;
};

struct SampleValue {
  std::string sql;
  // What `tailrace check` calls such a value where a target does not take it. Empty: all take it.
  std::string oddity = {};
};

struct TypeSample {
  std::string type;  // as in CREATE TABLE
  std::vector<SampleValue> limits = {};
  std::function<std::string(Dice&)> random = {};  // SQL; none: the limits only
};

// The first `key_count` columns are the primary key; 0: it has a number of its own.
struct TypeTable {
  std::string name;
  std::vector<TypeSample> columns;
  std::size_t key_count = 0;
};

std::vector<TypeTable> mysql_type_tables(bool mariadb);
// Statements that make the types, which any database may run, and the tables that use them;
// extensions: those of hstore, citext and ltree that the server has.
std::string postgres_type_definitions(const std::vector<std::string>& extensions);
std::vector<TypeTable> postgres_type_tables(int version,
                                            const std::vector<std::string>& extensions);

// Random text of characters that everybody has trouble with, never NUL.
std::string random_text(Dice& dice, std::size_t most_characters);
// Random JSON, with numbers that every implementation keeps.
std::string random_json(Dice& dice, int depth);

}  // namespace tailrace::testing
