#include "extractors/postgres/table_details.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "extractors/postgres/column_default.h"
#include "extractors/postgres/server_facts.h"

namespace tailrace::postgres {
namespace {

// The sequence of a column is that of its identity, or the one that it owns and takes its default
// from (serial). Where a sequence stands that was never asked, and where our role may not look, is
// unknown; the former begins at its start.
constexpr const char* kColumns = R"(
SELECT a.attname, col_description(a.attrelid, a.attnum),
  CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
  s.seqrelid IS NOT NULL,
  CASE WHEN has_sequence_privilege(s.seqrelid, 'USAGE, SELECT')
       THEN coalesce(pg_sequence_last_value(s.seqrelid) + s.seqincrement, s.seqstart) END
FROM pg_attribute a
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN LATERAL (
  SELECT q.* FROM pg_depend p JOIN pg_sequence q ON q.seqrelid = p.objid
  WHERE p.classid = 'pg_class'::regclass AND p.refclassid = 'pg_class'::regclass
    AND p.refobjid = a.attrelid AND p.refobjsubid = a.attnum
    AND (p.deptype = 'i' AND a.attidentity <> '' OR p.deptype = 'a' AND EXISTS (
      SELECT FROM pg_depend u WHERE u.classid = 'pg_attrdef'::regclass AND u.objid = d.oid
        AND u.refclassid = 'pg_class'::regclass AND u.refobjid = q.seqrelid))
  LIMIT 1) s ON true
WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum)";

// What an index is beyond its columns. indoption: 1 descending, 2 NULLs first; these go together
// unless somebody said otherwise. The one that the table's key stands for is left out.
constexpr const char* kIndexes = R"(
SELECT x.relname, i.indisunique, m.amname, pg_get_indexdef(i.indexrelid), concat_ws(', ',
    CASE WHEN i.indpred IS NOT NULL THEN 'partial' END,
    CASE WHEN i.indexprs IS NOT NULL THEN 'expression' END,
    CASE WHEN i.indisexclusion THEN 'exclusion' END,
    CASE WHEN i.indnatts > i.indnkeyatts THEN 'include' END,
    CASE WHEN to_jsonb(i)->>'indnullsnotdistinct' = 'true' THEN 'nulls not distinct' END,
    CASE WHEN NOT i.indimmediate THEN 'deferrable' END,
    CASE WHEN k.other_class THEN 'operator class' END,
    CASE WHEN k.other_collation THEN 'collation' END,
    CASE WHEN k.other_nulls THEN 'order of nulls' END), k.names, k.directions
FROM pg_index i
JOIN pg_class x ON x.oid = i.indexrelid
JOIN pg_am m ON m.oid = x.relam
CROSS JOIN LATERAL (
  SELECT json_agg(a.attname ORDER BY place)::text AS names,
    string_agg(CASE WHEN i.indoption[place] & 1 = 1 THEN 'd' ELSE 'a' END, '' ORDER BY place)
      AS directions,
    bool_or(NOT o.opcdefault) AS other_class,
    bool_or(i.indcollation[place] <> 0 AND i.indcollation[place] <> a.attcollation)
      AS other_collation,
    bool_or(i.indoption[place] IN (1, 2)) AS other_nulls
  FROM generate_series(0, i.indnkeyatts - 1) AS place
  JOIN pg_opclass o ON o.oid = i.indclass[place]
  LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[place]) k
WHERE i.indrelid = $1::oid AND i.indisvalid AND i.indislive
  AND NOT CASE WHEN $2 THEN i.indisreplident ELSE i.indisprimary END
ORDER BY x.relname)";

// A key that refers to a partitioned table has a row for each partition, too.
constexpr const char* kForeignKeys = R"(
SELECT c.conname, rn.nspname, r.relname,
  (SELECT json_agg(a.attname ORDER BY k.place)::text
   FROM unnest(c.conkey) WITH ORDINALITY k(number, place)
   JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number),
  (SELECT json_agg(a.attname ORDER BY k.place)::text
   FROM unnest(c.confkey) WITH ORDINALITY k(number, place)
   JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number),
  c.confdeltype, c.confupdtype,
  (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.place)
   FROM jsonb_array_elements_text(
     CASE WHEN jsonb_typeof(to_jsonb(c)->'confdelsetcols') = 'array'
          THEN to_jsonb(c)->'confdelsetcols' ELSE '[]' END) WITH ORDINALITY k(number, place)
   JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number::int)
