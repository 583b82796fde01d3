#include <array>
#include <ostream>

#include <fmt/format.h>

#include "app/commands.h"
#include "app/text_table.h"
#include "app/type_contract.h"

namespace tailrace::app {
namespace {

constexpr std::array kSources = {Engine::mysql, Engine::mariadb, Engine::postgresql};
constexpr std::array kTargets = {Engine::mysql, Engine::mariadb, Engine::postgresql,
                                 Engine::sqlite};

constexpr const char* kPreface = R"(# Types

What becomes of every type between each source and target. This page is printed by
`tailrace types --markdown > docs/types.md`, which asks the code that makes tables and writes values; a test
compares both.

- **target**: the type of a column that tailrace creates; a column that exists may have any type with room for
  the values. *key*: as a column of the primary key, where that is another type. Texts of MySQL and MariaDB are
  utf8mb4; those of keys, ENUM and SET compare octet by octet (targets.md).
- **held**: what is not refused is held exactly, or in the sense that is said.
- **refused**: values that stop the sink, with the row's key, the column and the way out; never rounded, cut or
  replaced. Of each type its limits and oddities were tried.
- **option**: of the target's URL (`mysql://…?infinity=clamp`), which store something else instead, never in
  the key. A target column that is text keeps every value without any option.

Versions: MySQL 9, MariaDB 11.8, PostgreSQL 15 to 18. PostgreSQL to PostgreSQL: types that a database or an
extension defines are used where the target has them, else what stands behind "or".
)";

bool is_wanted(const std::optional<std::string>& wanted, Engine engine) {
  return !wanted || *wanted == word_of(engine);
}

std::string code(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return "`" + out + "`";
}

void print_markdown(std::ostream& out, Engine from, Engine to) {
  out << fmt::format("\n## {} to {}\n", name_of(from), name_of(to))
      << "| source | target | held | refused | option |\n|---|---|---|---|---|\n";
  for (const TypeRow& row : type_contract(from, to)) {
    out << fmt::format("| {} | {} | {} | {} | {} |\n", code(row.source), code(row.target), row.held,
                       row.refused, row.options.empty() ? "" : code(row.options));
  }
}

void print_text(std::ostream& out, Engine from, Engine to) {
  out << fmt::format("{} to {}\n", name_of(from), name_of(to));
  for (const TypeRow& row : type_contract(from, to)) {
    out << wrapped(fmt::format("{} -> {}: {}", row.source, row.target, row.held), "  ");
    if (!row.refused.empty()) out << wrapped("refused: " + row.refused, "      ");
    if (!row.options.empty()) out << wrapped("option: " + row.options, "      ");
  }
}

}  // namespace

int print_types(const TypesCommand& command, const Console& console) {
  if (command.markdown) console.out << kPreface;
  bool first = true;
  for (const Engine from : kSources) {
    for (const Engine to : kTargets) {
      if (!is_wanted(command.from, from) || !is_wanted(command.to, to)) continue;
      if (!command.markdown && !first) console.out << "\n";
      first = false;
      command.markdown ? print_markdown(console.out, from, to) : print_text(console.out, from, to);
    }
  }
  return kExitOk;
}

}  // namespace tailrace::app
