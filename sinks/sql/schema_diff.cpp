#include "sinks/sql/schema_diff.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "sinks/sql/column_versions.h"
#include "sinks/sql/table_mapping.h"

namespace tailrace::sql {
namespace {

using Kind = SchemaStep::Kind;

// A column behind everything that was announced.
struct Live {
  std::string name;
  const Column* before = nullptr;       // of the known version
  std::string old_name = {};            // before announced renames
  std::optional<ColumnFill> fill = {};  // added since
};

// Walks through the announcements. Each may already be in what it is applied to (a definition is
// read again after an abort, a version may be later than what announces it): then it does nothing.
class Announced {
 public:
  explicit Announced(const KnownTable& known) {
    if (known.schema) {
      for (const Column& column : known.schema->columns) {
        live_.push_back({column.name, &column, column.name, {}});
      }
    }
    for (const ColumnChange& change : known.pending) apply(change);
  }

  const std::vector<Live>& live() const { return live_; }
  const std::vector<std::string>& dropped() const { return dropped_; }
  const Live* find(const std::string& name) const {
    const auto found = std::find_if(live_.begin(), live_.end(),
                                    [&](const Live& column) { return column.name == name; });
    return found == live_.end() ? nullptr : &*found;
  }

 private:
  void apply(const ColumnChange& change) {
    const auto found = std::find_if(live_.begin(), live_.end(),
                                    [&](const Live& column) { return column.name == change.name; });
    switch (change.kind) {
      case ColumnChange::Kind::add:
        if (found == live_.end()) live_.push_back({change.name, nullptr, {}, change.fill});
        return;
      case ColumnChange::Kind::drop:
        if (found == live_.end()) {
          dropped_.push_back(change.name);
          return;
        }
        if (!found->old_name.empty()) dropped_.push_back(found->old_name);
        live_.erase(found);
        return;
      case ColumnChange::Kind::rename:
        if (find(change.new_name) != nullptr) return;
        if (found != live_.end()) {
          found->name = change.new_name;
        } else {
          live_.push_back({change.new_name, nullptr, change.name, {}});
        }
        return;
      case ColumnChange::Kind::modify:
        return;
    }
  }

  std::vector<Live> live_;
  std::vector<std::string> dropped_;
};

// An enumeration of the target has every label; one that is not told is not missed.
bool has_labels(const Column& column, const TargetColumn& target) {
  if (target.type != TargetType::enumeration || target.labels.empty()) return true;
  return std::all_of(column.labels.begin(), column.labels.end(), [&](const std::string& label) {
    return std::find(target.labels.begin(), target.labels.end(), label) != target.labels.end();
  });
}

// The source's primary key of the known version and of the next, and the keys of the target, by
// their names.
class KeyChange {
 public:
  KeyChange(const KnownTable& before, const TableSchema& after, const Announced& announced,
            const TargetTable& target) {
    if (!before.schema) return;
    for (const std::uint16_t index : before.schema->key) {
      had_.push_back(before.schema->columns[index].name);
    }
    changes_ = sorted(names_now(announced)) != sorted(names_of(after));
    for (const auto& key : target.keys) {
      keys_.emplace_back();
      for (const std::uint16_t index : key) keys_.back().push_back(target.columns[index].name);
    }
    if (!target.primary_key.empty() && !keys_.empty()) primary_ = keys_.front();
  }

  bool changes() const { return changes_; }
  // By the name in the known version.
  bool had(const std::string& name) const { return contains(had_, name); }
  bool has_at_target(const std::string& column) const { return contains(primary_, column); }
  void rename_at_target(const std::string& from, const std::string& to) {
    for (auto& key : keys_) std::replace(key.begin(), key.end(), from, to);
    std::replace(primary_.begin(), primary_.end(), from, to);
  }
  bool is_at_target(const std::vector<std::string>& wanted) const {
    if (wanted.empty()) return primary_.empty();
    return std::any_of(keys_.begin(), keys_.end(),
                       [&](const auto& key) { return sorted(key) == sorted(wanted); });
  }

 private:
  using Names = std::vector<std::string>;
  static bool contains(const Names& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  }
  static Names sorted(Names names) {
    std::sort(names.begin(), names.end());
    return names;
  }
  static Names names_of(const TableSchema& schema) {
    Names names;
    for (const std::uint16_t index : schema.key) names.push_back(schema.columns[index].name);
    return names;
  }
  // A column that is gone, or was made anew, is nobody.
  Names names_now(const Announced& announced) const {
    Names names;
    for (const std::string& old : had_) {
      const auto found = std::find_if(announced.live().begin(), announced.live().end(),
                                      [&](const Live& column) { return column.old_name == old; });
      names.push_back(found == announced.live().end() ? "" : found->name);
    }
    return names;
  }

