#include "sinks/mysql/table_finisher.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "sinks/mysql/catalogue.h"
#include "sinks/mysql/catalogue_details.h"
#include "sinks/mysql/column_attributes.h"
#include "sinks/mysql/write_value.h"

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
  Findings findings() && { return std::move(plan_.cannot); }

 private:
  std::vector<Clause> clauses();
  void add_attributes(std::vector<Clause>& clauses);
  void add_on_updates(std::map<std::uint16_t, ColumnAttributes>& columns) const;
  std::optional<std::string> default_of(const sql::MissingDefault& missing);
  std::string now(const TargetColumn& column, const Column& source) const;
  std::string index_sql(const sql::MissingIndex& index) const;
  std::string foreign_key_sql(const sql::MissingForeignKey& key) const;
  std::string modify(std::uint16_t column, const ColumnAttributes& added) const;
  std::string name_of(std::uint16_t column) const {
    return dialect_.quote(target_->columns[column].name);
  }
  std::string column_list(const std::vector<std::uint16_t>& columns) const;
  Result<QueryResult> alter(std::string_view clauses);
  Status execute(const std::vector<Clause>& clauses);
  Status execute_alone(const Clause& clause);
  void warn(Unfinished kind, std::string_view what, std::string_view reason, std::string fix = {}) {
    plan_.cannot.push_back(sql::unfinished(kind, table_.target, what, reason, std::move(fix)));
  }

  Connection& connection_;
  const MySqlDialect& dialect_;
  const CopiedTable& table_;
  Literals literals_;
  std::optional<sql::TargetTable> target_;
  ColumnDefinitions definitions_;
  sql::TableFinish plan_;
};

// About what was asked for, not about the server: the rest may be had.
bool is_refusal(const Error& error) {
  return is_about_values(error.kind()) || error.kind() == ErrorKind::unclassified ||
         error.kind() == ErrorKind::schema_mismatch;
}

Status Finisher::read(const Loader::Finish& finish) {
  auto target = load_table(connection_, table_.target);
  if (!target) return std::move(target).error();
  if (!*target) return Error(ErrorKind::schema_mismatch, "the table is gone");
  target_ = **std::move(target);
  auto details = load_details(connection_, *target_);
  if (!details) return std::move(details).error();
  auto shown = connection_.query("SHOW CREATE TABLE " + dialect_.table(table_.target));
  if (!shown) return std::move(shown).error();
  definitions_ = column_definitions(shown->row(0)[1].value_or(""));
  plan_ = sql::plan_finish({table_.schema, table_.details, *target_, *details}, finish, dialect_,
                           finish_rules(dialect_.version()));
  return {};
}

Result<QueryResult> Finisher::alter(std::string_view clauses) {
  return connection_.query(
      fmt::format("ALTER TABLE {} {}", dialect_.table(table_.target), clauses));
}

std::string Finisher::modify(std::uint16_t column, const ColumnAttributes& added) const {
  const std::string& name = target_->columns[column].name;
  const auto found = definitions_.find(name);
  const std::string definition = found == definitions_.end() ? "" : found->second;
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
  return added;
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
  std::string all;
  for (const Clause& clause : clauses) all += (all.empty() ? "" : ", ") + clause.sql;
  if (clauses.size() > 1) {
    auto altered = alter(all);
    if (altered) return {};
    if (!is_refusal(altered.error())) return std::move(altered).error();
  }
  for (const Clause& clause : clauses) {
    if (auto done = execute_alone(clause); !done) return done;
  }
  return {};
}

Status Finisher::execute_alone(const Clause& clause) {
  auto altered = alter(clause.sql);
  if (altered) return {};
  const Error& error = altered.error();
  if (!is_refusal(error)) return std::move(altered).error();
  warn(clause.kind, clause.what, without_values(error.message()),
       fmt::format("ALTER TABLE {} {}", dialect_.table(table_.target), clause.sql));
  return {};
}

std::vector<Clause> Finisher::clauses() {
  std::vector<Clause> clauses;
  add_attributes(clauses);
  if (plan_.comment) {
    clauses.push_back({"COMMENT = " + connection_.quoted(*plan_.comment), Unfinished::comment,
                       "the comment of the table"});
  }
  for (const sql::MissingIndex& index : plan_.indexes) {
    clauses.push_back({index_sql(index), Unfinished::index, "index " + dialect_.quote(index.name)});
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
  for (const sql::MissingDefault& missing : plan_.defaults) {
    if (auto value = default_of(missing)) columns[missing.column].default_value = *value;
  }
  for (const sql::MissingComment& missing : plan_.comments) {
    columns[missing.column].comment = connection_.quoted(missing.text);
  }
  add_on_updates(columns);
  for (const auto& [column, added] : columns) {
    const bool value = !added.default_value.empty() || !added.on_update.empty();
    clauses.push_back(
        {modify(column, added), value ? Unfinished::default_value : Unfinished::comment,
         fmt::format("{} of column {}", value ? "the default" : "the comment", name_of(column))});
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

Result<Findings> finish_table(Connection& connection, const MySqlDialect& dialect,
                              const CopiedTable& table, const Loader::Finish& finish) {
  Finisher finisher(connection, dialect, table);
  if (auto read = finisher.read(finish); !read) return std::move(read).error();
  if (auto added = finisher.add_all(); !added) return std::move(added).error();
  return std::move(finisher).findings();
}

Status count_before_rows(Connection& connection, const MySqlDialect& dialect,
                         const CopiedTable& table) {
  Finisher finisher(connection, dialect, table);
  if (auto read = finisher.read({}); !read) return read;
  return finisher.has_counter_to_add() ? finisher.add_counter() : Status();
}

}  // namespace tailrace::mysql
