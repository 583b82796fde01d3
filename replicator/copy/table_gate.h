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
  // Of a statement on several tables those that it still concerns: of a renaming both names of a
  // pair, or none; of a swap as well.
  Result<std::vector<TableName>> pass(const SchemaChange& change);

 private:
  const Source& source_;
  std::map<TableName, Position> from_;
  // of the transaction
  std::string id_;
  Position committed_;
  std::vector<std::pair<const Position*, bool>> known_;  // asked already
};

}  // namespace tailrace
