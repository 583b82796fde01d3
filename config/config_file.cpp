#include "config/config_file.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <set>
#include <system_error>

#include "config/config_node.h"
#include "config/glob.h"

namespace tailrace {
namespace {

using enum OptionType;

constexpr std::array<std::string_view, 1> kAcknowledge{"applied"};
constexpr std::array<std::string_view, 1> kAcknowledgeLater{"spooled"};

constexpr std::array kSourceOptions{
    OptionRow{.name = "url",
              .type = url,
              .help = "mysql://, mariadb:// or postgresql://user@host:port/database",
              .required = true},
    OptionRow{.name = "name",
              .type = text,
              .fallback = "",
              .help = "for TAILRACE_PASSWORD_<NAME>; the pipeline's name when absent"},
    OptionRow{.name = "password", .type = secret, .help = "instead of a password in the URL"},
    OptionRow{.name = "tables",
              .type = texts,
              .help = "tables to capture, as schema.table with * and ?; \"!\" in front leaves "
                      "out; all when absent"},
    OptionRow{.name = "server_id",
              .type = integer,
              .fallback = "0",
              .help = "MySQL: how we appear among the server's replicas; 0 chooses one",
              .maximum = 4294967295},
    OptionRow{.name = "follow_table_copies",
              .type = flag,
              .fallback = "true",
              .help = "MySQL: leave out the tables that gh-ost and pt-online-schema-change make, "
                      "and follow their swap"},
    OptionRow{.name = "start",
              .type = text,
              .fallback = "snapshot",
              .help = "where a sink without a checkpoint begins: snapshot copies what exists and "
                      "follows; now, earliest or a position only follow"},
    OptionRow{.name = "slot",
              .type = text,
              .help =
                  "PostgreSQL: the replication slot; \"tailrace_\" and the pipeline's name when "
                  "absent"},
    OptionRow{.name = "publication",
              .type = text_list,
              .help = "PostgreSQL: the publications to read; \"tailrace_\" and the pipeline's name "
                      "when absent"},
    OptionRow{.name = "create_slot",
              .type = flag,
              .fallback = "false",
              .help = "PostgreSQL: make slot and publication when a pipeline begins and they are "
                      "missing"},
    OptionRow{.name = "skip_origins",
              .type = texts,
              .help = "PostgreSQL: pass over what was replicated there under these origins, with "
                      "* and ?"},
    OptionRow{.name = "streaming",
              .type = flag,
              .fallback = "true",
              .help = "PostgreSQL: receive large transactions while they are still open"},
    OptionRow{.name = "binary",
              .type = flag,
              .fallback = "true",
              .help = "PostgreSQL: receive values in binary form where that is faster"},
    OptionRow{.name = "failover",
              .type = flag,
              .fallback = "true",
              .help = "PostgreSQL 17: a slot that tailrace makes survives a failover"},
};

constexpr std::array kQueueOptions{
    OptionRow{.name = "memory",
              .type = byte_size,
              .fallback = "64MiB",
              .help = "changes kept in memory, for all sinks together",
              .minimum = 4 << 20},
    OptionRow{.name = "disk",
              .type = byte_size,
              .fallback = "20GiB",
              .help = "changes kept in state_dir when memory is full; then the source waits"},
    OptionRow{.name = "acknowledge",
              .type = choice,
              .fallback = "applied",
              .help = "when the source may drop its log",
              .choices = kAcknowledge,
              .later_choices = kAcknowledgeLater},
    OptionRow{.name = "type", .type = later},
};

constexpr std::array kRetryOptions{
    OptionRow{.name = "first",
              .type = duration,
              .fallback = "100ms",
              .help = "wait after a transient error; doubled, with jitter, each time"},
    OptionRow{.name = "longest",
              .type = duration,
              .fallback = "30s",
              .help = "the wait grows up to this; it never gives up"},
    OptionRow{.name = "blocked",
              .type = duration,
              .fallback = "60s",
              .help = "how often something that needs a person is tried again"},
};

constexpr std::array kTableOptions{
    OptionRow{.name = "match",
              .type = text,
              .help = "source tables, as schema.table with * and ?; the first match counts",
              .required = true},
    OptionRow{.name = "to",
              .type = text,
              .help = "the target's table, or schema.table",
              .required = true},
    OptionRow{.name = "columns", .type = later},
    OptionRow{.name = "where", .type = later},
};

constexpr std::array<std::string_view, 3> kExisting{"stop", "replace", "keep"};
constexpr std::array<std::string_view, 4> kSchema{"apply", "add_only", "ignore", "stop"};

constexpr std::array kCopyOptions{
    OptionRow{.name = "workers",
              .type = integer,
              .fallback = "4",
              .help = "connections that read, and as many that write, at the same time",
              .minimum = 1,
              .maximum = 64},
    OptionRow{.name = "chunk_rows",
              .type = integer,
              .fallback = "100000",
              .help = "rows of one transaction at the target; what is done is not read again",
              .unit = "rows",
              .minimum = 1,
              .maximum = 1'000'000'000},
    OptionRow{.name = "max_rows",
              .type = integer,
              .fallback = "0",
              .help = "read no faster than that, all workers together; 0: no limit",
              .unit = "rows/s"},
    OptionRow{.name = "max_bytes",
              .type = byte_size,
              .fallback = "0",
              .help = "the same, by size; 0: no limit",
              .unit = "per second"},
    OptionRow{.name = "existing",
              .type = choice,
              .fallback = "stop",
              .help =
                  "when a table of the target has rows before its copy begins: stop says so and "
                  "waits, replace deletes them, keep overwrites those with the same key",
              .choices = kExisting},
    OptionRow{
        .name = "foreign_keys",
        .type = flag,
        .fallback = "false",
        .help = "make the source's foreign keys at the target too, when all tables are exact"},
};

constexpr std::array kSinkOptions{
    OptionRow{.name = "name",
              .type = text,
              .help = "names its checkpoint: never change it",
              .required = true},
    OptionRow{
        .name = "url",
        .type = url,
        .help = "postgresql://, mysql:// or mariadb://user@host:port/database, sqlite:///path",
        .required = true},
    OptionRow{.name = "password", .type = secret, .help = "instead of a password in the URL"},
    OptionRow{.name = "tables",
              .type = objects,
              .help = "tables that go elsewhere than by default",
              .members = kTableOptions},
    OptionRow{.name = "max_changes",
              .type = integer,
              .fallback = "10000",
              .help = "changes of consecutive transactions packed into one at the target",
              .unit = "changes",
              .minimum = 1,
              .maximum = 1'000'000},
    OptionRow{.name = "max_bytes",
              .type = byte_size,
              .fallback = "8MiB",
              .help = "the same, by size",
              .minimum = 1 << 10},
    OptionRow{.name = "idle_checkpoint",
              .type = duration,
              .fallback = "10s",
              .help = "how often the checkpoint follows a source without changes for this sink"},
    OptionRow{.name = "copy",
              .type = object,
              .help = "the copy of what exists before this sink begins to follow",
              .members = kCopyOptions},
    OptionRow{.name = "schema",
              .type = choice,
              .fallback = "apply",
              .help = "when a table of the source changes: apply does the same, add_only takes "
                      "nothing away, ignore leaves out columns that the target lacks, stop waits "
                      "until a person did it",
              .choices = kSchema},
    OptionRow{.name = "derive", .type = later},
    OptionRow{.name = "format", .type = later},
    OptionRow{.name = "topic", .type = later},
    OptionRow{.name = "consistency", .type = later},
    OptionRow{.name = "workers", .type = later},
    OptionRow{.name = "max_delay", .type = later},
    OptionRow{.name = "on_rejected_row", .type = later},
    OptionRow{.name = "on_conflict", .type = later},
};

constexpr std::array kPipelineOptions{
    OptionRow{.name = "name",
              .type = text,
              .help = "names its checkpoints and its folder",
              .required = true},
    OptionRow{.name = "source",
              .type = object,
              .help = "the server whose log is read",
              .required = true,
              .members = kSourceOptions},
    OptionRow{.name = "queue",
              .type = object,
              .help = "between the source and the sinks",
              .members = kQueueOptions},
    OptionRow{.name = "retry",
              .type = object,
              .help = "waits after errors, of the source and of each sink",
              .members = kRetryOptions},
    OptionRow{.name = "sinks",
              .type = objects,
              .help = "the targets, independent of each other",
              .required = true,
              .members = kSinkOptions},
};

constexpr std::array kRootOptions{
    OptionRow{.name = "$schema", .type = text, .help = "path of tailrace.schema.json, for editors"},
    OptionRow{.name = "state_dir",
              .type = text,
              .help = "queue files, locks and status; $STATE_DIRECTORY or "
                      "~/.local/state/tailrace when absent"},
    OptionRow{.name = "pipelines",
              .type = objects,
              .help = "each with one source and its sinks",
              .required = true,
              .members = kPipelineOptions},
    OptionRow{.name = "admin", .type = later},
    OptionRow{.name = "log", .type = later},
};

Error invalid(std::string message) {
  return Error(ErrorKind::invalid_config, std::move(message));
}

std::optional<Secret> optional_secret(const ConfigNode& node, std::string_view name) {
  if (!node.has(name)) return std::nullopt;
  return node.secret(name);
}

Url read_url(const ConfigNode& node, const std::string& owner, const SecretStore& secrets) {
  Url url = node.url("url");
  if (auto added = add_password(owner, optional_secret(node, "password"), secrets, url); !added) {
    node.report("password", std::move(added).error());
  }
  return url;
}

std::string read_name(const ConfigNode& node) {
  std::string name = node.text("name");
  if (node.has("name") && !is_valid_name(name)) {
    node.report("name", invalid("not usable as a name")
                            .hint("letters, digits, \"-\", \"_\" and \".\", at most 64"));
  }
  return name;
}

// Options that only one kind of source has.
constexpr std::array<std::string_view, 9> kOwnOptions{
    "server_id",    "follow_table_copies", "slot",   "publication", "create_slot",
    "skip_origins", "streaming",           "binary", "failover"};

void read_own_options(const ConfigNode& node, SourceConfig& source) {
  source.server_id = static_cast<std::uint32_t>(node.integer("server_id"));
  source.follow_table_copies = node.flag("follow_table_copies");
  source.slot = node.text("slot");
  source.publications = node.texts("publication");
  source.create_slot = node.flag("create_slot");
  source.skip_origins = node.texts("skip_origins");
  source.streaming = node.flag("streaming");
  source.binary = node.flag("binary");
  source.failover = node.flag("failover");
  for (const std::string_view name : kOwnOptions) {
    if (node.has(name)) source.given.emplace_back(name);
  }
  if (node.has("slot") && source.slot.empty()) node.report("slot", invalid("is empty"));
  const bool nameless = node.has("publication") && source.publications.empty();
  const auto& names = source.publications;
  if (nameless || std::find(names.begin(), names.end(), "") != names.end()) {
    node.report("publication", invalid("is empty"));
  }
}

SourceConfig read_source(const ConfigNode& node, const std::string& pipeline,
                         const SecretStore& secrets) {
  SourceConfig source;
  source.name = node.has("name") ? read_name(node) : pipeline;
  source.url = read_url(node, source.name, secrets);
  source.tables = node.texts("tables");
  if (auto filter = TableFilter::parse(source.tables); !filter) {
    node.report("tables", std::move(filter).error());
  }
  source.start = node.text("start");
  if (source.start.empty()) node.report("start", invalid("is empty"));
  read_own_options(node, source);
  return source;
}

QueueConfig read_queue(const ConfigNode& node) {
  (void)node.text("acknowledge");  // checked; this version knows one value
  return {.memory_bytes = node.byte_size("memory"), .disk_bytes = node.byte_size("disk")};
}

std::vector<TableConfig> read_tables(const ConfigNode& sink) {
  std::vector<TableConfig> tables;
  for (const ConfigNode& node : sink.objects("tables")) {
    TableConfig table{.match = node.text("match"), .to = node.text("to")};
    if (node.has("match")) {
      if (auto pattern = TablePattern::parse(table.match); !pattern) {
        node.report("match", std::move(pattern).error());
      }
    }
    if (node.has("to") && table.to.empty()) node.report("to", invalid("is empty"));
    const std::string_view to = table.to;
    const auto star = to.find('*');
    if (star != to.npos && (star + 1 != to.size() || (star > 0 && to[star - 1] != '.'))) {
      node.report("to", invalid("\"*\" may only stand for the whole name of the table")
                            .hint("public.* or a name"));
    }
    tables.push_back(std::move(table));
  }
  return tables;
}

RetryConfig read_retry(const ConfigNode& node) {
  return {.first = node.duration("first"),
          .longest = node.duration("longest"),
          .blocked = node.duration("blocked")};
}

CopyConfig read_copy(const ConfigNode& node) {
  return {.workers = static_cast<std::uint64_t>(node.integer("workers")),
          .chunk_rows = static_cast<std::uint64_t>(node.integer("chunk_rows")),
          .max_rows = static_cast<std::uint64_t>(node.integer("max_rows")),
          .max_bytes = node.byte_size("max_bytes"),
          .existing = node.text("existing"),
          .foreign_keys = node.flag("foreign_keys")};
}

void read_limits(const ConfigNode& node, SinkConfig& sink) {
  sink.copy = read_copy(node.object("copy"));
  sink.schema = node.text("schema");
  sink.max_changes = static_cast<std::uint64_t>(node.integer("max_changes"));
  sink.max_bytes = node.byte_size("max_bytes");
  sink.idle_checkpoint = node.duration("idle_checkpoint");
}

SinkConfig read_sink(const ConfigNode& node, const SecretStore& secrets) {
  SinkConfig sink;
  sink.name = read_name(node);
  sink.url = read_url(node, sink.name, secrets);
  sink.tables = read_tables(node);
  read_limits(node, sink);
  return sink;
}

void report_repeated(const ConfigNode& node, const std::string& name, std::set<std::string>& seen) {
  if (name.empty() || seen.insert(name).second) return;
  node.report("name", invalid("the name \"" + name + "\" is taken already"));
}

PipelineConfig read_pipeline(const ConfigNode& node, const SecretStore& secrets) {
  PipelineConfig pipeline;
  pipeline.name = read_name(node);
  pipeline.source = read_source(node.object("source"), pipeline.name, secrets);
  pipeline.queue = read_queue(node.object("queue"));
  pipeline.retry = read_retry(node.object("retry"));
  std::set<std::string> seen;
  for (const ConfigNode& sink : node.objects("sinks")) {
    pipeline.sinks.push_back(read_sink(sink, secrets));
    report_repeated(sink, pipeline.sinks.back().name, seen);
  }
  return pipeline;
}

Config read_root(const ConfigNode& root, const SecretStore& secrets) {
  Config config;
  config.state_dir = root.text("state_dir");
  if (root.has("state_dir") && config.state_dir.empty()) {
    root.report("state_dir", invalid("is empty"));
  }
  std::set<std::string> seen;
  for (const ConfigNode& pipeline : root.objects("pipelines")) {
    config.pipelines.push_back(read_pipeline(pipeline, secrets));
    report_repeated(pipeline, config.pipelines.back().name, seen);
  }
  return config;
}

// An object with nothing in it reads as its defaults.
std::unique_ptr<ConfigDocument> empty_document() {
  auto document = ConfigDocument::parse("{}", "", SecretStore{});
  TR_ASSERT(document.has_value());
  return std::move(*document);
}

}  // namespace

OptionTable config_options() {
  return kRootOptions;
}

QueueConfig default_queue() {
  return read_queue(empty_document()->root(kQueueOptions));
}

RetryConfig default_retry() {
  return read_retry(empty_document()->root(kRetryOptions));
}

SinkConfig default_sink() {
  SinkConfig sink;
  read_limits(empty_document()->root(kSinkOptions), sink);
  return sink;
}

bool is_valid_name(std::string_view name) {
  const auto usable = [](unsigned char character) {
    return (character < 0x80 && std::isalnum(character) != 0) || character == '-' ||
           character == '_' || character == '.';
  };
  return !name.empty() && name.size() <= 64 && name[0] != '.' && name[0] != '-' &&
         std::all_of(name.begin(), name.end(), usable);
}

Status add_password(std::string_view name, std::optional<Secret> option, const SecretStore& secrets,
                    Url& url) {
  if (option && url.has_password) {
    return invalid("the password is given twice, here and in the URL");
  }
  if (!option && !url.has_password) option = find_password(name, secrets);
  if (option) {
    url.password = std::move(*option);
    url.has_password = true;
  }
  return {};
}

ConfigReading read_config(std::string_view text, std::string file_name,
                          const SecretStore& secrets) {
  ConfigReading reading;
  auto document = ConfigDocument::parse(text, std::move(file_name), secrets);
  if (!document) {
    reading.problems.push_back(std::move(document).error());
    return reading;
  }
  Config config = read_root((*document)->root(config_options()), secrets);
  reading.problems = (*document)->problems();
  if (reading.problems.empty()) reading.config = std::move(config);
  return reading;
}

ConfigReading read_config_file(const std::filesystem::path& file, const SecretStore& secrets) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (in.is_open() && !in.bad()) return read_config(text, file.string(), secrets);
  ConfigReading reading;
  reading.problems.push_back(
      invalid("could not read " + file.string() + ": " + std::generic_category().message(errno)));
  return reading;
}

}  // namespace tailrace
