#include "sinks/sql/table_finish.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/assert.h"
#include "sinks/sql/missing_indexes.h"
#include "sinks/sql/value_checks.h"

namespace tailrace::sql {
namespace {

// One table being planned: what is given, and what comes out.
class Planner {
 public:
  Planner(const FinishedTable& table, const Loader::Finish& finish, const Dialect& dialect,
          const FinishRules& rules)
      : table_(table), finish_(finish), dialect_(dialect), rules_(rules) {}

  TableFinish plan();

 private:
  struct Source {
    std::uint16_t index = 0;
    const ColumnDetails* details = nullptr;
    std::string name;  // at the target
  };
  // Calls `look` for each column of the source that the target has and does not compute.
  template <typename Look>
  void each_column(Look look);
  void warn(Unfinished kind, std::string_view what, std::string_view reason) {
    plan_.cannot.push_back(unfinished(kind, table_.target.name, what, reason));
  }

  void defaults();
  std::string refuse_default(const ColumnDetails& details) const;
  void comments();
  std::string fit_comment(const std::string& text, std::size_t most, const std::string& what);
  void auto_increments();
  std::string refuse_auto_increment(std::uint16_t column) const;
  bool leads_an_index(std::uint16_t column) const;
  void foreign_keys();
  std::string describe(const ForeignKeyDetails& source, MissingForeignKey& key) const;
  bool is_there(const MissingForeignKey& key) const;

