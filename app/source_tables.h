#pragma once

#include <filesystem>
#include <vector>

#include "config/config_file.h"
#include "extractors/extractor.h"

namespace tailrace::app {

// What the pipeline captures at its source now. Connects, and makes nothing there that stays.
Result<std::vector<SnapshotTable>> source_tables(Source& source);

}  // namespace tailrace::app
