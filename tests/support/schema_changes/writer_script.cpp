#include "tests/support/schema_changes/writer_script.h"

#include <algorithm>

namespace tailrace::testing {
namespace {

constexpr std::uint32_t kKeys = 2000;
constexpr std::uint32_t kLines = 5;  // of the further columns of a key

const WrittenColumn* find(const WrittenTable& table, const std::string& name) {
  const auto found = std::find_if(table.columns.begin(), table.columns.end(),
                                  [&](const auto& column) { return column.name == name; });
  return found == table.columns.end() ? nullptr : &*found;
}

bool in_key(const WrittenTable& table, const std::string& column) {
  return std::find(table.key.begin(), table.key.end(), column) != table.key.end();
}

void append(std::string& list, const std::string& item) {
  list += (list.empty() ? "" : ", ") + item;
}

}  // namespace

std::string WriterScript::key_literal(const WrittenTable& table, const std::string& column,
                                      bool first) {
  return key_value(*find(table, column), 1 + pick(random_, first ? kKeys : kLines));
}

std::string WriterScript::some_row(const WrittenTable& table, WrittenStatement& statement) {
  std::string condition;
  for (const std::string& column : table.key) {
    const std::string value = key_literal(table, column, condition.empty());
    if (condition.empty()) statement.keys.insert(value);
    condition += (condition.empty() ? "" : " AND ") + column + " = " + value;
  }
  return condition;
}

WrittenStatement WriterScript::insert(const WrittenTable& table, std::uint32_t rows) {
  WrittenStatement statement{.sql = "", .table = table.name, .keys = {}};
  std::vector<const WrittenColumn*> chosen;
  std::string names;
  for (const WrittenColumn& column : table.columns) {
    const bool key = in_key(table, column.name);
    if (!key && (column.counts || !knows_type(column.type))) continue;
    if (!key && column.may_be_left_out && one_in(4)) continue;
    chosen.push_back(&column);
    append(names, column.name);
  }
  std::string all;
  for (; rows > 0; --rows) {
    std::string values;
    for (const WrittenColumn* column : chosen) {
      if (!in_key(table, column->name)) {
        append(values, random_value(*column, random_));
        continue;
      }
      const bool first = table.key.front() == column->name;
      const std::string value = key_literal(table, column->name, first);
      if (first) statement.keys.insert(value);
      append(values, value);
    }
    append(all, "(" + values + ")");
  }
  statement.sql = "INSERT INTO " + table.name + " (" + names + ") VALUES " + all;
  return statement;
}

WrittenStatement WriterScript::update(const WrittenTable& table) {
  WrittenStatement statement{.sql = "", .table = table.name, .keys = {}};
  std::string changes;
  for (const WrittenColumn& column : table.columns) {
    if (in_key(table, column.name) || column.counts || !knows_type(column.type) || !one_in(3)) {
      continue;
    }
    append(changes, column.name + " = " + random_value(column, random_));
  }
  if (changes.empty()) return {};
  statement.sql = "UPDATE " + table.name + " SET " + changes + " WHERE ";
  if (table.key.size() != 1 || !one_in(4)) {
    statement.sql += some_row(table, statement);
    return statement;
  }
  std::string several;
  for (int i = 0; i < 4; ++i) {
    const std::string value = key_literal(table, table.key.front(), true);
    statement.keys.insert(value);
    append(several, value);
  }
  statement.sql += table.key.front() + " IN (" + several + ")";
  return statement;
}

WrittenStatement WriterScript::remove(const WrittenTable& table) {
  WrittenStatement statement{.sql = "", .table = table.name, .keys = {}};
  statement.sql = "DELETE FROM " + table.name + " WHERE " + some_row(table, statement);
  return statement;
}

WrittenStatement WriterScript::change_key(const WrittenTable& table) {
  WrittenStatement statement{.sql = "", .table = table.name, .keys = {}};
  const std::string now = key_literal(table, table.key.front(), true);
  statement.keys.insert(now);
  statement.sql = "UPDATE " + table.name + " SET " + table.key.front() + " = " + now + " WHERE " +
                  some_row(table, statement);
  return statement;
}

WrittenStatement WriterScript::statement(const WrittenTable& table) {
  if (table.key.empty()) return insert(table, 1);
  const std::uint32_t dice = pick(random_, 20);
  if (dice < 8) return insert(table, 1 + pick(random_, 3));
  if (dice < 15) return update(table);
  return dice < 19 ? remove(table) : change_key(table);
}

std::vector<WrittenStatement> WriterScript::transaction() {
  std::vector<WrittenStatement> statements;
  if (tables_.empty()) return statements;
  for (std::uint32_t left = 1 + pick(random_, 4); left > 0; --left) {
    const auto& table = tables_[pick(random_, static_cast<std::uint32_t>(tables_.size()))];
    WrittenStatement one = statement(table);
    if (!one.sql.empty()) statements.push_back(std::move(one));
  }
  return statements;
}

}  // namespace tailrace::testing
