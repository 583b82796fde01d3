#include "tests/support/replication/type_script.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tailrace::testing {
namespace {

constexpr const char* kMysqlSession =
    "SET NAMES utf8mb4; SET time_zone = '+00:00'; SET sql_mode = 'ALLOW_INVALID_DATES';\n";

// Where each row of a table begins, to find it again.
using Rows = std::vector<std::vector<std::string>>;

std::vector<const SampleValue*> limits_for(const TypeSample& sample, const std::string& column,
                                           const Takes& takes) {
  std::vector<const SampleValue*> values;
  for (const SampleValue& value : sample.limits) {
    if (value.oddity.empty() || takes(column, value.oddity)) values.push_back(&value);
  }
  return values;
}

}  // namespace

std::string TypeScript::column_name(std::size_t index) const {
  std::string name;
  for (const char c : table_.columns[index].type.substr(0, 40)) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (plain) name += static_cast<char>(std::tolower(c));
    if (!plain && !name.empty() && name.back() != '_') name += '_';
  }
  return name + (name.ends_with('_') ? "" : "_") + std::to_string(index);
}

std::string TypeScript::quote(const std::string& name) const {
  return family_ == SqlFamily::mysql ? "`" + name + "`" : "\"" + name + "\"";
}

std::string TypeScript::table(const std::string& schema, const std::string& name) const {
  return quote(schema) + "." + quote(name);
}

std::string TypeScript::create(const std::string& schema, const std::string& name) const {
  std::vector<std::string> parts;
  std::vector<std::string> key;
  if (table_.key_count == 0) {
    parts.emplace_back("id BIGINT NOT NULL");
    key.emplace_back("id");
  }
  for (std::size_t i = 0; i < table_.columns.size(); ++i) {
    const bool in_key = i < table_.key_count;
    std::string type = table_.columns[i].type;
    if (const auto end = type.find(" NULL"); in_key && end != std::string::npos) type.resize(end);
    parts.push_back(quote(column_name(i)) + " " + type + (in_key ? " NOT NULL" : ""));
    if (in_key) key.push_back(quote(column_name(i)));
  }
  parts.push_back(fmt::format("PRIMARY KEY ({})", fmt::join(key, ", ")));
  return fmt::format("CREATE TABLE {} ({}){};\n", table(schema, name), fmt::join(parts, ", "),
                     family_ == SqlFamily::mysql ? " DEFAULT CHARSET=utf8mb4" : "");
}

std::string TypeScript::value(std::size_t column, Dice& dice, const Takes& takes) const {
  const TypeSample& sample = table_.columns[column];
  const auto limits = limits_for(sample, column_name(column), takes);
  if (column >= table_.key_count && dice.one_in(12)) return "NULL";
  if (!sample.random || (!limits.empty() && dice.one_in(6))) return dice.pick(limits)->sql;
  return sample.random(dice);
}

// A row whose key is there already is passed over.
std::string TypeScript::insert_row(const std::string& where,
                                   const std::vector<std::string>& values) const {
  const bool mysql = family_ == SqlFamily::mysql;
  return fmt::format("INSERT {}INTO {} VALUES ({}){};\n", mysql ? "IGNORE " : "", where,
                     fmt::join(values, ", "), mysql ? "" : " ON CONFLICT DO NOTHING");
}

std::string TypeScript::insert(const std::string& schema, const std::string& name,
                               std::size_t column, const SampleValue& odd) const {
  Dice dice(1);
  std::vector<std::string> values;
  if (table_.key_count == 0) values.emplace_back("1");
  for (std::size_t i = 0; i < table_.columns.size(); ++i) {
    const bool in_key = i < table_.key_count;
    values.push_back(i == column ? odd.sql
                     : in_key    ? table_.columns[i].limits.front().sql
                                 : "NULL");
  }
  const std::string session = family_ == SqlFamily::mysql ? kMysqlSession : "";
  return session + insert_row(table(schema, name), values);
}

std::string TypeScript::fill(const std::string& schema, const std::string& name, std::uint64_t seed,
                             int rows, const Takes& takes) const {
  Dice dice(seed);
  const std::string where = table(schema, name);
  const std::size_t count = table_.columns.size();
  const std::size_t offset = table_.key_count == 0 ? 1 : 0;
  const bool mysql = family_ == SqlFamily::mysql;
  std::string sql = (mysql ? kMysqlSession : "") + std::string("BEGIN;\n");
  Rows made;
  const auto insert = [&](std::vector<std::string> values) {
    sql += insert_row(where, values);
    values.resize(std::max<std::size_t>(table_.key_count, 1));
    made.push_back(std::move(values));
  };
  std::size_t most_limits = 0;
  for (const TypeSample& column : table_.columns)
    most_limits = std::max(most_limits, column.limits.size());
  for (std::size_t row = 0; row < most_limits; ++row) {
    std::vector<std::string> values;
    if (offset == 1) values.push_back("-" + std::to_string(row + 1));
    for (std::size_t i = 0; i < count; ++i) {
      const auto limits = limits_for(table_.columns[i], column_name(i), takes);
      values.push_back(limits.empty() ? value(i, dice, takes) : limits[row % limits.size()]->sql);
    }
    insert(std::move(values));
  }
  const std::size_t limit_rows = made.size();
  for (int row = 0; row < rows; ++row) {
    std::vector<std::string> values;
    if (offset == 1)
      values.push_back(std::to_string(dice.below(static_cast<std::uint64_t>(rows) * 8)));
    for (std::size_t i = 0; i < count; ++i) values.push_back(value(i, dice, takes));
    insert(std::move(values));
  }
  sql += "COMMIT;\n";

  const auto key_is = [&](const std::vector<std::string>& key) {
    std::string condition;
    for (std::size_t i = 0; i < key.size(); ++i) {
      condition += (i > 0 ? " AND " : " WHERE ") + (offset == 1 ? "id" : quote(column_name(i))) +
                   " = " + key[i];
    }
    return condition;
  };
  const auto random_row = [&] { return made[limit_rows + dice.below(made.size() - limit_rows)]; };
  for (int change = 0; change < rows / 2; ++change) {
    const auto old = random_row();
    if (change % 8 == 0) sql += change == 0 ? "BEGIN;\n" : "COMMIT; BEGIN;\n";
    if (dice.one_in(6)) {
      sql += "DELETE FROM " + where + key_is(old) + ";\n";
    } else if (dice.one_in(6)) {
      std::vector<std::string> key;
      std::string set;
      for (std::size_t i = 0; i < old.size(); ++i) {
        key.push_back(offset == 1 ? std::to_string(1'000'000'000 + dice.below(1'000'000))
                                  : value(i, dice, takes));
        set += (i > 0 ? ", " : " SET ") + (offset == 1 ? "id" : quote(column_name(i))) + " = " +
               key.back();
      }
      sql += "UPDATE " + std::string(mysql ? "IGNORE " : "") + where + set + key_is(old) +
             (mysql ? "" : " AND NOT EXISTS (SELECT FROM " + where + key_is(key) + ")") + ";\n";
    } else {
      std::string set;
      for (std::size_t i = table_.key_count; i < count; ++i) {
        if (!set.empty() && !dice.one_in(3)) continue;
        set +=
            (set.empty() ? " SET " : ", ") + quote(column_name(i)) + " = " + value(i, dice, takes);
      }
      sql += "UPDATE " + where + set + key_is(old) + ";\n";
    }
  }
  return sql + (rows >= 2 ? "COMMIT;\n" : "");
}

}  // namespace tailrace::testing
