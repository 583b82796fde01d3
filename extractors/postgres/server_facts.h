#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "clients/postgres/connection.h"
#include "core/result.h"
#include "extractors/postgres/lsn.h"

namespace tailrace::postgres {

// What a server says about itself and about our role, read once per session.
struct ServerFacts {
  struct Pool {
    std::uint64_t most = 0;
    std::uint64_t used = 0;
    bool has_room() const { return used < most; }
  };

  std::string address;
  int version = 0;           // 150003
  std::string version_text;  // "15.3 (Debian 15.3-1)"
  std::string system_identifier;
  std::string database;
  std::uint32_t database_oid = 0;
  bool is_standby = false;
  std::uint32_t timeline = 0;
  Lsn log_end;  // flushed; of a standby: replayed

  std::string wal_level;
  std::string server_encoding;
  std::string synchronous_standby_names;
  Pool slots;
  Pool senders;
  std::chrono::milliseconds wal_sender_timeout{0};  // 0: none
  std::int64_t slot_wal_megabytes = -1;             // max_slot_wal_keep_size; -1: no limit
  std::chrono::seconds idle_slot_timeout{0};        // 0: none

  std::string role;
  bool is_superuser = false;
  bool may_replicate = false;

  bool at_least(int major) const { return version >= major * 10000; }
  // What a checkpoint calls this source: a database of a cluster, standbys included.
  std::string source_id() const;
  WalPosition end() const { return {log_end, timeline}; }
};

// address: for messages. unsupported_protocol when the server is older than PostgreSQL 12.
Result<ServerFacts> read_server_facts(Connection& connection, std::string address);

// Numbers and truth values as the server prints them; anything else reads as 0 and false.
std::uint64_t number_in(Cell cell);
std::int64_t signed_number_in(Cell cell);
bool truth_in(Cell cell);
Lsn lsn_in(Cell cell);

}  // namespace tailrace::postgres
