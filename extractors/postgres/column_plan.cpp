#include "extractors/postgres/column_plan.h"

#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "extractors/postgres/array_text.h"
#include "extractors/postgres/binary_temporal.h"
#include "extractors/postgres/binary_values.h"
#include "extractors/postgres/builtin_types.h"
#include "extractors/postgres/text_temporal.h"
#include "extractors/postgres/text_values.h"
#include "extractors/postgres/type_modifier.h"

namespace tailrace::postgres {
namespace {

using Read = bool (*)(std::string_view wire, ByteWriter& out);
using ReadScaled = bool (*)(std::string_view wire, int scale, ByteWriter& out);

// A type whose values are read the same way in every column.
class PlainDecoder final : public ValueDecoder {
 public:
  PlainDecoder(Read read_text, Read read_binary) : text_(read_text), binary_(read_binary) {}
  bool text(std::string_view wire, ByteWriter& out) const override { return text_(wire, out); }
  bool binary(std::string_view wire, ByteWriter& out) const override {
    return binary_ != nullptr && binary_(wire, out);
  }

 private:
  Read text_;
  Read binary_;  // null: read as text only
};

// A type whose canonical form has as many digits behind the point as the column declares.
class ScaledDecoder final : public ValueDecoder {
 public:
  ScaledDecoder(ReadScaled read_text, ReadScaled read_binary, int scale)
      : text_(read_text), binary_(read_binary), scale_(scale) {}
  bool text(std::string_view wire, ByteWriter& out) const override {
    return text_(wire, scale_, out);
  }
  bool binary(std::string_view wire, ByteWriter& out) const override {
    return binary_ != nullptr && binary_(wire, scale_, out);
  }

