#include <iostream>

#include <unistd.h>

#include "app/commands.h"
#include "app/plan.h"
#include "app/registry.h"
#include "config/byte_size.h"
#include "replicator/state_lock.h"

namespace tailrace::app {
namespace {

Error invalid(std::string message) {
  return Error(ErrorKind::invalid_config, std::move(message));
}

Result<PipelineConfig> only_pipeline(const Config& config) {
  if (config.pipelines.size() == 1) return config.pipelines.front();
  return invalid("the file has several pipelines").hint("name the one that is meant: --name NAME");
}

bool says_yes(const Retention& retention, const PipelineConfig& pipeline, const Console& console) {
  console.out << "Pipeline " << pipeline.name << ": drop " << retention.name << " at "
              << pipeline.source.url.to_string() << "?\n"
              << "It holds " << format_byte_size(retention.bytes)
              << " of log. Without it the pipeline cannot go on from its checkpoints: its tables\n"
              << "have to be copied anew. Type yes to go on: " << std::flush;
  std::string answer;
  return std::getline(std::cin, answer) && answer == "yes";
}

// Where nothing is kept there is nothing to lose, and release() says what there is to say.
Status confirm(Source& source, const PipelineConfig& pipeline, bool yes, const Console& console) {
  auto retention = source.retention();
  if (!retention) return std::move(retention).error();
  if (yes || !*retention) return {};
  if (isatty(STDIN_FILENO) == 0) {
    return invalid("there is no terminal to ask at").hint("--yes drops without asking");
  }
  if (says_yes(**retention, pipeline, console)) return {};
  return Error(ErrorKind::cancelled, "nothing was dropped");
}

Result<std::string> release(const PipelineConfig& pipeline, const std::filesystem::path& state_dir,
                            bool yes, const Console& console) {
  auto source = make_source(pipeline.source, {.pipeline = pipeline.name, .state_dir = state_dir});
  if (!source) return std::move(source).error();
  // Held until the end, so that no daemon starts meanwhile.
  const auto lock = StateLock::take(state_dir / pipeline.name);
  if (!lock) return Error(lock.error());
  auto confirmed = confirm(**source, pipeline, yes, console);
  if (!confirmed) return std::move(confirmed).error();
  return (*source)->release();
}

int refused(const Error& error, const Console& console) {
  console.complain(error);
  return error.kind() == ErrorKind::invalid_config ? kExitUsage : kExitFailed;
}

}  // namespace

int drop_slot(const PositionCommand& command, const SecretStore& secrets, const Console& console) {
  const ConfigReading reading = plan_pipelines(command.pipelines, secrets);
  console.complain(reading.problems);
  if (!reading.config) return kExitUsage;
  const auto pipeline = only_pipeline(*reading.config);
  if (!pipeline) return refused(pipeline.error(), console);
  const auto folder = state_folder(reading.config->state_dir, secrets);
  if (!folder) return refused(folder.error(), console);
  auto released = release(*pipeline, *folder, command.yes, console);
  if (!released) {
    return refused(std::move(released).error().with("pipeline " + pipeline->name), console);
  }
  console.out << pipeline->name << ": dropped " << *released << '\n';
  return kExitOk;
}

}  // namespace tailrace::app
