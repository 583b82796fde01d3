#include "extractors/postgres/catalogue_watch.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "extractors/postgres/server_facts.h"

namespace tailrace::postgres {
namespace {

// Rows of the catalogue are known by the transactions that wrote them. Statistics, privileges and
// the files of a table are left out: they concern no target.
constexpr const char* kTables = R"(
WITH published AS (
  SELECT DISTINCT c.oid, n.nspname, c.relname, c.relkind, c.relfilenode, c.relreplident
  FROM pg_publication_tables t
  JOIN pg_namespace n ON n.nspname = t.schemaname
  JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename
  WHERE t.pubname IN ({}))
SELECT p.oid, p.nspname, p.relname, p.relkind = 'p', p.relkind = 'r' AND p.relfilenode <> p.oid,
  hashtextextended(concat_ws('/', p.relreplident,
    (SELECT string_agg(concat_ws(':', a.attnum, a.xmin, a.attisdropped, (
       SELECT string_agg(e.xmin::text, '+' ORDER BY e.oid) FROM pg_enum e
       WHERE e.enumtypid = a.atttypid)), ',' ORDER BY a.attnum)
     FROM pg_attribute a WHERE a.attrelid = p.oid AND a.attnum > 0),
    (SELECT string_agg(concat_ws(':', d.adnum, d.xmin), ',' ORDER BY d.adnum)
     FROM pg_attrdef d WHERE d.adrelid = p.oid),
    (SELECT string_agg(concat_ws(':', i.indexrelid, i.xmin, x.relname), ',' ORDER BY i.indexrelid)
     FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = p.oid),
    (SELECT string_agg(concat_ws(':', k.oid, k.xmin), ',' ORDER BY k.oid)
     FROM pg_constraint k WHERE k.conrelid = p.oid),
    (SELECT string_agg(concat_ws(':', d.objsubid, d.xmin), ',' ORDER BY d.objsubid)
     FROM pg_description d WHERE d.classoid = 'pg_class'::regclass AND d.objoid = p.oid)), 0)
FROM published p
UNION ALL
SELECT c.oid, NULL, NULL, false, false, NULL FROM pg_class c WHERE c.oid IN ({}))";

// The snapshot is that of the transaction: "743:750:743,747".
constexpr const char* kMoment = R"(
SELECT txid_current_snapshot(),
  (SELECT coalesce(bool_or(puballtables), false) FROM pg_publication WHERE pubname IN ({})))";

// Taken behind the look. What was committed without waiting for the disk may lie a little further;
// a table is never dropped so.
constexpr const char* kEnd =
    "COMMIT; SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() "
    "ELSE pg_current_wal_flush_lsn() END";

constexpr const char* kBegin =
    "SET statement_timeout = '5s'; SET lock_timeout = '1s';"
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

std::uint32_t xid_in(std::string_view text) {
  return static_cast<std::uint32_t>(number_in(Cell(text)));  // without its epoch
}

std::string_view take_until(std::string_view& text, char end) {
  const std::string_view part = text.substr(0, text.find(end));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

void read_snapshot(std::string_view text, CatalogueLook& look) {
  take_until(text, ':');
  look.next_xid = xid_in(take_until(text, ':'));
  while (!text.empty()) look.open.insert(xid_in(take_until(text, ',')));
}

}  // namespace

Status CatalogueWatch::connect() {
  if (connection_ && connection_->alive()) return {};
  disconnect();
  auto connection = connect_();
  if (!connection) return std::move(connection).error();
  connection_ = *std::move(connection);
  const std::scoped_lock lock(mutex_);
  cut_ = connection_->make_cut();
  if (interrupted_) cut_->cut();
  return {};
}

void CatalogueWatch::disconnect() {
  {
    const std::scoped_lock lock(mutex_);
    cut_.reset();
  }
  connection_.reset();
}

void CatalogueWatch::interrupt() {
  const std::scoped_lock lock(mutex_);
  interrupted_ = true;
  if (cut_) cut_->cut();
}

Result<CatalogueLook> CatalogueWatch::look(const ToldTables::State& known) {
  if (auto connected = connect(); !connected) return std::move(connected).error();
  auto look = ask(known);
  if (!look) disconnect();  // a transaction may be open
  return look;
}

Result<CatalogueLook> CatalogueWatch::ask(const ToldTables::State& known) {
  std::vector<std::string> names;
  for (const std::string& name : publications_) names.push_back(connection_->quoted(name));
  std::vector<std::uint32_t> oids{0};  // of no table: the list is never empty
  for (const auto& [oid, table] : known.tables) oids.push_back(oid);
  if (auto begun = connection_->exec(kBegin); !begun) return std::move(begun).error();
  auto rows =
      connection_->exec(fmt::format(kTables, fmt::join(names, ", "), fmt::join(oids, ", ")));
  if (!rows) return std::move(rows).error();
  auto moment = connection_->exec(fmt::format(kMoment, fmt::join(names, ", ")));
  if (!moment) return std::move(moment).error();
  auto end = connection_->exec(kEnd);
  if (!end) return std::move(end).error();

  CatalogueLook look{.position = lsn_in(end->scalar())};
  read_snapshot(moment->scalar().value_or(""), look);
  look.all_tables = truth_in(moment->cell(0, 1));
  for (const auto& [oid, table] : known.tables) look.gone.insert(oid);
  for (std::size_t i = 0; i < rows->row_count(); ++i) {
    const auto oid = static_cast<std::uint32_t>(number_in(rows->cell(i, 0)));
    look.gone.erase(oid);
    if (!rows->cell(i, 1)) continue;
    TableName name{std::string(*rows->cell(i, 1)), std::string(*rows->cell(i, 2))};
    const bool captured = filter_.captures(name.schema, name.table);
    look.published.push_back({.oid = oid,
                              .name = std::move(name),
                              .definition = std::string(rows->cell(i, 5).value_or("")),
                              .captured = captured,
                              .partitioned = truth_in(rows->cell(i, 3)),
                              .rewritten = truth_in(rows->cell(i, 4))});
  }
  return look;
}

}  // namespace tailrace::postgres
