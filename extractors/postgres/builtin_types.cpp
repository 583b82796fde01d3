#include "extractors/postgres/builtin_types.h"

#include <string>

namespace tailrace::postgres {
namespace {

// Equal in PostgreSQL 15 and 18; the integration test compares it with the servers. Left out are
// pseudo-types and row types of the catalogue, and arrays of both.
constexpr BuiltinType kBuiltinTypes[] = {
    {16, "bool", "boolean", 1000},
    {17, "bytea", "bytea", 1001},
    {18, "char", "\"char\"", 1002},
    {19, "name", "name", 1003},
    {20, "int8", "bigint", 1016},
    {21, "int2", "smallint", 1005},
    {22, "int2vector", "int2vector", 1006},
    {23, "int4", "integer", 1007},
    {24, "regproc", "regproc", 1008},
    {25, "text", "text", 1009},
    {26, "oid", "oid", 1028},
    {27, "tid", "tid", 1010},
    {28, "xid", "xid", 1011},
    {29, "cid", "cid", 1012},
    {30, "oidvector", "oidvector", 1013},
    {114, "json", "json", 199},
    {142, "xml", "xml", 143},
    {194, "pg_node_tree", "pg_node_tree", 0},
    {600, "point", "point", 1017},
    {601, "lseg", "lseg", 1018},
    {602, "path", "path", 1019},
    {603, "box", "box", 1020, TypeKind::base, ';'},
    {604, "polygon", "polygon", 1027},
    {628, "line", "line", 629},
    {650, "cidr", "cidr", 651},
    {700, "float4", "real", 1021},
    {701, "float8", "double precision", 1022},
    {718, "circle", "circle", 719},
    {774, "macaddr8", "macaddr8", 775},
    {790, "money", "money", 791},
    {829, "macaddr", "macaddr", 1040},
    {869, "inet", "inet", 1041},
    {1033, "aclitem", "aclitem", 1034},
    {1042, "bpchar", "character", 1014},
    {1043, "varchar", "character varying", 1015},
    {1082, "date", "date", 1182},
    {1083, "time", "time without time zone", 1183},
    {1114, "timestamp", "timestamp without time zone", 1115},
    {1184, "timestamptz", "timestamp with time zone", 1185},
    {1186, "interval", "interval", 1187},
    {1266, "timetz", "time with time zone", 1270},
    {1560, "bit", "bit", 1561},
    {1562, "varbit", "bit varying", 1563},
    {1700, "numeric", "numeric", 1231},
    {1790, "refcursor", "refcursor", 2201},
    {2202, "regprocedure", "regprocedure", 2207},
    {2203, "regoper", "regoper", 2208},
    {2204, "regoperator", "regoperator", 2209},
    {2205, "regclass", "regclass", 2210},
    {2206, "regtype", "regtype", 2211},
    {2950, "uuid", "uuid", 2951},
    {2970, "txid_snapshot", "txid_snapshot", 2949},
    {3220, "pg_lsn", "pg_lsn", 3221},
    {3361, "pg_ndistinct", "pg_ndistinct", 0},
    {3402, "pg_dependencies", "pg_dependencies", 0},
    {3614, "tsvector", "tsvector", 3643},
    {3615, "tsquery", "tsquery", 3645},
    {3642, "gtsvector", "gtsvector", 3644},
    {3734, "regconfig", "regconfig", 3735},
    {3769, "regdictionary", "regdictionary", 3770},
    {3802, "jsonb", "jsonb", 3807},
    {3904, "int4range", "int4range", 3905, TypeKind::range},
    {3906, "numrange", "numrange", 3907, TypeKind::range},
    {3908, "tsrange", "tsrange", 3909, TypeKind::range},
    {3910, "tstzrange", "tstzrange", 3911, TypeKind::range},
    {3912, "daterange", "daterange", 3913, TypeKind::range},
    {3926, "int8range", "int8range", 3927, TypeKind::range},
    {4072, "jsonpath", "jsonpath", 4073},
    {4089, "regnamespace", "regnamespace", 4090},
    {4096, "regrole", "regrole", 4097},
    {4191, "regcollation", "regcollation", 4192},
    {4451, "int4multirange", "int4multirange", 6150, TypeKind::multirange},
    {4532, "nummultirange", "nummultirange", 6151, TypeKind::multirange},
    {4533, "tsmultirange", "tsmultirange", 6152, TypeKind::multirange},
    {4534, "tstzmultirange", "tstzmultirange", 6153, TypeKind::multirange},
    {4535, "datemultirange", "datemultirange", 6155, TypeKind::multirange},
    {4536, "int8multirange", "int8multirange", 6157, TypeKind::multirange},
    {4600, "pg_brin_bloom_summary", "pg_brin_bloom_summary", 0},
    {4601, "pg_brin_minmax_multi_summary", "pg_brin_minmax_multi_summary", 0},
    {5017, "pg_mcv_list", "pg_mcv_list", 0},
    {5038, "pg_snapshot", "pg_snapshot", 5039},
    {5069, "xid8", "xid8", 271},
};

TypePtr facts_of(const BuiltinType& type) {
  TypeFacts facts;
  facts.oid = type.oid;
  facts.kind = type.kind;
  facts.schema = "pg_catalog";
  facts.name = type.name;
  facts.spelling = type.spelling;
  facts.delimiter = type.delimiter;
  return std::make_shared<const TypeFacts>(std::move(facts));
}

TypePtr facts_of_array(const BuiltinType& element) {
  TypeFacts facts;
  facts.oid = element.array_oid;
  facts.kind = TypeKind::array;
  facts.schema = "pg_catalog";
  facts.name = "_" + std::string(element.name);
  facts.spelling = std::string(element.spelling) + "[]";
  facts.element = element.oid;
  facts.delimiter = element.delimiter;
  return std::make_shared<const TypeFacts>(std::move(facts));
}

}  // namespace

std::span<const BuiltinType> builtin_types() {
  return kBuiltinTypes;
}

TypePtr find_builtin_type(std::uint32_t oid) {
  if (oid == 0) return nullptr;
  for (const BuiltinType& type : kBuiltinTypes) {
    if (type.oid == oid) return facts_of(type);
    if (type.array_oid == oid) return facts_of_array(type);
  }
  return nullptr;
}

}  // namespace tailrace::postgres
