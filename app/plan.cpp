#include "app/plan.h"

#include <algorithm>
#include <cctype>
#include <set>

#include <fmt/core.h>

#include "app/copy_flags.h"
#include "config/byte_size.h"
#include "config/glob.h"

namespace tailrace::app {
namespace {

Error invalid(std::string message) {
  return Error(ErrorKind::invalid_config, std::move(message));
}

// Reads flags into a configuration, and keeps every problem with the flag's name.
class FlagReader {
 public:
  FlagReader(const SecretStore& secrets, std::vector<Error>& problems)
      : secrets_(secrets), problems_(problems) {}

  void report(const char* flag, Error problem) {
    problems_.push_back(std::move(problem).with(flag));
  }

  Url url(const char* flag, const std::string& text) {
    auto expanded = expand_url_references(text, secrets_);
    auto url = expanded ? Url::parse(*expanded) : Result<Url>(std::move(expanded).error());
    if (url) return std::move(*url);
    report(flag, std::move(url).error());
    return {};
  }

  void password(const char* flag, const std::string& owner, Url& url) {
    if (auto added = add_password(owner, std::nullopt, secrets_, url); !added) {
      report(flag, std::move(added).error());
    }
  }

  void size(const char* flag, const std::optional<std::string>& text, std::uint64_t& bytes) {
    if (!text) return;
    auto size = parse_byte_size(*text);
    if (size) {
      bytes = *size;
    } else {
      report(flag, std::move(size).error());
    }
  }

  void name(const char* flag, const std::string& name) {
    if (is_valid_name(name)) return;
    report(flag, invalid("\"" + name + "\" is not usable as a name")
                     .hint("letters, digits, \"-\", \"_\" and \".\", at most 64"));
  }

 private:
  const SecretStore& secrets_;
  std::vector<Error>& problems_;
};

std::string_view kind_of(std::string_view scheme) {
  if (scheme == "postgres") return "postgresql";
  if (scheme == "mariadb") return "mysql";
  return scheme;
}

// False when the source has no slots.
bool create_slot(SourceConfig& source) {
  if (kind_of(source.url.scheme) != "postgresql") return false;
  source.create_slot = true;
  if (std::find(source.given.begin(), source.given.end(), "create_slot") == source.given.end()) {
    source.given.emplace_back("create_slot");
  }
  return true;
}

SourceConfig source_of(const PipelineArguments& arguments, FlagReader& flags) {
  SourceConfig source;
  source.name = "source";
  source.url = flags.url("--from", *arguments.from);
  flags.password("--from", source.name, source.url);
  source.tables = arguments.tables;
  if (auto filter = TableFilter::parse(source.tables); !filter) {
    flags.report("--tables", std::move(filter).error());
  }
  source.start = arguments.start.value_or(source.start);
  if (source.start.empty()) flags.report("--start", invalid("is empty"));
  if (arguments.create_slot && !create_slot(source)) {
    flags.report("--create-slot", invalid("the source is not postgresql://"));
  }
  return source;
}

// "NAME=URL", or a URL alone.
SinkConfig sink_of(const std::string& text, FlagReader& flags) {
  SinkConfig sink = default_sink();
  const auto equals = text.find('=');
  const bool named = equals != std::string::npos && equals < text.find(':');
  sink.url = flags.url("--to", named ? text.substr(equals + 1) : text);
  sink.name = named ? text.substr(0, equals) : name_of(sink.url);
  if (named) flags.name("--to", sink.name);
  flags.password("--to", sink.name, sink.url);
  return sink;
}

void report_repeated_sinks(const std::vector<SinkConfig>& sinks, FlagReader& flags) {
  std::set<std::string> seen;
  for (const SinkConfig& sink : sinks) {
    if (seen.insert(sink.name).second) continue;
    flags.report("--to", invalid("two targets have the name \"" + sink.name + "\"")
                             .hint("give each its own: --to NAME=URL"));
  }
}

ConfigReading plan_of_flags(const PipelineArguments& arguments, const SecretStore& secrets) {
  ConfigReading reading;
  FlagReader flags(secrets, reading.problems);
  PipelineConfig pipeline;
  pipeline.source = source_of(arguments, flags);
  pipeline.name = arguments.name.value_or(name_of(pipeline.source.url));
  if (arguments.name) flags.name("--name", pipeline.name);
  pipeline.queue = default_queue();
  pipeline.retry = default_retry();
  flags.size("--queue-memory", arguments.queue_memory, pipeline.queue.memory_bytes);
  flags.size("--queue-disk", arguments.queue_disk, pipeline.queue.disk_bytes);
  if (arguments.max_changes && *arguments.max_changes < 1) {
    flags.report("--max-changes", invalid("must be at least 1"));
  }
  CopyConfig copy = default_sink().copy;
  if (auto applied = apply_copy_flags(arguments, copy); !applied) {
    reading.problems.push_back(std::move(applied).error());
  }
  for (const std::string& text : arguments.to) {
    pipeline.sinks.push_back(sink_of(text, flags));
    pipeline.sinks.back().copy = copy;
    if (arguments.schema) pipeline.sinks.back().schema = *arguments.schema;
    if (arguments.max_changes) {
      pipeline.sinks.back().max_changes = static_cast<std::uint64_t>(*arguments.max_changes);
    }
  }
  if (reading.problems.empty()) report_repeated_sinks(pipeline.sinks, flags);
  if (!reading.problems.empty()) return reading;
  reading.config = Config{.state_dir = arguments.state_dir.value_or(""), .pipelines = {}};
  reading.config->pipelines.push_back(std::move(pipeline));
  return reading;
}

// Where there is a slot to create; false when nowhere.
bool create_slots(std::vector<PipelineConfig>& pipelines) {
  bool any = false;
  for (PipelineConfig& pipeline : pipelines) any = create_slot(pipeline.source) || any;
  return any;
}

ConfigReading plan_of_file(const PipelineArguments& arguments, const SecretStore& secrets) {
  ConfigReading reading = read_config_file(*arguments.config_file, secrets);
  if (!reading.config) return reading;
  if (arguments.state_dir) reading.config->state_dir = *arguments.state_dir;
  auto& pipelines = reading.config->pipelines;
  if (arguments.name) {
    std::erase_if(pipelines,
                  [&](const PipelineConfig& pipeline) { return pipeline.name != *arguments.name; });
  }
  if (pipelines.empty()) {
    reading.problems.push_back(
        invalid("no pipeline \"" + *arguments.name + "\" in " + *arguments.config_file));
  } else if (arguments.create_slot && !create_slots(pipelines)) {
    reading.problems.push_back(
        invalid("no source is postgresql:// in " + *arguments.config_file).with("--create-slot"));
  }
  if (!reading.problems.empty()) reading.config.reset();
  return reading;
}

// Only what a name may hold; a run of anything else becomes one "-".
std::string as_name(std::string_view text) {
  std::string name;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    const bool usable = byte < 0x80 && (std::isalnum(byte) != 0 || byte == '_' || byte == '.');
    if (usable) {
      name += character;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (name.ends_with('-')) name.pop_back();
  return name;
}

// FNV-1a. Must never change: checkpoints are found by it.
std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const char character : text) {
    hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001B3;
  }
  return hash;
}

}  // namespace

