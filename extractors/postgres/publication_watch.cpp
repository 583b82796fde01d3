#include "extractors/postgres/publication_watch.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tailrace::postgres {

// Of the tables that are published no more, those that are still there. Dropped ones send nothing
// any more, and partitions may come by way of their root now.
Result<std::vector<PublicationWatch::Seen>> PublicationWatch::taken_out(
    Connection& connection, std::span<const Seen> absent) const {
  std::vector<std::string> oids;
  for (const Seen& table : absent) oids.push_back(std::to_string(table.oid));
  std::vector<std::string> names;
  for (const std::string& name : options_.publication_names()) {
    names.push_back(connection.quoted(name));
  }
  auto rows = connection.exec(fmt::format(
      "SELECT c.oid FROM pg_class c WHERE c.oid IN ({}) AND NOT EXISTS ("
      "SELECT FROM pg_publication_tables t JOIN pg_namespace n ON n.nspname = t.schemaname "
      "JOIN pg_class p ON p.relnamespace = n.oid AND p.relname = t.tablename "
      "WHERE t.pubname IN ({}) AND (p.oid = pg_partition_root(c.oid) "
      "OR pg_partition_root(p.oid) = c.oid))",
      fmt::join(oids, ", "), fmt::join(names, ", ")));
  if (!rows) return std::move(rows).error();
  std::vector<Seen> found;
  for (std::size_t i = 0; i < rows->row_count(); ++i) {
    const auto oid = number_in(rows->cell(i, 0));
    std::copy_if(absent.begin(), absent.end(), std::back_inserter(found),
                 [&](const Seen& table) { return table.oid == oid; });
  }
  return found;
}

Result<Published> PublicationWatch::look(Connection& connection) {
  auto published = read_published(connection, options_.publication_names());
  if (!published) return std::move(published).error();
  if (auto fine = check_publications(options_, *published); !fine) return std::move(fine).error();
  // A table that is named and was dropped is no reason to stop all others.
  auto unpublished = existing(connection, named_but_unpublished(options_, filter_, *published));
  if (!unpublished) return std::move(unpublished).error();
  if (!unpublished->empty()) return not_published(options_, *unpublished);
  std::set<Seen> now;
  for (const PublishedTable& table : published->tables) {
    if (filter_.captures(table.name.schema, table.name.table)) now.insert({table.oid, table.name});
  }
  const std::scoped_lock lock(mutex_);
  std::vector<Seen> absent;
  std::set_difference(seen_.begin(), seen_.end(), now.begin(), now.end(),
                      std::back_inserter(absent));
  if (!absent.empty()) {
    auto gone = taken_out(connection, absent);
    if (!gone) return std::move(gone).error();
    if (!gone->empty()) {
      const TableName& name = gone->front().name;
      return Error(ErrorKind::source_settings,
                   fmt::format("the table {} was taken out of the publication {}", name.to_string(),
                               fmt::join(options_.publication_names(), ", ")))
          .hint(fmt::format(
              "ALTER PUBLICATION {} ADD TABLE {}; what was changed in it meanwhile is missing, so "
              "copy it anew; or exclude it with \"!{}\"",
              quoted_identifier(options_.publication_names().front()), quoted_name(name),
              name.to_string()));
    }
  }
  seen_ = std::move(now);
  return published;
}

}  // namespace tailrace::postgres
