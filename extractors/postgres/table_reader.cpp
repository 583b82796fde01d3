#include "extractors/postgres/table_reader.h"

#include <utility>

#include <fmt/format.h>

#include "extractors/postgres/copy_statement.h"
#include "extractors/postgres/publication.h"
#include "extractors/postgres/server_facts.h"

namespace tailrace::postgres {
namespace {

Error not_described(const TableName& table) {
  return Error(ErrorKind::schema_mismatch, "the table is not as it was described")
      .hint("it is described and copied anew")
      .with("table " + table.to_string());
}

// The query sees pg_class as it was at the snapshot, the function as it is now. The old rows of a
// table that was rewritten or emptied are gone for every snapshot but those of VACUUM FULL and
// CLUSTER; partitions that were made later cannot have had rows then.
constexpr const char* kRewritten =
    "SELECT to_regclass({0})::oid IS DISTINCT FROM {1}::oid OR EXISTS ("
    "SELECT FROM (SELECT {1}::oid AS oid UNION SELECT relid::oid FROM pg_partition_tree({1})) t "
    "JOIN pg_class c ON c.oid = t.oid WHERE c.relkind = 'r' "
    "AND c.relfilenode IS DISTINCT FROM pg_relation_filenode(c.oid))";

}  // namespace

void CopiedTables::put(CopiedTablePtr table) {
  const std::scoped_lock lock(mutex_);
  tables_[table->relation->schema->name] = std::move(table);
}

Result<CopiedTablePtr> CopiedTables::find(const TableSchema& schema) const {
  const std::scoped_lock lock(mutex_);
  const auto found = tables_.find(schema.name);
  if (found == tables_.end() || *found->second->relation->schema != schema) {
    return not_described(schema.name);
  }
  return found->second;
}

Result<RowsAsOf> PostgresTableReader::read(const SnapshotTable& table, const KeyRange& range,
                                           BlockBuilder& out) {
  auto known = tables_->find(*table.schema);
  if (!known) return std::move(known).error();
  // Equal schemas may be two objects; the rows get the caller's.
  Relation relation = *(*known)->relation;
  relation.schema = table.schema;
  auto rows = read_range(**known, relation, range, out);
  if (!rows) {
    return interruption_->explain(with_reading_hint(std::move(rows).error(), table.schema->name));
  }
  return RowsAsOf{.position = moment_.position, .exact = true, .rows = *rows};
}

Result<std::uint64_t> PostgresTableReader::read_range(const CopiedTable& table,
                                                      const Relation& relation,
                                                      const KeyRange& range, BlockBuilder& out) {
  auto statement = copy_statement(table, range);
  if (!statement) return std::move(statement).error();
  if (auto same = check_unchanged(connection_, table.rows); !same) return std::move(same).error();
  if (auto begun = begin(); !begun) return std::move(begun).error();
  // Statistics may be missing or old: many ranges must not become as many scans of the whole table.
  const bool bounded = !range.after.empty() || !range.upto.empty();
  const std::string paths = bounded ? "SET LOCAL enable_seqscan = off;" : "";
  if (auto started = connection_.start_copy_out(paths + *statement); !started) {
    return std::move(started).error();
  }
  auto rows = copy(relation, out);
  if (!rows) return rows;
  // Asked behind the copy, whose locks stay until the end of the transaction.
  if (auto whole = check_not_rewritten(table.rows); !whole) return std::move(whole).error();
  if (auto ended = connection_.exec("COMMIT"); !ended) return std::move(ended).error();
  return rows;
}

Status PostgresTableReader::begin() {
  auto begun = connection_.exec("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  if (!begun) return std::move(begun).error();
  auto imported = connection_.exec("SET TRANSACTION SNAPSHOT " + quoted_literal(moment_.snapshot));
  if (imported) return {};
  if (!connection_.alive()) return std::move(imported).error();
  return Error(ErrorKind::unreachable, "the snapshot ended with the connection that held it")
      .native(imported.error().native())
      .hint("the copy goes on with a new one");
}

Result<std::uint64_t> PostgresTableReader::copy(const Relation& relation, BlockBuilder& out) {
  CopyRows rows;
  std::uint64_t count = 0;
  while (true) {
    auto message = connection_.next_copied();
    if (!message) return std::move(message).error();
    if (!*message) break;
    auto row = rows.take(**message);
    if (!row) return std::move(row).error();
    if (!*row) continue;
    if (auto written = writer_.copied(relation, **row, out); !written) {
      return std::move(written).error();
    }
    ++count;
  }
  if (!rows.ended()) return Error(ErrorKind::stream_corrupt, "copied rows ended without a trailer");
  return count;
}

Status PostgresTableReader::check_not_rewritten(const PublishedRows& rows) {
  auto rewritten = connection_.exec(fmt::format(
      kRewritten, quoted_literal(quoted_name(rows.definition.name)), rows.definition.oid));
  if (!rewritten) return std::move(rewritten).error();
  if (!truth_in(rewritten->scalar())) return {};
  return Error(ErrorKind::schema_mismatch,
               "the table was emptied, rewritten or replaced behind the snapshot")
      .hint("it is copied anew from a new snapshot");
}

}  // namespace tailrace::postgres