  bool changes_ = false;
  Names had_;
  std::vector<Names> keys_;
  Names primary_;
};

class Differ {
 public:
  Differ(const KnownTable& before, const TableSchema& after, const TargetTable& target,
         const Dialect& dialect, SchemaPolicy policy)
      : before_(before),
        after_(after),
        dialect_(dialect),
        policy_(policy),
        announced_(before),
        key_(before, after, announced_, target),
        table_(target) {}

  SchemaDiff diff() {
    if (before_.rows_changed) stale("rows changed that were not logged");
    drop_columns();
    rename_columns();
    for (std::size_t i = 0; i < after_.columns.size(); ++i) follow_column(i);
    follow_key();
    for (SchemaStep& late : behind_key_) diff_.steps.push_back(std::move(late));
    if (policy_ == SchemaPolicy::ignore) diff_.steps.clear();
    return std::move(diff_);
  }

 private:
  void stale(std::string why) {
    if (diff_.stale.empty()) diff_.stale = std::move(why);
  }

  SchemaStep& step(Kind kind, std::string statement, std::string fact) {
    diff_.steps.push_back({kind, std::move(statement), std::move(fact)});
    return diff_.steps.back();
  }

  TargetColumn* target_column(std::string_view name) {
    return const_cast<TargetColumn*>(find_column(table_, dialect_.shorten(name)));
  }

  void forget(const TargetColumn* column) {
    std::erase_if(table_.columns, [&](const TargetColumn& c) { return &c == column; });
  }

  void drop(const std::string& name) {
    const TargetColumn* column = target_column(name);
    if (column == nullptr) return;
    SchemaStep made{Kind::drop_column, dialect_.drop_column(table_, column->name),
                    fmt::format("column \"{}\" was dropped", name)};
    made.column = column->name;
    if (column->not_null && !column->has_default && !column->generated) {
      made.otherwise = dialect_.allow_missing(table_, *column);
    }
    // An engine would shorten the key by it, and then rows may be equal.
    const bool late =
        key_.changes() && key_.has_at_target(column->name) && !after_.find_column(name);
    (late ? behind_key_ : diff_.steps).push_back(std::move(made));
    forget(column);
  }

  // Columns that the source has no more: dropped by a statement, or simply not there.
  void drop_columns() {
    for (const std::string& name : announced_.dropped()) {
      const Live* now = announced_.find(name);
      const bool kept = now != nullptr ? !now->fill : after_.find_column(name).has_value();
      const bool anew = now != nullptr && now->fill && policy_ != SchemaPolicy::apply;
      if (anew && target_column(name) != nullptr) {
        stale(fmt::format("column \"{}\" was dropped and made anew", name));
      } else if (!kept) {
        drop(name);
      }
    }
    for (const Live& column : announced_.live()) {
      if (column.before == nullptr || after_.find_column(column.name)) continue;
      drop(column.old_name);
    }
  }

  // Where names are swapped, or one moves on to the name of another, a repetition could not tell
  // what has been done: then the rows are copied instead.
  void rename_columns() {
    for (const Live& column : announced_.live()) {
      if (column.old_name.empty() || column.old_name == column.name) continue;
      if (!after_.find_column(column.name)) continue;
      TargetColumn* source = target_column(column.old_name);
      const Live* successor = announced_.find(column.old_name);
      if (successor != nullptr) {
        stale(fmt::format("column \"{}\" has the name of another one now", column.name));
        continue;
      }
      if (source == nullptr || target_column(column.name) != nullptr) continue;
      const std::string name = dialect_.shorten(column.name);
      step(Kind::rename_column, dialect_.rename_column(table_.name, source->name, name),
           fmt::format("column \"{}\" was renamed to \"{}\"", column.old_name, column.name));
      key_.rename_at_target(source->name, name);
      source->name = name;
    }
  }

  void follow_column(std::size_t index) {
    const Column& column = after_.columns[index];
    const Live* live = announced_.find(column.name);
    const TargetColumn* target = target_column(column.name);
    if (live != nullptr && live->before != nullptr) {
      if (target != nullptr) follow_definition(index, *live->before, *target);
      return;
    }
    const bool known = live != nullptr && live->fill.has_value();
    if (!known && !before_.schema) return;  // no version is known: the mapping compares
    add(index, known ? *live->fill : ColumnFill(), target);
  }

