#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>

#include "extractors/postgres/catalogue.h"
#include "extractors/postgres/column_identities.h"
#include "extractors/postgres/relation.h"

namespace tailrace::postgres {

// plan_column() with its catalogue and context.
using ColumnPlanner =
    std::function<Result<ColumnPlan>(std::uint32_t type_oid, std::int32_t type_modifier)>;

// Makes of a Relation message and the catalogue what rows are read with. The message is the log's
// own and decides on columns and types; the catalogue is of now, and is believed in what the log
// does not say (nullable, generated, the order of the key) only while its columns are those of the
// message. Belongs to the extractor's thread.
class RelationPlanner {
 public:
  RelationPlanner(Catalogue& catalogue, ColumnPlanner plan_column)
      : catalogue_(catalogue), plan_column_(std::move(plan_column)) {}

  // Asks the catalogue anew. A table whose schema is the same as last time keeps its SchemaPtr.
  // moment: when the message was logged.
  Result<RelationPtr> plan(const RelationDefinition& definition, Moment moment = Moment::unknown());

 private:
  struct Planned {
    RelationDefinition definition;
    RelationPtr relation;
  };
  struct Key {
    std::vector<std::uint16_t> columns;
    bool in_old_key = false;
  };

  void forget(const RelationDefinition& definition);
  Key key_of(const RelationDefinition& definition, const std::optional<RelationFacts>& facts,
             bool facts_agree, const Planned* last) const;

  Catalogue& catalogue_;
  ColumnPlanner plan_column_;
  std::unordered_map<std::uint32_t, Planned> last_;  // by oid
};

}  // namespace tailrace::postgres
