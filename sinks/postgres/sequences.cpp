// Sequences of a PostgreSQL target, for a cut-over.
#include <array>

#include <fmt/format.h>

#include "clients/postgres/connection.h"
#include "sinks/postgres/postgres_target.h"

namespace tailrace::postgres {
namespace {

// Sequences that a column owns (serial, identity) or whose nextval() is in its default. The answer:
// name as SQL, increment.
constexpr const char* kFindSequences =
    "SELECT format('%I.%I', n.nspname, s.relname), q.seqincrement"
    " FROM pg_catalog.pg_attribute a"
    " JOIN pg_catalog.pg_class t ON t.oid = a.attrelid"
    " JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace"
    " JOIN pg_catalog.pg_class s ON s.relkind = 'S'"
    " JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace"
    " JOIN pg_catalog.pg_sequence q ON q.seqrelid = s.oid"
    " WHERE tn.nspname = $1 AND t.relname = $2 AND a.attname = $3 AND NOT a.attisdropped"
    " AND (EXISTS (SELECT FROM pg_catalog.pg_depend d"
    "   WHERE d.classid = 'pg_class'::regclass AND d.objid = s.oid"
    "   AND d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid"
    "   AND d.refobjsubid = a.attnum AND d.deptype IN ('a', 'i'))"
    "  OR EXISTS (SELECT FROM pg_catalog.pg_attrdef f JOIN pg_catalog.pg_depend d"
    "   ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid"
    "   AND d.refclassid = 'pg_class'::regclass AND d.refobjid = s.oid"
    "   WHERE f.adrelid = t.oid AND f.adnum = a.attnum))"
    " ORDER BY 1";

// One statement, so that nothing comes between the look and the step. The answer: what nextval()
// would have given, what it gives now. greatest() passes over NULL.
std::string advance_statement(const PostgresDialect& dialect, const CounterGoal& goal,
                              std::string_view sequence, std::string_view increment,
                              const std::string& name_literal) {
  return fmt::format(
      "SELECT now.next, CASE WHEN goal.next > now.next"
      " THEN setval({}::regclass, goal.next::bigint, false)::numeric ELSE now.next END"
      " FROM (SELECT last_value::numeric + CASE WHEN is_called THEN {} ELSE 0 END AS next"
      "       FROM {}) now,"
      " (SELECT greatest({}::numeric, (SELECT max({})::numeric + 1 FROM {})) AS next) goal",
      name_literal, increment, sequence, goal.next == 0 ? "NULL" : std::to_string(goal.next),
      dialect.quote(goal.column), dialect.table(goal.target));
}

class SequenceAdvancer {
 public:
  SequenceAdvancer(Connection& connection, const PostgresDialect& dialect)
      : connection_(connection), dialect_(dialect) {}

  Status advance(const CounterGoal& goal, std::vector<CounterAdvance>& advances) {
    const std::array parameters = {goal.target.schema.c_str(), goal.target.table.c_str(),
                                   goal.column.c_str()};
    auto sequences = connection_.exec_params(kFindSequences, parameters);
    if (!sequences) return std::move(sequences).error();
    if (sequences->row_count() == 0) {
      advances.push_back({.target = goal.target,
                          .column = goal.column,
                          .left_alone = "the column has no sequence here"});
    }
    for (std::size_t i = 0; i < sequences->row_count(); ++i) {
      auto advanced = advance_one(goal, std::string(sequences->cell(i, 0).value_or("")),
                                  std::string(sequences->cell(i, 1).value_or("")));
      if (!advanced) return std::move(advanced).error();
      advances.push_back(std::move(*advanced));
    }
    return {};
  }

 private:
  Result<CounterAdvance> advance_one(const CounterGoal& goal, const std::string& sequence,
                                     const std::string& increment) {
    CounterAdvance advance{.target = goal.target, .column = goal.column, .counter = sequence};
    if (increment.starts_with('-')) {
      advance.left_alone = "it counts downwards";
      return advance;
    }
    auto row = connection_.exec(
        advance_statement(dialect_, goal, sequence, increment, connection_.quoted(sequence)));
    if (!row) return std::move(row).error().with("sequence " + sequence);
    advance.before = row->cell(0, 0).value_or("");
    advance.after = row->cell(0, 1).value_or("");
    return advance;
  }

  Connection& connection_;
  const PostgresDialect& dialect_;
};

}  // namespace

Result<std::vector<CounterAdvance>> PostgresTarget::advance_sequences(
    std::span<const CounterGoal> goals) {
  auto connection = Connection::connect(options_.connection);
  if (!connection) return std::move(connection).error();
  std::vector<CounterAdvance> advances;
  SequenceAdvancer advancer(*connection, dialect_);
  for (const CounterGoal& goal : goals) {
    auto advanced = advancer.advance(goal, advances);
    if (!advanced) {
      return std::move(advanced).error().with("table " + goal.target.to_string());
    }
  }
  return advances;
}

}  // namespace tailrace::postgres
