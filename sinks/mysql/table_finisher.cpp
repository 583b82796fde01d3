#include "sinks/mysql/table_finisher.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "sinks/mysql/catalogue.h"
#include "sinks/mysql/catalogue_details.h"
#include "sinks/mysql/column_attributes.h"
#include "sinks/mysql/write_value.h"
#include "sinks/sql/taken_away.h"

namespace tailrace::mysql {
namespace {

using sql::TargetColumn;
using sql::TargetType;
using sql::Unfinished;

// A part of an ALTER TABLE, and what to call it when the server refuses it.
struct Clause {
  std::string sql;
  Unfinished kind;
  std::string what;
  std::vector<sql::GivenNote> notes = {};  // once it is done
  std::string unique_index = {};           // that it makes
};

// What a table has, what it lacks, and the words for that.
class Finisher {
 public:
  Finisher(Connection& connection, const MySqlDialect& dialect, const CopiedTable& table)
      : connection_(connection), dialect_(dialect), table_(table) {
    literals_.connection = &connection;
    literals_.escape = [](const void* to, std::string_view text, ByteWriter& out) {
      static_cast<const Connection*>(to)->escape(text, out);
    };
    literals_.mariadb = dialect.version().is_mariadb();
  }

  Status read(const Loader::Finish& finish);
  Status add_counter();
  Status add_all();
  bool has_counter_to_add() const { return !plan_.auto_increments.empty(); }
  Loader::Finished result() && {
    return {std::move(plan_.cannot), std::move(given_), std::move(unfit_)};
  }

 private:
  std::vector<Clause> clauses();
  void add_attributes(std::vector<Clause>& clauses);
  void add_on_updates(std::map<std::uint16_t, ColumnAttributes>& columns) const;
  std::optional<std::string> default_of(const sql::MissingDefault& missing);
  std::string now(const TargetColumn& column, const Column& source) const;
  std::string index_sql(const sql::MissingIndex& index) const;
  std::string foreign_key_sql(const sql::MissingForeignKey& key) const;
  std::string modify(std::uint16_t column, const ColumnAttributes& added,
                     bool forget_comment = false) const;
  std::string name_of(std::uint16_t column) const {
    return dialect_.quote(target_->columns[column].name);
  }
  std::string column_list(const std::vector<std::uint16_t>& columns) const;
  Result<QueryResult> alter(std::string_view clauses);
  Status execute(const std::vector<Clause>& clauses);
  Result<bool> execute_alone(const Clause& clause);  // false: it was refused
  Status load();
  Status take_away();
  std::vector<Clause> removals(const sql::TakenAway& plan) const;
  sql::FinishedTable here() const { return {table_.schema, table_.details, *target_, details_}; }
  void warn(Unfinished kind, std::string_view what, std::string_view reason, std::string fix = {}) {
    plan_.cannot.push_back(sql::unfinished(kind, table_.target, what, reason, std::move(fix)));
  }

