#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"

namespace tailrace::postgres {

// What pg_type says of a type; fixed for the built-in ones (builtin_types.h).
enum class TypeKind : std::uint8_t {
  base,
  array,
  enumeration,
  domain,
  composite,
  range,
  multirange
};

struct TypeFacts {
  std::uint32_t oid = 0;
  TypeKind kind = TypeKind::base;
  std::string schema = {};    // "pg_catalog"
  std::string name = {};      // "int4"
  std::string spelling = {};  // format_type() without a modifier: "integer", "public.mood"
  std::uint32_t element = 0;  // array: type of the elements
  char delimiter = ',';       // between the elements of an array of this type
  std::uint32_t base = 0;     // domain: the type below it
  std::int32_t base_modifier = -1;
  std::vector<std::string> labels = {};  // enumeration, in order
};
using TypePtr = std::shared_ptr<const TypeFacts>;

// What the catalogue says of a table now, which may be later than the log.
struct RelationFacts {
  struct Column {
    std::string name;
    std::uint32_t type_oid = 0;
    std::int32_t type_modifier = -1;
    bool not_null = false;
    bool generated = false;
    std::uint32_t number = 0;                 // attnum
    std::uint32_t writer = 0;                 // xmin: the transaction that wrote this down
    std::optional<std::string> missing = {};  // text of what rows hold that are older
    bool missing_known = true;
  };
  struct Dropped {
    std::uint32_t number = 0;
    std::uint32_t writer = 0;
  };
  std::string schema;
  std::string name;
  std::vector<Column> columns;           // live ones, in order
  std::vector<std::string> primary_key;  // in key order; empty: none
  std::vector<std::string> identity;     // of the replica identity index; empty: none
  std::vector<Dropped> dropped = {};
  // The files that hold the rows, of all partitions; empty: none of them is known.
  std::string storage = {};
  std::vector<std::uint32_t> storage_writers = {};
  bool storage_is_first = false;  // they are those that the tables were made with
  std::uint32_t next_xid = 0;     // behind all that the answer could see
};

// Looks up what pgoutput does not send. Answers are of now and cached by whoever implements it;
// called on the extractor's thread.
class Catalogue {
 public:
  virtual ~Catalogue() = default;
  // schema_mismatch when there is no such type (any more).
  virtual Result<TypePtr> type(std::uint32_t oid) = 0;
  // Nothing when there is no such table (any more).
  virtual Result<std::optional<RelationFacts>> relation(std::uint32_t oid) = 0;
  // The log says that the table, or one with a column of that type, may be another now: ask again.
  virtual void forget(std::uint32_t oid) = 0;
};

}  // namespace tailrace::postgres
