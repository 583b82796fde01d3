#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/option_table.h"
#include "config/secrets.h"
#include "config/url.h"

namespace tailrace {

// What a configuration file says, checked as far as that is possible without the network and
// without knowing which sources and sinks exist (app/registry.h does). Passwords are in the URLs.

struct SourceConfig {
  std::string name;  // for TAILRACE_PASSWORD_<NAME>
  Url url;
  std::vector<std::string> tables;  // patterns for TableFilter
  std::string start = "snapshot";   // snapshot, now, earliest, or a position

  // MySQL and MariaDB
  std::uint32_t server_id = 0;  // 0: chosen by the source
  bool follow_table_copies = true;
  // PostgreSQL
  std::string slot;                       // empty: named after the pipeline
  std::vector<std::string> publications;  // empty: one, named after the pipeline
  bool create_slot = false;
  std::vector<std::string> skip_origins;  // patterns with * and ?
  bool streaming = true;
  bool binary = true;
  bool failover = true;
  // Which of the options above were given, for the registry: it knows whose they are.
  std::vector<std::string> given;
};

struct QueueConfig {
  std::uint64_t memory_bytes = 0;
  std::uint64_t disk_bytes = 0;
};

struct RetryConfig {
  std::chrono::milliseconds first{};
  std::chrono::milliseconds longest{};
  std::chrono::milliseconds blocked{};
};

struct TableConfig {
  std::string match;
  std::string to;
};

// How the rows that exist already get to a sink.
struct CopyConfig {
  std::uint64_t workers = 0;
  std::uint64_t chunk_rows = 0;
  std::uint64_t max_rows = 0;   // a second; 0: no limit
  std::uint64_t max_bytes = 0;  // a second; 0: no limit
  std::string existing;         // stop, replace, keep
  bool foreign_keys = false;
};

struct SinkConfig {
  std::string name;
  Url url;
  std::vector<TableConfig> tables;
  CopyConfig copy;
  std::string schema;  // apply, add_only, ignore, stop
  std::uint64_t max_changes = 0;
  std::uint64_t max_bytes = 0;
  std::chrono::milliseconds idle_checkpoint{};
};

struct PipelineConfig {
  std::string name;
  SourceConfig source;
  QueueConfig queue;
  RetryConfig retry;
  std::vector<SinkConfig> sinks;
};

struct Config {
  std::filesystem::path state_dir;  // empty: not given
  std::vector<PipelineConfig> pipelines;
};

// Every option of the file.
OptionTable config_options();
// The defaults of the file, for a run without one.
QueueConfig default_queue();
RetryConfig default_retry();
SinkConfig default_sink();

// Letters, digits, "-", "_" and ".", not first; at most 64: it becomes a folder and a key.
bool is_valid_name(std::string_view name);

// A password may come from the URL, from the option "password", or else from the environment
// (TAILRACE_PASSWORD_<NAME>); given twice is refused.
Status add_password(std::string_view name, std::optional<Secret> option, const SecretStore& secrets,
                    Url& url);

// The configuration, or everything that is wrong with it.
struct ConfigReading {
  std::optional<Config> config;
  std::vector<Error> problems;
};
ConfigReading read_config(std::string_view text, std::string file_name, const SecretStore& secrets);
ConfigReading read_config_file(const std::filesystem::path& file, const SecretStore& secrets);

}  // namespace tailrace
