#include "extractors/mysql/snapshot.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "extractors/mysql/definition_changes.h"
#include "extractors/mysql/key_splitter.h"
#include "extractors/mysql/quoted_name.h"
#include "extractors/mysql/snapshot_session.h"
#include "extractors/mysql/table_details_reader.h"

namespace tailrace::mysql {

namespace {

std::uint64_t number_of(const Cell& cell) {
  std::uint64_t value = 0;
  const std::string_view text = cell.value_or("");
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

constexpr std::string_view kTables =
    "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_ROWS, DATA_LENGTH FROM information_schema.TABLES "
    "WHERE TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') "
    "AND TABLE_SCHEMA NOT IN ('information_schema', 'performance_schema', 'sys') ORDER BY 1, 2";

// All columns of it, or the server's refusal. information_schema shows what the account has any
// privilege on, and of columns only those it may use.
Status probe(Connection& connection, const TableName& name) {
  auto probed = connection.query(fmt::format("SELECT * FROM {}.{} LIMIT 0",
                                             quoted_name(name.schema), quoted_name(name.table)));
  if (!probed) return with_select_hint(std::move(probed).error(), name);
  return {};
}

}  // namespace

std::optional<TableName> named_table(std::string_view pattern) {
  const std::size_t point = pattern.find('.');
  const bool is_plain = !pattern.starts_with('!') && point != std::string_view::npos &&
                        pattern.find_first_of("*?[]\\") == std::string_view::npos;
  if (!is_plain) return std::nullopt;
  return TableName{std::string(pattern.substr(0, point)), std::string(pattern.substr(point + 1))};
}

void MySqlSnapshot::interrupt() {
  interrupted_.store(true);
  connection_.interrupt();
}

Error MySqlSnapshot::stopped_or(Error error) const {
  if (interrupted_.load()) return Error(ErrorKind::cancelled, "interrupted");
  return error;
}

Result<std::vector<MySqlSnapshot::Listed>> MySqlSnapshot::list_tables() {
  auto rows = connection_.query(kTables);
  if (!rows) return std::move(rows).error();
  std::vector<Listed> listed;
  std::set<TableName> existing;
  for (std::size_t i = 0; i < rows->row_count(); ++i) {
    const Row row = rows->row(i);
    TableName name{std::string(row[0].value_or("")), std::string(row[1].value_or(""))};
    existing.insert(name);
    if (!selection_.filter.captures(name.schema, name.table)) continue;
    listed.push_back({std::move(name), number_of(row[2]), number_of(row[3])});
  }
  // What the stream does not send must not be there from a copy.
  const auto helpers = find_helpers(selection_.filter, selection_.follow_table_copies, existing);
  std::erase_if(listed, [&](const Listed& one) { return helpers.contains(one.name); });
  return listed;
}

// A table that was named, but that information_schema does not show, may be one that we may not
// read: the server tells "no such table" from "denied" when it is asked for it.
Status MySqlSnapshot::probe_named_tables(const std::vector<Listed>& found) {
  for (const std::string& pattern : selection_.patterns) {
    const auto name = named_table(pattern);
    if (!name || !selection_.filter.captures(name->schema, name->table)) continue;
    const bool is_found = std::any_of(found.begin(), found.end(),
                                      [&](const Listed& listed) { return listed.name == *name; });
    if (is_found) continue;
    auto probed = probe(connection_, *name);
    if (!probed && probed.error().kind() == ErrorKind::permission) return probed;
  }
  return {};
}

// Nothing: it is gone meanwhile.
Result<std::optional<SnapshotTable>> MySqlSnapshot::describe(const Listed& listed) {
  if (auto allowed = probe(connection_, listed.name); !allowed) {
    if (allowed.error().native().starts_with("1146/")) return std::optional<SnapshotTable>();
    return std::move(allowed).error();
  }
  auto plan = plan_table(connection_, listed.name);
  if (!plan) return std::move(plan).error();
  if (!*plan) return std::optional<SnapshotTable>();
  auto details = read_table_details(connection_, *(*plan)->schema, (*plan)->columns);
  if (!details) return std::move(details).error();
  return std::optional<SnapshotTable>(SnapshotTable{.schema = (*plan)->schema,
                                                    .details = std::move(*details),
                                                    .rows = listed.rows,
                                                    .bytes = listed.bytes});
}

Result<std::vector<SnapshotTable>> MySqlSnapshot::tables() {
  auto listed = list_tables();
  if (!listed) return stopped_or(std::move(listed).error());
  if (auto probed = probe_named_tables(*listed); !probed) {
    return stopped_or(std::move(probed).error());
  }
  std::vector<SnapshotTable> tables;
  for (const Listed& one : *listed) {
    auto table = describe(one);
    if (!table) return stopped_or(std::move(table).error());
    if (*table) tables.push_back(std::move(**table));
  }
  return tables;
}

Result<std::vector<KeyRange>> MySqlSnapshot::split(const SnapshotTable& table,
                                                   std::uint64_t rows_per_range) {
  if (table.schema->key.empty()) {
    // Early, before anything is copied.
    if (auto fit = check_has_views(connection_, table.schema->name); !fit) {
      return stopped_or(std::move(fit).error());
    }
    return std::vector<KeyRange>{KeyRange()};
  }
  auto ranges = split_keyed(table, rows_per_range);
  if (!ranges) {
    return stopped_or(std::move(ranges).error().with("table " + table.schema->name.to_string()));
  }
  return ranges;
}

Result<std::vector<KeyRange>> MySqlSnapshot::split_keyed(const SnapshotTable& table,
                                                         std::uint64_t rows_per_range) {
  auto catalogue = read_catalogue_table(connection_, table.schema->name);
  if (!catalogue) return std::move(catalogue).error();
  if (!*catalogue) return Error(ErrorKind::schema_mismatch, "the table is gone");
  return KeySplitter(connection_, **catalogue).split(rows_per_range);
}

Result<std::unique_ptr<TableReader>> MySqlSnapshot::open_reader() {
  auto connection = connect_for_snapshot(options_);
  if (!connection) return stopped_or(std::move(connection).error());
  return std::unique_ptr<TableReader>(
      std::make_unique<MySqlTableReader>(std::move(*connection), settings_));
}

}  // namespace tailrace::mysql
