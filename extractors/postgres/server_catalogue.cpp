#include "extractors/postgres/server_catalogue.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tailrace::postgres {
namespace {

// Spelled by hand rather than by format_type(), which leaves the schema away when it is in the
// search path. Arrays are known by their output function, because int2vector has elements too, but
// prints differently; a domain over an array has that function as well.
constexpr const char* kTypeQuery = R"(
SELECT n.nspname, t.typname, t.typtype,
       t.typtype = 'b' AND t.typoutput = 'pg_catalog.array_out'::pg_catalog.regproc,
       t.typelem, t.typdelim, t.typbasetype, t.typtypmod,
       CASE WHEN sn.nspname = 'pg_catalog' THEN pg_catalog.format_type(s.oid, NULL)
            ELSE pg_catalog.quote_ident(sn.nspname) || '.' || pg_catalog.quote_ident(s.typname) END,
       e.enumlabel
FROM pg_catalog.pg_type t
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
JOIN pg_catalog.pg_type s ON s.oid =
  CASE WHEN t.typtype = 'b' AND t.typoutput = 'pg_catalog.array_out'::pg_catalog.regproc
       THEN t.typelem ELSE t.oid END
JOIN pg_catalog.pg_namespace sn ON sn.oid = s.typnamespace
LEFT JOIN pg_catalog.pg_enum e ON e.enumtypid = t.oid
WHERE t.oid = $1::pg_catalog.oid ORDER BY e.enumsortorder)";

// What older rows of a partitioned table hold is with its partitions, which may not agree.
// indkey counts from 0, and goes on with the columns that an index merely INCLUDEs.
constexpr const char* kRelationQuery = R"(
SELECT n.nspname, c.relname, a.attname, a.atttypid, a.atttypmod,
       a.attnotnull AND NOT EXISTS (
         SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'n'
           AND k.conkey[1] = a.attnum AND NOT k.convalidated),
       a.attgenerated <> '', p.place, p.place < p.indnkeyatts, r.place, r.place < r.indnkeyatts,
       a.attnum, a.xmin, a.attisdropped,
       CASE WHEN c.relkind = 'p' THEN m.value
            WHEN a.atthasmissing THEN (a.attmissingval::text::text[])[1] END, f.files, f.writers,
       pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot()) % 4294967296,
       c.relkind <> 'p' OR m.agreed, f.first
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_attribute a
  ON a.attrelid = c.oid AND a.attnum > 0
LEFT JOIN LATERAL (
  SELECT min((l.attmissingval::text::text[])[1]) AS value,
         count(*) = 0 OR count(DISTINCT l.attmissingval::text) + bool_or(NOT l.atthasmissing)::int = 1
           AS agreed
  FROM pg_catalog.pg_partition_tree(c.oid) t
  JOIN pg_catalog.pg_attribute l ON l.attrelid = t.relid AND l.attname = a.attname
  WHERE t.isleaf AND c.relkind = 'p' AND t.relid <> c.oid) m ON true
LEFT JOIN LATERAL (
  SELECT string_agg(s.oid::text || ':' || s.relfilenode::text, ' ' ORDER BY s.oid) AS files,
         string_agg(s.xmin::text, ' ') AS writers, bool_and(s.oid = s.relfilenode) AS first
  FROM pg_catalog.pg_class s
  WHERE s.relfilenode <> 0 AND s.relkind = 'r' AND (s.oid = c.oid OR s.oid IN (
    SELECT t.relid FROM pg_catalog.pg_partition_tree(c.oid) t WHERE c.relkind = 'p'))) f ON true
LEFT JOIN LATERAL (
  SELECT i.indnkeyatts, pg_catalog.array_position(i.indkey::pg_catalog.int2[], a.attnum) AS place
  FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indisprimary) p ON true
LEFT JOIN LATERAL (
  SELECT i.indnkeyatts, pg_catalog.array_position(i.indkey::pg_catalog.int2[], a.attnum) AS place
  FROM pg_catalog.pg_index i
  WHERE i.indrelid = c.oid AND i.indisreplident AND c.relreplident = 'i') r ON true
WHERE c.oid = $1::pg_catalog.oid ORDER BY a.attnum)";

std::string text_of(const QueryResult& answer, std::size_t row, std::size_t column) {
  return std::string(answer.cell(row, column).value_or(""));
}

template <typename Number>
Number number_of(const QueryResult& answer, std::size_t row, std::size_t column) {
  const std::string_view text = answer.cell(row, column).value_or("");
  Number number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

bool truth_of(const QueryResult& answer, std::size_t row, std::size_t column) {
  return answer.cell(row, column) == "t";
}

TypeKind kind_of(std::string_view typtype, bool is_array) {
  if (is_array) return TypeKind::array;
  switch (typtype.empty() ? ' ' : typtype.front()) {
    case 'e':
      return TypeKind::enumeration;
    case 'd':
      return TypeKind::domain;
    case 'c':
      return TypeKind::composite;
    case 'r':
      return TypeKind::range;
    case 'm':
      return TypeKind::multirange;
    default:
      return TypeKind::base;  // b; p are pseudo-types, which no column has
  }
}

TypePtr type_of(std::uint32_t oid, const QueryResult& answer) {
  TypeFacts facts;
  const bool is_array = truth_of(answer, 0, 3);
  facts.oid = oid;
  facts.schema = text_of(answer, 0, 0);
  facts.name = text_of(answer, 0, 1);
  facts.kind = kind_of(answer.cell(0, 2).value_or(""), is_array);
  facts.spelling = text_of(answer, 0, 8) + (is_array ? "[]" : "");
  if (is_array) facts.element = number_of<std::uint32_t>(answer, 0, 4);
  if (const Cell delimiter = answer.cell(0, 5); delimiter && !delimiter->empty()) {
    facts.delimiter = delimiter->front();
  }
  facts.base = number_of<std::uint32_t>(answer, 0, 6);
  facts.base_modifier = number_of<std::int32_t>(answer, 0, 7);
  for (std::size_t row = 0; row < answer.row_count(); ++row) {
    if (const Cell label = answer.cell(row, 9)) facts.labels.emplace_back(*label);
  }
  return std::make_shared<const TypeFacts>(std::move(facts));
}

// Puts the name where its place in the index says.
void place_key_column(const QueryResult& answer, std::size_t row, std::size_t column,
                      std::vector<std::string>& key) {
  if (!truth_of(answer, row, column + 1)) return;
  const auto place = number_of<std::size_t>(answer, row, column);
  if (place >= key.size()) key.resize(place + 1);
  key[place] = text_of(answer, row, 2);
}

std::vector<std::uint32_t> numbers_in(std::string_view text) {
  std::vector<std::uint32_t> numbers;
  while (!text.empty()) {
    std::uint32_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc()) break;
    numbers.push_back(number);
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    text.remove_prefix(std::min<std::size_t>(1, text.size()));
  }
  return numbers;
}

