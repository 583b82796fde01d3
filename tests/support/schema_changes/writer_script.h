#pragma once

#include <set>
#include <string>
#include <vector>

#include "tests/support/schema_changes/written_table.h"

namespace tailrace::testing {

// One statement, and the rows of `table` that it may touch (literals of the first key column).
struct WrittenStatement {
  std::string sql;
  std::string table;
  std::set<std::string> keys;
};

// Makes up statements for one writer.
class WriterScript {
 public:
  explicit WriterScript(std::uint32_t seed) : random_(seed) {}

  void learn(std::vector<WrittenTable> tables) { tables_ = std::move(tables); }
  const std::vector<WrittenTable>& tables() const { return tables_; }
  // Of one transaction. Empty when there is nothing to write to.
  std::vector<WrittenStatement> transaction();
  WrittenStatement insert(const WrittenTable& table, std::uint32_t rows);
  bool one_in(std::uint32_t count) { return pick(random_, count) == 0; }

 private:
  WrittenStatement statement(const WrittenTable& table);
  WrittenStatement update(const WrittenTable& table);
  WrittenStatement remove(const WrittenTable& table);
  WrittenStatement change_key(const WrittenTable& table);
  // "id = 7 AND line = 3" of a row that may be there.
  std::string some_row(const WrittenTable& table, WrittenStatement& statement);
  std::string key_literal(const WrittenTable& table, const std::string& column, bool first);

  Random random_;
  std::vector<WrittenTable> tables_;
};

}  // namespace tailrace::testing
