#include "tests/support/schema_changes/written_table.h"

#include <algorithm>

namespace tailrace::testing {
namespace {

constexpr const char* kMysqlColumns =
    "SELECT c.TABLE_NAME, c.COLUMN_NAME, c.COLUMN_TYPE, c.IS_NULLABLE = 'YES',"
    " c.COLUMN_DEFAULT IS NOT NULL OR c.IS_NULLABLE = 'YES' OR c.EXTRA LIKE '%auto_increment%',"
    " c.EXTRA LIKE '%auto_increment%', c.CHARACTER_SET_NAME NOT IN ('utf8mb4') FROM"
    " information_schema.COLUMNS c JOIN information_schema.TABLES t USING (TABLE_SCHEMA, "
    "TABLE_NAME)"
    " WHERE c.TABLE_SCHEMA = 'shop' AND t.TABLE_TYPE = 'BASE TABLE'"
    " AND LEFT(c.TABLE_NAME, 1) <> '_' AND c.EXTRA NOT LIKE '%GENERATED%ALWAYS%'"
    " AND c.EXTRA NOT LIKE '%STORED%' AND c.EXTRA NOT LIKE '%VIRTUAL%'"
    " ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION";
constexpr const char* kMysqlKeys =
    "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = 'shop'"
    " AND INDEX_NAME = 'PRIMARY' ORDER BY TABLE_NAME, SEQ_IN_INDEX";
constexpr const char* kPostgresColumns =
    "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), (NOT a.attnotnull)::int,"
    " (NOT a.attnotnull OR a.atthasdef OR a.attidentity <> '')::int,"
    " (a.attidentity <> '' OR pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%')::int, 0"
    " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d"
    " ON d.adrelid = c.oid AND d.adnum = a.attnum WHERE c.relnamespace = 'shop'::regnamespace"
    " AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0"
    " AND NOT a.attisdropped AND a.attgenerated = '' AND left(c.relname, 1) <> '_'"
    " ORDER BY 1, a.attnum";
constexpr const char* kPostgresKeys =
    "SELECT c.relname, a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid,"
    " unnest(i.indkey::int2[]) WITH ORDINALITY k(number, place), pg_attribute a"
    " WHERE c.relnamespace = 'shop'::regnamespace AND i.indisprimary"
    " AND a.attrelid = c.oid AND a.attnum = k.number ORDER BY c.relname, k.place";

// The numbers between the brackets of "decimal(12,2)".
std::pair<int, int> arguments_of(const std::string& type, int otherwise) {
  const auto open = type.find('(');
  if (open == std::string::npos) return {otherwise, 0};
  const auto comma = type.find(',', open);
  return {std::stoi(type.substr(open + 1)),
          comma == std::string::npos ? 0 : std::stoi(type.substr(comma + 1))};
}

std::string integer_of(const std::string& type, Random& random) {
  const bool is_unsigned = type.find("unsigned") != std::string::npos;
  const std::uint32_t size = type.starts_with("tiny")     ? 120
                             : type.starts_with("small")  ? 32'000
                             : type.starts_with("medium") ? 8'000'000
                                                          : 2'000'000'000;
  const std::string digits = std::to_string(pick(random, size));
  const bool far = type.starts_with("bigint") && pick(random, 2) == 0;
  return (!is_unsigned && pick(random, 3) == 0 ? "-" : "") + digits + (far ? "77" : "");
}

std::string decimal_of(const std::string& type, Random& random) {
  const auto [digits, scale] = arguments_of(type, 10);
  std::string text(pick(random, 2) == 0 ? "-" : "");
  for (int i = 0; i < std::min(digits - scale, 12); ++i) text += char('0' + pick(random, 10));
  if (digits == scale) text += "0";
  if (scale > 0) text += ".";
  for (int i = 0; i < scale; ++i) text += char('0' + pick(random, 10));
  return text;
}

std::string text_of(int longest, bool ascii_only, Random& random) {
  static const char* const kPieces[] = {"a", "B", "7", "z", "''", "x", "ä", "€", "日", "😀"};
  std::string text = "'";
  for (auto left = pick(random, static_cast<std::uint32_t>(std::min(longest, 24)) + 1); left > 0;
       --left) {
    text += kPieces[pick(random, ascii_only ? 6 : 10)];
  }
  return text + "'";
}

// One of the labels of "enum('a','b')", in its quotes.
std::string label_of(const std::string& type, Random& random) {
  std::vector<std::string> labels;
  for (auto at = type.find('\''); at != std::string::npos; at = type.find('\'', at)) {
    const auto end = type.find('\'', at + 1);
    labels.push_back(type.substr(at, end + 1 - at));
    at = end + 1;
  }
  return labels[pick(random, static_cast<std::uint32_t>(labels.size()))];
}

std::string two(std::uint32_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

std::string moment_of(const std::string& type, Random& random) {
  const std::string day = "20" + two(10 + pick(random, 20)) + "-" + two(1 + pick(random, 12)) +
                          "-" + two(1 + pick(random, 28));
  if (type == "date") return "'" + day + "'";
  return "'" + day + " " + two(pick(random, 24)) + ":" + two(pick(random, 60)) + ":" +
         two(pick(random, 60)) + "'";
}

bool is_integer(const std::string& type) {
  for (const char* name : {"tinyint", "smallint", "mediumint", "int", "integer", "bigint"}) {
    if (type == name || type.starts_with(std::string(name) + "(") ||
        type.starts_with(std::string(name) + " ")) {
      return true;
    }
  }
  return false;
}

bool is_text(const std::string& type) {
  return type.starts_with("varchar") || type.starts_with("char") || type.ends_with("text");
}

bool is_moment(const std::string& type) {
  return type.starts_with("date") || type.starts_with("timestamp");
}

bool has_its_key(const WrittenTable& table) {
  return std::all_of(table.key.begin(), table.key.end(), [&](const std::string& name) {
    return std::any_of(table.columns.begin(), table.columns.end(),
                       [&](const WrittenColumn& column) { return column.name == name; });
  });
}

}  // namespace

std::uint32_t pick(Random& random, std::uint32_t below) {
  return static_cast<std::uint32_t>(random() % below);
}

std::vector<WrittenTable> find_tables(SqlSession& session) {
  std::map<std::string, WrittenTable> tables;
  for (const auto& row : session.rows(session.is_postgres() ? kPostgresColumns : kMysqlColumns)) {
    WrittenTable& table = tables[*row[0]];
    table.name = *row[0];
    table.columns.push_back({.name = *row[1],
                             .type = *row[2],
                             .nullable = row[3] == "1",
                             .may_be_left_out = row[4] == "1",
                             .counts = row[5] == "1",
                             .ascii_only = row[6] == "1"});
  }
  for (const auto& row : session.rows(session.is_postgres() ? kPostgresKeys : kMysqlKeys)) {
    const auto found = tables.find(*row[0]);
    if (found != tables.end()) found->second.key.push_back(*row[1]);
  }
  std::vector<WrittenTable> result;
  for (auto& [name, table] : tables) {
    // Between the two questions it may have become another table.
    if (has_its_key(table)) result.push_back(std::move(table));
  }
  return result;
}

bool knows_type(const std::string& type) {
  return is_integer(type) || is_text(type) || is_moment(type) || type.starts_with("decimal") ||
         type.starts_with("numeric") || type.starts_with("enum") || type.starts_with("json") ||
         type.starts_with("float") || type.starts_with("double") || type == "real" ||
         type == "boolean";
}

std::string random_value(const WrittenColumn& column, Random& random) {
  const std::string& type = column.type;
  if (column.nullable && pick(random, 8) == 0) return "NULL";
  if (is_integer(type)) return integer_of(type, random);
  if (type.starts_with("decimal") || type.starts_with("numeric")) return decimal_of(type, random);
  // MariaDB's JSON is LONGTEXT with a check: what is written there is JSON, whichever it is.
  if (type == "longtext") return "'\"j" + std::to_string(pick(random, 1000)) + "\"'";
  if (is_text(type)) {
    return text_of(type.ends_with("text") ? 24 : arguments_of(type, 24).first, column.ascii_only,
                   random);
  }
  if (type.starts_with("enum")) return label_of(type, random);
  if (is_moment(type)) return moment_of(type, random);
  if (type == "boolean") return pick(random, 2) == 0 ? "true" : "false";
  if (type.starts_with("json")) {
    return R"('{"a": )" + std::to_string(pick(random, 1000)) + R"(, "b": ["x"]}')";
  }
  return std::to_string(pick(random, 1000)) + ".125";  // of every binary precision
}

std::string key_value(const WrittenColumn& column, std::uint32_t number) {
  if (is_text(column.type)) return "'k" + std::to_string(number) + "'";
  return std::to_string(number);
}

}  // namespace tailrace::testing
