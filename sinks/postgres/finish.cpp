#include "sinks/postgres/finish.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "sinks/postgres/catalogue.h"
#include "sinks/postgres/details_catalogue.h"
#include "sinks/postgres/finish_statements.h"
#include "sinks/postgres/write_value.h"
#include "sinks/sql/table_finish.h"
#include "sinks/sql/taken_away.h"

namespace tailrace::postgres {
namespace {

using sql::Unfinished;

sql::FinishRules rules_of_postgres() {
  sql::FinishRules rules;
  rules.same_kind = SourceEngine::postgresql;
  rules.methods = {"hash"};
  return rules;
}

// Refused for what it says, however often it is tried.
bool is_refusal(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::permission:
    case ErrorKind::schema_mismatch:
    case ErrorKind::row_rejected:
    case ErrorKind::unsupported_value:
    case ErrorKind::unclassified:
    case ErrorKind::internal:
      return true;
    default:
      return false;
  }
}

// The worker of another table took the name at this moment: planned again, it gets another one.
bool is_name_race(const Error& error) {
  return error.native() == "42P07" ||
         error.message().find("pg_class_relname_nsp_index") != std::string::npos;
}

class Finisher {
 public:
  Finisher(Connection& connection, const PostgresDialect& dialect, const sql::TableMapping& mapping)
      : connection_(connection), dialect_(dialect), mapping_(mapping), table_(mapping.target) {}

  Result<Loader::Finished> finish(const TableDetails& details, const Loader::Finish& finish);

 private:
  // False: the server refused it, and a warning says so.
  Result<bool> run(Unfinished kind, const std::string& what, const std::string& sql);
  void warn(Unfinished kind, const std::string& what, std::string_view reason,
            std::string fix = {}) {
    plan_.cannot.push_back(sql::unfinished(kind, table_.name, what, reason, std::move(fix)));
  }
  std::string column(std::uint16_t index) const {
    return fmt::format("column \"{}\"", table_.columns[index].name);
  }

  Status take_away(const TableDetails& details);
  Status drop(Unfinished kind, const std::string& what, const std::string& sql,
              const std::string& note);
  Status indexes();
  Status defaults();
  std::optional<std::string> default_expression(const sql::MissingDefault& missing);
  std::optional<std::string> literal(const sql::MissingDefault& missing);
  Status auto_increments();
  Result<std::uint64_t> next_value(const sql::MissingAutoIncrement& missing);
  Status comments(const sql::FinishedTable& table);
  Status foreign_keys();
  Result<bool> is_partitioned();

