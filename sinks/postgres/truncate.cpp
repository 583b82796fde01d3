#include "sinks/postgres/truncate.h"

#include <algorithm>

namespace tailrace::postgres {
namespace {

// Tables that TRUNCATE would refuse: referred to from outside the list, or by one of these.
std::vector<bool> find_referenced(std::span<const TruncatedTable> tables) {
  std::vector<bool> referenced(tables.size(), false);
  const auto stays = [&](const TableName& name) {
    for (std::size_t i = 0; i < tables.size(); ++i) {
      if (tables[i].name == name) return bool{referenced[i]};
    }
    return true;
  };
  for (bool found = true; found;) {
    found = false;
    for (std::size_t i = 0; i < tables.size(); ++i) {
      const auto& from = tables[i].referencing;
      if (referenced[i] || std::none_of(from.begin(), from.end(), stays)) continue;
      referenced[i] = found = true;
    }
  }
  return referenced;
}

std::string delete_from(const std::vector<std::string>& tables) {
  if (tables.size() == 1) return "DELETE FROM " + tables.front();
  std::string sql;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    sql += (i == 0 ? "WITH d" : ", d") + std::to_string(i) + " AS (DELETE FROM " + tables[i] + ")";
  }
  return sql + " SELECT";
}

}  // namespace

std::vector<std::string> truncate_statements(const sql::Dialect& dialect,
                                             std::span<const TruncatedTable> tables,
                                             bool restart_identity) {
  const std::vector<bool> referenced = find_referenced(tables);
  std::vector<std::string> deleted;
  std::vector<std::string> statements;
  std::string truncated;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const std::string name = dialect.table(tables[i].name);
    if (!referenced[i]) {
      truncated += (truncated.empty() ? "" : ", ") + name;
      continue;
    }
    deleted.push_back(name);
    if (!restart_identity) continue;
    for (const TableName& sequence : tables[i].sequences) {
      statements.push_back("ALTER SEQUENCE " + dialect.table(sequence) + " RESTART");
    }
  }
  if (!deleted.empty()) statements.insert(statements.begin(), delete_from(deleted));
  if (!truncated.empty()) {
    statements.push_back("TRUNCATE TABLE " + truncated +
                         (restart_identity ? " RESTART IDENTITY" : ""));
  }
  return statements;
}

}  // namespace tailrace::postgres