RelationFacts relation_of(const QueryResult& answer) {
  RelationFacts facts;
  facts.schema = text_of(answer, 0, 0);
  facts.name = text_of(answer, 0, 1);
  facts.storage = text_of(answer, 0, 15);
  facts.storage_writers = numbers_in(answer.cell(0, 16).value_or(""));
  facts.storage_is_first = truth_of(answer, 0, 19);
  facts.next_xid = number_of<std::uint32_t>(answer, 0, 17);
  for (std::size_t row = 0; row < answer.row_count(); ++row) {
    if (!answer.cell(row, 2)) continue;  // a table without columns
    const auto number = number_of<std::uint32_t>(answer, row, 11);
    const auto writer = number_of<std::uint32_t>(answer, row, 12);
    if (truth_of(answer, row, 13)) {
      facts.dropped.push_back({number, writer});
      continue;
    }
    facts.columns.push_back({.name = text_of(answer, row, 2),
                             .type_oid = number_of<std::uint32_t>(answer, row, 3),
                             .type_modifier = number_of<std::int32_t>(answer, row, 4),
                             .not_null = truth_of(answer, row, 5),
                             .generated = truth_of(answer, row, 6),
                             .number = number,
                             .writer = writer,
                             .missing_known = truth_of(answer, row, 18)});
    if (const Cell missing = answer.cell(row, 14)) facts.columns.back().missing = *missing;
    place_key_column(answer, row, 7, facts.primary_key);
    place_key_column(answer, row, 9, facts.identity);
  }
  return facts;
}

}  // namespace

Result<QueryResult> ServerCatalogue::ask(const std::string& sql, Parameters parameters) {
  if (connection_) {
    auto answer = connection_->exec_params(sql, parameters);
    if (answer || connection_->alive()) return answer;
    connection_.reset();  // cut while nobody asked anything
  }
  auto connection = connect_();
  if (!connection) return std::move(connection).error();
  connection_ = *std::move(connection);
  auto answer = connection_->exec_params(sql, parameters);
  if (!connection_->alive()) connection_.reset();
  return answer;
}

Result<TypePtr> ServerCatalogue::type(std::uint32_t oid) {
  if (const auto known = types_.find(oid); known != types_.end()) return known->second;
  const std::string parameter = std::to_string(oid);
  const char* const parameters[] = {parameter.c_str()};
  auto answer = ask(kTypeQuery, parameters);
  if (!answer) return std::move(answer).error().with(fmt::format("type with OID {}", oid));
  if (answer->row_count() == 0) {
    return Error(ErrorKind::schema_mismatch,
                 fmt::format("type with OID {} is not in the catalogue any more", oid));
  }
  return types_.emplace(oid, type_of(oid, *answer)).first->second;
}

Result<std::optional<RelationFacts>> read_relation_facts(Connection& connection,
                                                         std::uint32_t oid) {
  const std::string parameter = std::to_string(oid);
  const char* const parameters[] = {parameter.c_str()};
  auto answer = connection.exec_params(kRelationQuery, parameters);
  if (!answer) return std::move(answer).error().with(fmt::format("table with OID {}", oid));
  if (answer->row_count() == 0) return std::optional<RelationFacts>();
  return std::optional(relation_of(*answer));
}

Result<std::optional<RelationFacts>> ServerCatalogue::relation(std::uint32_t oid) {
  if (const auto known = relations_.find(oid); known != relations_.end()) return known->second;
  const std::string parameter = std::to_string(oid);
  const char* const parameters[] = {parameter.c_str()};
  auto answer = ask(kRelationQuery, parameters);
  if (!answer) return std::move(answer).error().with(fmt::format("table with OID {}", oid));
  std::optional<RelationFacts> facts;
  if (answer->row_count() > 0) facts = relation_of(*answer);
  return relations_.emplace(oid, std::move(facts)).first->second;
}

Result<int> ServerCatalogue::money_scale() {
  if (money_scale_) return *money_scale_;
  auto answer = ask("SELECT pg_catalog.scale('1'::pg_catalog.money::pg_catalog.numeric)");
  if (!answer) return std::move(answer).error().with("lc_monetary");
  money_scale_ = number_of<int>(*answer, 0, 0);
  return *money_scale_;
}

void ServerCatalogue::forget(std::uint32_t oid) {
  types_.erase(oid);
  relations_.erase(oid);
}

void ServerCatalogue::forget() {
  types_.clear();
  relations_.clear();
}

}  // namespace tailrace::postgres
