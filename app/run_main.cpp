#include "app/run_main.h"

#include <exception>
#include <iostream>
#include <vector>

#include "app/command_line.h"
#include "app/commands.h"

namespace tailrace::app {
namespace {

struct Dispatch {
  const SecretStore& secrets;
  const Console& console;

  int operator()(const RunCommand& run) const { return run_pipelines(run, secrets, console); }
  int operator()(const CheckCommand& check) const {
    return check_pipelines(check, secrets, console);
  }
  int operator()(const StatusCommand& status) const {
    return show_status(status, secrets, console);
  }
  int operator()(const TailCommand& tail) const { return print_changes(tail, secrets, console); }
  int operator()(const SnapshotCommand& snapshot) const {
    return copy_again(snapshot, secrets, console);
  }
  int operator()(const PositionCommand& position) const {
    if (position.advance_sequences) return advance_sequences(position, secrets, console);
    return position.drop_slot ? drop_slot(position, secrets, console)
                              : show_positions(position, secrets, console);
  }
  int operator()(const SchemaCommand& schema) const { return print_schema(schema, console); }
  int operator()(const TypesCommand& types) const { return print_types(types, console); }
};

}  // namespace

int run_main(std::span<const std::string> arguments, const SecretStore& secrets,
             const Console& console) {
  const auto parsed = parse_command_line(arguments);
  if (const auto* leave = std::get_if<Leave>(&parsed)) {
    console.out << leave->text;
    if (!leave->complaint.empty()) console.complain(leave->complaint, leave->hint);
    return leave->status;
  }
  return std::visit(Dispatch{secrets, console}, std::get<Command>(parsed));
}

int run_main(int argc, char** argv) {
  const Console console{std::cout, std::cerr};
  try {
    const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    return run_main(arguments, SecretStore::of_process(), console);
  } catch (const std::exception& trouble) {
    // What third-party code throws is caught where it is called; this is trouble in the process.
    console.complain(std::string("internal error: ") + trouble.what());
    return kExitFailed;
  }
}

}  // namespace tailrace::app
