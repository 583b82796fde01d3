#pragma once

#include <string>
#include <vector>

#include "core/change.h"
#include "core/table_schema.h"

namespace tailrace::sql {

// What happened to a table between two versions of it, of a source that announces nothing but gives
// tables and columns identities (core/table_schema.h, TableTraits). Pure.
//
// What must hold: a column is renamed only when its identity is known on both sides; a new one is
// filled only when no column of its identity was there before, and its rows were not rewritten; a
// column is dropped only when the source could not have stopped sending it for another reason.
// Everything else that differs is `stale`: the table is brought to the new definition and copied
// again, which is right whatever happened, because a copy is later than what was found here.
struct IdentifiedChanges {
  std::vector<ColumnChange> columns;  // in the order in which they can be made
  std::string stale;                  // why rows that exist cannot be made right; empty: they are
  std::vector<std::string> unsent;    // of columns that are not sent any more, and may live on
  bool empty() const { return columns.empty() && stale.empty(); }
};
IdentifiedChanges identified_changes(const TableSchema& before, const TableSchema& after);

// Whether the source was certain of any column.
bool has_identities(const TableSchema& schema);

// Whether a column had come in the one that had not yet in the other: a catalogue may be read a
// moment before it shows what rows have shown already.
bool is_older(const TableSchema& schema, const TableSchema& known);

// The version without columns that are nobody's business any more.
TableSchema without_columns(const TableSchema& schema, const std::vector<std::string>& names);

// `after` with what is still known of it from `before` where the source was not certain: that
// nothing was seen to differ is no reason to forget what the columns were.
TableSchema with_known_identities(const TableSchema& before, TableSchema after);

}  // namespace tailrace::sql
