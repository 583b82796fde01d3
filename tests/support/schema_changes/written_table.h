// Tables as a writer finds them: it asks the server, because others change them all the time.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/support/schema_changes/sql_session.h"

namespace tailrace::testing {

struct WrittenColumn {
  std::string name = {};
  std::string type = {};  // as the server writes it
  bool nullable = true;
  bool may_be_left_out = true;
  bool counts = false;      // the server numbers it
  bool ascii_only = false;  // its character set does not have every character
};

struct WrittenTable {
  std::string name = {};
  std::vector<WrittenColumn> columns = {};
  std::vector<std::string> key = {};
};

// All tables of `shop` but those with an underscore in front, which belong to tools.
std::vector<WrittenTable> find_tables(SqlSession& session);

using Random = std::mt19937;
std::uint32_t pick(Random& random, std::uint32_t below);

// A literal that the column takes, or NULL.
std::string random_value(const WrittenColumn& column, Random& random);
// One of a key's, from few enough that writers meet; number: which one.
std::string key_value(const WrittenColumn& column, std::uint32_t number);
// Whether this knows values of that type; columns of others are left to their defaults.
bool knows_type(const std::string& type);

}  // namespace tailrace::testing
