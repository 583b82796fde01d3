#include "sinks/postgres/details_catalogue.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string_view>

#include "sinks/postgres/catalogue.h"
#include "sinks/postgres/target_tables.h"

namespace tailrace::postgres {
namespace {

// In the order of load_table().
constexpr const char* kColumnsQuery =
    "SELECT a.attnum, a.atthasdef AND a.attgenerated = '' AND s.sequence IS NULL,"
    " a.attidentity <> '' OR s.sequence IS NOT NULL, col_description(c.oid, a.attnum),"
    " obj_description(c.oid, 'pg_class')"
    " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
    " JOIN pg_namespace n ON n.oid = c.relnamespace"
    " CROSS JOIN LATERAL (SELECT pg_get_serial_sequence(quote_ident(n.nspname) || '.' ||"
    "  quote_ident(c.relname), a.attname) AS sequence) s"
    " WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')"
    " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

// Servers before 15 have no indnullsnotdistinct.
constexpr const char* kIndexesQuery =
    "SELECT x.relname, i.indisunique, i.indkey::text, i.indnkeyatts, i.indoption::text, m.amname,"
    " i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL"
    "  AND to_jsonb(i) ->> 'indnullsnotdistinct' IS DISTINCT FROM 'true'"
    " FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam"
    " JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = $1 AND c.relname = $2 AND i.indislive ORDER BY x.relname";

constexpr const char* kForeignKeysQuery =
    "SELECT k.conname, array_to_string(k.conkey, ' '), fn.nspname, f.relname"
    " FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid"
    " JOIN pg_namespace n ON n.oid = c.relnamespace"
    " JOIN pg_class f ON f.oid = k.confrelid JOIN pg_namespace fn ON fn.oid = f.relnamespace"
    " WHERE n.nspname = $1 AND c.relname = $2 AND k.contype = 'f'"
    " ORDER BY k.conname";

constexpr const char* kRelationsQuery =
    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = $1";

constexpr const char* kConstraintsQuery =
    "SELECT k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid"
    " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2";

bool is_true(Cell cell) {
  return cell == "t";
}

int number(Cell cell) {
  int value = 0;
  const std::string_view text = cell.value_or("0");
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// Reads one table's details.
class DetailsReader {
 public:
  DetailsReader(Connection& connection, const sql::TargetTable& table)
      : connection_(connection), table_(table) {}

  Result<sql::TargetDetails> read();

 private:
  Result<QueryResult> ask(const char* sql);
  Status columns();
  Status indexes();
  Status foreign_keys();
  Status taken_names();
  // Index into the table's columns; nothing for expressions.
  std::optional<std::uint16_t> column_of(int attribute) const;

  Connection& connection_;
  const sql::TargetTable& table_;
  std::vector<int> attributes_;
  sql::TargetDetails details_;
};

Result<QueryResult> DetailsReader::ask(const char* sql) {
  const std::array parameters = {table_.name.schema.c_str(), table_.name.table.c_str()};
  return connection_.exec_params(sql, parameters);
}

std::optional<std::uint16_t> DetailsReader::column_of(int attribute) const {
  const auto found = std::find(attributes_.begin(), attributes_.end(), attribute);
  if (found == attributes_.end()) return std::nullopt;
  return static_cast<std::uint16_t>(found - attributes_.begin());
}

Status DetailsReader::columns() {
  auto rows = ask(kColumnsQuery);
  if (!rows) return std::move(rows).error();
  if (rows->row_count() != table_.columns.size()) {
    return Error(ErrorKind::busy, "the table was altered meanwhile");
  }
  for (std::size_t row = 0; row < rows->row_count(); ++row) {
    attributes_.push_back(number(rows->cell(row, 0)));
    details_.columns.push_back({is_true(rows->cell(row, 1)), is_true(rows->cell(row, 2)),
                                std::string(rows->cell(row, 3).value_or(""))});
    const std::string_view comment = rows->cell(row, 4).value_or("");
    details_.comment = comment == TargetTables::kKeyFollows ? "" : comment;
  }
  return {};
}

Status DetailsReader::indexes() {
  auto rows = ask(kIndexesQuery);
  if (!rows) return std::move(rows).error();
  for (std::size_t row = 0; row < rows->row_count(); ++row) {
    sql::TargetIndex index;
    index.name = *rows->cell(row, 0);
    index.unique = is_true(rows->cell(row, 1));
    index.method = *rows->cell(row, 5);
    index.plain = is_true(rows->cell(row, 6));
    const int count = number(rows->cell(row, 3));
    const auto attributes = attribute_numbers(*rows->cell(row, 2), count);
    const auto options = attribute_numbers(*rows->cell(row, 4), count);
    for (std::size_t i = 0; i < attributes.size(); ++i) {
      const bool descending = i < options.size() && (options[i] & 1) != 0;
      if (const auto column = column_of(attributes[i])) {
        index.columns.push_back({*column, 0, descending});
      }
    }
    details_.indexes.push_back(std::move(index));
  }
  return {};
}

Status DetailsReader::foreign_keys() {
  auto rows = ask(kForeignKeysQuery);
  if (!rows) return std::move(rows).error();
  for (std::size_t row = 0; row < rows->row_count(); ++row) {
    sql::TargetForeignKey key;
    key.name = *rows->cell(row, 0);
    key.referenced = {std::string(*rows->cell(row, 2)), std::string(*rows->cell(row, 3))};
    for (const int attribute :
         attribute_numbers(*rows->cell(row, 1), std::numeric_limits<int>::max())) {
      if (const auto column = column_of(attribute)) key.columns.push_back(*column);
    }
    details_.foreign_keys.push_back(std::move(key));
  }
  return {};
}

// Indexes share the name space of all relations of the schema; foreign keys that of the table's
// constraints.
Status DetailsReader::taken_names() {
  const std::array schema = {table_.name.schema.c_str()};
  auto relations = connection_.exec_params(kRelationsQuery, schema);
  if (!relations) return std::move(relations).error();
  for (std::size_t row = 0; row < relations->row_count(); ++row) {
    details_.taken_index_names.emplace(*relations->cell(row, 0));
  }
  auto constraints = ask(kConstraintsQuery);
  if (!constraints) return std::move(constraints).error();
  for (std::size_t row = 0; row < constraints->row_count(); ++row) {
    details_.taken_foreign_key_names.emplace(*constraints->cell(row, 0));
  }
  return {};
}

Result<sql::TargetDetails> DetailsReader::read() {
  Status status = columns();
  if (status) status = indexes();
  if (status) status = foreign_keys();
  if (status) status = taken_names();
  if (!status) return std::move(status).error();
  return std::move(details_);
}

}  // namespace

Result<sql::TargetDetails> load_details(Connection& connection, const sql::TargetTable& table) {
  return DetailsReader(connection, table).read();
}

}  // namespace tailrace::postgres
