#include "sinks/sqlite/catalogue_details.h"

#include <algorithm>
#include <functional>

namespace tailrace::sqlite {
namespace {

using sql::TargetDetails;
using sql::TargetTable;

Status each_row(const Database& database, const char* sql, std::string_view parameter,
                const std::function<Status(const Statement&)>& look) {
  auto rows = database.prepare(sql);
  if (!rows) return std::move(rows).error();
  if (!parameter.empty()) rows->bind_text(1, parameter);
  while (true) {
    auto row = rows->step();
    if (!row) return std::move(row).error();
    if (!*row) return {};
    if (auto looked = look(*rows); !looked) return looked;
  }
}

Status load_names(const Database& database, TargetDetails& details) {
  return each_row(database, "SELECT name FROM sqlite_schema", "", [&](const Statement& row) {
    details.taken_index_names.emplace(row.text(0));
    return Status();
  });
}

Status load_index(const Database& database, sql::TargetIndex& index) {
  return each_row(
      database, "SELECT cid, desc FROM pragma_index_xinfo(?1) WHERE key = 1 ORDER BY seqno",
      index.name, [&](const Statement& row) {
        const std::int64_t column = row.integer(0);
        if (column < 0) {
          index.plain = false;
          return Status();
        }
        index.columns.push_back({static_cast<std::uint16_t>(column), 0, row.integer(1) != 0});
        return Status();
      });
}

// True: the primary key has an index of its own.
Result<bool> load_indexes(const Database& database, const TargetTable& table,
                          TargetDetails& details) {
  bool has_key_index = false;
  auto loaded =
      each_row(database, "SELECT name, \"unique\", partial, origin FROM pragma_index_list(?1)",
               table.name.table, [&](const Statement& row) {
                 sql::TargetIndex index;
                 index.name = row.text(0);
                 index.unique = row.integer(1) != 0;
                 index.plain = row.integer(2) == 0;
                 has_key_index |= row.text(3) == "pk";
                 if (auto read = load_index(database, index); !read) return read;
                 details.indexes.push_back(std::move(index));
                 return Status();
               });
  if (!loaded) return std::move(loaded).error();
  return has_key_index;
}

}  // namespace

Result<TargetDetails> load_details(const Database& database, const TargetTable& table) {
  TargetDetails details;
  for (const sql::TargetColumn& column : table.columns) {
    details.columns.push_back({column.has_default, false, ""});
  }
  if (auto loaded = load_names(database, details); !loaded) return std::move(loaded).error();
  auto has_key_index = load_indexes(database, table, details);
  if (!has_key_index) return std::move(has_key_index).error();
  // A primary key without index is the row's own number, which counts by itself.
  std::int64_t key = -1;
  auto found = each_row(database, "SELECT cid FROM pragma_table_xinfo(?1) WHERE pk = 1",
                        table.name.table, [&](const Statement& row) {
                          key = row.integer(0);
                          return Status();
                        });
  if (!found) return std::move(found).error();
  if (key >= 0 && !*has_key_index) {
    const auto column = static_cast<std::uint16_t>(key);
    details.columns[column].auto_increment = true;
    details.indexes.push_back({"", true, {{column, 0, false}}, "", true});
  }
  return details;
}

}  // namespace tailrace::sqlite
