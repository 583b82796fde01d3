#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "app/command_line.h"
#include "config/config_file.h"
#include "extractors/extractor.h"

namespace tailrace::app {

// The configuration that a command line asks for: the file's, or one pipeline made of the flags.
// --name picks one pipeline of a file; --state-dir wins over the file's.
ConfigReading plan_pipelines(const PipelineArguments& arguments, const SecretStore& secrets);

// One source by its URL, for `tail`.
Result<SourceConfig> plan_source(const std::string& url, const std::vector<std::string>& tables,
                                 const SecretStore& secrets);

// Names for a pipeline or sink that was given by URL alone: the same for the same URL, because the
// checkpoint is found by it. "postgresql-db1-5432-mail".
std::string name_of(const Url& url);

// snapshot, now, earliest, or else a position.
StartPoint start_point(const std::string& text);

// The folder that was asked for, or else systemd's ($STATE_DIRECTORY), or the user's.
Result<std::filesystem::path> state_folder(const std::filesystem::path& asked,
                                           const SecretStore& environment);

}  // namespace tailrace::app
