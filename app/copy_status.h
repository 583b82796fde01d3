#pragma once

#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "core/json_writer.h"
#include "replicator/status.h"

namespace tailrace::app {

// The copy of a sink in the status file, and for people.

// The members "phase" and "copy" of a sink.
void write_copy(const SinkStatus& sink, JsonWriter& json);
// Throws nlohmann::json::exception, as all reading of the file does.
void read_copy(const nlohmann::json& value, SinkStatus& sink);

// Whether a person would want to see how far it is: rows or indexes are still on their way.
bool copy_under_way(const SinkStatus& sink);
// Of rows, 0 to 100, never 100 before all are there; nothing: not known.
std::optional<unsigned> copy_percent(const CopyProgress& copy);
// "12,345,678 of about 30,000,000 rows, 1.2 GiB, 250,000 rows/s, 3 min left"
std::string copy_amounts(const CopyProgress& copy);
// A paragraph for `status`, at most 100 columns wide; empty when there is nothing to say.
std::string describe_copy(const SinkStatus& sink);

}  // namespace tailrace::app