  Connection& connection_;
  const PostgresDialect& dialect_;
  const sql::TableMapping& mapping_;
  const sql::TargetTable& table_;
  sql::TableFinish plan_;
  Loader::Given given_;
  std::string unfit_;
  bool refused_for_rows_ = false;  // the last statement
};

Result<bool> Finisher::run(Unfinished kind, const std::string& what, const std::string& sql) {
  auto done = connection_.exec(sql);
  refused_for_rows_ = !done && done.error().kind() == ErrorKind::row_rejected;
  if (done) return true;
  Error error = std::move(done).error();
  if (is_name_race(error)) return std::move(error).as(ErrorKind::busy).with(what);
  if (!is_refusal(error)) return std::move(error).with(what);
  warn(kind, what, error.to_string(), sql);
  return false;
}

Status Finisher::drop(Unfinished kind, const std::string& what, const std::string& sql,
                      const std::string& note) {
  auto done = run(kind, what, sql);
  if (!done) return std::move(done).error();
  if (*done) given_.erase(note);
  return {};
}

// First, so that names and columns are free for what takes its place.
Status Finisher::take_away(const TableDetails& details) {
  auto there = load_details(connection_, table_);
  if (!there) return std::move(there).error();
  const sql::FinishedTable table{*mapping_.schema, details, table_, *there};
  const sql::TakenAway plan = sql::plan_taking_away(table, given_, dialect_, rules_of_postgres());
  for (const std::string& note : plan.forgotten) given_.erase(note);
  Status status;
  for (const std::string& name : plan.indexes) {
    if (!status) return status;
    status = drop(Unfinished::index, fmt::format("index \"{}\" that the source has no more", name),
                  "DROP INDEX IF EXISTS " + dialect_.table({table_.name.schema, name}),
                  sql::index_note(name));
  }
  for (const std::uint16_t index : plan.defaults) {
    if (!status) return status;
    status = drop(Unfinished::default_value, "the default of " + column(index),
                  drop_default_statement(dialect_, table_, index),
                  sql::default_note(table, dialect_, index));
  }
  for (const std::uint16_t index : plan.comments) {
    if (!status) return status;
    status = drop(Unfinished::comment, "the comment of " + column(index),
                  column_comment_statement(dialect_, table_, index, "NULL"),
                  sql::comment_note(table, dialect_, index));
  }
  if (!status || !plan.comment) return status;
  return drop(Unfinished::comment, "the comment of the table",
              table_comment_statement(dialect_, table_, "NULL"), sql::kTableCommentNote);
}

Status Finisher::indexes() {
  for (const sql::MissingIndex& index : plan_.indexes) {
    const std::string what = fmt::format("index \"{}\"", index.name);
    const auto sql = index_statement(dialect_, table_, index);
    if (!sql) {
      warn(Unfinished::index, what, "its definition is not understood", index.source->definition);
      continue;
    }
    auto made = run(Unfinished::index, what, *sql);
    if (!made) return std::move(made).error();
    if (*made) {
      sql::remember(sql::note_of(index), given_);
    } else if (refused_for_rows_) {
      unfit_ = sql::unfit_index(index.name, *sql);
    }
  }
  return {};
}

std::optional<std::string> Finisher::literal(const sql::MissingDefault& missing) {
  const auto mapped =
      std::find_if(mapping_.columns.begin(), mapping_.columns.end(),
                   [&](const sql::MappedColumn& one) { return one.source == missing.source; });
  if (mapped == mapping_.columns.end()) return std::nullopt;
  ByteWriter text;
  const auto problem =
      write_value(*mapped, missing.details->default_value->text, ValueForm::plain, text);
  if (!problem) return literal_expression(*mapped->target, connection_.quoted(text.text()));
  warn(Unfinished::default_value, "the default of " + column(missing.column), problem->what);
  return std::nullopt;
}

std::optional<std::string> Finisher::default_expression(const sql::MissingDefault& missing) {
  const ColumnDefault& value = *missing.details->default_value;
  switch (value.kind) {
    case ColumnDefault::Kind::literal:
      return literal(missing);
    case ColumnDefault::Kind::current_timestamp:
      if (!value.text.empty() && mapping_.schema->engine == SourceEngine::postgresql) break;
      return now_expression(table_.columns[missing.column]);
    case ColumnDefault::Kind::expression:
      break;
  }
  return value.text;
}

Status Finisher::defaults() {
  for (const sql::MissingDefault& missing : plan_.defaults) {
    const auto expression = default_expression(missing);
    if (!expression) continue;
    auto made = run(Unfinished::default_value, "the default of " + column(missing.column),
                    default_statement(dialect_, table_, missing.column, *expression));
    if (!made) return std::move(made).error();
    if (*made) sql::remember(sql::note_of(missing, *mapping_.schema), given_);
  }
  return {};
}

// Behind what the source said, and behind every row that is here.
Result<std::uint64_t> Finisher::next_value(const sql::MissingAutoIncrement& missing) {
  auto highest = connection_.exec(fmt::format("SELECT greatest(max({})::numeric + 1, 1) FROM {}",
                                              dialect_.quote(table_.columns[missing.column].name),
                                              dialect_.table(table_.name)));
  if (!highest) return std::move(highest).error();
  const std::string_view text = highest->scalar().value_or("1");
  std::uint64_t next = 1;
  std::from_chars(text.data(), text.data() + text.size(), next);
  return std::max(next, missing.next_value);
}

Status Finisher::auto_increments() {
  for (const sql::MissingAutoIncrement& missing : plan_.auto_increments) {
    auto next = next_value(missing);
    if (!next) return std::move(next).error();
    auto made = run(Unfinished::auto_increment, "the auto-increment of " + column(missing.column),
                    identity_statement(dialect_, table_, missing.column, *next));
    if (!made) return std::move(made).error();
  }
  return {};
}

Status Finisher::comments(const sql::FinishedTable& table) {
  if (plan_.comment) {
    auto made = run(Unfinished::comment, "the comment of the table",
                    table_comment_statement(dialect_, table_, connection_.quoted(*plan_.comment)));
    if (!made) return std::move(made).error();
    if (*made) sql::remember(sql::note_of_comment(table, *plan_.comment), given_);
  }
  for (const sql::MissingComment& missing : plan_.comments) {
    auto made = run(Unfinished::comment, "the comment of " + column(missing.column),
                    column_comment_statement(dialect_, table_, missing.column,
                                             connection_.quoted(missing.text)));
    if (!made) return std::move(made).error();
    if (*made) sql::remember(sql::note_of(missing, table, dialect_), given_);
  }
  return {};
}

Result<bool> Finisher::is_partitioned() {
  const std::array parameters = {table_.name.schema.c_str(), table_.name.table.c_str()};
  auto kind = connection_.exec_params(
      "SELECT c.relkind = 'p' FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
      " WHERE n.nspname = $1 AND c.relname = $2",
      parameters);
  if (!kind) return std::move(kind).error();
  return kind->scalar() == "t";
}

// Rows that are there are checked behind, under a lock that writers pass. A key whose rows do not
// all hold stays as it is: it holds for new ones.
Status Finisher::foreign_keys() {
  if (plan_.foreign_keys.empty()) return {};
  const auto partitioned = is_partitioned();
  if (!partitioned) return partitioned.error();
  for (const sql::MissingForeignKey& key : plan_.foreign_keys) {
    const std::string what = fmt::format("foreign key \"{}\"", key.name);
    auto made = run(Unfinished::foreign_key, what,
                    foreign_key_statement(dialect_, table_, key, !*partitioned));
    if (!made) return std::move(made).error();
    if (!*made || *partitioned) continue;
    auto valid = run(Unfinished::foreign_key, what + " is there, but not for rows of the past",
                     validate_statement(dialect_, table_, key.name));
    if (!valid) return std::move(valid).error();
  }
  return {};
}

Result<Loader::Finished> Finisher::finish(const TableDetails& details,
                                          const Loader::Finish& finish) {
  given_ = finish.given;
  if (finish.take_away && !given_.empty()) {
    if (auto taken = take_away(details); !taken) return std::move(taken).error();
  }
  Findings kept = std::exchange(plan_.cannot, {});
  auto there = load_details(connection_, table_);
  if (!there) return std::move(there).error();
  const sql::FinishedTable table{*mapping_.schema, details, table_, *there};
  plan_ = sql::plan_finish(table, finish, dialect_, rules_of_postgres());
  Status done = indexes();
  if (done) done = defaults();
  if (done) done = auto_increments();
  if (done) done = comments(table);
  if (done) done = foreign_keys();
  if (!done) return std::move(done).error();
  kept.insert(kept.end(), plan_.cannot.begin(), plan_.cannot.end());
  return Loader::Finished{std::move(kept), std::move(given_), std::move(unfit_)};
}

}  // namespace

Result<Loader::Finished> finish_table(Connection& connection, const PostgresDialect& dialect,
                                      const sql::TableMapping& mapping, const TableDetails& details,
                                      const Loader::Finish& finish) {
  return Finisher(connection, dialect, mapping).finish(details, finish);
}

}  // namespace tailrace::postgres