  const FinishedTable& table_;
  const Loader::Finish& finish_;
  const Dialect& dialect_;
  const FinishRules& rules_;
  TableFinish plan_;
};

std::string column_list(const std::vector<std::string>& names) {
  return fmt::format("column{} \"{}\"", names.size() > 1 ? "s" : "", fmt::join(names, "\", \""));
}

template <typename Look>
void Planner::each_column(Look look) {
  const std::size_t count = std::min(table_.details.columns.size(), table_.schema.columns.size());
  for (std::uint16_t i = 0; i < count; ++i) {
    const auto column = target_column(table_, dialect_, i);
    if (!column || table_.target.columns[*column].generated) continue;
    TR_ASSERT(*column < table_.there.columns.size());
    look(*column, Source{i, &table_.details.columns[i], table_.target.columns[*column].name});
  }
}

// Empty: it can be had. Whether a literal fits the column's type, its sink finds out.
std::string Planner::refuse_default(const ColumnDetails& details) const {
  const bool same_kind = table_.schema.engine == rules_.same_kind;
  if (details.default_value->kind != ColumnDefault::Kind::expression || same_kind) return {};
  return "its expression is in the source's own language";
}

void Planner::defaults() {
  std::vector<std::string> left_out;
  each_column([&](std::uint16_t column, const Source& source) {
    const ColumnDetails& details = *source.details;
    const TargetColumnDetails& there = table_.there.columns[column];
    // The counter of a serial column is its auto-increment, not a default.
    if (details.auto_increment) return;
    if (details.on_update_now && !rules_.on_update_now) {
      warn(Unfinished::default_value, fmt::format("ON UPDATE of column \"{}\"", source.name),
           "the target has no such thing; a trigger of your own can do it");
    }
    if (!details.default_value || there.has_default || there.auto_increment) return;
    if (!rules_.no_defaults.empty()) {
      left_out.push_back(source.name);
      return;
    }
    if (const std::string reason = refuse_default(details); !reason.empty()) {
      return warn(Unfinished::default_value,
                  fmt::format("the default of column \"{}\"", source.name), reason);
    }
    plan_.defaults.push_back({column, source.index, &details});
  });
  if (left_out.empty()) return;
  warn(Unfinished::default_value, "the default of " + column_list(left_out), rules_.no_defaults);
}

// The beginning of a comment that is too long, up to a whole character.
std::string Planner::fit_comment(const std::string& text, std::size_t most,
                                 const std::string& what) {
  if (most == 0 || count_characters(text) <= most) return text;
  std::size_t end = 0;
  for (std::size_t characters = 0; end < text.size(); ++end) {
    const bool starts = (static_cast<unsigned char>(text[end]) & 0xC0) != 0x80;
    if (starts && ++characters > most) break;
  }
  warn(Unfinished::comment, what, fmt::format("only its first {} characters fit", most));
  return text.substr(0, end);
}

void Planner::comments() {
  std::vector<std::string> left_out;
  const bool possible = rules_.no_comments.empty();
  if (!table_.details.comment.empty() && table_.there.comment.empty()) {
    if (possible) {
      plan_.comment = fit_comment(table_.details.comment, rules_.most_table_comment_characters,
                                  "the comment of the table");
    } else {
      warn(Unfinished::comment, "the comment of the table", rules_.no_comments);
    }
  }
  each_column([&](std::uint16_t column, const Source& source) {
    const std::string& text = source.details->comment;
    if (text.empty() || !table_.there.columns[column].comment.empty()) return;
    if (!possible) return left_out.push_back(source.name);
    plan_.comments.push_back({column, fit_comment(text, rules_.most_column_comment_characters,
                                                  "the comment of " + column_list({source.name}))});
  });
  if (left_out.empty()) return;
  warn(Unfinished::comment, "the comment of " + column_list(left_out), rules_.no_comments);
}

bool Planner::leads_an_index(std::uint16_t column) const {
  const auto leads = [&](const auto& index) {
    return !index.columns.empty() && index.columns.front().column == column;
  };
  return std::any_of(table_.there.indexes.begin(), table_.there.indexes.end(), leads) ||
         std::any_of(plan_.indexes.begin(), plan_.indexes.end(), leads);
}

std::string Planner::refuse_auto_increment(std::uint16_t column) const {
  const TargetColumn& target = table_.target.columns[column];
  if (!rules_.no_auto_increment.empty()) return rules_.no_auto_increment;
  if (target.type != TargetType::integer) return target.type_name + " cannot count";
  if (table_.there.columns[column].has_default) return "the target's column has a default";
  if (!rules_.auto_increment_needs_index) return {};
  const auto& columns = table_.there.columns;
  const auto counts = [](const TargetColumnDetails& one) { return one.auto_increment; };
  if (std::any_of(columns.begin(), columns.end(), counts) || !plan_.auto_increments.empty()) {
    return "a table can have one only";
  }
  return leads_an_index(column) ? std::string() : "the column does not lead an index";
}

void Planner::auto_increments() {
  const auto& all = table_.details.columns;
  const bool one = std::count_if(all.begin(), all.end(), [](const ColumnDetails& column) {
                     return column.auto_increment;
                   }) == 1;
  each_column([&](std::uint16_t column, const Source& source) {
    if (!source.details->auto_increment || table_.there.columns[column].auto_increment) return;
    const std::string reason = refuse_auto_increment(column);
    if (reason.empty()) {
      plan_.auto_increments.push_back({column, one ? table_.details.next_auto_value : 0});
    } else {
      warn(Unfinished::auto_increment, "the auto-increment of " + column_list({source.name}),
           reason);
    }
  });
}

bool Planner::is_there(const MissingForeignKey& key) const {
  return std::any_of(table_.there.foreign_keys.begin(), table_.there.foreign_keys.end(),
                     [&](const TargetForeignKey& one) {
                       return one.columns == key.columns && one.referenced == key.referenced;
                     });
}

// Empty, or why it cannot be had.
std::string Planner::describe(const ForeignKeyDetails& source, MissingForeignKey& key) const {
  if (!rules_.no_foreign_keys.empty()) return rules_.no_foreign_keys;
  const auto referenced = finish_.tables.find(source.referenced);
  if (referenced == finish_.tables.end()) {
    return fmt::format("table {} is not copied to this target", source.referenced.to_string());
  }
  key.referenced = referenced->second;
  for (const std::uint16_t index : source.columns) {
    const auto column = target_column(table_, dialect_, index);
    if (!column) {
      return fmt::format("the target has no column \"{}\"", table_.schema.columns[index].name);
    }
    key.columns.push_back(*column);
  }
  for (const std::string& name : source.referenced_columns) {
    key.referenced_columns.push_back(dialect_.shorten(name));
  }
  key.on_delete = source.on_delete;
  key.on_update = source.on_update;
  if (!rules_.set_default && (key.on_delete == "SET DEFAULT" || key.on_update == "SET DEFAULT")) {
    return "the target has no SET DEFAULT";
  }
  return {};
}

void Planner::foreign_keys() {
  if (!finish_.foreign_keys) return;
  FreeNames names(table_.there.taken_foreign_key_names, rules_.names_ignore_case, dialect_);
  for (const ForeignKeyDetails& source : table_.details.foreign_keys) {
    MissingForeignKey key;
    if (const std::string reason = describe(source, key); !reason.empty()) {
      warn(Unfinished::foreign_key, fmt::format("foreign key \"{}\"", source.name), reason);
      continue;
    }
    if (is_there(key)) continue;
    key.name = names.take(source.name, table_.target.name.table);
    plan_.foreign_keys.push_back(std::move(key));
  }
}

TableFinish Planner::plan() {
  plan_indexes(table_, dialect_, rules_, plan_);
  defaults();
  auto_increments();
  comments();
  foreign_keys();
  return std::move(plan_);
}

std::string_view id_of(Unfinished kind) {
  switch (kind) {
    case Unfinished::index:
      return "CP-TGT-01";
    case Unfinished::default_value:
      return "CP-TGT-02";
    case Unfinished::auto_increment:
      return "CP-TGT-03";
    case Unfinished::foreign_key:
      return "CP-TGT-04";
    case Unfinished::comment:
      return "CP-TGT-05";
  }
  return "CP-TGT-01";
}

}  // namespace

Finding unfinished(Unfinished kind, const TableName& target, std::string_view what,
                   std::string_view reason, std::string fix) {
  return {Finding::Level::warning, std::string(id_of(kind)), "table " + target.to_string(),
          fmt::format("{}: {}", what, reason), std::move(fix)};
}

TableFinish plan_finish(const FinishedTable& table, const Loader::Finish& finish,
                        const Dialect& dialect, const FinishRules& rules) {
  return Planner(table, finish, dialect, rules).plan();
}

}  // namespace tailrace::sql
