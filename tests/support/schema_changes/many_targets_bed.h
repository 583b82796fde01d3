// One source, one daemon, several targets behind proxies.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/compare/schema/compare_definitions.h"
#include "tests/support/fault_proxy.h"
#include "tests/support/replication/replication_bed.h"
#include "tests/support/temp_dir.h"

namespace tailrace::testing {

// The sink of each engine has the engine's name. One thread, but for the source, which many use.
class ManyTargetsBed {
 public:
  ManyTargetsBed(Engine source, const std::vector<Engine>& targets);
  ~ManyTargetsBed();

  DatabaseServer& source() { return *source_; }
  // Of `tailrace run`: copies first, and tries blocked sinks again after a second.
  std::vector<std::string> run_arguments() const;

  const std::vector<std::string>& sinks() const { return names_; }
  bool has_server(const std::string& sink) const;  // not a file
  // What stands between the daemon and the target.
  FaultProxy& proxy(const std::string& sink);
  DatabaseServer& server(const std::string& sink);
  // Rows at the target, directly. Throws when it refuses.
  std::string target_sql(const std::string& sink, const std::string& statements) const;
  // Of `table` of the source.
  std::string target_table(const std::string& sink, const std::string& table) const;
  // Tables at the target whose name begins with an underscore.
  std::vector<std::string> underscored_tables(const std::string& sink) const;

  // What the daemon wrote last of a sink; nothing before it wrote for the first time.
  struct Report {
    std::string state;
    std::string phase;
    std::string error;     // as JSON, or ""
    std::string position;  // that is durable
    std::int64_t written_us = 0;
  };
  std::optional<Report> report_of(const std::string& sink) const;
  // Of every sink, a line: for messages.
  std::string describe() const;
  // Waits until the sink is exact for the first time, however far behind.
  bool finishes_copy(const std::string& sink, std::chrono::milliseconds deadline) const;
  // Waits until the sink says, later than now, that it is exact, and has everything that the source
  // has now.
  bool becomes_exact(const std::string& sink, std::chrono::milliseconds deadline);

  // Empty: every row, and every definition, is at the target what it is at the source.
  std::string row_differences(const std::string& sink) const;
  std::vector<std::string> schema_differences(const std::string& sink,
                                              const DefinitionOptions& options) const;

 private:
  struct Target {
    Engine engine;
    std::unique_ptr<DatabaseServer> server;  // null: sqlite
    std::unique_ptr<FaultProxy> proxy;
  };
  const Target& target(const std::string& sink) const;
  std::filesystem::path sqlite_file() const { return folder_ / "copy.db"; }
  std::string source_url() const;
  std::string url_of(const Target& target) const;  // directly
  std::string source_position() const;
  bool has_reached(const std::string& stored, const std::string& position) const;

  TempDir folder_{"many"};
  Engine source_engine_;
  std::unique_ptr<DatabaseServer> source_;
  std::vector<Target> targets_;
  std::vector<std::string> names_;  // of targets_, in the same order
};

}  // namespace tailrace::testing
