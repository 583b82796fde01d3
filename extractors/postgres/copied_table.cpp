#include "extractors/postgres/copied_table.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "extractors/postgres/publication.h"
#include "extractors/postgres/server_facts.h"

namespace tailrace::postgres {
namespace {

// By way of JSON, because servers before 15 know neither filters nor column lists.
constexpr const char* kListed = R"(
  SELECT c.oid, to_jsonb(t)->>'rowfilter' AS filter, to_jsonb(t)->>'attnames' AS columns
  FROM pg_publication_tables t
  JOIN pg_namespace n ON n.nspname = t.schemaname
  JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename
  WHERE t.pubname IN ({}))";

constexpr const char* kListedByOid =
    "SELECT oid, NULL::text AS filter, NULL::text AS columns FROM pg_class WHERE oid IN ({})";

// A table may be in several publications: each adds rows, and one without a filter adds all. A
// partition whose ancestor is listed is sent as part of that (pgoutput.c, get_rel_sync_entry).
constexpr const char* kPublished = R"(
WITH listed AS ({})
SELECT n.nspname, c.relname, c.oid, c.relkind = 'p', c.relreplident,
  CASE WHEN bool_or(l.filter IS NULL) THEN NULL
       ELSE string_agg(DISTINCT '(' || l.filter || ')', ' OR ') END,
  min(l.columns), count(DISTINCT coalesce(l.columns, '')) > 1,
  EXISTS (SELECT FROM pg_partition_tree(c.oid) p JOIN listed o ON o.oid = p.relid
          WHERE p.relid <> c.oid),
  (SELECT string_agg(p.relid::oid::text, ' ') FROM pg_partition_tree(c.oid) p
   JOIN pg_class leaf ON leaf.oid = p.relid
   WHERE p.isleaf AND p.relid <> c.oid AND (leaf.relkind = 'f' OR leaf.relpersistence = 'u'))
FROM listed l JOIN pg_class c ON c.oid = l.oid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT EXISTS (SELECT FROM pg_partition_ancestors(l.oid) a JOIN listed o ON o.oid = a.relid
                  WHERE a.relid <> l.oid)
GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2)";

// $2: the names that are published, as JSON; without: all that are not generated. Servers before 18
// never send generated columns.
constexpr const char* kColumns = R"(
SELECT a.attname, a.atttypid, a.atttypmod,
  CASE WHEN $2::jsonb IS NULL THEN a.attgenerated = ''
       ELSE $2::jsonb ? a.attname::text AND (a.attgenerated = '' OR a.attgenerated = 's'
            AND current_setting('server_version_num')::int >= 180000) END,
  a.attgenerated = ''
FROM pg_attribute a WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum)";

constexpr const char* kOperator =
    "(SELECT format('OPERATOR(%I.%s)', n.nspname, o.oprname) FROM pg_amop s "
    "JOIN pg_operator o ON o.oid = s.amopopr JOIN pg_namespace n ON n.oid = o.oprnamespace "
    "WHERE s.amopfamily = oc.opcfamily AND s.amoplefttype = oc.opcintype "
    "AND s.amoprighttype = oc.opcintype AND s.amoppurpose = 's' AND s.amopstrategy = {})";

constexpr const char* kKey =
    "SELECT a.attname, CASE WHEN co.oid <> a.attcollation "
    "THEN format('%I.%I', cn.nspname, co.collname) END, {}, {}, {}, {} "
    "FROM pg_index i CROSS JOIN LATERAL generate_series(0, i.indnkeyatts - 1) AS k(place) "
    "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.place] "
    "JOIN pg_opclass oc ON oc.oid = i.indclass[k.place] "
    "LEFT JOIN pg_collation co ON co.oid = i.indcollation[k.place] "
    "LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace "
    "WHERE i.indrelid = {} AND i.{} ORDER BY k.place";

std::string text_of(Cell cell) {
  return std::string(cell.value_or(""));
}

