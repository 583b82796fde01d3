#include <ostream>

#include "app/commands.h"
#include "config/config_file.h"

namespace tailrace::app {

int print_schema(const SchemaCommand& command, const Console& console) {
  console.out << (command.table ? describe_options(config_options())
                                : json_schema(config_options(), "tailrace configuration"));
  return kExitOk;
}

}  // namespace tailrace::app
