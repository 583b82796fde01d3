#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "app/log_options.h"

namespace tailrace::app {

// What a person asked for, as typed: flags are put in their places here, and judged elsewhere.

// Which pipelines: those of a file, or one that is put together from flags.
struct PipelineArguments {
  std::optional<std::string> config_file;
  std::optional<std::string> from;
  std::vector<std::string> to;  // "URL" or "NAME=URL"
  std::optional<std::string> name;
  std::vector<std::string> tables;
  std::optional<std::string> start;
  std::optional<std::string> state_dir;
  std::optional<std::string> queue_memory;
  std::optional<std::string> queue_disk;
  std::optional<std::int64_t> max_changes;
  std::optional<std::int64_t> copy_workers;
  std::optional<std::string> copy_rate;  // "50000 rows/s", "20MiB/s"
  std::optional<std::string> copy_existing;
  std::optional<std::string> schema;  // of every sink
  bool create_slot = false;
};

struct RunCommand {
  PipelineArguments pipelines;
  bool exit_when_caught_up = false;
  LogOptions log;
};

struct CheckCommand {
  PipelineArguments pipelines;
  bool json = false;
};

struct StatusCommand {
  std::optional<std::string> config_file;
  std::optional<std::string> state_dir;
  std::optional<std::string> name;
  bool json = false;
};

struct TailCommand {
  std::string url;
  std::vector<std::string> tables;
  std::string start = "now";
  std::uint64_t limit = 0;  // 0: none
  LogOptions log;
};

struct PositionCommand {
  PipelineArguments pipelines;
  bool json = false;
  bool drop_slot = false;
  bool yes = false;  // to drop_slot
  bool advance_sequences = false;
};

// Copies tables of a running pipeline's sink again.
struct SnapshotCommand {
  std::string pipeline;
  std::optional<std::string> config_file;
  std::optional<std::string> state_dir;
  std::optional<std::string> sink;  // not needed where there is one
  std::vector<std::string> tables;  // at the source; none: all
  bool no_wait = false;
  bool json = false;
};

struct SchemaCommand {
  bool table = false;  // for people, instead of JSON
};

// What becomes of each type between two engines.
struct TypesCommand {
  std::optional<std::string> from;
  std::optional<std::string> to;
  bool markdown = false;  // docs/types.md
};

using Command = std::variant<RunCommand, CheckCommand, StatusCommand, TailCommand, SnapshotCommand,
                             PositionCommand, SchemaCommand, TypesCommand>;

// Nothing to do but to print and to leave: help, version, or a command line that makes no sense.
struct Leave {
  int status = 0;
  std::string text;  // help and version
  std::string complaint;
  std::string hint;
};

// arguments: without the program's name.
std::variant<Command, Leave> parse_command_line(std::span<const std::string> arguments);

}  // namespace tailrace::app
