#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "clients/mysql/connection_options.h"

namespace tailrace::mysql {

// Captured only when a pattern names them.
inline constexpr std::array<std::string_view, 5> kReservedSchemas = {
    "mysql", "sys", "information_schema", "performance_schema", "tailrace"};

// A MySQL or MariaDB source, as configured.
struct MySqlSourceOptions {
  ConnectionOptions connection;
  std::string scheme = "mysql";     // of the URL: "mysql" or "mariadb"; for descriptions only
  std::string pipeline;             // identity towards the server is derived from this name
  std::vector<std::string> tables;  // "shop.*", "shop.order?"; none: all
  // Our id as a replica; it must differ from that of every server and replica around. 0: derived
  // from the pipeline's name. Two streams with one id throw each other off the server.
  std::uint32_t server_id = 0;
  std::chrono::milliseconds heartbeat = std::chrono::seconds(1);  // of an idle source
  // The binlog_row_image that is accepted besides FULL: MINIMAL, NOBLOB or FULL_NODUP.
  std::string row_image;
  // Tables that gh-ost and pt-online-schema-change make beside a captured one (helper_table.h) are
  // neither sent nor copied; the table takes part in their swap.
  bool follow_table_copies = true;
  // File and offset instead of GTIDs, also where GTIDs can be had.
  bool file_positions = false;
};

// In the upper half of the range, where people do not number their servers.
std::uint32_t derived_server_id(std::string_view pipeline);
std::uint32_t effective_server_id(const MySqlSourceOptions& options);
// A stable uuid per pipeline: MySQL ends an older dump of the same uuid when a new one comes.
std::string derived_replica_uuid(std::string_view pipeline);

}  // namespace tailrace::mysql