 private:
  ReadScaled text_;
  ReadScaled binary_;  // null: read as text only
  int scale_;
};

ColumnPlan plain_plan(LogicalType type, Read text, Read binary) {
  return {.column = {.type = type},
          .decoder = std::make_shared<PlainDecoder>(text, binary),
          .reads_binary = binary != nullptr};
}

ColumnPlan scaled_plan(LogicalType type, int scale, ReadScaled text, ReadScaled binary) {
  return {.column = {.type = type, .scale = static_cast<std::int16_t>(scale)},
          .decoder = std::make_shared<ScaledDecoder>(text, binary, scale),
          .reads_binary = binary != nullptr};
}

// The binary form of text is the text.
ColumnPlan string_plan(std::uint32_t length, Read read = append_utf8_text) {
  ColumnPlan plan = plain_plan(LogicalType::string, read, read);
  plan.column.length = length;
  plan.column.charset = "utf8";  // of the client, whatever the database's own encoding
  return plan;
}

ColumnPlan opaque_plan() {
  return plain_plan(LogicalType::other, append_utf8_text, nullptr);
}

ColumnPlan numeric_plan(std::int32_t modifier) {
  ColumnPlan plan = plain_plan(LogicalType::decimal, append_numeric_text, append_numeric_binary);
  const NumericModifier numeric = numeric_modifier(modifier);
  plan.column.precision = numeric.precision;
  plan.column.scale = numeric.scale;
  return plan;
}

ColumnPlan money_plan(int scale) {
  ColumnPlan plan = scaled_plan(LogicalType::decimal, scale, append_money_text, nullptr);
  plan.column.precision = 19;  // of a 64-bit integer
  return plan;
}

ColumnPlan bit_plan(std::int32_t modifier) {
  ColumnPlan plan = plain_plan(LogicalType::bit, append_bit_text, append_bit_binary);
  plan.column.length = bit_length(modifier);
  return plan;
}

ColumnPlan bpchar_plan(std::int32_t modifier) {
  const std::uint32_t length = character_length(modifier);
  ColumnPlan plan = string_plan(length, append_bpchar_text);
  plan.column.fixed_length = length > 0;
  return plan;
}

ColumnPlan interval_plan(std::int32_t modifier) {
  // Before PostgreSQL 17 the binary form of infinity was an interval like any other.
  ColumnPlan plan = plain_plan(LogicalType::interval, append_interval_text, nullptr);
  plan.column.scale = interval_fraction_digits(modifier);
  return plan;
}

// Types that PostgreSQL brings and whose values we understand.
std::optional<ColumnPlan> number_plan(std::uint32_t oid, std::int32_t modifier,
                                      const DecodeContext& context) {
  switch (oid) {
    case type_oid::boolean:
      return plain_plan(LogicalType::boolean, append_bool_text, append_bool_binary);
    case type_oid::int2:
      return plain_plan(LogicalType::int16, append_int2_text, append_int2_binary);
    case type_oid::int4:
      return plain_plan(LogicalType::int32, append_int4_text, append_int4_binary);
    case type_oid::int8:
      return plain_plan(LogicalType::int64, append_int8_text, append_int8_binary);
    case type_oid::oid:
      return plain_plan(LogicalType::uint32, append_oid_text, append_oid_binary);
    case type_oid::float4:
      return plain_plan(LogicalType::float32, append_float4_text, append_float4_binary);
    case type_oid::float8:
      return plain_plan(LogicalType::float64, append_float8_text, append_float8_binary);
    case type_oid::numeric:
      return numeric_plan(modifier);
    case type_oid::money:
      return money_plan(context.money_scale);
    default:
      return std::nullopt;
  }
}

std::optional<ColumnPlan> temporal_plan(std::uint32_t oid, std::int32_t modifier) {
  const int digits = fraction_digits(modifier);
  switch (oid) {
    case type_oid::date:
      return plain_plan(LogicalType::date, append_date_text, append_date_binary);
    case type_oid::time:
      return scaled_plan(LogicalType::time, digits, append_time_text, append_time_binary);
    case type_oid::timetz:
      return scaled_plan(LogicalType::timetz, digits, append_timetz_text, append_timetz_binary);
    case type_oid::timestamp:
      return scaled_plan(LogicalType::timestamp, digits, append_timestamp_text,
                         append_timestamp_binary);
    case type_oid::timestamptz:
      return scaled_plan(LogicalType::timestamptz, digits, append_timestamptz_text,
                         append_timestamptz_binary);
    case type_oid::interval:
      return interval_plan(modifier);
    default:
      return std::nullopt;
  }
}

std::optional<ColumnPlan> octet_plan(std::uint32_t oid, std::int32_t modifier) {
  switch (oid) {
    case type_oid::text:
      return string_plan(0);
    case type_oid::varchar:
      return string_plan(character_length(modifier));
    case type_oid::bpchar:
      return bpchar_plan(modifier);
    case type_oid::name:
      return string_plan(63);
    case type_oid::single_char: {
      ColumnPlan plan = string_plan(4, append_single_char_text);
      plan.decoder =
          std::make_shared<PlainDecoder>(append_single_char_text, append_single_char_binary);
      return plan;
    }
    case type_oid::bytea:
      return plain_plan(LogicalType::bytes, append_bytea_text, append_bytea_binary);
    case type_oid::bit:
    case type_oid::varbit:
      return bit_plan(modifier);
    case type_oid::json:
      return plain_plan(LogicalType::json, append_utf8_text, append_utf8_text);
    case type_oid::jsonb:
      return plain_plan(LogicalType::json, append_utf8_text, append_jsonb_binary);
    case type_oid::uuid:
      return plain_plan(LogicalType::uuid, append_uuid_text, append_uuid_binary);
    case type_oid::inet:
    case type_oid::cidr:
      return plain_plan(LogicalType::inet, append_inet_text, nullptr);
    default:
      return std::nullopt;
  }
}

ColumnPlan base_plan(const TypeFacts& type, std::int32_t modifier, const DecodeContext& context) {
  if (auto plan = number_plan(type.oid, modifier, context)) return *std::move(plan);
  if (auto plan = temporal_plan(type.oid, modifier)) return *std::move(plan);
  if (auto plan = octet_plan(type.oid, modifier)) return *std::move(plan);
  if (type.name == "citext") return string_plan(0);
  return opaque_plan();
}

// Labels may have been added since the catalogue was asked, or renamed since the row was logged:
// the log is right, and a label that is not among these is no error here.
ColumnPlan enumeration_plan(const TypeFacts& type) {
  ColumnPlan plan = plain_plan(LogicalType::enumeration, append_utf8_text, append_utf8_text);
  plan.column.labels = type.labels;
  return plan;
}

ElementForm element_form(const Column& element) {
  switch (element.type) {
    case LogicalType::int16:
    case LogicalType::int32:
    case LogicalType::int64:
    case LogicalType::uint32:
    case LogicalType::float32:
    case LogicalType::float64:
      return ElementForm::number_as_sent;
    case LogicalType::decimal:
      return element.native_type == "money" ? ElementForm::number : ElementForm::number_as_sent;
    case LogicalType::boolean:
      return ElementForm::boolean;
    case LogicalType::date:
    case LogicalType::time:
    case LogicalType::timetz:
    case LogicalType::timestamp:
    case LogicalType::timestamptz:
    case LogicalType::interval:
    case LogicalType::uuid:
    case LogicalType::bit:
    case LogicalType::inet:
      return ElementForm::canonical_text;
    case LogicalType::string: {
      const bool padded = element.fixed_length || element.native_type == "bpchar";
      return padded ? ElementForm::padded_text : ElementForm::text_as_sent;
    }
    default:
      return ElementForm::text_as_sent;
  }
}

struct ResolvedType {
  TypePtr type;
  std::int32_t modifier = -1;
};

// Enough for every chain of types that a person would define; more is a circle.
constexpr int kMostLevels = 64;

Result<TypePtr> look_up(std::uint32_t oid, Catalogue& catalogue) {
  if (TypePtr builtin = find_builtin_type(oid)) return builtin;
  auto type = catalogue.type(oid);
  if (type && *type == nullptr) {
    return Error(ErrorKind::internal, fmt::format("no answer about the type with OID {}", oid));
  }
  return type;
}

// Follows domains; the last modifier that was declared on the way holds.
Result<ResolvedType> resolve(std::uint32_t oid, std::int32_t modifier, Catalogue& catalogue) {
  for (int level = 0; level < kMostLevels; ++level) {
    auto type = look_up(oid, catalogue);
    if (!type) return std::move(type).error();
    if ((*type)->kind != TypeKind::domain) return ResolvedType{*std::move(type), modifier};
    oid = (*type)->base;
    modifier = (*type)->base_modifier;
  }
  return Error(ErrorKind::schema_mismatch,
               fmt::format("domain with OID {} does not end in a type", oid));
}

Result<ColumnPlan> plan_type(std::uint32_t oid, std::int32_t modifier, Catalogue& catalogue,
                             const DecodeContext& context, int level);

// A modifier of an array is that of its elements.
Result<ColumnPlan> array_plan(const TypeFacts& type, std::int32_t modifier, Catalogue& catalogue,
                              const DecodeContext& context, int level) {
  auto element = plan_type(type.element, modifier, catalogue, context, level + 1);
  if (!element) return std::move(element).error();
  ColumnPlan plan;
  plan.column.type = LogicalType::array;
  plan.column.native_type = element->column.native_type + "[]";
  plan.decoder = std::make_shared<ArrayDecoder>(element->decoder, element_form(element->column),
                                                type.delimiter);
  return plan;
}

Result<ColumnPlan> plan_type(std::uint32_t oid, std::int32_t modifier, Catalogue& catalogue,
                             const DecodeContext& context, int level) {
  if (level >= kMostLevels) {
    return Error(ErrorKind::schema_mismatch,
                 fmt::format("array type with OID {} has no elements", oid));
  }
  auto resolved = resolve(oid, modifier, catalogue);
  if (!resolved) return std::move(resolved).error();
  const TypeFacts& type = *resolved->type;
  ColumnPlan plan;
  switch (type.kind) {
    case TypeKind::array:
      return array_plan(type, resolved->modifier, catalogue, context, level);
    case TypeKind::enumeration:
      plan = enumeration_plan(type);
      break;
    case TypeKind::base:
      plan = base_plan(type, resolved->modifier, context);
      break;
    case TypeKind::domain:
    case TypeKind::composite:
    case TypeKind::range:
    case TypeKind::multirange:
      plan = opaque_plan();
      break;
  }
  plan.column.native_type = spelling_with_modifier(type, resolved->modifier);
  return plan;
}

}  // namespace

Result<ColumnPlan> plan_column(std::uint32_t type_oid, std::int32_t type_modifier,
                               Catalogue& catalogue, const DecodeContext& context) {
  return plan_type(type_oid, type_modifier, catalogue, context, 0);
}

}  // namespace tailrace::postgres
