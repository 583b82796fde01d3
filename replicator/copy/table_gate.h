#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/change.h"
#include "extractors/extractor.h"
#include "replicator/copy/copy_ledger.h"

namespace tailrace {

// Which changes of the stream are dropped because the rows that were copied have them already:
// those of a table whose transactions its `from` contains. Told of every source transaction; owned
// by the applier thread.
class TableGate {
 public:
  explicit TableGate(const Source& source) : source_(source) {}

  // Rules anew, from what the ledger says.
  void set_tables(const std::vector<TableCopy>& tables);
  bool active() const { return !from_.empty(); }

  // A source transaction begins. False: its id does not tell where it lies, so it has to be told
  // with committed_at() before anything of it is asked about.
  Result<bool> begin(std::string_view transaction_id);
  void committed_at(Position position) { committed_ = std::move(position); }

  Result<bool> drops(const TableName& table);
  // What is left of a statement (still_concerned()); no answer: all of it, as it is.
  Result<std::optional<std::vector<SchemaChange>>> rest(const SchemaChange& change);

 private:
  const Source& source_;
  std::map<TableName, Position> from_;
  // Read at several moments, or at one that is not known exactly: what changes is applied over the
  // rows, but a name may have meant another table when they were read.
  std::set<TableName> unknown_;
  // of the transaction
  std::string id_;
  Position committed_;
  std::vector<std::pair<const Position*, bool>> known_;  // asked already
};

}  // namespace tailrace