  void add(std::size_t index, const ColumnFill& fill, const TargetColumn* target) {
    const Column& column = after_.columns[index];
    const auto value = filled_value(column, fill);
    const bool computed = target != nullptr && target->generated;
    // It may be one that stayed when the source dropped it.
    const bool stayed = target != nullptr && policy_ == SchemaPolicy::add_only;
    const bool left_out = target == nullptr && policy_ == SchemaPolicy::ignore;
    if ((!value || stayed) && !computed && !left_out) {
      stale(fmt::format("rows have values in the new column \"{}\" that were not logged",
                        column.name));
    }
    if (target != nullptr) return;
    const std::string type = dialect_.column_type(after_, index);
    std::optional<std::string> literal;
    if (value && *value) literal = dialect_.literal(column, **value, type);
    // A table whose rows are copied again is empty by then.
    const bool emptied = !diff_.stale.empty() && policy_ != SchemaPolicy::stop;
    const bool not_null = !column.nullable && (literal.has_value() || emptied);
    const std::string name = dialect_.shorten(column.name);
    step(Kind::add_column, dialect_.add_column(table_.name, name, type, not_null, literal),
         fmt::format("column \"{}\" was added", column.name));
    if (!literal) return;
    std::string forget = dialect_.drop_default(table_.name, name, not_null);
    if (forget.empty()) return;
    step(Kind::add_column, std::move(forget), fmt::format("column \"{}\" was added", column.name));
  }

  void follow_definition(std::size_t index, const Column& old, const TargetColumn& target) {
    const Column& column = after_.columns[index];
    if (target.generated) return;
    const bool kept = keeps_values(old, column);
    if (!kept) stale(fmt::format("values of column \"{}\" changed with its type", column.name));
    const bool has_room = can_hold(column, after_.engine, target, dialect_) &&
                          has_labels(column, target) &&
                          (!is_narrowing(column, target) || is_narrowing(old, target));
    const std::string old_type = type_before(old);
    const std::string type = dialect_.column_type(after_, index);
    const bool joins_key = key_.changes() && in_key(after_, index) && !key_.had(old.name);
    const bool retype =
        old_type != type && (joins_key || !(kept && has_room)) && !dialect_.has_type(target, type);
    const bool relax =
        column.nullable && target.not_null && !old.nullable && !in_key(after_, index);
    const bool require = !column.nullable && !target.not_null && old.nullable;
    if (!retype && !relax && !require) return;
    // An engine's name of a text type leaves its collation away.
    const bool renew = retype || (dialect_.definitions_commit() && target.type == TargetType::text);
    change(index, target, renew ? type : target.type_name, kept && !require);
  }

  // The type that the target was given for the version before.
  std::string type_before(const Column& old) const {
    const auto found = before_.schema->find_column(old.name);
    return dialect_.column_type(*before_.schema, *found);
  }

  void change(std::size_t index, const TargetColumn& target, const std::string& type, bool widens) {
    const Column& column = after_.columns[index];
    const std::string fact = fmt::format("column \"{}\" is {}{} now", column.name,
                                         column.native_type, column.nullable ? "" : " NOT NULL");
    const std::string statement = dialect_.change_column(table_, target, type, !column.nullable);
    if (!statement.empty()) {
      SchemaStep& made = step(widens ? Kind::widen_column : Kind::change_column, statement, fact);
      made.column = target.name;
      made.type = type;
      made.not_null = !column.nullable;
      return;
    }
    // The engine checks no type that it cannot change, as long as values find room.
    if (can_hold(column, after_.engine, target, dialect_) && !is_narrowing(column, target) &&
        !(column.nullable && target.not_null)) {
      return;
    }
    const std::string name = target.name;
    step(Kind::change_column, dialect_.drop_column(table_, name), fact);
    step(Kind::change_column,
         dialect_.add_column(table_.name, name, dialect_.column_type(after_, index), false, {}),
         fact);
    stale(fmt::format("column \"{}\" had to be made anew", column.name));
  }

  // Rows are found by the source's key, so the target has to have it from here on.
  void follow_key() {
    if (!key_.changes()) return;
    std::vector<std::string> wanted;
    std::string shown;
    std::string list;
    for (const std::uint16_t index : after_.key) {
      const std::string& name = after_.columns[index].name;
      const TargetColumn* column = target_column(name);
      wanted.push_back(column != nullptr ? column->name : dialect_.shorten(name));
      shown += (shown.empty() ? "" : ", ") + name;
      list += (list.empty() ? "" : ", ") + dialect_.quote(wanted.back());
    }
    if (key_.is_at_target(wanted)) return;
    std::string statement = dialect_.change_key(table_, wanted);
    if (statement.empty()) return;
    SchemaStep& made = step(Kind::change_key, std::move(statement),
                            wanted.empty() ? "the primary key was dropped"
                                           : fmt::format("the primary key is ({}) now", shown));
    made.key = wanted;
    if (!wanted.empty()) made.misfits = misfits(wanted, list);
  }

