#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sinks/sql/table_finish.h"

namespace tailrace::sql {

// What finish_table() once gave to a table, and the source has no more or has otherwise
// (Loader::Finish::given). It is taken away first; what takes its place is planned afterwards like
// everything that is missing. What a person changed since is left alone.
//
// Notes, by their keys:
//   index <name at the target>   of one with a special definition: its sum
//   default <source's column>    the sum of what the source had
//   comment <source's column>    the sums of what the source had, and of what was written
//   comment                      the same of the table
struct TakenAway {
  std::vector<std::string> indexes = {};     // names at the target
  std::vector<std::uint16_t> defaults = {};  // of TargetTable::columns
  std::vector<std::uint16_t> comments = {};
  bool comment = false;  // of the table
  // Notes that hold no more, whatever becomes of the plan: what they are about is gone, or is a
  // person's.
  std::vector<std::string> forgotten = {};
  bool empty() const { return indexes.empty() && defaults.empty() && comments.empty() && !comment; }
};

TakenAway plan_taking_away(const FinishedTable& table, const Loader::Given& given,
                           const Dialect& dialect, const FinishRules& rules);

// What is said of a unique index that rows which are there do not fit (Loader::Finished::unfit).
std::string unfit_index(const std::string& name, const std::string& statement);

// One note.
struct GivenNote {
  std::string key;
  std::string value;
};
GivenNote note_of(const MissingIndex& index);
GivenNote note_of(const MissingDefault& made, const TableSchema& schema);
GivenNote note_of(const MissingComment& made, const FinishedTable& table, const Dialect& dialect);
GivenNote note_of_comment(const FinishedTable& table, const std::string& written);
void remember(GivenNote note, Loader::Given& given);
// The key alone.
std::string index_note(const std::string& name);
std::string default_note(const FinishedTable& table, const Dialect& dialect, std::uint16_t column);
std::string comment_note(const FinishedTable& table, const Dialect& dialect, std::uint16_t column);
inline constexpr const char* kTableCommentNote = "comment";

}  // namespace tailrace::sql
