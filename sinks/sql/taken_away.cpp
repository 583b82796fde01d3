#include "sinks/sql/taken_away.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/crc32.h"
#include "sinks/sql/missing_indexes.h"

namespace tailrace::sql {
namespace {

constexpr std::string_view kIndex = "index ";
constexpr std::string_view kDefault = "default ";
constexpr std::string_view kComment = "comment ";

std::string sum_of(std::string_view text) {
  return fmt::format("{:08x}", crc32(std::as_bytes(std::span(text.data(), text.size()))));
}

std::string sum_of(const ColumnDefault& value) {
  return fmt::format("{}{}", static_cast<int>(value.kind), sum_of(value.text));
}

std::string sums_of_comment(std::string_view source, std::string_view written) {
  return sum_of(source) + " " + sum_of(written);
}

std::string sum_of_definition(const IndexDetails& index) {
  return index.special.empty() ? std::string() : sum_of(index.definition);
}

// The source's column that a column of the target is; nothing: none any more.
std::optional<std::uint16_t> source_column(const FinishedTable& table, const Dialect& dialect,
                                           std::uint16_t target) {
  for (std::uint16_t i = 0; i < table.schema.columns.size(); ++i) {
    if (target_column(table, dialect, i) == target) return i;
  }
  return std::nullopt;
}

std::string source_name(const FinishedTable& table, const Dialect& dialect, std::uint16_t target) {
  const auto source = source_column(table, dialect, target);
  return source ? table.schema.columns[*source].name : table.target.columns[target].name;
}

class Planner {
 public:
  Planner(const FinishedTable& table, const Dialect& dialect, const FinishRules& rules)
      : table_(table), dialect_(dialect), rules_(rules) {}

  TakenAway plan(const Loader::Given& given) {
    for (const auto& [key, value] : given) {
      if (key == kTableCommentNote) {
        table_comment(key, value);
      } else if (key.starts_with(kIndex)) {
        index(key, value);
      } else if (key.starts_with(kDefault)) {
        column_default(key, value);
      } else if (key.starts_with(kComment)) {
        column_comment(key, value);
      }
    }
    return std::move(plan_);
  }

 private:
  void index(const std::string& key, const std::string& value) {
    const std::string name = key.substr(kIndex.size());
    const auto& all = table_.there.indexes;
    const auto there = std::find_if(all.begin(), all.end(),
                                    [&](const TargetIndex& one) { return one.name == name; });
    if (there == all.end()) return plan_.forgotten.push_back(key);
    const auto& wanted = table_.details.indexes;
    const bool kept = std::any_of(wanted.begin(), wanted.end(), [&](const IndexDetails& one) {
      return sum_of_definition(one) == value && is_served_by(table_, dialect_, rules_, one, *there);
    });
    if (!kept) plan_.indexes.push_back(name);
  }

  // Of the note's column: its place at the source and at the target.
  struct Place {
    std::uint16_t source = 0;
    std::uint16_t target = 0;
  };
  std::optional<Place> find(const std::string& key, std::size_t prefix) {
    const auto source = table_.schema.find_column(key.substr(prefix));
    const auto target = source ? target_column(table_, dialect_, *source) : std::nullopt;
    if (target && *source < table_.details.columns.size()) return Place{*source, *target};
    plan_.forgotten.push_back(key);
    return std::nullopt;
  }

  void column_default(const std::string& key, const std::string& value) {
    const auto place = find(key, kDefault.size());
    if (!place) return;
    const auto& now = table_.details.columns[place->source].default_value;
    if (!table_.there.columns[place->target].has_default) {
      plan_.forgotten.push_back(key);
    } else if (!now || sum_of(*now) != value) {
      plan_.defaults.push_back(place->target);
    }
  }

  void column_comment(const std::string& key, const std::string& value) {
    const auto place = find(key, kComment.size());
    if (!place) return;
    const std::string& there = table_.there.columns[place->target].comment;
    if (is_changed(table_.details.columns[place->source].comment, there, key, value)) {
      plan_.comments.push_back(place->target);
    }
  }

  void table_comment(const std::string& key, const std::string& value) {
    plan_.comment = is_changed(table_.details.comment, table_.there.comment, key, value);
  }

  bool is_changed(const std::string& source, const std::string& there, const std::string& key,
                  const std::string& value) {
    if (!value.ends_with(" " + sum_of(there))) {  // a person's
      plan_.forgotten.push_back(key);
      return false;
    }
    return !value.starts_with(sum_of(source) + " ");
  }

  const FinishedTable& table_;
  const Dialect& dialect_;
  const FinishRules& rules_;
  TakenAway plan_;
};

}  // namespace

TakenAway plan_taking_away(const FinishedTable& table, const Loader::Given& given,
                           const Dialect& dialect, const FinishRules& rules) {
  return Planner(table, dialect, rules).plan(given);
}

std::string unfit_index(const std::string& name, const std::string& statement) {
  return fmt::format("rows of the target do not fit unique index \"{}\": {}", name, statement);
}

void remember(GivenNote note, Loader::Given& given) {
  given[std::move(note.key)] = std::move(note.value);
}

std::string index_note(const std::string& name) {
  return std::string(kIndex) + name;
}

std::string default_note(const FinishedTable& table, const Dialect& dialect, std::uint16_t column) {
  return std::string(kDefault) + source_name(table, dialect, column);
}

std::string comment_note(const FinishedTable& table, const Dialect& dialect, std::uint16_t column) {
  return std::string(kComment) + source_name(table, dialect, column);
}

GivenNote note_of(const MissingIndex& index) {
  return {index_note(index.name), sum_of_definition(*index.source)};
}

GivenNote note_of(const MissingDefault& made, const TableSchema& schema) {
  return {std::string(kDefault) + schema.columns[made.source].name,
          sum_of(*made.details->default_value)};
}

GivenNote note_of(const MissingComment& made, const FinishedTable& table, const Dialect& dialect) {
  const auto source = source_column(table, dialect, made.column);
  const std::string& text = source ? table.details.columns[*source].comment : made.text;
  return {comment_note(table, dialect, made.column), sums_of_comment(text, made.text)};
}

GivenNote note_of_comment(const FinishedTable& table, const std::string& written) {
  return {kTableCommentNote, sums_of_comment(table.details.comment, written)};
}

}  // namespace tailrace::sql