FROM pg_constraint c
JOIN pg_class r ON r.oid = c.confrelid
JOIN pg_namespace rn ON rn.oid = r.relnamespace
WHERE c.conrelid = $1::oid AND c.contype = 'f' AND NOT EXISTS (
  SELECT FROM pg_constraint p WHERE p.oid = c.conparentid AND p.conrelid = c.conrelid)
ORDER BY c.conname)";

std::string text_of(Cell cell) {
  return std::string(cell.value_or(""));
}

// ["a", null]: an expression has no name.
std::vector<std::string> names_in(Cell cell) {
  std::vector<std::string> names;
  const auto json = nlohmann::json::parse(cell.value_or("[]"), nullptr, false);
  if (!json.is_array()) return names;
  for (const auto& name : json) names.push_back(name.is_string() ? name.get<std::string>() : "");
  return names;
}

// Nothing when one of them is not captured: the target cannot have it.
std::optional<std::vector<std::uint16_t>> places_of(const std::vector<std::string>& names,
                                                    const TableSchema& schema) {
  std::vector<std::uint16_t> places;
  for (const std::string& name : names) {
    const auto place = schema.find_column(name);
    if (!place) return std::nullopt;
    places.push_back(*place);
  }
  return places;
}

std::string action(Cell letter) {
  switch (letter && !letter->empty() ? letter->front() : ' ') {
    case 'c':
      return "CASCADE";
    case 'n':
      return "SET NULL";
    case 'd':
      return "SET DEFAULT";
    case 'r':
      return "RESTRICT";
    default:
      return "NO ACTION";
  }
}

// Every other name is that of the moment of the transaction.
bool is_of_another_moment(std::string_view now) {
  return now.starts_with("clock_timestamp") || now.starts_with("statement_timestamp");
}

// One table's details, put together query by query.
class DetailsReader {
 public:
  DetailsReader(Connection& connection, const CopiedTable& table)
      : connection_(connection),
        table_(table),
        schema_(*table.relation->schema),
        oid_(std::to_string(table.rows.definition.oid)) {
    details_.columns.resize(schema_.columns.size());
  }

  Result<TableDetails> read() {
    Status done = comment();
    if (done) done = columns();
    if (done) done = constants();
    if (done) done = indexes();
    if (done) done = foreign_keys();
    if (!done) return std::move(done).error().with("table " + schema_.name.to_string());
    return std::move(details_);
  }

 private:
  struct Constant {
    std::uint16_t column;
    std::string expression;
  };

  Status comment() {
    const char* const parameters[] = {oid_.c_str()};
    auto text = connection_.exec_params("SELECT obj_description($1::oid, 'pg_class')", parameters);
    if (!text) return std::move(text).error();
    details_.comment = text_of(text->scalar());
    return {};
  }

  Status columns() {
    const char* const parameters[] = {oid_.c_str()};
    auto rows = connection_.exec_params(kColumns, parameters);
    if (!rows) return std::move(rows).error();
    for (std::size_t i = 0; i < rows->row_count(); ++i) {
      const auto place = schema_.find_column(rows->cell(i, 0).value_or(""));
      if (!place) continue;
      ColumnDetails& column = details_.columns[*place];
      column.comment = text_of(rows->cell(i, 1));
      column.auto_increment = truth_in(rows->cell(i, 3));
      if (column.auto_increment) {
        const std::int64_t next = signed_number_in(rows->cell(i, 4));
        if (next > 0) details_.next_auto_value = static_cast<std::uint64_t>(next);
      } else {
        take_default(*place, text_of(rows->cell(i, 2)));
      }
    }
    return {};
  }

