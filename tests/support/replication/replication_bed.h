// A source and a target of given kinds with a database to replicate, and tailrace between them.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/database_server.h"
#include "tests/support/tailrace_process.h"
#include "tests/support/temp_dir.h"

namespace tailrace::testing {

enum class Engine : std::uint8_t { mariadb, mysql, postgres15, postgres18, sqlite };
std::string name_of(Engine engine);

// A test parameter, with a name of letters, digits and underscores.
struct EnginePair {
  Engine source;
  Engine target;
};
std::string name_of(const EnginePair& pair);
void PrintTo(const EnginePair& pair, std::ostream* out);

bool is_postgres(Engine engine);

// Why this engine cannot be had here, or nothing.
std::optional<std::string> why_unavailable(Engine engine);

struct BedOptions {
  std::vector<std::string> source_arguments = {};  // of the server's command line
  std::vector<std::string> target_arguments = {};
};

// A run from a configuration file, for options that have no flag. Each is a piece of JSON.
struct RunFile {
  std::string pipeline_options = {};         // R"("retry": {"blocked": "1s"})"
  std::string sink_options = {};             // R"("copy": {"workers": 2})", of the sink `copy`
  std::vector<std::string> more_sinks = {};  // whole objects
};

// What the daemon last said of a sink.
struct SinkReport {
  std::string state;
  std::string phase;
  std::string error;  // its message, or ""
  std::uint64_t copied_rows = 0;
};

// Private servers of its own, so that they can be killed. The source database is `shop`, and of a
// PostgreSQL source the tables are in its schema `shop`, which is the search path; the target is
// empty. A PostgreSQL source sends what happens after its slot was made: create the tables, catch
// up once, and then write. One thread.
class ReplicationBed {
 public:
  ReplicationBed(Engine source, Engine target, const BedOptions& options = {});
  ~ReplicationBed();

  DatabaseServer& source() { return *source_; }
  DatabaseServer& target() { return *target_; }  // not for sqlite
  std::string source_url() const;
  std::string target_url() const;
  const TempDir& folder() const { return folder_; }

  // Flags of `tailrace run` by a file that is written now: the same pipeline, which copies first.
  std::vector<std::string> run_arguments_of(const RunFile& file,
                                            std::vector<std::string> more = {}) const;
  std::filesystem::path config_file() const { return folder_ / "bed.json"; }
  std::filesystem::path state_dir() const { return folder_ / "state"; }
  // Empty before there was a daemon.
  std::optional<SinkReport> report_of(const std::string& sink = "copy") const;
  // Waits until the sink's rows are exact and everything that the source has now is there.
  bool becomes_exact(std::chrono::milliseconds deadline = std::chrono::seconds(60)) const;

  // Flags of `tailrace run` for this bed, which follow from the log's beginning without copying,
  // over the source at `from` (default: directly), and more.
  std::vector<std::string> run_arguments(std::vector<std::string> more = {},
                                         const std::string& from = {}) const;
  // Runs until caught up; throws with what it said when that fails.
  void catch_up(std::vector<std::string> more = {},
                std::chrono::milliseconds deadline = std::chrono::minutes(3)) const;

  // Empty when every table of the source is equal at the target, else a readable report.
  std::string differences() const { return differences_from(source_url()); }
  std::string differences_from(const std::string& source_url) const;
  // The position stored at the target, and the one the source is at.
  std::string stored_position() const;
  std::string source_position() const;
  // The target has everything up to that position of the source. With PostgreSQL the stored one may
  // be beyond it, because the server writes to its log even when nobody else does.
  bool has_reached(const std::string& position) const;
  // Waits until the target has everything that the source has now.
  bool comes_up_to_date(std::chrono::milliseconds deadline = std::chrono::seconds(60)) const;

  // Statements at the target, where table t of `shop` is named as this says.
  std::string target_sql(const std::string& statements) const;
  std::string target_table(const std::string& table) const;
  // Facts of the slot of a PostgreSQL source: one column of pg_replication_slots, or "".
  std::string slot(const std::string& column) const;

 private:
  TempDir folder_{"bed"};
  Engine source_engine_;
  Engine target_engine_;
  std::unique_ptr<DatabaseServer> source_;
  std::unique_ptr<DatabaseServer> target_;
};

}  // namespace tailrace::testing
