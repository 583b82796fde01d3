#pragma once

#include <string_view>

#include "app/command_line.h"
#include "config/config_file.h"

namespace tailrace::app {

// "50000 rows/s" or "20MiB/s": sets the one limit and leaves the other alone.
Status set_copy_rate(std::string_view text, CopyConfig& copy);

// The flags --copy-... over the defaults; errors name the flag.
Status apply_copy_flags(const PipelineArguments& arguments, CopyConfig& copy);

}  // namespace tailrace::app
