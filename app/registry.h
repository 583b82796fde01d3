#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "config/config_file.h"
#include "extractors/extractor.h"
#include "sinks/sink.h"

namespace tailrace::app {

// Who wants a source, and what for.
struct SourceUse {
  std::string pipeline;
  std::filesystem::path state_dir;
  bool tail = false;  // only looks: keeps no state, leaves nothing on the server
};

// The only place that knows which sources and sinks exist: it turns a URL's scheme into one. No
// network is touched. Errors name the scheme or the option that is wrong.
Result<std::unique_ptr<Source>> make_source(const SourceConfig& source, const SourceUse& use);
// Whether a tail of such a source cannot go on in a second session: its slot ends with the first.
bool tails_in_one_session(std::string_view scheme);
Result<std::unique_ptr<Target>> make_target(const SinkConfig& sink);

}  // namespace tailrace::app