std::uint32_t oid_in(Cell cell) {
  return static_cast<std::uint32_t>(number_in(cell));
}

Error contradicting(const TableName& table, std::string_view what) {
  return Error(ErrorKind::source_settings, fmt::format("the publications {}", what))
      .hint("publish the table in one of them only, or in all of them alike")
      .with("table " + table.to_string());
}

std::vector<std::uint32_t> oids_in(std::string_view text) {
  std::vector<std::uint32_t> oids;
  while (!text.empty()) {
    const auto space = std::min(text.find(' '), text.size());
    oids.push_back(oid_in(text.substr(0, space)));
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  return oids;
}

RelationDefinition::Column column_in(const QueryResult& rows, std::size_t row) {
  return {.name = text_of(rows.cell(row, 0)),
          .type_oid = oid_in(rows.cell(row, 1)),
          .type_modifier = static_cast<std::int32_t>(signed_number_in(rows.cell(row, 2))),
          .key = false};
}

Result<QueryResult> read_columns(Connection& connection, std::uint32_t oid, Cell published) {
  const std::string relation = std::to_string(oid);
  const std::string names(published.value_or(""));
  const char* const parameters[] = {relation.c_str(), published ? names.c_str() : nullptr};
  return connection.exec_params(kColumns, parameters);
}

Status read_definition(Connection& connection, Cell published, PublishedRows& rows) {
  auto columns = read_columns(connection, rows.definition.oid, published);
  if (!columns) return std::move(columns).error();
  for (std::size_t i = 0; i < columns->row_count(); ++i) {
    if (truth_in(columns->cell(i, 3))) {
      rows.definition.columns.push_back(column_in(*columns, i));
    } else if (truth_in(columns->cell(i, 4))) {
      rows.column_list = true;
    }
  }
  return {};
}

Error changed(const TableName& table) {
  return Error(ErrorKind::schema_mismatch, "the table has changed since it was described")
      .hint("it is described and copied anew")
      .with("table " + table.to_string());
}

// listed: SQL that answers oid, filter and columns of each table, once for each publication.
Result<std::vector<PublishedRows>> read_listed_rows(Connection& connection,
                                                    const std::string& listed_tables,
                                                    const CaptureFilter& filter) {
  auto listed = connection.exec(fmt::format(kPublished, listed_tables));
  if (!listed) return std::move(listed).error().with("reading the publications");
  std::vector<PublishedRows> tables;
  for (std::size_t i = 0; i < listed->row_count(); ++i) {
    TableName name{text_of(listed->cell(i, 0)), text_of(listed->cell(i, 1))};
    if (!filter.captures(name.schema, name.table)) continue;
    PublishedRows rows;
    rows.definition.oid = oid_in(listed->cell(i, 2));
    rows.definition.name = name;
    rows.definition.identity =
        static_cast<ReplicaIdentity>(listed->cell(i, 4).value_or("d").front());
    rows.partitioned = truth_in(listed->cell(i, 3));
    rows.filter = text_of(listed->cell(i, 5));
    rows.unlogged_partitions = oids_in(listed->cell(i, 9).value_or(""));
    if (truth_in(listed->cell(i, 7))) {
      return contradicting(name, "send different columns of the table");
    }
    auto read = read_definition(connection, listed->cell(i, 6), rows);
    if (!read) return std::move(read).error().with("table " + name.to_string());
    const bool of_some_rows = !rows.filter.empty() || rows.column_list;
    if (truth_in(listed->cell(i, 8)) && of_some_rows) {
      return contradicting(name, "send the table by its name, and a partition of it by its own");
    }
    tables.push_back(std::move(rows));
  }
  return tables;
}

}  // namespace

Result<std::vector<PublishedRows>> read_published_rows(Connection& connection,
                                                       std::span<const std::string> publications,
                                                       const CaptureFilter& filter) {
  std::vector<std::string> names;
  for (const std::string& name : publications) names.push_back(connection.quoted(name));
  return read_listed_rows(connection, fmt::format(kListed, fmt::join(names, ", ")), filter);
}