  std::string misfits(const std::vector<std::string>& key, const std::string& list) const {
    std::string missing;
    for (const std::string& name : key) {
      missing += (missing.empty() ? "" : " OR ") + dialect_.quote(name) + " IS NULL";
    }
    return fmt::format(
        "SELECT 1 FROM {} GROUP BY {} HAVING COUNT(*) > 1 OR MAX(CASE WHEN {} THEN 1 ELSE 0 END) "
        "= 1 LIMIT 1",
        dialect_.table(table_.name), list, missing);
  }

  const KnownTable& before_;
  const TableSchema& after_;
  const Dialect& dialect_;
  const SchemaPolicy policy_;
  const Announced announced_;
  KeyChange key_;
  TargetTable table_;  // as it will be behind the steps so far
  SchemaDiff diff_;
  std::vector<SchemaStep> behind_key_;
};

Error forbidden(const TableName& target, const std::string& fact, std::string cure) {
  return Error(ErrorKind::schema_mismatch,
               fmt::format("the source changed: {}, and target table {} may not follow by itself",
                           fact, target.to_string()))
      .hint(std::move(cure));
}

bool is_additive(const SchemaStep& step) {
  return step.kind == Kind::add_column || step.kind == Kind::widen_column;
}

}  // namespace

SchemaDiff diff_schema(const KnownTable& before, const TableSchema& after,
                       const TargetTable& target, const Dialect& dialect, SchemaPolicy policy) {
  return Differ(before, after, target, dialect, policy).diff();
}

std::string restated(const SchemaStep& step, const TargetTable& table, const Dialect& dialect) {
  const TargetColumn* column = find_column(table, step.column);
  switch (step.kind) {
    case Kind::add_column:
    case Kind::rename_column:
      return step.statement;
    case Kind::drop_column:
      return column == nullptr ? std::string() : dialect.drop_column(table, column->name);
    case Kind::widen_column:
    case Kind::change_column:
      if (column == nullptr) return {};
      if (step.type.empty()) return dialect.allow_missing(table, *column);
      return dialect.change_column(table, *column, step.type, step.not_null);
    case Kind::change_key:
      return dialect.change_key(table, step.key);
  }
  return step.statement;
}

std::optional<TableSchema> announced_schema(const KnownTable& before) {
  if (!before.schema || !before.columns_known || before.pending.empty()) return std::nullopt;
  const Announced announced(before);
  TableSchema schema = *before.schema;
  schema.columns.clear();
  schema.key.clear();
  for (const ColumnChange& change : before.pending) {
    if (change.kind == ColumnChange::Kind::modify) return std::nullopt;
  }
  for (const Live& column : announced.live()) {
    if (column.before == nullptr) return std::nullopt;
    schema.columns.push_back(*column.before);
    schema.columns.back().name = column.name;
  }
  for (const std::uint16_t index : before.schema->key) {
    const std::string& name = before.schema->columns[index].name;
    for (std::size_t i = 0; i < announced.live().size(); ++i) {
      if (announced.live()[i].old_name == name) {
        schema.key.push_back(static_cast<std::uint16_t>(i));
      }
    }
  }
  return schema;
}

bool agrees(const KnownTable& before, const TableSchema& after) {
  if (!before.schema || !before.columns_known) return false;
  const Announced announced(before);
  if (announced.live().size() != after.columns.size()) return false;
  return std::all_of(after.columns.begin(), after.columns.end(),
                     [&](const Column& column) { return announced.find(column.name) != nullptr; });
}

Result<std::vector<SchemaStep>> permitted_steps(const SchemaDiff& diff, SchemaPolicy policy,
                                                const TableName& target) {
  if (policy == SchemaPolicy::ignore) return std::vector<SchemaStep>();
  if (policy == SchemaPolicy::apply) return diff.steps;
  std::vector<SchemaStep> steps;
  for (const SchemaStep& step : diff.steps) {
    const bool takes_away = step.kind == Kind::rename_column || step.kind == Kind::change_key;
    if (policy == SchemaPolicy::stop || takes_away) {
      return forbidden(target, step.fact, step.statement);
    }
    if (is_additive(step)) steps.push_back(step);
    if (!step.otherwise.empty()) steps.push_back(allowing_to_stay(step));
  }
  return steps;
}

SchemaStep allowing_to_stay(const SchemaStep& step) {
  SchemaStep stays{Kind::widen_column, step.otherwise, step.fact};
  stays.column = step.column;
  return stays;
}

}  // namespace tailrace::sql
