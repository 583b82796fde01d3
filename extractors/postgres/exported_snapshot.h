#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "clients/postgres/connection.h"
#include "core/result.h"
#include "extractors/postgres/interruption.h"
#include "extractors/postgres/lsn.h"
#include "extractors/postgres/replication_stream.h"
#include "extractors/postgres/server_facts.h"

namespace tailrace::postgres {

// One moment of the database that other sessions can read by its name, for as long as this object
// lives: everything that was committed before a position of the log, and nothing behind it.
//
// Only the making of a logical replication slot finds such a moment. A temporary slot is made in a
// transaction whose snapshot is then the slot's; the transaction exports it, and drops the slot at
// once: while tables are read for hours, neither the log is kept nor a slot in use. What stays is
// one connection in an idle transaction. It takes a WAL sender, is not subject to
// wal_sender_timeout because it does not stream, and holds vacuum back like every long transaction.
class ExportedSnapshot {
 public:
  // Waits this long for the transactions that run now; then it fails with `busy`, naming the
  // oldest, and nothing is left behind. asking: another connection to the same server.
  static Result<ExportedSnapshot> take(std::unique_ptr<ReplicationStream> stream,
                                       Connection& asking, const ServerFacts& facts,
                                       std::chrono::milliseconds longest);

  // For SET TRANSACTION SNAPSHOT.
  const std::string& name() const { return name_; }
  const WalPosition& position() const { return position_; }

 private:
  ExportedSnapshot(std::unique_ptr<ReplicationStream> stream, std::string name,
                   WalPosition position)
      : stream_(std::move(stream)), name_(std::move(name)), position_(position) {}

  std::unique_ptr<ReplicationStream> stream_;
  std::string name_;
  WalPosition position_;
};

// The server has room for the slot and for its connection.
Status check_room_for_snapshot(const ServerFacts& facts);

}  // namespace tailrace::postgres
