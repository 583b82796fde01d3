// A source and a target of given kinds with a database to replicate, and tailrace between them.
#pragma once

#include <chrono>
#include <cstdint>
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

// Why this engine cannot be had here, or nothing.
std::optional<std::string> why_unavailable(Engine engine);

// Private servers of its own, so that they can be killed. The source database is `shop`; the target
// is empty. One thread.
class ReplicationBed {
 public:
  ReplicationBed(Engine source, Engine target);
  ~ReplicationBed();

  DatabaseServer& source() { return *source_; }
  DatabaseServer& target() { return *target_; }  // not for sqlite
  std::string source_url() const { return source_->url(); }
  std::string target_url() const;
  const TempDir& folder() const { return folder_; }

  // Flags of `tailrace run` for this bed, over the source at `from` (default: directly), and more.
  std::vector<std::string> run_arguments(std::vector<std::string> more = {},
                                         const std::string& from = {}) const;
  // Runs until caught up; throws with what it said when that fails.
  void catch_up(std::vector<std::string> more = {},
                std::chrono::milliseconds deadline = std::chrono::minutes(3)) const;

  // Empty when every table of the source is equal at the target, else a readable report.
  std::string differences() const;
  // The position stored at the target, and the one the source is at.
  std::string stored_position() const;
  std::string source_position() const;

 private:
  TempDir folder_{"bed"};
  Engine target_engine_;
  std::unique_ptr<DatabaseServer> source_;
  std::unique_ptr<DatabaseServer> target_;
};

}  // namespace tailrace::testing
