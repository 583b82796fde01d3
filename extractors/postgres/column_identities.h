#pragma once

#include <cstdint>
#include <optional>

#include "core/table_schema.h"
#include "extractors/postgres/catalogue.h"
#include "extractors/postgres/relation.h"

namespace tailrace::postgres {

// The log says of a column its name and type; the catalogue knows its number (attnum), which stays
// with it whatever it is called, but it is of now, while the log is of then. This decides what of
// the catalogue held already when a row was logged. Pure.
//
// What was written down by a transaction before the row's own held already: changing a table takes
// a lock that the row's transaction cannot have shared. "Before" is told by the order of
// transaction ids; one that got its id before, and came to the table after the row, is taken for
// earlier than it was. Sinks are told so little by it that they copy a table too often at worst
// (sinks/sql, column_identity.h).
class Moment {
 public:
  static Moment unknown() { return Moment(Kind::unknown, 0); }
  static Moment of_catalogue() { return Moment(Kind::of_catalogue, 0); }  // read in a snapshot
  static Moment of_transaction(std::uint32_t xid) {
    return xid == 0 ? unknown() : Moment(Kind::of_transaction, xid);
  }

  bool is_unknown() const { return kind_ == Kind::unknown; }
  // Whether what that transaction wrote held at the moment. next_xid: RelationFacts.
  bool sees(std::uint32_t writer, std::uint32_t next_xid) const;

 private:
  enum class Kind : std::uint8_t { unknown, of_catalogue, of_transaction };
  Moment(Kind kind, std::uint32_t xid) : kind_(kind), xid_(xid) {}
  Kind kind_;
  std::uint32_t xid_;
};

// Writes identities, editions, fills, traits, and whether columns may be NULL, into the schema of a
// planned relation, as far as they are certain.
void identify_columns(const RelationDefinition& definition,
                      const std::optional<RelationFacts>& facts, Moment moment,
                      const Relation& planned, TableSchema& schema);

}  // namespace tailrace::postgres
