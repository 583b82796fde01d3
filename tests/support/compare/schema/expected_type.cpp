#include "tests/support/compare/schema/expected_type.h"

#include <map>
#include <string_view>

namespace tailrace::testing {
namespace {

using Types = std::vector<std::string>;

bool is_mysql(ServerKind server) {
  return server == ServerKind::mysql || server == ServerKind::mariadb;
}

// "varchar(20)" is "varchar" with "(20)"; "int unsigned" is all name.
struct Parts {
  std::string name;
  std::string arguments;
};

Parts parts_of(const std::string& type) {
  const auto open = type.find('(');
  if (open == std::string::npos) return {type, ""};
  const auto close = type.rfind(')');
  return {type.substr(0, open) + type.substr(close + 1), type.substr(open, close + 1 - open)};
}

Types find(const std::map<std::string_view, std::string_view>& rules, const std::string& name) {
  const auto found = rules.find(name);
  return found == rules.end() ? Types{} : Types{std::string(found->second)};
}

Types between_mysql(const DefinedColumn& column, bool in_key, ServerKind target) {
  const Parts type = parts_of(column.type);
  if (in_key && type.name == "char") return {"varchar" + type.arguments};
  if (in_key && type.name.ends_with("text")) return {"varchar(768)"};
  if (in_key && type.name.ends_with("blob")) return {"varbinary(3072)"};
  // How many octets a text of another character set needs is not told by its type.
  const bool utf8 = column.charset.empty() || column.charset == "utf8mb4";
  if (type.name.ends_with("text") && !utf8) return {"longtext"};
  if (target == ServerKind::mysql && type.name == "uuid") return {"char(36)"};
  if (target == ServerKind::mysql && type.name.starts_with("inet")) return {"varchar(43)"};
  return {column.type};
}

Types mysql_to_postgres(const Parts& type) {
  static const std::map<std::string_view, std::string_view> kFixed = {
      {"tinyint", "smallint"},  {"tinyint unsigned", "smallint"},
      {"smallint", "smallint"}, {"smallint unsigned", "integer"},
      {"mediumint", "integer"}, {"mediumint unsigned", "bigint"},
      {"int", "integer"},       {"int unsigned", "bigint"},
      {"bigint", "bigint"},     {"bigint unsigned", "numeric(20,0)"},
      {"float", "real"},        {"double", "double precision"},
      {"year", "smallint"},     {"date", "date"},
      {"tinytext", "text"},     {"text", "text"},
      {"mediumtext", "text"},   {"longtext", "text"},
      {"enum", "text"},         {"set", "text[]"},
      {"json", "jsonb"},        {"uuid", "uuid"},
      {"inet4", "inet"},        {"inet6", "inet"},
      {"vector", "real[]"},     {"geometry", "bytea"},
      {"point", "bytea"},       {"binary", "bytea"},
      {"varbinary", "bytea"},   {"tinyblob", "bytea"},
      {"blob", "bytea"},        {"mediumblob", "bytea"},
      {"longblob", "bytea"},
  };
  static const std::map<std::string_view, std::string_view> kWithArguments = {
      {"decimal", "numeric"},    {"bit", "bit"},
      {"char", "varchar"},       {"varchar", "varchar"},
      {"datetime", "timestamp"}, {"timestamp", "timestamptz"},
      {"time", "interval"},
  };
  if (type.name == "bit" && type.arguments == "(1)") return {"boolean"};
  const bool temporal = type.name == "datetime" || type.name == "timestamp" || type.name == "time";
  Types found = find(kWithArguments, type.name);
  for (std::string& name : found) {
    name += temporal && type.arguments.empty() ? "(0)" : type.arguments;
  }
  return found.empty() ? find(kFixed, type.name) : found;
}

Types mysql_to_sqlite(const Parts& type) {
  if (type.name == "bigint unsigned" || type.name == "decimal") return {"text"};
  if (type.name.find("int") != std::string::npos && !type.name.starts_with("point") &&
      !type.name.starts_with("inet")) {
    return {"integer"};
  }
  if (type.name == "year") return {"integer"};
  if (type.name == "bit") return {type.arguments == "(64)" ? "blob" : "integer"};
  if (type.name == "float" || type.name == "double") return {"real"};
  if (type.name.ends_with("blob") || type.name.ends_with("binary") || type.name == "geometry" ||
      type.name == "point") {
    return {"blob"};
  }
  return {"text"};
}

Types postgres_to_mysql(const Parts& type, bool in_key, ServerKind target) {
  static const std::map<std::string_view, std::string_view> kFixed = {
      {"boolean", "tinyint"},  {"smallint", "smallint"},       {"integer", "int"},
      {"bigint", "bigint"},    {"oid", "int unsigned"},        {"money", "decimal(19,2)"},
      {"real", "float"},       {"double precision", "double"}, {"date", "date"},
      {"name", "varchar(63)"}, {"interval", "varchar(64)"},    {"timetz", "varchar(24)"},
      {"inet", "varchar(43)"}, {"cidr", "varchar(43)"},        {"macaddr", "varchar(23)"},
  };
  const std::string key_or_long = in_key ? "varchar(768)" : "longtext";
  if (type.name == "uuid") return {target == ServerKind::mysql ? "char(36)" : "uuid"};
  if (type.name == "numeric") {
    return {"decimal" + (type.arguments.empty() ? "(65,30)" : type.arguments)};
  }
  if (type.name == "varchar" || type.name == "character") {
    return {type.arguments.empty() ? key_or_long : "varchar" + type.arguments};
  }
  if (type.name == "text" || type.name == "json" || type.name == "xml") return {key_or_long};
  if (type.name == "bytea") return {in_key ? "varbinary(3072)" : "longblob"};
  if (type.name == "jsonb") return {in_key ? "varchar(768)" : "json"};
  if (type.name.ends_with("[]")) return {target == ServerKind::mysql ? "json" : "longtext"};
  const std::string digits = type.arguments.empty() ? "(6)" : type.arguments;
  if (type.name == "timestamp" || type.name == "timestamptz") return {"datetime" + digits};
  if (type.name == "time") return {"time" + digits};
  return find(kFixed, type.name);
}

Types postgres_to_sqlite(const Parts& type) {
  if (type.name == "boolean" || type.name == "smallint" || type.name == "integer" ||
      type.name == "bigint" || type.name == "oid") {
    return {"integer"};
  }
  if (type.name == "real" || type.name == "double precision") return {"any"};
  return {type.name == "bytea" ? "blob" : "text"};
}

}  // namespace

std::vector<std::string> expected_types(ServerKind source, const DefinedColumn& column, bool in_key,
                                        ServerKind target) {
  const Parts type = parts_of(column.type);
  if (is_mysql(source)) {
    if (is_mysql(target)) return between_mysql(column, in_key, target);
    return target == ServerKind::sqlite ? mysql_to_sqlite(type) : mysql_to_postgres(type);
  }
  if (source != ServerKind::postgresql) return {};
  if (target == ServerKind::postgresql) return {column.type};
  return target == ServerKind::sqlite ? postgres_to_sqlite(type)
                                      : postgres_to_mysql(type, in_key, target);
}

}  // namespace tailrace::testing
