#pragma once

#include <optional>

#include <nlohmann/json_fwd.hpp>

#include "core/json_writer.h"
#include "replicator/status.h"

namespace tailrace::app {

// The member "error" of the status file: an object, or null.
void write_error(const std::optional<ErrorReport>& error, JsonWriter& json);
// Throws nlohmann::json::exception when it is neither.
std::optional<ErrorReport> read_error(const nlohmann::json& value);

}  // namespace tailrace::app