Result<std::vector<PublishedRows>> read_unpublished_rows(Connection& connection,
                                                         const CaptureFilter& filter) {
  auto tables = read_tables(connection);
  if (!tables) return std::move(tables).error();
  const bool via_root = connection.server_version() >= 130'000;
  std::vector<std::uint32_t> oids{0};  // of no table: the list is never empty
  for (const SourceTable& table : *tables) {
    if (table.unlogged || (table.partitioned && !via_root)) continue;
    if (filter.captures(table.name.schema, table.name.table)) oids.push_back(table.oid);
  }
  return read_listed_rows(connection, fmt::format(kListedByOid, fmt::join(oids, ", ")), filter);
}

Status check_unchanged(Connection& connection, const PublishedRows& rows) {
  const RelationDefinition& definition = rows.definition;
  auto columns = read_columns(connection, definition.oid, {});
  if (!columns) return std::move(columns).error().with("table " + definition.name.to_string());
  std::size_t next = 0;
  for (std::size_t i = 0; i < columns->row_count(); ++i) {
    if (next < definition.columns.size() && column_in(*columns, i) == definition.columns[next]) {
      ++next;
    } else if (!rows.column_list && truth_in(columns->cell(i, 4))) {
      return changed(definition.name);
    }
  }
  if (next != definition.columns.size()) return changed(definition.name);
  return {};
}

bool KeyPart::is_plain() const {
  return less == "OPERATOR(pg_catalog.<)" && at_most == "OPERATOR(pg_catalog.<=)" &&
         at_least == "OPERATOR(pg_catalog.>=)" && greater == "OPERATOR(pg_catalog.>)";
}

// Operators are spelled out: an extension's are not in the search path, and PostgreSQL would find
// others that order differently (citext as text).
Result<std::vector<KeyPart>> read_key(Connection& connection, const RelationDefinition& definition,
                                      const TableSchema& schema) {
  std::vector<KeyPart> key;
  if (schema.key.empty()) return key;
  const bool by_index = definition.identity == ReplicaIdentity::index;
  const auto operator_number = [](int strategy) { return fmt::format(kOperator, strategy); };
  auto parts = connection.exec(fmt::format(kKey, operator_number(1), operator_number(2),
                                           operator_number(4), operator_number(5), definition.oid,
                                           by_index ? "indisreplident" : "indisprimary"));
  if (!parts) return std::move(parts).error().with("table " + definition.name.to_string());
  if (parts->row_count() != schema.key.size()) return key;
  for (std::size_t i = 0; i < parts->row_count(); ++i) {
    const Column& column = schema.columns[schema.key[i]];
    if (column.name != parts->cell(i, 0)) return std::vector<KeyPart>();
    key.push_back({.column = column.name,
                   .type = column.native_type,
                   .collation = text_of(parts->cell(i, 1)),
                   .less = text_of(parts->cell(i, 2)),
                   .at_most = text_of(parts->cell(i, 3)),
                   .at_least = text_of(parts->cell(i, 4)),
                   .greater = text_of(parts->cell(i, 5))});
  }
  return key;
}

Error with_reading_hint(Error error, const TableName& table) {
  if (error.kind() == ErrorKind::permission) {
    const bool by_policy = error.message().find("row-level security") != std::string::npos;
    error = std::move(error).hint(
        by_policy ? "ALTER ROLE ... BYPASSRLS for the role that reads: with a policy in between, "
                    "rows would be missing"
                  : fmt::format("GRANT USAGE ON SCHEMA {} TO ...; GRANT SELECT ON {} TO ... (the "
                                "stream needs neither, the copy does)",
                                quoted_identifier(table.schema), quoted_name(table)));
  }
  return std::move(error).with("table " + table.to_string());
}

}  // namespace tailrace::postgres
