#include "app/check_columns.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/column_probes.h"
#include "app/column_verdict.h"

namespace tailrace::app {
namespace {

using Level = Finding::Level;

std::string join(const std::vector<std::string>& list, const char* separator) {
  return fmt::format("{}", fmt::join(list, separator));
}

std::string type_name(const Column& column) {
  return column.native_type.empty() ? std::string(to_string(column.type)) : column.native_type;
}

std::string without_length(const std::string& type) {
  const std::size_t open = type.find('(');
  const std::size_t close = type.rfind(')');
  if (open == std::string::npos || close == std::string::npos) return type;
  return type.substr(0, open) + type.substr(close + 1);
}

// What all values of a column have in common that are not held as they are.
std::string problem_of(const ColumnVerdict& verdict) {
  if (verdict.held == "not at all") return "cannot be held";
  std::string text;
  const auto say = [&](const std::string& what) { text += (text.empty() ? "" : "; ") + what; };
  if (!verdict.refused.empty()) say("refuses " + join(verdict.refused, ", "));
  if (!verdict.replaced.empty()) {
    say("replaces " + join(verdict.replaced, ", ") + ", as the URL says");
  }
  const bool some = !verdict.refused.empty() || !verdict.replaced.empty();
  if (verdict.held != "exactly") say((some ? "holds the rest " : "held ") + verdict.held);
  return text;
}

std::string id_of(const ColumnVerdict& verdict) {
  if (verdict.held == "not at all") return "COL-04";
  if (!verdict.refused.empty()) return "COL-01";
  return verdict.replaced.empty() ? "COL-02" : "COL-03";
}

std::string_view text_type(Engine engine) {
  switch (engine) {
    case Engine::mysql:
    case Engine::mariadb:
      return "LONGTEXT";
    case Engine::sqlite:
      return "TEXT";
    case Engine::postgresql:
      break;
  }
  return "text";
}

std::string fix_of(const ColumnVerdict& verdict, Engine engine, bool in_key) {
  if (!verdict.refused.empty() && !verdict.ways_out.empty()) {
    std::string fix = join(verdict.ways_out, "; ");
    if (verdict.options.empty()) return fix;
    return fix + ", or say " + join(verdict.options, " or ") + " in the target's URL";
  }
  if (!verdict.replaced.empty() || in_key) return "";
  return fmt::format("make the target column {}, where that matters", text_type(engine));
}

// Columns with which the same is the matter, and what cures it is the same.
struct Kind {
  std::string id;
  std::string problem;
  std::string fix;
  std::string own_fix;                  // of the first one, which it names
  std::vector<std::string> types = {};  // "text -> TEXT"
  struct Table {
    std::string name;
    std::vector<std::string> columns;
  };
  std::vector<Table> tables = {};
};

// A way out that names the column is the same for another one.
std::string without_name(std::string fix, const std::string& name) {
  const std::string quoted = " \"" + name + "\"";
  for (auto at = fix.find(quoted); at != std::string::npos; at = fix.find(quoted, at)) {
    fix.erase(at, quoted.size());
  }
  return fix;
}

void add(std::vector<Kind>& kinds, const TableSchema& schema, std::size_t index,
         const ColumnVerdict& verdict, Engine engine) {
  const Column& column = schema.columns[index];
  const std::string id = id_of(verdict);
  const std::string problem = problem_of(verdict);
  const std::string own_fix = fix_of(verdict, engine, sql::in_key(schema, index));
  const std::string fix = without_name(own_fix, column.name);
  auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const Kind& known) {
    return known.id == id && known.problem == problem && known.fix == fix;
  });
  if (kind == kinds.end()) {
    kind =
        kinds.insert(kinds.end(), {.id = id, .problem = problem, .fix = fix, .own_fix = own_fix});
  }
  kind->types.push_back(type_name(column) + " -> " + without_collation(verdict.created));
  const std::string table = schema.name.to_string();
  if (kind->tables.empty() || kind->tables.back().name != table) {
    kind->tables.push_back({.name = table, .columns = {}});
  }
  kind->tables.back().columns.push_back(column.name);
}

// Lengths are left away where columns of many are told together.
std::string types_of(const Kind& kind) {
  if (kind.types.size() == 1) return kind.types[0];
  std::vector<std::string> distinct;
  for (const std::string& pair : kind.types) {
    const std::size_t arrow = pair.find(" -> ");
    const std::string type =
        without_length(pair.substr(0, arrow)) + " -> " + without_length(pair.substr(arrow + 4));
    if (std::find(distinct.begin(), distinct.end(), type) == distinct.end()) {
      distinct.push_back(type);
    }
  }
  return join(distinct, ", ");
}

// "shop.orders.price" for one column, "shop.orders (price, tax), shop.items (price)" for more.
std::string places_of(const Kind& kind) {
  if (kind.types.size() == 1) return kind.tables[0].name + "." + kind.tables[0].columns[0];
  std::vector<std::string> places;
  for (const Kind::Table& table : kind.tables) {
    places.push_back(fmt::format("{} ({})", table.name, join(table.columns, ", ")));
  }
  return join(places, ", ");
}

Finding finding_of(const Kind& kind) {
  return {.level = Level::warning,
          .id = kind.id,
          .subject = places_of(kind),
          .message = types_of(kind) + ": " + kind.problem,
          .fix = kind.types.size() == 1 ? kind.own_fix : kind.fix};
}

std::string counted(std::size_t number, const char* one, const char* many) {
  return fmt::format("{} {}", number, number == 1 ? one : many);
}

// What was counted, and for which server.
Finding count_of(std::size_t exact, std::size_t listed, std::size_t tables,
                 const ColumnTarget& target) {
  Finding finding{
      .level = target.assumed.empty() ? Level::ok : Level::info,
      .id = "COL-05",
      .subject = "",
      .message = fmt::format("{} of {} {} held exactly", counted(exact, "column", "columns"),
                             counted(tables, "table", "tables"), exact == 1 ? "is" : "are"),
      .fix = ""};
  if (listed > 0) finding.message += fmt::format(", {} not", listed);
  if (!target.assumed.empty()) finding.message += "; the target is " + target.assumed;
  return finding;
}

}  // namespace

Findings check_columns(std::span<const SnapshotTable> tables, const ColumnTarget& target) {
  std::vector<Kind> kinds;
  std::size_t exact = 0;
  std::size_t listed = 0;
  for (const SnapshotTable& table : tables) {
    const TableSchema& schema = *table.schema;
    const auto types = target.types(schema);
    const std::vector<std::string> created = types->dialect().column_types(schema);
    for (std::size_t i = 0; i < schema.columns.size(); ++i) {
      const ColumnAtTarget column{.source = schema.columns[i],
                                  .engine = schema.engine,
                                  .in_key = sql::in_key(schema, i),
                                  .created = created[i]};
      const ColumnVerdict verdict =
          judge_column(column, probes_for(schema.columns[i], schema.engine), *types, target.policy);
      ++(verdict.exact ? exact : listed);
      if (!verdict.exact) add(kinds, schema, i, verdict, target.engine);
    }
  }
  Findings findings;
  for (const Kind& kind : kinds) findings.push_back(finding_of(kind));
  findings.push_back(count_of(exact, listed, tables.size(), target));
  return findings;
}

}  // namespace tailrace::app
