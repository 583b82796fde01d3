#pragma once

#include "app/command_line.h"
#include "app/console.h"
#include "config/secrets.h"

namespace tailrace::app {

// One function per command; each answers the exit status. Called by the main thread before any
// other thread exists.
int run_pipelines(const RunCommand& command, const SecretStore& secrets, const Console& console);
int check_pipelines(const CheckCommand& command, const SecretStore& secrets,
                    const Console& console);
int show_status(const StatusCommand& command, const SecretStore& secrets, const Console& console);
int print_changes(const TailCommand& command, const SecretStore& secrets, const Console& console);
int show_positions(const PositionCommand& command, const SecretStore& secrets,
                   const Console& console);
// position --drop-slot
int drop_slot(const PositionCommand& command, const SecretStore& secrets, const Console& console);
// position --advance-sequences
int advance_sequences(const PositionCommand& command, const SecretStore& secrets,
                      const Console& console);
int copy_again(const SnapshotCommand& command, const SecretStore& secrets, const Console& console);
int print_schema(const SchemaCommand& command, const Console& console);
int print_types(const TypesCommand& command, const Console& console);

}  // namespace tailrace::app
