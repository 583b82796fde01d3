#include "sinks/sql/schema_diff.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "sinks/sql/announced_columns.h"
#include "sinks/sql/column_versions.h"
#include "sinks/sql/key_change.h"
#include "sinks/sql/table_mapping.h"

namespace tailrace::sql {
namespace {

using Kind = SchemaStep::Kind;

// An enumeration of the target has every label; one that is not told is not missed.
bool has_labels(const Column& column, const TargetColumn& target) {
  if (target.type != TargetType::enumeration || target.labels.empty()) return true;
  return std::all_of(column.labels.begin(), column.labels.end(), [&](const std::string& label) {
    return std::find(target.labels.begin(), target.labels.end(), label) != target.labels.end();
  });
}

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
    if (before_.rows_changed) stale(std::string(kRowsChanged));
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

  enum class Order : std::uint8_t { behind_key, at_once };
  void drop(const std::string& name, Order order = Order::behind_key) {
    const TargetColumn* column = target_column(name);
    if (column == nullptr) return;
    SchemaStep made{Kind::drop_column, dialect_.drop_column(table_, column->name),
                    fmt::format("column \"{}\" was dropped", name)};
    made.column = column->name;
    made.cure = dialect_.drop_column_and_dependents(table_, column->name);
    if (column->not_null && !column->has_default && !column->generated) {
      made.otherwise = dialect_.allow_missing(table_, *column);
    }
    // An engine would shorten the key by it, and then rows may be equal.
    const bool late = order == Order::behind_key && key_.changes() &&
                      key_.has_at_target(column->name) && !after_.find_column(name);
    (late ? behind_key_ : diff_.steps).push_back(std::move(made));
    forget(column);
  }

  // Columns that the source has no more: dropped by a statement, or simply not there.
  void drop_columns() {
    for (const std::string& name : announced_.dropped()) drop_announced(name);
    for (const LiveColumn& column : announced_.live()) {
      if (column.before == nullptr || after_.find_column(column.name)) continue;
      drop(column.old_name);
    }
  }

  void drop_announced(const std::string& name) {
    const LiveColumn* now = announced_.find(name);
    if (now == nullptr) {
      if (!after_.find_column(name)) drop(name);
    } else if (now->fill) {
      const bool stays = policy_ != SchemaPolicy::apply && target_column(name) != nullptr;
      if (!stays) return drop(name);
      stale(fmt::format("column \"{}\" was dropped and made anew", name));
    } else {
      make_room(name, *now);
    }
  }

  // Another column took over the name of one that was dropped. As long as it has its old name,
  // nothing was done yet.
  void make_room(const std::string& name, const LiveColumn& now) {
    const TargetColumn* mover = target_column(now.old_name);
    const TargetColumn* there = target_column(name);
    if (now.old_name == name || mover == nullptr || there == nullptr || mover == there) return;
    if (announced_.find(now.old_name) != nullptr) {
      return stale(fmt::format("column \"{}\" has the name of another one now", name));
    }
    drop(name, Order::at_once);
    removed_[name] = diff_.steps.back().statement;
  }

  void rename_columns() {
    for (const LiveColumn& column : announced_.live()) rename(column);
    if (!dialect_.definitions_commit()) return;
    for (const std::string& name : announced_.passing()) {
      const bool in_use = announced_.find(name) != nullptr || announced_.find_old(name) != nullptr;
      if (!in_use && !after_.find_column(name)) drop(name);
    }
  }

  // Whoever has its new name makes room first.
  void rename(const LiveColumn& column) {
    if (!is_renamed(column) || !after_.find_column(column.name)) return;
    if (!renamed_.insert(&column).second) return;
    if (moves_in_circle(column)) {
      return stale(fmt::format("column \"{}\" has the name of another one now", column.name));
    }
    const LiveColumn* holder = announced_.find_old(column.name);
    if (holder != nullptr) rename(*holder);
    TargetColumn* source = target_column(column.old_name);
    const TargetColumn* there = target_column(column.name);
    if (source == nullptr || source == there) return;  // done, or only the case of letters differs
    if (there != nullptr) return find_both(column);
    const std::string name = dialect_.shorten(column.name);
    std::string statement = dialect_.rename_column(table_.name, source->name, name);
    const auto removed = removed_.find(column.name);
    if (removed != removed_.end() && policy_ == SchemaPolicy::add_only) {
      statement = removed->second + "; " + statement;
    }
    step(Kind::rename_column, std::move(statement),
         fmt::format("column \"{}\" was renamed to \"{}\"", column.old_name, column.name));
    key_.rename_at_target(source->name, name);
    source->name = name;
  }

  // The target has a column of the old name, and one of the new name. The former may be the one
  // that has that name now; else somebody made the latter.
  void find_both(const LiveColumn& column) {
    const bool successor = announced_.find(column.old_name) != nullptr;
    const bool by_attempt = dialect_.definitions_commit() || policy_ != SchemaPolicy::apply;
    if (column.before == nullptr || (successor && by_attempt)) return;
    stale(fmt::format("column \"{}\" was renamed to \"{}\", which was there already",
                      column.old_name, column.name));
    if (!successor) drop(column.old_name);
  }

  static bool is_renamed(const LiveColumn& column) {
    return !column.old_name.empty() && column.old_name != column.name;
  }

  // Where names are swapped, a repetition could not tell what has been done: then the rows are
  // copied instead.
  bool moves_in_circle(const LiveColumn& column) const {
    const LiveColumn* next = &column;
    for (std::size_t i = 0; i < announced_.live().size(); ++i) {
      next = announced_.find(next->old_name);
      if (next == nullptr || !is_renamed(*next)) return false;
      if (next == &column) return true;
    }
    return true;
  }

  void follow_column(std::size_t index) {
    const Column& column = after_.columns[index];
    const LiveColumn* live = announced_.find(column.name);
    const TargetColumn* target = target_column(column.name);
    if (live != nullptr && live->before != nullptr) {
      const bool another = is_renamed(*live) && moves_in_circle(*live);
      if (target != nullptr) follow_definition(index, *live->before, *target, another);
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

  // another: the target's column was not this one before.
  void follow_definition(std::size_t index, const Column& old, const TargetColumn& target,
                         bool another) {
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
    const bool differs = old_type != type && (joins_key || !(kept && has_room));
    const bool retype = (another || differs) && !dialect_.has_type(target, type);
    const bool relax =
        column.nullable && target.not_null && (another || !old.nullable) && !in_key(after_, index);
    const bool require = !column.nullable && !target.not_null && (another || old.nullable);
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
      SchemaStep made{widens ? Kind::widen_column : Kind::change_column, statement, fact};
      made.column = target.name;
      made.type = type;
      made.not_null = !column.nullable;
      // No column of a key may be NULL.
      const bool late = key_.changes() && column.nullable && key_.has_at_target(target.name);
      (late ? behind_key_ : diff_.steps).push_back(std::move(made));
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
  const AnnouncedColumns announced_;
  KeyChange key_;
  TargetTable table_;  // as it will be behind the steps so far
  SchemaDiff diff_;
  std::vector<SchemaStep> behind_key_;
  std::set<const LiveColumn*> renamed_;
  std::map<std::string, std::string> removed_;  // what made room for a name
};

}  // namespace

SchemaDiff diff_schema(const KnownTable& before, const TableSchema& after,
                       const TargetTable& target, const Dialect& dialect, SchemaPolicy policy) {
  return Differ(before, after, target, dialect, policy).diff();
}

}  // namespace tailrace::sql
