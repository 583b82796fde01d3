#pragma once

#include <array>
#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "clients/postgres/connection_options.h"

namespace tailrace::postgres {

// Captured only when a pattern names them.
inline constexpr std::array<std::string_view, 3> kReservedSchemas = {
    "pg_catalog", "information_schema", "tailrace"};

// A PostgreSQL database as source, as configured.
struct PostgresSourceOptions {
  ConnectionOptions connection;
  std::string pipeline;                   // slot and publication are named after it
  std::vector<std::string> tables;        // "shop.*", "shop.order?"; none: all
  std::string slot;                       // empty: slot_name()
  std::vector<std::string> publications;  // empty: one, named like the default slot
  // Make slot and publication when a pipeline without a checkpoint finds none.
  bool create_slot = false;
  bool failover = true;  // slots that we make survive a failover (PostgreSQL 17 and later)
  // A slot that lives as long as the session, and begins with it: for tail. `slot` is not used.
  bool temporary_slot = false;
  // Transactions that were applied there under one of these replication origins are passed over;
  // patterns with * and ?.
  std::vector<std::string> skip_origins;
  bool streaming = true;  // receive large transactions while they are still open (PostgreSQL 14+)
  // Binary values where all captured columns have a form that is read faster so.
  bool binary = true;
  std::filesystem::path spool_folder;  // for large transactions that are still open
  // What the sinks were told of tables is kept here while nothing runs; empty: it is not.
  std::filesystem::path tables_file;
  // How long a source that waits for our confirmation (it is shutting down) is kept waiting.
  std::chrono::milliseconds longest_hold = std::chrono::seconds(30);
  // How long one attempt to make a slot waits for the transactions that are open.
  std::chrono::milliseconds longest_slot_wait = std::chrono::seconds(10);
  // How long a server may say nothing at all, asked for a sign of life, before it is given up.
  std::chrono::milliseconds longest_silence = std::chrono::seconds(60);

  std::string slot_name() const;
  std::vector<std::string> publication_names() const;
  // Whether the publication is the one that we would make, and so may remove again.
  bool owns_publication() const { return publications.empty(); }
};

// "tailrace_" and the pipeline's name in the letters a slot may have (a-z 0-9 _), at most 63; a
// hash is added when that is not the name itself, so that no two pipelines share a slot.
std::string default_slot_name(std::string_view pipeline);

}  // namespace tailrace::postgres