  void take_default(std::uint16_t place, std::string expression) {
    auto& value = details_.columns[place].default_value;
    switch (form_of_default(expression, schema_.columns[place].type)) {
      case DefaultForm::null:
        break;
      case DefaultForm::constant:
        constants_.push_back({place, std::move(expression)});
        break;
      case DefaultForm::current_timestamp:
        value = {ColumnDefault::Kind::current_timestamp,
                 is_of_another_moment(expression) ? std::move(expression) : std::string()};
        break;
      case DefaultForm::expression:
        value = {ColumnDefault::Kind::expression, std::move(expression)};
        break;
    }
  }

  // The server makes values of them, which are then read like those of rows.
  Status constants() {
    if (constants_.empty()) return {};
    std::vector<std::string> values;
    for (const Constant& constant : constants_) {
      values.push_back(fmt::format("pg_catalog.format('%s', ({})::{})", constant.expression,
                                   schema_.columns[constant.column].native_type));
    }
    auto row = connection_.exec(fmt::format("SELECT {}", fmt::join(values, ", ")));
    if (!row) return std::move(row).error().with("defaults");
    for (std::size_t i = 0; i < constants_.size(); ++i) {
      ByteWriter canonical;
      const auto& decoder = table_.relation->columns[constants_[i].column].decoder;
      const bool read = decoder->text(row->cell(0, i).value_or(""), canonical);
      auto& value = details_.columns[constants_[i].column].default_value;
      if (read) {
        value = {ColumnDefault::Kind::literal, std::string(canonical.text())};
      } else {
        value = {ColumnDefault::Kind::expression, std::move(constants_[i].expression)};
      }
    }
    return {};
  }

  Status indexes() {
    const bool by_index = table_.rows.definition.identity == ReplicaIdentity::index;
    const char* const parameters[] = {oid_.c_str(), by_index ? "true" : "false"};
    auto rows = connection_.exec_params(kIndexes, parameters);
    if (!rows) return std::move(rows).error();
    for (std::size_t i = 0; i < rows->row_count(); ++i) {
      IndexDetails index{.name = text_of(rows->cell(i, 0)),
                         .unique = truth_in(rows->cell(i, 1)),
                         .columns = {},
                         .method = text_of(rows->cell(i, 2)),
                         .special = text_of(rows->cell(i, 4)),
                         .definition = text_of(rows->cell(i, 3))};
      const auto names = names_in(rows->cell(i, 5));
      const std::string directions = text_of(rows->cell(i, 6));
      bool captured = true;
      for (std::size_t k = 0; k < names.size(); ++k) {
        if (names[k].empty()) continue;  // an expression
        const auto place = schema_.find_column(names[k]);
        captured = captured && place.has_value();
        if (place) {
          index.columns.push_back(
              {.column = *place, .prefix_length = 0, .descending = directions[k] == 'd'});
        }
      }
      if (captured) details_.indexes.push_back(std::move(index));
    }
    return {};
  }

  Status foreign_keys() {
    const char* const parameters[] = {oid_.c_str()};
    auto rows = connection_.exec_params(kForeignKeys, parameters);
    if (!rows) return std::move(rows).error();
    for (std::size_t i = 0; i < rows->row_count(); ++i) {
      auto places = places_of(names_in(rows->cell(i, 3)), schema_);
      if (!places) continue;
      ForeignKeyDetails key{.name = text_of(rows->cell(i, 0)),
                            .columns = *std::move(places),
                            .referenced = {text_of(rows->cell(i, 1)), text_of(rows->cell(i, 2))},
                            .referenced_columns = names_in(rows->cell(i, 4)),
                            .on_delete = action(rows->cell(i, 5)),
                            .on_update = action(rows->cell(i, 6))};
      if (const Cell some = rows->cell(i, 7)) key.on_delete += fmt::format(" ({})", *some);
      details_.foreign_keys.push_back(std::move(key));
    }
    return {};
  }

  Connection& connection_;
  const CopiedTable& table_;
  const TableSchema& schema_;
  const std::string oid_;
  std::vector<Constant> constants_;
  TableDetails details_;
};

}  // namespace

Result<TableDetails> read_table_details(Connection& connection, const CopiedTable& table) {
  return DetailsReader(connection, table).read();
}

}  // namespace tailrace::postgres
