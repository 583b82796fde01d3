#pragma once

#include <span>
#include <string>

#include "app/console.h"
#include "config/secrets.h"

namespace tailrace::app {

int run_main(int argc, char** argv);

// The same with everything it needs from the process, for tests. arguments: without the program's
// name.
int run_main(std::span<const std::string> arguments, const SecretStore& secrets,
             const Console& console);

}  // namespace tailrace::app
