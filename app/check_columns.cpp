#include "app/check_columns.h"

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

std::string message_of(const Column& column, const ColumnVerdict& verdict) {
  std::string text = fmt::format("{} -> {}", type_name(column), without_collation(verdict.created));
  if (verdict.held == "not at all") return text + ": cannot be held";
  const char* separator = ": ";
  const auto say = [&](const std::string& what) {
    text += separator + what;
    separator = "; ";
  };
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

Finding finding_of(const TableSchema& schema, std::size_t index, const ColumnVerdict& verdict,
                   Engine engine) {
  const Column& column = schema.columns[index];
  return {.level = Level::warning,
          .id = id_of(verdict),
          .subject = schema.name.to_string() + "." + column.name,
          .message = message_of(column, verdict),
          .fix = fix_of(verdict, engine, sql::in_key(schema, index))};
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
  Findings findings;
  std::size_t exact = 0;
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
      if (verdict.exact) {
        ++exact;
      } else {
        findings.push_back(finding_of(schema, i, verdict, target.engine));
      }
    }
  }
  findings.push_back(count_of(exact, findings.size(), tables.size(), target));
  return findings;
}

}  // namespace tailrace::app
