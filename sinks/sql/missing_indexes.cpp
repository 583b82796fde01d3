#include "sinks/sql/missing_indexes.h"

#include <algorithm>

#include <fmt/format.h>

#include "sinks/sql/table_mapping.h"

namespace tailrace::sql {
namespace {

using Reason = std::optional<std::string>;

constexpr int kMostNames = 10;  // of one index that are looked for

bool has(const std::vector<std::string_view>& list, std::string_view wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

void warn(TableFinish& plan, const FinishedTable& table, const IndexDetails& index,
          std::string_view reason, std::string fix = {}) {
  const std::string what = fmt::format("{}index \"{}\"", index.unique ? "unique " : "", index.name);
  plan.cannot.push_back(
      unfinished(Unfinished::index, table.target.name, what, reason, std::move(fix)));
}

// btree is the method without name. Methods that find other things than equality and order have
// nothing that could stand for them.
Reason choose_method(const IndexDetails& source, const FinishRules& rules, MissingIndex& index) {
  const std::string& method = source.method;
  if (method.empty() || method == "btree") return {};
  if (index.by_definition || has(rules.methods, method)) {
    index.method = method;
    return {};
  }
  if (method == "hash") return {};
  return fmt::format("the target has no {} indexes of this source", method);
}

Reason choose_columns(const FinishedTable& table, const Dialect& dialect, const FinishRules& rules,
                      MissingIndex& index) {
  for (const IndexColumn& part : index.source->columns) {
    const auto column = target_column(table, dialect, part.column);
    if (!column) {
      return fmt::format("the target has no column \"{}\"",
                         dialect.shorten(table.schema.columns[part.column].name));
    }
    index.columns.push_back({*column, rules.prefixes ? part.prefix_length : 0, part.descending});
  }
  if (index.columns.empty() && !index.by_definition) return "its columns are not known";
  return {};
}

Reason describe(const FinishedTable& table, const Dialect& dialect, const FinishRules& rules,
                MissingIndex& index) {
  const IndexDetails& source = *index.source;
  // Rows may break it within a transaction, which an index of its own would refuse.
  if (source.unique && source.special.find("deferrable") != std::string::npos) {
    return "it belongs to a deferrable constraint: ALTER TABLE ... ADD UNIQUE (...) DEFERRABLE";
  }
  const bool same_kind =
      rules.same_kind != SourceEngine::unknown && table.schema.engine == rules.same_kind;
  index.name = source.name;
  index.unique = source.unique;
  index.by_definition = same_kind && !source.definition.empty();
  if (!source.special.empty() && !index.by_definition) {
    return fmt::format("it is {}, which the target cannot have", source.special);
  }
  if (auto reason = choose_method(source, rules, index)) return reason;
  if (auto reason = choose_columns(table, dialect, rules, index)) return reason;
  return rules.adapt ? rules.adapt(table.target, index) : Reason();
}

// Of a column whose values the target takes for equal although the source does not: a unique index
// would refuse rows.
const TargetColumn* too_loose(const FinishedTable& table, const Dialect& dialect,
                              const MissingIndex& index, std::uint16_t& source) {
  if (!index.unique) return nullptr;
  for (std::size_t i = 0; i < index.columns.size(); ++i) {
    source = index.source->columns[i].column;
    const TargetColumn& column = table.target.columns[index.columns[i].column];
    if (!dialect.tells_keys_apart(table.schema, table.schema.columns[source], column))
      return &column;
  }
  return nullptr;
}

bool same_columns(const MissingIndex& wanted, const TargetIndex& there) {
  return std::equal(
      wanted.columns.begin(), wanted.columns.end(), there.columns.begin(), there.columns.end(),
      [&](const TargetIndexColumn& left, const TargetIndexColumn& right) {
        // A unique beginning of a column promises more than a unique column.
        const bool same_part = !wanted.unique || left.prefix_length == right.prefix_length;
        return left.column == right.column && same_part;
      });
}

bool serves(const MissingIndex& wanted, const TargetIndex& there) {
  const auto method = [](const std::string& name) { return name == "btree" ? "" : name; };
  return there.plain && wanted.unique == there.unique &&
         method(wanted.method) == method(there.method) && same_columns(wanted, there);
}

// False: it is there already.
bool choose_name(const FinishedTable& table, FreeNames& names, MissingIndex& index) {
  const std::vector<TargetIndex>& there = table.there.indexes;
  if (index.source->special.empty()) {
    const auto same = [&](const TargetIndex& one) { return serves(index, one); };
    if (std::any_of(there.begin(), there.end(), same)) return false;
    index.name = names.take(index.name, table.target.name.table);
    return true;
  }
  for (int n = 0;; ++n) {
    const std::string name = names.candidate(index.name, table.target.name.table, n);
    const auto same = [&](const TargetIndex& one) { return !one.plain && one.name == name; };
    if (std::any_of(there.begin(), there.end(), same)) return false;
    if (names.is_taken(name)) continue;
    index.name = names.take(name, table.target.name.table);
    return true;
  }
}

void warn_of_whole_columns(const FinishedTable& table, const FinishRules& rules,
                           const MissingIndex& index, TableFinish& plan) {
  if (!index.unique || rules.prefixes) return;
  for (const IndexColumn& part : index.source->columns) {
    if (part.prefix_length == 0) continue;
    warn(plan, table, *index.source,
         fmt::format("it is unique over the whole column \"{}\" here, not over its first {}",
                     table.schema.columns[part.column].name, part.prefix_length));
  }
}

}  // namespace

FreeNames::FreeNames(const std::set<std::string>& taken, bool ignore_case, const Dialect& dialect)
    : ignore_case_(ignore_case), dialect_(dialect) {
  for (const std::string& name : taken) taken_.insert(folded(name));
}

std::string FreeNames::folded(const std::string& name) const {
  std::string out = name;
  if (!ignore_case_) return out;
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

bool FreeNames::is_taken(const std::string& name) const {
  return taken_.contains(folded(name));
}

std::string FreeNames::candidate(const std::string& wanted, const std::string& table, int n) const {
  if (n == 0) return dialect_.shorten(wanted);
  if (n == 1) return dialect_.shorten(table + "_" + wanted);
  return dialect_.shorten(fmt::format("{}_{}_{}", table, wanted, n));
}

std::string FreeNames::take(const std::string& wanted, const std::string& table) {
  for (int n = 0;; ++n) {
    std::string name = candidate(wanted, table, n);
    if (!taken_.insert(folded(name)).second) continue;
    return name;
  }
}

std::optional<std::uint16_t> target_column(const FinishedTable& table, const Dialect& dialect,
                                           std::uint16_t source) {
  const TargetColumn* column =
      find_column(table.target, dialect.shorten(table.schema.columns[source].name));
  if (column == nullptr) return std::nullopt;
  return static_cast<std::uint16_t>(column - table.target.columns.data());
}

bool is_served_by(const FinishedTable& table, const Dialect& dialect, const FinishRules& rules,
                  const IndexDetails& source, const TargetIndex& there) {
  MissingIndex index;
  index.source = &source;
  if (describe(table, dialect, rules, index)) return false;
  if (source.special.empty()) return serves(index, there);
  if (there.plain) return false;
  const FreeNames names({}, rules.names_ignore_case, dialect);
  for (int n = 0; n < kMostNames; ++n) {
    if (names.candidate(index.name, table.target.name.table, n) == there.name) return true;
  }
  return false;
}

void plan_indexes(const FinishedTable& table, const Dialect& dialect, const FinishRules& rules,
                  TableFinish& plan) {
  FreeNames names(table.there.taken_index_names, rules.names_ignore_case, dialect);
  for (const IndexDetails& source : table.details.indexes) {
    MissingIndex index;
    index.source = &source;
    if (const auto reason = describe(table, dialect, rules, index)) {
      warn(plan, table, source, *reason);
      continue;
    }
    std::uint16_t loose = 0;
    if (const TargetColumn* column = too_loose(table, dialect, index, loose)) {
      warn(plan, table, source,
           fmt::format("column \"{}\" ({}) takes different values of the source for equal",
                       column->name, column->type_name),
           dialect.change_type(table.target, *column, dialect.column_type(table.schema, loose)));
      continue;
    }
    warn_of_whole_columns(table, rules, index, plan);
    if (choose_name(table, names, index)) plan.indexes.push_back(std::move(index));
  }
}

}  // namespace tailrace::sql
