#pragma once

// How the values of one column are read, decided once per table version. Text forms are those of a
// session with the settings of session_settings.h; binary forms follow the types' send functions
// (src/backend/utils/adt).

#include <cstdint>
#include <memory>
#include <string_view>

#include "core/byte_writer.h"
#include "core/table_schema.h"
#include "extractors/postgres/catalogue.h"

namespace tailrace::postgres {

// Appends the canonical bytes (core/logical_type.h) of one value. Immutable, shared.
class ValueDecoder {
 public:
  virtual ~ValueDecoder() = default;
  // False: the text is not of this type; nothing may be assumed about what was appended. Pure.
  virtual bool text(std::string_view wire, ByteWriter& out) const = 0;
  // Only asked when the type has a binary form here, see ColumnPlan::reads_binary.
  virtual bool binary(std::string_view wire, ByteWriter& out) const = 0;
};

struct ColumnPlan {
  Column column;  // without name, nullable and generated
  std::shared_ptr<const ValueDecoder> decoder;
  bool reads_binary = false;
};

// What depends on the database and not on the type.
struct DecodeContext {
  int money_scale = 2;  // digits behind the point that the database's lc_monetary gives money
};

// Follows domains to their base type. native_type is the type as format_type() spells it, with its
// modifier, of the base type; for enumerations, composites and other user types qualified by
// schema.
Result<ColumnPlan> plan_column(std::uint32_t type_oid, std::int32_t type_modifier,
                               Catalogue& catalogue, const DecodeContext& context);

}  // namespace tailrace::postgres
