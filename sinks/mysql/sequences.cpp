// AUTO_INCREMENT counters of a MySQL or MariaDB target, for a cut-over.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "sinks/mysql/mysql_dialect.h"
#include "sinks/mysql/mysql_target.h"
#include "sinks/mysql/session.h"

namespace tailrace::mysql {
namespace {

std::uint64_t number_of(Cell cell) {
  std::uint64_t number = 0;
  if (cell) std::from_chars(cell->data(), cell->data() + cell->size(), number);
  return number;
}

class CounterAdvancer {
 public:
  explicit CounterAdvancer(Connection& connection)
      : connection_(connection), dialect_(connection.version()) {}

  // MySQL keeps statistics of information_schema for a day, and the counters are among them.
  Status begin() {
    if (connection_.version().is_mariadb()) return {};
    auto set = connection_.query("SET SESSION information_schema_stats_expiry = 0");
    if (!set) return std::move(set).error();
    return {};
  }

  Result<CounterAdvance> advance(const CounterGoal& goal) {
    CounterAdvance advance{.target = goal.target, .column = goal.column};
    auto has_counter = connection_.query(fmt::format(
        "SELECT 1 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = {} AND TABLE_NAME = {}"
        " AND COLUMN_NAME = {} AND EXTRA LIKE '%auto_increment%'",
        connection_.quoted(goal.target.schema), connection_.quoted(goal.target.table),
        connection_.quoted(goal.column)));
    if (!has_counter) return std::move(has_counter).error();
    if (has_counter->row_count() == 0) {
      advance.left_alone = "the column has no AUTO_INCREMENT here";
      return advance;
    }
    advance.counter = "AUTO_INCREMENT";
    auto before = counter_of(goal.target);
    if (!before) return std::move(before).error();
    auto behind = behind_greatest(goal);
    if (!behind) return std::move(behind).error();
    const std::uint64_t next = std::max(goal.next, *behind);
    advance.before = std::to_string(*before);
    advance.after = advance.before;
    if (next <= *before) return advance;
    return move(goal, next, std::move(advance));
  }

 private:
  // A table that nobody ever inserted into has no number there yet.
  Result<std::uint64_t> counter_of(const TableName& table) {
    auto counter = connection_.query(
        fmt::format("SELECT AUTO_INCREMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = {}"
                    " AND TABLE_NAME = {}",
                    connection_.quoted(table.schema), connection_.quoted(table.table)));
    if (!counter) return std::move(counter).error();
    return std::max<std::uint64_t>(1, number_of(counter->scalar()));
  }

  // A column full up to its end has no value behind the greatest; BIGINT UNSIGNED would overflow.
  Result<std::uint64_t> behind_greatest(const CounterGoal& goal) {
    auto greatest = connection_.query(fmt::format(
        "SELECT MAX({}) FROM {}", dialect_.quote(goal.column), dialect_.table(goal.target)));
    if (!greatest) return std::move(greatest).error();
    const std::uint64_t number = number_of(greatest->scalar());
    return number == UINT64_MAX ? number : number + 1;
  }

  Result<CounterAdvance> move(const CounterGoal& goal, std::uint64_t next, CounterAdvance advance) {
    auto altered = connection_.query(
        fmt::format("ALTER TABLE {} AUTO_INCREMENT = {}", dialect_.table(goal.target), next));
    if (!altered) return std::move(altered).error();
    auto after = counter_of(goal.target);  // a server may take less than it was told, in silence
    if (!after) return std::move(after).error();
    advance.after = std::to_string(*after);
    if (*after < next) {
      advance.left_alone = "it does not take " + std::to_string(next);
    }
    return advance;
  }

  Connection& connection_;
  const MySqlDialect dialect_;
};

}  // namespace

Result<std::vector<CounterAdvance>> MySqlTarget::advance_sequences(
    std::span<const CounterGoal> goals) {
  auto connection = open_session(options_);
  if (!connection) return std::move(connection).error();
  CounterAdvancer advancer(*connection);
  if (auto begun = advancer.begin(); !begun) return std::move(begun).error();
  std::vector<CounterAdvance> advances;
  for (const CounterGoal& goal : goals) {
    auto advanced = advancer.advance(goal);
    if (!advanced) {
      return std::move(advanced).error().with("table " + goal.target.to_string());
    }
    advances.push_back(std::move(*advanced));
  }
  return advances;
}

}  // namespace tailrace::mysql
