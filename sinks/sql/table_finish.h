#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/finding.h"
#include "core/table_details.h"
#include "core/table_schema.h"
#include "sinks/sink.h"
#include "sinks/sql/dialect.h"
#include "sinks/sql/target_details.h"
#include "sinks/sql/target_table.h"

namespace tailrace::sql {

// What a target table still lacks of what its source table has beside rows (Loader::finish_table).
// The plan is pure: each sink reads TargetDetails from its catalogue, and executes the plan in its
// own words. Planned again after it was executed, it is empty but for the findings.

struct MissingIndex {
  std::string name = {};  // free at the target
  bool unique = false;
  std::vector<TargetIndexColumn> columns = {};  // empty only where by_definition
  std::string method = {};                      // empty: btree
  // To be made from source->definition, with this name on the target's table. Its columns may say
  // less than the definition.
  bool by_definition = false;
  const IndexDetails* source = nullptr;
};

struct MissingDefault {
  std::uint16_t column = 0;  // of TargetTable::columns
  std::uint16_t source = 0;  // of TableSchema::columns: what a literal's text is written as
  const ColumnDetails* details = nullptr;  // default_value is there; on_update_now as well
};

struct MissingComment {
  std::uint16_t column = 0;
  std::string text = {};
};

struct MissingAutoIncrement {
  std::uint16_t column = 0;
  std::uint64_t next_value = 0;  // 0: unknown; the highest value that is there, and one more
};

struct MissingForeignKey {
  std::string name = {};  // free at the target
  std::vector<std::uint16_t> columns = {};
  TableName referenced = {};  // at the target
  std::vector<std::string> referenced_columns = {};
  std::string on_delete = {};
  std::string on_update = {};
};

struct TableFinish {
  std::vector<MissingIndex> indexes = {};
  std::vector<MissingDefault> defaults = {};
  std::optional<std::string> comment = {};
  std::vector<MissingComment> comments = {};
  std::vector<MissingAutoIncrement> auto_increments = {};
  std::vector<MissingForeignKey> foreign_keys = {};
  Findings cannot;  // warnings: what the target cannot have, or has in another way

  bool empty() const {
    return indexes.empty() && defaults.empty() && !comment && comments.empty() &&
           auto_increments.empty() && foreign_keys.empty();
  }
};

// What an engine can have. Reasons are put behind the name of what cannot be had: "...: SQLite has
// no comments".
struct FinishRules {
  // The source's kind whose definitions and expressions this target understands.
  SourceEngine same_kind = SourceEngine::unknown;
  bool names_ignore_case = false;  // of indexes and foreign keys
  bool prefixes = false;           // an index of the beginning of a column
  // Beside btree. A hash index of another engine becomes a btree, which finds the same.
  std::vector<std::string_view> methods = {};
  // Reasons why a table that exists cannot have these any more; empty: it can.
  std::string no_defaults = {};
  std::string no_comments = {};
  std::string no_auto_increment = {};
  std::string no_foreign_keys = {};
  bool on_update_now = false;
  bool set_default = true;  // as action of a foreign key
  // MySQL: one column alone, and it must be the first one of an index.
  bool auto_increment_needs_index = false;
  std::size_t most_table_comment_characters = 0;  // 0: no limit
  std::size_t most_column_comment_characters = 0;
  // The engine's last word on an index, before it is compared with those that are there: changes it
  // (MySQL: a TEXT needs a prefix), or tells why it cannot be had.
  std::function<std::optional<std::string>(const TargetTable&, MissingIndex&)> adapt = {};
};

struct FinishedTable {
  const TableSchema& schema;
  const TableDetails& details;
  const TargetTable& target;
  const TargetDetails& there;
};

TableFinish plan_finish(const FinishedTable& table, const Loader::Finish& finish,
                        const Dialect& dialect, const FinishRules& rules);

// One thing that the target cannot have, or has in another way. `what` names it: "index
// \"by_name\"", "the default of column \"note\"".
enum class Unfinished { index, default_value, auto_increment, foreign_key, comment };
Finding unfinished(Unfinished kind, const TableName& target, std::string_view what,
                   std::string_view reason, std::string fix = {});

}  // namespace tailrace::sql
