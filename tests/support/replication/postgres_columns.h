// Columns of every type a PostgreSQL table can have, and values at their limits.
#pragma once

#include <string>
#include <vector>

namespace tailrace::testing {

struct SampleColumn {
  std::string name;
  std::string type;
  std::vector<std::string> values;              // SQL expressions; NULL comes by itself
  std::vector<std::string> postgres_only = {};  // only PostgreSQL keeps them
};

// Statements that create the user's types in the schema `shop`.
extern const char* const kSampleTypes;

const std::vector<SampleColumn>& scalar_columns();
const std::vector<SampleColumn>& array_columns();
const std::vector<SampleColumn>& structured_columns();  // ranges, composites, geometry, documents

}  // namespace tailrace::testing
