#pragma once

// PostgreSQL's own types. Their OIDs are assigned by hand in src/include/catalog/pg_type.dat, lie
// below 10000 and never change, so that they need no question to the server.

#include <cstdint>
#include <span>
#include <string_view>

#include "extractors/postgres/catalogue.h"

namespace tailrace::postgres {

// OIDs that the code names.
namespace type_oid {
constexpr std::uint32_t boolean = 16;
constexpr std::uint32_t bytea = 17;
constexpr std::uint32_t single_char = 18;  // "char"
constexpr std::uint32_t name = 19;
constexpr std::uint32_t int8 = 20;
constexpr std::uint32_t int2 = 21;
constexpr std::uint32_t int4 = 23;
constexpr std::uint32_t text = 25;
constexpr std::uint32_t oid = 26;
constexpr std::uint32_t json = 114;
constexpr std::uint32_t cidr = 650;
constexpr std::uint32_t float4 = 700;
constexpr std::uint32_t float8 = 701;
constexpr std::uint32_t money = 790;
constexpr std::uint32_t inet = 869;
constexpr std::uint32_t bpchar = 1042;  // character(n)
constexpr std::uint32_t varchar = 1043;
constexpr std::uint32_t date = 1082;
constexpr std::uint32_t time = 1083;
constexpr std::uint32_t timestamp = 1114;
constexpr std::uint32_t timestamptz = 1184;
constexpr std::uint32_t interval = 1186;
constexpr std::uint32_t timetz = 1266;
constexpr std::uint32_t bit = 1560;
constexpr std::uint32_t varbit = 1562;
constexpr std::uint32_t numeric = 1700;
constexpr std::uint32_t uuid = 2950;
constexpr std::uint32_t jsonb = 3802;
}  // namespace type_oid

struct BuiltinType {
  std::uint32_t oid = 0;
  std::string_view name;        // "int4"
  std::string_view spelling;    // "integer"
  std::uint32_t array_oid = 0;  // of the type "integer[]", named "_int4"; 0: there is none
  TypeKind kind = TypeKind::base;
  char delimiter = ',';
};
std::span<const BuiltinType> builtin_types();

// What pg_type says of a built-in type, arrays of them included; nullptr for every other OID.
TypePtr find_builtin_type(std::uint32_t oid);

}  // namespace tailrace::postgres
