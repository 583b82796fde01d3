#include "tests/support/schema_changes/table_copy.h"

#include <chrono>
#include <set>
#include <stdexcept>
#include <thread>

namespace tailrace::testing {
namespace {

constexpr std::int64_t kChunk = 250;
constexpr int kTries = 50;

std::vector<std::string> columns_of(SqlSession& session, const std::string& table) {
  std::vector<std::string> result;
  for (const auto& row :
       session.rows("SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'shop'"
                    " AND TABLE_NAME = '" +
                    table + "' ORDER BY ORDINAL_POSITION")) {
    result.push_back(*row[0]);
  }
  return result;
}

}  // namespace

std::string shared_columns(SqlSession& session, const std::string& one, const std::string& other,
                           const std::string& prefix) {
  const auto there = columns_of(session, other);
  const std::set<std::string> others(there.begin(), there.end());
  std::string list;
  for (const std::string& column : columns_of(session, one)) {
    if (others.contains(column)) list += (list.empty() ? "" : ", ") + prefix + column;
  }
  return list;
}

std::string key_column(SqlSession& session, const std::string& table) {
  const auto found = session.rows(
      "SELECT COLUMN_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = 'shop'"
      " AND INDEX_NAME = 'PRIMARY' AND TABLE_NAME = '" +
      table + "'");
  if (found.size() != 1) throw std::runtime_error(table + " has no key of one column");
  return *found[0][0];
}

void run_again(SqlSession& session, const std::string& sql) {
  std::string refused;
  for (int tries = 0; tries < kTries; ++tries) {
    refused = session.attempt(sql);
    if (refused.empty()) return;
    const bool lock = refused.find("eadlock") != std::string::npos ||
                      refused.find("Lock wait timeout") != std::string::npos;
    if (!lock) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  throw std::runtime_error(sql + ": " + refused);
}

void copy_in_chunks(SqlSession& session, const std::string& from, const std::string& to,
                    const std::function<void()>& between) {
  const std::string key = key_column(session, from);
  const std::string columns = shared_columns(session, from, to);
  const auto range = session.rows("SELECT MIN(" + key + "), MAX(" + key + ") FROM " + from);
  if (!range[0][0]) return;
  const std::int64_t last = std::stoll(*range[0][1]);
  for (std::int64_t first = std::stoll(*range[0][0]); first <= last; first += kChunk) {
    run_again(session, "INSERT IGNORE INTO " + to + " (" + columns + ") SELECT " + columns +
                           " FROM " + from + " FORCE INDEX (PRIMARY) WHERE " + key + " BETWEEN " +
                           std::to_string(first) + " AND " + std::to_string(first + kChunk - 1) +
                           " LOCK IN SHARE MODE");
    between();
  }
}

}  // namespace tailrace::testing
