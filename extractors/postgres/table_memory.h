#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "extractors/postgres/told_tables.h"

namespace tailrace::postgres {

// Which tables the sinks have been told of, over the sessions of a source, and in a file over those
// of the daemon: what happens while nothing runs is found by comparing with it. The file is behind
// what was told, never ahead of it, so something may be told once more; a sink that has it already
// does nothing then. A hint only: without it the first look is compared with nothing.
//
// Belongs to the extractor's thread.
class TableMemory {
 public:
  // No file: it is remembered as long as this object lives.
  TableMemory(std::filesystem::path file, std::string source_id);

  const ToldTables::State& state() const { return state_; }
  // Holds for whoever has everything up to there. An invalid position: for everybody.
  void put(const ToldTables::State& state, Lsn needed);
  // Every sink has everything up to there.
  void confirmed(Lsn durable);
  // The pipeline gives up its position: a later one of its name has nothing to do with it.
  static void remove(const std::filesystem::path& file);

 private:
  void write();

  const std::filesystem::path file_;
  const std::string source_id_;
  ToldTables::State state_;
  Lsn confirmed_;
  std::optional<Lsn> unwritten_;  // what the sinks must have before it is written
};

}  // namespace tailrace::postgres
