#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clients/mysql/connection.h"
#include "extractors/mysql/gtid_set.h"
#include "extractors/mysql/position.h"

namespace tailrace::mysql {

struct BinlogFile {
  std::string name;
  std::uint64_t bytes = 0;
};

// What a server says about itself, read once per session.
struct ServerFacts {
  ServerVersion version;
  std::string address;
  std::map<std::string, std::string, std::less<>> variables;  // global; absent: not in this version
  FilePosition log_end;
  std::string binlog_do_db;      // from the log status
  std::string binlog_ignore_db;  //   "
  bool is_replica = false;       // looked at only when it would matter (log_replica_updates=OFF)

  std::string_view variable(std::string_view name) const;  // empty when absent
  bool has(std::string_view name) const { return variables.contains(name); }
  bool is_on(std::string_view name) const;
  std::uint64_t number(std::string_view name) const;

  // Whether positions are GTIDs when nobody asks for files.
  bool has_gtids() const { return version.is_mariadb() || variable("gtid_mode") == "ON"; }
  // What a checkpoint calls this source. MySQL: server_uuid. MariaDB has no such thing: its
  // server_id, which is part of every GTID that it writes.
  std::string source_id() const;
};

Result<ServerFacts> read_server_facts(Connection& connection, std::string address);

// The end and the beginning of the log in the wanted kind of position.
Result<LogPosition> read_log_end(Connection& connection, const ServerFacts& facts, bool as_file);
Result<LogPosition> read_log_start(Connection& connection, const ServerFacts& facts, bool as_file);
Result<std::vector<BinlogFile>> read_binlog_files(Connection& connection);

// One SELECT of one value; NULL reads as empty.
Result<std::string> read_scalar(Connection& connection, std::string_view sql);

}  // namespace tailrace::mysql
