#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "clients/postgres/connection.h"
#include "core/result.h"
#include "extractors/postgres/lsn.h"
#include "extractors/postgres/server_facts.h"

namespace tailrace::postgres {

// A row of pg_replication_slots. What a version does not have is empty or false.
struct SlotFacts {
  std::string name;
  std::string plugin;  // empty: a physical slot
  std::string database;
  bool temporary = false;
  bool two_phase = false;
  bool failover = false;
  bool synced = false;       // kept in step from a primary: cannot be used before the promotion
  bool conflicting = false;  // invalidated on a standby
  std::string wal_status;    // "reserved", "extended", "unreserved", "lost"
  std::string invalidation_reason;
  Lsn restart;
  Lsn confirmed;
  std::uint64_t retained_bytes = 0;            // from restart to the end of the log
  std::optional<std::int64_t> safe_wal_bytes;  // until it may be lost; nothing: no limit
  int active_pid = 0;                          // 0: nobody uses it
  std::string user;                            // who does: "pg_recvlogical at 10.0.0.1 since ..."

  bool is_lost() const;
  // In the server's words, for people: "lost (wal_removed)".
  std::string state() const;
};

// Nothing when there is no such slot.
Result<std::optional<SlotFacts>> read_slot(Connection& connection, const std::string& name);

struct NewSlot {
  std::string name;
  bool failover = false;  // asked for where the server can (17 and later, no standby)
  bool temporary = false;
};

// The statement that makes a slot and answers its consistent point as one pg_lsn. It waits for
// every transaction that runs at this moment.
std::string slot_creation(const NewSlot& slot, const ServerFacts& facts);

// Makes a slot and answers where it begins. It waits this long for the transactions that run now;
// then it fails with `busy`, naming the oldest, and nothing is left behind.
Result<Lsn> create_slot(Connection& connection, const NewSlot& slot, const ServerFacts& facts,
                        std::chrono::milliseconds longest);

// `busy` when somebody uses it.
Status drop_slot(Connection& connection, const std::string& name);

// The oldest open transactions that a new slot would have to wait for, as far as our role may see
// them: "process 7 (psql, idle in transaction) since ..."; empty when there are none.
std::string open_transactions(Connection& connection);

// Why a slot could not be made in time. running: open_transactions().
Error waits_for_transactions(const std::string& running, const ServerFacts& facts);

}  // namespace tailrace::postgres
