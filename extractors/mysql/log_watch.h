#pragma once

#include <memory>
#include <string>
#include <vector>

#include "extractors/mysql/event.h"
#include "extractors/mysql/event_stream.h"
#include "extractors/mysql/gtid_set.h"
#include "extractors/mysql/log_cursor.h"
#include "extractors/mysql/table_map.h"

namespace tailrace::mysql {

// Reads a MySQL dump for one question only: which transactions touch a table. Rows are not decoded.
// What is not understood counts as touching: definitions, XA, compressed transactions.
class LogWatch {
 public:
  // events: a dump by GTIDs.
  LogWatch(std::unique_ptr<EventStream> events, TableName table)
      : events_(std::move(events)), table_(std::move(table)) {}

  // Reads on to a place in the log.
  Status read_to(const FilePosition& place);
  // Whether one of the transactions that were read, and that is not in `known`, touches the table.
  bool touched_beyond(const GtidSet& known) const;

 private:
  bool reached(const FilePosition& place) const;
  Status consume(Bytes bytes);
  Status look_at(const EventView& event);
  void touch();

  std::unique_ptr<EventStream> events_;
  const TableName table_;
  LogCursor cursor_;
  bool has_checksum_ = false;
  std::string gtid_;  // of the transaction that is read; empty: none, or one without a number
  bool touched_unnamed_ = false;
  std::vector<std::string> touching_;
};

}  // namespace tailrace::mysql
