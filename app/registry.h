#pragma once

#include <memory>
#include <string>

#include "config/config_file.h"
#include "extractors/extractor.h"
#include "sinks/sink.h"

namespace tailrace::app {

// The only place that knows which sources and sinks exist: it turns a URL's scheme into one. No
// network is touched. Errors name the scheme or the option that is wrong.
Result<std::unique_ptr<Source>> make_source(const SourceConfig& source,
                                            const std::string& pipeline);
Result<std::unique_ptr<Target>> make_target(const SinkConfig& sink);

}  // namespace tailrace::app