  Connection& connection_;
  const MySqlDialect& dialect_;
  const CopiedTable& table_;
  Literals literals_;
  std::optional<sql::TargetTable> target_;
  ColumnDefinitions definitions_;
  sql::TargetDetails details_;
  sql::TableFinish plan_;
  Loader::Given given_;
  std::string unfit_;
};

// About what was asked for, not about the server: the rest may be had.
bool is_refusal(const Error& error) {
  return is_about_values(error.kind()) || error.kind() == ErrorKind::unclassified ||
         error.kind() == ErrorKind::schema_mismatch;
}

Status Finisher::load() {
  auto target = load_table(connection_, table_.target);
  if (!target) return std::move(target).error();
  if (!*target) return Error(ErrorKind::schema_mismatch, "the table is gone");
  target_ = **std::move(target);
  auto details = load_details(connection_, *target_);
  if (!details) return std::move(details).error();
  details_ = *std::move(details);
  auto shown = connection_.query("SHOW CREATE TABLE " + dialect_.table(table_.target));
  if (!shown) return std::move(shown).error();
  definitions_ = column_definitions(shown->row(0)[1].value_or(""));
  return {};
}

Status Finisher::read(const Loader::Finish& finish) {
  given_ = finish.given;
  if (auto loaded = load(); !loaded) return loaded;
  Findings kept;
  if (finish.take_away && !given_.empty()) {
    if (auto taken = take_away(); !taken) return taken;
    kept = std::exchange(plan_.cannot, {});
    if (auto loaded = load(); !loaded) return loaded;
  }
  plan_ = sql::plan_finish(here(), finish, dialect_, finish_rules(dialect_.version()));
  plan_.cannot.insert(plan_.cannot.begin(), kept.begin(), kept.end());
  return {};
}

// First, so that names are free for what takes its place.
Status Finisher::take_away() {
  const sql::TakenAway plan =
      sql::plan_taking_away(here(), given_, dialect_, finish_rules(dialect_.version()));
  for (const std::string& note : plan.forgotten) given_.erase(note);
  for (const Clause& clause : removals(plan)) {
    auto done = execute_alone(clause);
    if (!done) return std::move(done).error();
    if (*done) given_.erase(clause.notes.front().key);
  }
  return {};
}

std::vector<Clause> Finisher::removals(const sql::TakenAway& plan) const {
  std::vector<Clause> clauses;
  for (const std::string& name : plan.indexes) {
    clauses.push_back({"DROP INDEX " + dialect_.quote(name),
                       Unfinished::index,
                       "index " + dialect_.quote(name) + " that the source has no more",
                       {{sql::index_note(name), {}}}});
  }
  for (const std::uint16_t column : plan.defaults) {
    // Without any default a row that does not name it would be refused.
    const char* none = target_->columns[column].not_null ? "DROP DEFAULT" : "SET DEFAULT NULL";
    clauses.push_back({fmt::format("ALTER COLUMN {} {}", name_of(column), none),
                       Unfinished::default_value,
                       "the default of column " + name_of(column),
                       {{sql::default_note(here(), dialect_, column), {}}}});
  }
  for (const std::uint16_t column : plan.comments) {
    clauses.push_back({modify(column, {}, true),
                       Unfinished::comment,
                       "the comment of column " + name_of(column),
                       {{sql::comment_note(here(), dialect_, column), {}}}});
  }
  if (plan.comment) {
    clauses.push_back({"COMMENT = ''",
                       Unfinished::comment,
                       "the comment of the table",
                       {{sql::kTableCommentNote, {}}}});
  }
  return clauses;
}

Result<QueryResult> Finisher::alter(std::string_view clauses) {
  return connection_.query(
      fmt::format("ALTER TABLE {} {}", dialect_.table(table_.target), clauses));
}

std::string Finisher::modify(std::uint16_t column, const ColumnAttributes& added,
                             bool forget_comment) const {
  const std::string& name = target_->columns[column].name;
  const auto found = definitions_.find(name);
  std::string definition = found == definitions_.end() ? "" : found->second;
  if (forget_comment) definition = without_comment(definition);
  return fmt::format("MODIFY COLUMN {}{}", name_of(column), with_attributes(definition, added));
}

Status Finisher::add_counter() {
  const sql::MissingAutoIncrement& missing = plan_.auto_increments.front();
  ColumnAttributes attributes;
  attributes.auto_increment = true;
  std::string sql = modify(missing.column, attributes);
  if (missing.next_value > 0) sql += fmt::format(", AUTO_INCREMENT = {}", missing.next_value);
  auto added =
      execute_alone({std::move(sql), Unfinished::auto_increment,
                     fmt::format("the auto-increment of column {}", name_of(missing.column))});
  plan_.auto_increments.clear();
  return added ? Status() : Status(std::move(added).error());
}

Status Finisher::add_all() {
  const std::vector<Clause> all = clauses();
  // The counter's column may lead no index but one of these.
  const bool counter_first =
      has_counter_to_add() &&
      std::any_of(target_->keys.begin(), target_->keys.end(), [&](const auto& key) {
        return key.front() == plan_.auto_increments.front().column;
      });
  if (counter_first) {
    if (auto added = add_counter(); !added) return added;
  }
  if (auto done = execute(all); !done) return done;
  return has_counter_to_add() ? add_counter() : Status();
}

Status Finisher::execute(const std::vector<Clause>& clauses) {
  if (clauses.empty()) return {};
  const auto done = [&](const Clause& clause) {
    for (const sql::GivenNote& note : clause.notes) sql::remember(note, given_);
  };
  std::string all;
  for (const Clause& clause : clauses) all += (all.empty() ? "" : ", ") + clause.sql;
  if (clauses.size() > 1) {
    auto altered = alter(all);
    if (altered) std::for_each(clauses.begin(), clauses.end(), done);
    if (altered) return {};
    if (!is_refusal(altered.error())) return std::move(altered).error();
  }
  for (const Clause& clause : clauses) {
    auto executed = execute_alone(clause);
    if (!executed) return std::move(executed).error();
    if (*executed) done(clause);
  }
  return {};
}

Result<bool> Finisher::execute_alone(const Clause& clause) {
  auto altered = alter(clause.sql);
  if (altered) return true;
  const Error& error = altered.error();
  if (!is_refusal(error)) return std::move(altered).error();
  std::string fix = fmt::format("ALTER TABLE {} {}", dialect_.table(table_.target), clause.sql);
  if (error.kind() == ErrorKind::row_rejected && !clause.unique_index.empty()) {
    unfit_ = sql::unfit_index(clause.unique_index, fix);
  }
  warn(clause.kind, clause.what, without_values(error.message()), std::move(fix));
  return false;
}

std::vector<Clause> Finisher::clauses() {
  std::vector<Clause> clauses;
  add_attributes(clauses);
  if (plan_.comment) {
    clauses.push_back({"COMMENT = " + connection_.quoted(*plan_.comment),
                       Unfinished::comment,
                       "the comment of the table",
                       {sql::note_of_comment(here(), *plan_.comment)}});
  }
  for (const sql::MissingIndex& index : plan_.indexes) {
    clauses.push_back({index_sql(index),
                       Unfinished::index,
                       "index " + dialect_.quote(index.name),
                       {sql::note_of(index)},
                       index.unique ? index.name : std::string()});
  }
  for (const sql::MissingForeignKey& key : plan_.foreign_keys) {
    clauses.push_back(
        {foreign_key_sql(key), Unfinished::foreign_key, "foreign key " + dialect_.quote(key.name)});
  }
  return clauses;
}

// All of a column in one MODIFY: two of them for one column are refused.
void Finisher::add_attributes(std::vector<Clause>& clauses) {
  std::map<std::uint16_t, ColumnAttributes> columns;
  std::map<std::uint16_t, std::vector<sql::GivenNote>> notes;
  for (const sql::MissingDefault& missing : plan_.defaults) {
    auto value = default_of(missing);
    if (!value) continue;
    columns[missing.column].default_value = *value;
    notes[missing.column].push_back(sql::note_of(missing, table_.schema));
  }
  for (const sql::MissingComment& missing : plan_.comments) {
    columns[missing.column].comment = connection_.quoted(missing.text);
    notes[missing.column].push_back(sql::note_of(missing, here(), dialect_));
  }
  add_on_updates(columns);
  for (const auto& [column, added] : columns) {
    const bool value = !added.default_value.empty() || !added.on_update.empty();
    clauses.push_back(
        {modify(column, added), value ? Unfinished::default_value : Unfinished::comment,
         fmt::format("{} of column {}", value ? "the default" : "the comment", name_of(column)),
         notes[column]});
  }
}

void Finisher::add_on_updates(std::map<std::uint16_t, ColumnAttributes>& columns) const {
  const auto& details = table_.details.columns;
  for (std::size_t i = 0; i < details.size() && i < table_.schema.columns.size(); ++i) {
    const Column& source = table_.schema.columns[i];
    const TargetColumn* target = sql::find_column(*target_, dialect_.shorten(source.name));
    if (!details[i].on_update_now || target == nullptr || target->generated) continue;
    const bool moment =
        target->type == TargetType::timestamp || target->type == TargetType::timestamptz;
    const auto definition = definitions_.find(target->name);
    const bool there = definition != definitions_.end() &&
                       find_unquoted(definition->second, " ON UPDATE ") != std::string_view::npos;
    if (!moment || there) continue;
    const auto column = static_cast<std::uint16_t>(target - target_->columns.data());
    columns[column].on_update = fmt::format("CURRENT_TIMESTAMP({})", target->scale);
  }
}

// An instant in a DATETIME is in UTC, whatever the time zone of the session that inserts.
std::string Finisher::now(const TargetColumn& column, const Column& source) const {
  const bool utc = source.type == LogicalType::timestamptz && column.type == TargetType::timestamp;
  return utc ? fmt::format("(UTC_TIMESTAMP({}))", column.scale)
             : fmt::format("CURRENT_TIMESTAMP({})", column.scale);
}

std::optional<std::string> Finisher::default_of(const sql::MissingDefault& missing) {
  const TargetColumn& column = target_->columns[missing.column];
  const Column& source = table_.schema.columns[missing.source];
  const ColumnDefault& value = *missing.details->default_value;
  const std::string what = fmt::format("the default of column {}", name_of(missing.column));
  if (value.kind == ColumnDefault::Kind::expression) return "(" + value.text + ")";
  if (value.kind == ColumnDefault::Kind::current_timestamp) {
    const bool moment =
        column.type == TargetType::timestamp || column.type == TargetType::timestamptz;
    if (moment) return now(column, source);
    warn(Unfinished::default_value, what, column.type_name + " has no current time");
    return std::nullopt;
  }
  const sql::MappedColumn mapped{missing.source, &source, &column, false, true};
  ByteWriter out;
  if (const auto problem = write_literal(mapped, value.text, literals_, out)) {
    warn(Unfinished::default_value, what, problem->what);
    return std::nullopt;
  }
  const bool only_expressions =
      column.base_type_name.ends_with("text") || column.base_type_name.ends_with("blob") ||
      column.type == TargetType::json || column.type == TargetType::geometry ||
      column.type == TargetType::vector;
  const std::string literal(out.text());
  return only_expressions ? "(" + literal + ")" : literal;
}

// "FULLTEXT KEY `name` (...)", with the name that it has here.
std::string Finisher::index_sql(const sql::MissingIndex& index) const {
  if (index.by_definition) {
    const std::string& definition = index.source->definition;
    const std::string name = "KEY " + dialect_.quote(index.source->name) + " ";
    const std::size_t at = definition.find(name);
    if (at != std::string::npos) {
      return "ADD " + definition.substr(0, at) + "KEY " + dialect_.quote(index.name) + " " +
             definition.substr(at + name.size());
    }
  }
  std::string parts;
  for (const sql::TargetIndexColumn& part : index.columns) {
    parts += (parts.empty() ? "" : ", ") + name_of(part.column);
    if (part.prefix_length > 0) parts += fmt::format("({})", part.prefix_length);
    if (part.descending) parts += " DESC";
  }
  std::string kind = index.unique ? "UNIQUE " : "";
  if (index.method == "fulltext") kind = "FULLTEXT ";
  if (index.method == "spatial") kind = "SPATIAL ";
  return fmt::format("ADD {}KEY {} ({})", kind, dialect_.quote(index.name), parts);
}

std::string Finisher::column_list(const std::vector<std::uint16_t>& columns) const {
  std::string list;
  for (const std::uint16_t column : columns) list += (list.empty() ? "" : ", ") + name_of(column);
  return list;
}

std::string Finisher::foreign_key_sql(const sql::MissingForeignKey& key) const {
  std::string referenced;
  for (const std::string& name : key.referenced_columns) {
    referenced += (referenced.empty() ? "" : ", ") + dialect_.quote(name);
  }
  std::string sql =
      fmt::format("ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({})", dialect_.quote(key.name),
                  column_list(key.columns), dialect_.table(key.referenced), referenced);
  if (!key.on_delete.empty()) sql += " ON DELETE " + key.on_delete;
  if (!key.on_update.empty()) sql += " ON UPDATE " + key.on_update;
  return sql;
}

}  // namespace

Result<Loader::Finished> finish_table(Connection& connection, const MySqlDialect& dialect,
                                      const CopiedTable& table, const Loader::Finish& finish) {
  Finisher finisher(connection, dialect, table);
  if (auto read = finisher.read(finish); !read) return std::move(read).error();
  if (auto added = finisher.add_all(); !added) return std::move(added).error();
  return std::move(finisher).result();
}

Status count_before_rows(Connection& connection, const MySqlDialect& dialect,
                         const CopiedTable& table) {
  Finisher finisher(connection, dialect, table);
  if (auto read = finisher.read({}); !read) return read;
  return finisher.has_counter_to_add() ? finisher.add_counter() : Status();
}

}  // namespace tailrace::mysql
