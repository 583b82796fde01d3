#include "extractors/postgres/publication.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tailrace::postgres {
namespace {

// A row is told apart by what the log has of its old version: relreplident, and the index that this
// stands for. An index whose check is deferred does not count (RelationGetIndexList).
constexpr const char* kTables = R"(
SELECT n.nspname, c.relname, rn.nspname, rc.relname, c.oid, c.relkind = 'p',
  c.relpersistence = 'u',
  CASE c.relreplident
    WHEN 'f' THEN true
    WHEN 'd' THEN EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary
                            AND i.indisvalid AND i.indimmediate)
    WHEN 'i' THEN EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisreplident
                            AND i.indisvalid AND i.indimmediate)
    ELSE false
  END
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class rc ON rc.oid = coalesce(pg_partition_root(c.oid), c.oid)
JOIN pg_namespace rn ON rn.oid = rc.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_toast%'
ORDER BY 1, 2)";

std::string text_of(Cell cell) {
  return std::string(cell.value_or(""));
}

TableName name_in(const QueryResult& rows, std::size_t row, std::size_t column) {
  return {text_of(rows.cell(row, column)), text_of(rows.cell(row, column + 1))};
}

// 'a', 'b': as text in a statement.
std::string literals(const Connection& connection, std::span<const std::string> names) {
  std::vector<std::string> quoted;
  for (const std::string& name : names) quoted.push_back(connection.quoted(name));
  return fmt::format("{}", fmt::join(quoted, ", "));
}

Status read_publications(Connection& connection, const std::string& names, Published& published) {
  auto rows = connection.exec(fmt::format(
      "SELECT p.pubname, p.puballtables, to_jsonb(p)->>'pubviaroot', concat_ws(', ', "
      "CASE WHEN NOT pubinsert THEN 'insert' END, CASE WHEN NOT pubupdate THEN 'update' END, "
      "CASE WHEN NOT pubdelete THEN 'delete' END, CASE WHEN NOT pubtruncate THEN 'truncate' END) "
      "FROM pg_publication p WHERE p.pubname IN ({})",
      names));
  if (!rows) return std::move(rows).error();
  for (std::size_t i = 0; i < rows->row_count(); ++i) {
    published.publications.push_back({.name = text_of(rows->cell(i, 0)),
                                      .all_tables = truth_in(rows->cell(i, 1)),
                                      .via_root = truth_in(rows->cell(i, 2)),
                                      .left_out = text_of(rows->cell(i, 3))});
  }
  return {};
}

// A table may be in several publications: a filter of one does nothing when another has all rows,
// and column lists must be equal.
Status read_published_tables(Connection& connection, const std::string& names,
                             Published& published) {
  auto rows = connection.exec(fmt::format(
      "SELECT t.schemaname, t.tablename, c.oid, bool_and(to_jsonb(t)->>'rowfilter' IS NOT NULL), "
      "bool_or(jsonb_array_length(to_jsonb(t)->'attnames') < "
      "  (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 "
      "   AND NOT a.attisdropped AND a.attgenerated = '')) "
      "FROM pg_publication_tables t "
      "JOIN pg_namespace n ON n.nspname = t.schemaname "
      "JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename "
      "WHERE t.pubname IN ({}) GROUP BY 1, 2, 3 ORDER BY 1, 2",
      names));
  if (!rows) return std::move(rows).error();
  for (std::size_t i = 0; i < rows->row_count(); ++i) {
    published.tables.push_back({.name = name_in(*rows, i, 0),
                                .oid = static_cast<std::uint32_t>(number_in(rows->cell(i, 2))),
                                .row_filter = truth_in(rows->cell(i, 3)),
                                .column_list = truth_in(rows->cell(i, 4))});
  }
  return {};
}

std::string list(std::span<const TableName> tables) {
  constexpr std::size_t kShown = 10;
  std::string text;
  for (std::size_t i = 0; i < std::min(tables.size(), kShown); ++i) {
    text += (i == 0 ? "" : ", ") + tables[i].to_string();
  }
  if (tables.size() > kShown) text += fmt::format(" and {} more", tables.size() - kShown);
  return text;
}

Error without_identity(std::span<const TableName> tables) {
  return Error(ErrorKind::source_settings,
               fmt::format("no replica identity: {}; once published, the source's own UPDATE and "
                           "DELETE on them would fail",
                           list(tables)))
      .hint(fmt::format("add a primary key, or ALTER TABLE {} REPLICA IDENTITY FULL; or leave them "
                        "out of source.tables with \"!{}\"",
                        quoted_name(tables.front()), tables.front().to_string()));
}

// The tables whose rows would be in the stream under a captured name.
bool is_captured(const SourceTable& table, const CaptureFilter& filter, bool via_root) {
  if (via_root && filter.captures(table.root.schema, table.root.table)) return true;
  return filter.captures(table.name.schema, table.name.table);
}

}  // namespace

Result<std::vector<SourceTable>> read_tables(Connection& connection) {
  auto rows = connection.exec(kTables);
  if (!rows) return std::move(rows).error().with("reading the tables of the source");
  std::vector<SourceTable> tables;
  for (std::size_t i = 0; i < rows->row_count(); ++i) {
    tables.push_back({.name = name_in(*rows, i, 0),
                      .root = name_in(*rows, i, 2),
                      .oid = static_cast<std::uint32_t>(number_in(rows->cell(i, 4))),
                      .partitioned = truth_in(rows->cell(i, 5)),
                      .unlogged = truth_in(rows->cell(i, 6)),
                      .has_identity = truth_in(rows->cell(i, 7))});
  }
  return tables;
}

