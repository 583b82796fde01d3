#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/table_schema.h"
#include "extractors/postgres/column_plan.h"
#include "extractors/postgres/pgoutput.h"

namespace tailrace::postgres {

// A Relation message that owns its names.
struct RelationDefinition {
  struct Column {
    std::string name;
    std::uint32_t type_oid = 0;
    std::int32_t type_modifier = -1;
    bool key = false;

    friend bool operator==(const Column&, const Column&) = default;
  };
  std::uint32_t oid = 0;
  TableName name;
  ReplicaIdentity identity = ReplicaIdentity::by_default;
  std::vector<Column> columns;

  static RelationDefinition of(const RelationMessage& message);
  friend bool operator==(const RelationDefinition&, const RelationDefinition&) = default;
};

// What the rows of a captured relation are read with. Immutable.
struct Relation {
  struct Column {
    std::shared_ptr<const ValueDecoder> decoder;
    bool reads_binary = false;
    bool in_old_key = false;  // an old key ('K') carries it; the other columns are 'n' there
  };
  SchemaPtr schema;
  std::vector<Column> columns;
};
using RelationPtr = std::shared_ptr<const Relation>;

}  // namespace tailrace::postgres