std::string name_of(const Url& url) {
  static constexpr std::size_t kLongest = 64;
  Url first = url;  // a standby may be added to the hosts later
  first.other_hosts.clear();
  std::string full =
      std::string(kind_of(url.scheme)) + "-" + first.host_and_port() + "-" + url.path;
  std::string name = as_name(full);
  if (name.size() <= kLongest) return name;
  return fmt::format("{}-{:016x}", name.substr(0, kLongest - 17), stable_hash(full));
}

ConfigReading plan_pipelines(const PipelineArguments& arguments, const SecretStore& secrets) {
  if (arguments.config_file) return plan_of_file(arguments, secrets);
  if (arguments.from) return plan_of_flags(arguments, secrets);
  ConfigReading reading;
  reading.problems.push_back(
      invalid("nothing to do").hint("name a file with -c FILE, or --from URL --to URL"));
  return reading;
}

Result<SourceConfig> plan_source(const std::string& url, const std::vector<std::string>& tables,
                                 const SecretStore& secrets) {
  std::vector<Error> problems;
  FlagReader flags(secrets, problems);
  PipelineArguments arguments;
  arguments.from = url;
  arguments.tables = tables;
  SourceConfig source = source_of(arguments, flags);
  if (problems.empty()) return source;
  return problems.front();
}

StartPoint start_point(const std::string& text) {
  if (text == "snapshot") return {.kind = StartPoint::Kind::snapshot, .position = {}};
  if (text == "now") return {.kind = StartPoint::Kind::now, .position = {}};
  if (text == "earliest") return {.kind = StartPoint::Kind::earliest, .position = {}};
  return {.kind = StartPoint::Kind::position, .position = Position{text}};
}

Result<std::filesystem::path> state_folder(const std::filesystem::path& asked,
                                           const SecretStore& environment) {
  if (!asked.empty()) return asked;
  if (const auto systemd = environment.variable("STATE_DIRECTORY"); systemd && !systemd->empty()) {
    return std::filesystem::path(systemd->substr(0, systemd->find(':')));
  }
  if (const auto state = environment.variable("XDG_STATE_HOME"); state && !state->empty()) {
    return std::filesystem::path(*state) / "tailrace";
  }
  if (const auto home = environment.variable("HOME"); home && !home->empty()) {
    return std::filesystem::path(*home) / ".local/state/tailrace";
  }
  return invalid("no state directory: HOME is not set").hint("name one with --state-dir");
}

}  // namespace tailrace::app