std::vector<std::string> Published::missing(std::span<const std::string> names) const {
  std::vector<std::string> absent;
  for (const std::string& name : names) {
    const bool found = std::any_of(publications.begin(), publications.end(),
                                   [&](const Publication& p) { return p.name == name; });
    if (!found) absent.push_back(name);
  }
  return absent;
}

bool Published::has(const TableName& table) const {
  return std::any_of(tables.begin(), tables.end(),
                     [&](const PublishedTable& entry) { return entry.name == table; });
}

Result<Published> read_published(Connection& connection, std::span<const std::string> names) {
  const std::string quoted = literals(connection, names);
  Published published;
  auto read = read_publications(connection, quoted, published);
  if (read) read = read_published_tables(connection, quoted, published);
  if (!read) return std::move(read).error().with("reading the publications");
  return published;
}

std::string NewPublication::statement() const {
  std::string sql = "CREATE PUBLICATION " + quoted_identifier(name);
  if (all_tables) {
    sql += " FOR ALL TABLES";
  } else {
    for (std::size_t i = 0; i < tables.size(); ++i) {
      sql += (i == 0 ? " FOR TABLE " : ", ") + quoted_name(tables[i]);
    }
  }
  return via_root ? sql + " WITH (publish_via_partition_root = true)" : sql;
}

Result<NewPublication> plan_publication(const PostgresSourceOptions& options,
                                        const CaptureFilter& filter, const ServerFacts& facts,
                                        std::span<const SourceTable> tables) {
  NewPublication planned{.name = options.publication_names().front(),
                         .all_tables = options.tables.empty() && facts.is_superuser,
                         .via_root = facts.at_least(13),
                         .tables = {}};
  std::vector<TableName> anonymous;
  for (const SourceTable& table : tables) {
    if (table.unlogged) continue;
    const bool captured = is_captured(table, filter, planned.via_root);
    if ((captured || planned.all_tables) && !table.partitioned && !table.has_identity) {
      anonymous.push_back(table.name);
    }
    if (!captured || (table.partitioned && !planned.via_root)) continue;
    const bool comes_with_root = planned.via_root && table.is_partition() &&
                                 filter.captures(table.root.schema, table.root.table);
    if (!comes_with_root) planned.tables.push_back(table.name);
  }
  if (!anonymous.empty()) return without_identity(anonymous);
  if (planned.tables.empty() && !planned.all_tables) {
    return Error(ErrorKind::source_settings,
                 fmt::format("no table of the database \"{}\" is captured, so there is nothing to "
                             "publish",
                             facts.database))
        .hint("create the tables first, or check source.tables");
  }
  return planned;
}

Status create_publication(Connection& connection, const NewPublication& publication) {
  const std::string statement = publication.statement();
  auto made = connection.exec(statement);
  if (made) return {};
  Error error = std::move(made).error().with("making the publication " + publication.name);
  if (error.kind() != ErrorKind::permission) return error;
  return std::move(error).hint(
      "let the owner of the tables run this, with CREATE on the database: " + statement);
}

Status drop_publication(Connection& connection, const std::string& name) {
  auto dropped = connection.exec("DROP PUBLICATION IF EXISTS " + quoted_identifier(name));
  if (!dropped) return std::move(dropped).error().with("dropping the publication " + name);
  return {};
}

std::vector<TableName> named_but_unpublished(const PostgresSourceOptions& options,
                                             const CaptureFilter& filter,
                                             const Published& published) {
  std::vector<TableName> absent;
  for (const std::string& pattern : options.tables) {
    const auto dot = pattern.find('.');
    if (pattern.starts_with('!') || dot == std::string::npos) continue;
    if (pattern.find_first_of("*?") != std::string::npos) continue;
    const TableName table{pattern.substr(0, dot), pattern.substr(dot + 1)};
    if (filter.captures(table.schema, table.table) && !published.has(table)) {
      absent.push_back(table);
    }
  }
  return absent;
}

Status check_publications(const PostgresSourceOptions& options, const Published& published) {
  const auto missing = published.missing(options.publication_names());
  if (missing.empty()) return {};
  return Error(ErrorKind::source_settings,
               fmt::format("no such publication: {}", fmt::join(missing, ", ")))
      .hint(fmt::format("CREATE PUBLICATION {} FOR TABLE ... WITH (publish_via_partition_root = "
                        "true), before the replication slot is made",
                        quoted_identifier(missing.front())));
}

Error not_published(const PostgresSourceOptions& options, std::span<const TableName> absent) {
  return Error(ErrorKind::source_settings,
               fmt::format("captured, but not published: {}", list(absent)))
      .hint(fmt::format("ALTER PUBLICATION {} ADD TABLE {}; rows from before are not in the stream",
                        quoted_identifier(options.publication_names().front()),
                        quoted_name(absent.front())));
}

Result<std::vector<TableName>> existing(Connection& connection, std::span<const TableName> tables) {
  std::vector<TableName> found;
  for (const TableName& table : tables) {
    const char* const parameters[] = {table.schema.c_str(), table.table.c_str()};
    auto rows = connection.exec_params(
        "SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = $1 AND c.relname = $2",
        parameters);
    if (!rows) return std::move(rows).error();
    if (rows->row_count() != 0) found.push_back(table);
  }
  return found;
}

std::string quoted_identifier(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted.push_back('"');
    quoted.push_back(c);
  }
  return quoted + "\"";
}

std::string quoted_name(const TableName& table) {
  return quoted_identifier(table.schema) + "." + quoted_identifier(table.table);
}

}  // namespace tailrace::postgres
