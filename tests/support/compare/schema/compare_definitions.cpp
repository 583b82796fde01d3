#include "tests/support/compare/schema/compare_definitions.h"

#include <algorithm>

#include "tests/support/compare/canonical.h"
#include "tests/support/compare/schema/expected_type.h"

namespace tailrace::testing {
namespace {

std::string join(const std::vector<std::string>& words, const std::string& between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

std::string describe(const std::optional<DefinedDefault>& value) {
  if (!value) return "no default";
  switch (value->kind) {
    case DefinedDefault::Kind::literal:
      return "default '" + value->text + "'";
    case DefinedDefault::Kind::now:
      return "default now";
    case DefinedDefault::Kind::expression:
      return "default (" + value->text + ")";
  }
  return "";
}

std::string describe(const DefinedIndex& index) {
  return (index.unique ? "unique index (" : "index (") + join(index.columns, ", ") + ")";
}

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789+-.eE") == std::string::npos &&
         text.find_first_of("0123456789") != std::string::npos;
}

// "1.50" and "1.5", "2024-01-02 03:04:05" and the same with ".000": servers write them their way.
std::string comparable(const std::string& text) {
  if (is_number(text) && text.find_first_of("eE") == std::string::npos &&
      text.rfind('-') + 1 <= 1) {
    return canonical(Family::decimal, Family::text, text);
  }
  const auto dot = text.find('.');
  const bool clock = text.find(':') != std::string::npos;
  if (!clock || dot == std::string::npos) return text;
  std::string shorter = text;
  while (shorter.ends_with('0')) shorter.pop_back();
  if (shorter.ends_with('.')) shorter.pop_back();
  return shorter;
}

bool family_of_mysql(ServerKind kind) {
  return kind == ServerKind::mysql || kind == ServerKind::mariadb;
}

class Comparison {
 public:
  Comparison(const DefinedSchema& source, const DefinedSchema& target,
             const DefinitionOptions& options)
      : source_(source), target_(target), options_(options) {}

  std::vector<std::string> run() {
    for (const auto& [name, table] : source_.tables) {
      const auto there = target_.tables.find(name);
      if (there == target_.tables.end()) {
        say(name, "no such table at the target");
      } else {
        compare(name, table, there->second);
      }
    }
    for (const auto& [name, table] : target_.tables) {
      if (!source_.tables.contains(name)) say(name, "only at the target");
    }
    return std::move(lines_);
  }

 private:
  void say(const std::string& where, const std::string& what) {
    lines_.push_back(where + ": " + what);
  }

  void compare(const std::string& name, const DefinedTable& source, const DefinedTable& target) {
    for (const DefinedColumn& column : source.columns) {
      const auto there = find(target, column.name);
      if (there == target.columns.end()) {
        say(name, "column " + column.name + " is not at the target");
        continue;
      }
      const bool in_key =
          std::find(source.key.begin(), source.key.end(), column.name) != source.key.end();
      compare(name + "." + column.name, column, *there, in_key);
    }
    for (const DefinedColumn& column : target.columns) {
      if (find(source, column.name) == source.columns.end()) {
        say(name, "column " + column.name + " is only at the target");
      }
    }
    if (source.key != target.key) {
      say(name, "primary key (" + join(source.key, ", ") + ") is (" + join(target.key, ", ") + ")");
    }
    if (options_.indexes) compare_indexes(name, source.indexes, target.indexes);
    if (options_.comments && target_.server != ServerKind::sqlite &&
        source.comment != target.comment) {
      say(name, "comment \"" + source.comment + "\" is \"" + target.comment + "\"");
    }
  }

  static std::vector<DefinedColumn>::const_iterator find(const DefinedTable& table,
                                                         const std::string& name) {
    return std::find_if(table.columns.begin(), table.columns.end(),
                        [&](const DefinedColumn& column) { return column.name == name; });
  }

  void compare(const std::string& name, const DefinedColumn& source, const DefinedColumn& target,
               bool in_key) {
    const auto types = expected_types(source_.server, source, in_key, target_.server);
    if (std::find(types.begin(), types.end(), target.type) == types.end()) {
      say(name, source.type + " at the source should be " +
                    (types.empty() ? "(no rule)" : join(types, " or ")) + ", is " + target.type);
    }
    if (source.nullable != target.nullable) {
      say(name, target.nullable ? "may be NULL at the target only" : "is NOT NULL at the target");
    }
    if (options_.counters && target_.server != ServerKind::sqlite &&
        source.counts != target.counts) {
      say(name, target.counts ? "counts at the target only" : "does not count at the target");
    }
    if (options_.defaults && !same_default(source, target)) {
      say(name, describe(source.default_value) + " is " + describe(target.default_value));
    }
    if (options_.comments && target_.server != ServerKind::sqlite &&
        source.comment != target.comment) {
      say(name, "comment \"" + source.comment + "\" is \"" + target.comment + "\"");
    }
  }

  bool same_default(const DefinedColumn& source, const DefinedColumn& target) const {
    // In SQLite a column keeps the default, or the lack of one, that it was made with.
    if (target_.server == ServerKind::sqlite) return true;
    const auto& expected = source.default_value;
    const bool expression = expected && expected->kind == DefinedDefault::Kind::expression;
    const bool one_kind = source_.server == target_.server;
    if (expression && !one_kind) return true;
    if (!expected || !target.default_value) return !expected && !target.default_value;
    if (expected->kind != target.default_value->kind) return false;
    return expected->kind == DefinedDefault::Kind::now ||
           comparable(expected->text) == comparable(target.default_value->text);
  }

  void compare_indexes(const std::string& name, std::vector<DefinedIndex> source,
                       std::vector<DefinedIndex> target) {
    // Only MySQL and MariaDB index the beginning of a text; elsewhere it is the whole.
    if (!family_of_mysql(target_.server)) {
      for (DefinedIndex& index : source) {
        for (std::string& column : index.columns) column = column.substr(0, column.find('('));
      }
    }
    const auto once = [](std::vector<DefinedIndex>& indexes) {
      std::sort(indexes.begin(), indexes.end());
      indexes.erase(std::unique(indexes.begin(), indexes.end()), indexes.end());
    };
    once(source);
    once(target);
    for (const DefinedIndex& index : source) {
      if (!std::binary_search(target.begin(), target.end(), index)) {
        say(name, describe(index) + " is not at the target");
      }
    }
    for (const DefinedIndex& index : target) {
      if (!std::binary_search(source.begin(), source.end(), index)) {
        say(name, describe(index) + " is only at the target");
      }
    }
  }

  const DefinedSchema& source_;
  const DefinedSchema& target_;
  const DefinitionOptions& options_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> definition_differences(const DefinedSchema& source,
                                                const DefinedSchema& target,
                                                const DefinitionOptions& options) {
  return Comparison(source, target, options).run();
}

}  // namespace tailrace::testing
