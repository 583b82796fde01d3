#include "app/command_line.h"

#include <algorithm>
#include <memory>
#include <sstream>

#include <CLI/CLI.hpp>

#include "config/nearest_name.h"

namespace tailrace::app {
namespace {

constexpr const char* kDescription =
    "Follows the log of MySQL, MariaDB or PostgreSQL and applies every committed change to other\n"
    "databases, exactly once, until it succeeds.";

constexpr const char* kExamples = R"(Examples:
  Keep a PostgreSQL and an SQLite copy of the database shop up to date:
    tailrace run --from mysql://cdc@db1:3306/ --tables 'shop.*' \
        --to postgresql://tailrace@db2/shop --to sqlite:///var/lib/shop.db
  The same from PostgreSQL, which keeps its log in a slot that is made once:
    tailrace run --from postgresql://cdc@db1/shop --create-slot --to sqlite:///var/lib/shop.db
  The same from a file, after a look at both ends:
    tailrace check -c tailrace.json && tailrace run -c tailrace.json
  What is it doing?
    tailrace status
  Watch changes as JSON lines, without any target:
    tailrace tail mysql://cdc@db1:3306/ --tables 'shop.*'

Passwords: in the URL (percent-encoded), '${env:NAME}' or '${file:/path}' in its place, or in the
environment as TAILRACE_PASSWORD_<NAME>: SOURCE for --from, the sink's name for --to NAME=URL.

Exit status: 0 success, 1 something went wrong, 2 wrong usage or configuration.
`tailrace COMMAND --help` tells more.)";

constexpr const char* kRunExamples = R"(Examples:
  tailrace run -c /etc/tailrace/tailrace.json
  tailrace run --from mysql://cdc:secret@127.0.0.1/ --tables 'shop.*' --to sqlite:///tmp/shop.db
  tailrace run --from mysql://cdc@db1/shop --to postgresql://app@db2/shop --exit-when-caught-up
  tailrace run --from mysql://cdc@db1/shop --to mysql://app@db2/ --copy-rate '20MiB/s'
  tailrace run --from mariadb://cdc@db1/ --to mail=postgresql://app@db2/mail --start earliest
  tailrace run --from postgresql://cdc@db1/shop --create-slot --to postgresql://app@db2/shop
  tailrace run --from 'postgresql://cdc@db1,db1b/shop?slot=cdc&publication=shop' --to null://

Runs in the foreground and logs to stderr. SIGTERM or SIGINT: finishes what is under way, stores the
checkpoints and leaves; a second one leaves at once, which is safe at any moment.
Each sink goes on from its own checkpoint, kept in the target under the names of pipeline and sink;
--start counts for a sink that has none: by default the rows that exist are copied first, while
changes are received and queued, without a lock at the source. `tailrace status` says how far it is.
A PostgreSQL source is one database. Its server keeps the log behind the pipeline in a replication
slot, also while nothing runs: --create-slot makes slot and publication when they are missing, and
`tailrace position --drop-slot` gives the slot up.)";

constexpr const char* kCheckExamples = R"(Examples:
  tailrace check -c tailrace.json
  tailrace check --from mysql://cdc@db1/ --to postgresql://tailrace@db2/shop
  tailrace check --from postgresql://cdc@db1/shop --to mysql://tailrace@db2/

Reads the configuration, connects to both ends, and prints every finding with what cures it: also
every captured column that a database as target would not hold exactly, by the types that tailrace
creates there (`tailrace types` shows them all). Tables that exist are looked at when a run starts.
Changes nothing. Exit status 1 when a finding is an error.)";

constexpr const char* kStatusExamples = R"(Examples:
  tailrace status
  tailrace status --name shop --json

Reads what the daemon writes into its state directory every second. Exit status 1 when none runs.)";

constexpr const char* kTailExamples = R"(Examples:
  tailrace tail mysql://cdc@db1/
  tailrace tail mysql://cdc@db1/ --tables 'shop.orders' --start earliest --limit 10
  tailrace tail mysql://cdc@db1/ | jq 'select(.op == "delete")'
  tailrace tail 'postgresql://cdc@db1/shop?publication=shop'

One JSON object per row change. "position" is where its transaction begins: --start with that
position prints the transaction again. Needs no target and keeps no state.
PostgreSQL: needs a publication (CREATE PUBLICATION shop FOR ALL TABLES), begins now, and has a slot
that is gone when it ends; a lost connection ends it. Messages of pg_logical_emit_message() come as
"kind":"message".)";

constexpr const char* kPositionExamples = R"(Examples:
  tailrace position --from mysql://cdc@db1/
  tailrace position -c tailrace.json
  tailrace position -c tailrace.json --name shop --advance-sequences
  tailrace position -c tailrace.json --name shop --drop-slot

Prints where the source's log ends now, what each sink holds, and what a PostgreSQL server keeps for
the pipeline.
--drop-slot ends that: the server drops the replication slot (and the publication that --create-slot
made), and its disk space is free again. The pipeline cannot go on from its checkpoints afterwards.
--advance-sequences is for a cut-over, when applications have stopped writing to the source and are
to write to the targets: sequences and AUTO_INCREMENT counters go on where the source's stand, or
behind the greatest value of their column, whichever is greater. Refused until the sinks have all.)";

constexpr const char* kSnapshotExamples = R"(Examples:
  tailrace snapshot shop -c tailrace.json --sink mail --table shop.orders
  tailrace snapshot shop --sink mail            all tables, one after the other
  tailrace snapshot shop --table shop.orders --table shop.items --no-wait
  tailrace snapshot shop --json > result.json   waits until it is done

Asks the running pipeline to copy tables of one sink again: their rows at the target are deleted
and read from the source once more, while changes of all tables and other sinks flow on. For a
target that was changed by hand, or restored from elsewhere. Its readers see the tables fill up.
Shows the progress until the rows are exact again; ending it with Ctrl-C does not end the copy.
With -c, sink and tables are checked against the configuration and the source before anything is
asked for. A pipeline that does not run takes the request when it is started.
Exit status 0 when the rows are exact (with --no-wait: when the request is written).)";

constexpr const char* kSchemaExamples = R"(Examples:
  tailrace schema > tailrace.schema.json     for editors: "$schema": "tailrace.schema.json"
  tailrace schema --table                    every option with its default, to read)";

constexpr const char* kTypesExamples = R"(Examples:
  tailrace types --from mariadb --to postgresql
  tailrace types --markdown                  docs/types.md

For every type of a source: the type of the column that is created at the target, which values are
refused there, and the option of the target's URL that stores something else. Connects to nothing.)";

struct Parsed {
  RunCommand run;
  CheckCommand check;
  StatusCommand status;
  TailCommand tail;
  SnapshotCommand snapshot;
  PositionCommand position;
  SchemaCommand schema;
  TypesCommand types;
};

// Behind a flag stands what it takes, and nothing else: which flags exclude or need each other is
// said when it matters, and choices are in the text.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    const std::string type = option->get_type_name();
    return type.empty() ? "" : " " + type.substr(0, type.find(':'));
  }
};

template <typename Value>
CLI::Option* add_value(CLI::App* app, const char* flags, Value& value, const char* what,
                       const char* help) {
  return app->add_option(flags, value, help)->type_name(what);
}

CLI::Option* add_list(CLI::App* app, const char* flags, std::vector<std::string>& values,
                      const char* what, const char* help) {
  // One value per flag, so that a list never swallows what follows it.
  return app->add_option(flags, values, help)
      ->type_name(what)
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
}

void add_log_flags(CLI::App* app, LogOptions& log) {
  add_value(app, "--log-level", log.level, "LEVEL", "error, warn, info (default), debug, trace")
      ->check(CLI::IsMember({"error", "warn", "info", "debug", "trace"}));
  add_value(app, "--log-format", log.format, "FORMAT",
            "text (key=value, default), json (a line each)")
      ->check(CLI::IsMember({"text", "json"}));
}

void add_pipeline_flags(CLI::App* app, PipelineArguments& arguments) {
  auto* file = add_value(app, "-c,--config", arguments.config_file, "FILE",
                         "configuration: JSON, comments allowed");
  auto* from = add_value(app, "--from", arguments.from, "URL",
                         "source: mysql://, mariadb:// or postgresql://");
  add_list(app, "--to", arguments.to, "[NAME=]URL", "target; may be given several times")
      ->needs(from);
  add_list(app, "--tables", arguments.tables, "PATTERN",
           "tables: 'shop.*', '!shop.tmp_*'; default all")
      ->needs(from);
  add_value(app, "--name", arguments.name, "NAME", "pipeline; default: made from the source's URL");
  add_value(app, "--state-dir", arguments.state_dir, "DIR", "default: ~/.local/state/tailrace");
  file->excludes(from);
}

void add_tuning_flags(CLI::App* app, PipelineArguments& arguments) {
  CLI::Option* from = app->get_option("--from");
  add_value(app, "--start", arguments.start, "WHERE",
            "snapshot (default: copy, then follow), now, earliest or a position")
      ->needs(from);
  add_value(app, "--queue-memory", arguments.queue_memory, "SIZE", "default 64MiB")->needs(from);
  add_value(app, "--queue-disk", arguments.queue_disk, "SIZE", "default 20GiB")->needs(from);
  add_value(app, "--max-changes", arguments.max_changes, "N",
            "row changes per target transaction; default 10000")
      ->needs(from);
  add_value(app, "--copy-workers", arguments.copy_workers, "N",
            "connections that copy, at each end; default 4")
      ->needs(from);
  add_value(app, "--copy-rate", arguments.copy_rate, "RATE",
            "copy no faster than '50000 rows/s' or '20MiB/s'")
      ->needs(from);
  add_value(app, "--copy-existing", arguments.copy_existing, "WHAT",
            "rows that are there before: stop (default), replace, keep")
      ->check(CLI::IsMember({"stop", "replace", "keep"}))
      ->needs(from);
  add_value(app, "--schema", arguments.schema, "WHAT",
            "changed tables: apply (default), add_only, ignore, stop")
      ->check(CLI::IsMember({"apply", "add_only", "ignore", "stop"}))
      ->needs(from);
}

CLI::App* add_command(CLI::App& app, const char* name, const char* description,
                      const char* examples) {
  CLI::App* command = app.add_subcommand(name, description);
  command->footer(examples);
  return command;
}

void declare(CLI::App& app, Parsed& parsed) {
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("tailrace ") + TAILRACE_VERSION);
  app.footer(kExamples);
  auto formatter = std::make_shared<HelpFormatter>();
  formatter->column_width(28);
  app.formatter(std::move(formatter));

  CLI::App* run = add_command(app, "run", "Replicate until stopped", kRunExamples);
  add_pipeline_flags(run, parsed.run.pipelines);
  add_tuning_flags(run, parsed.run.pipelines);
  run->add_flag("--create-slot", parsed.run.pipelines.create_slot,
                "PostgreSQL: make slot and publication when they are missing");
  run->add_flag("--exit-when-caught-up", parsed.run.exit_when_caught_up,
                "leave when the sinks have what the source had at start");
  add_log_flags(run, parsed.run.log);

  CLI::App* check =
      add_command(app, "check", "Test configuration, source and targets", kCheckExamples);
  add_pipeline_flags(check, parsed.check.pipelines);
  check->add_flag("--json", parsed.check.json, "for programs");

  CLI::App* status = add_command(app, "status", "Show what running pipelines do", kStatusExamples);
  add_value(status, "-c,--config", parsed.status.config_file, "FILE", "takes state_dir from there");
  add_value(status, "--state-dir", parsed.status.state_dir, "DIR",
            "default: ~/.local/state/tailrace");
  add_value(status, "--name", parsed.status.name, "NAME", "only this pipeline");
  status->add_flag("--json", parsed.status.json, "for programs");

  CLI::App* tail = add_command(app, "tail", "Print changes as JSON lines", kTailExamples);
  tail->add_option("URL", parsed.tail.url, "source: mysql://, mariadb:// or postgresql://")
      ->required()
      ->type_name("");
  add_list(tail, "--tables", parsed.tail.tables, "PATTERN", "tables: 'shop.*'; default all");
  add_value(tail, "--start", parsed.tail.start, "WHERE", "now (default), earliest or a position");
  add_value(tail, "--limit", parsed.tail.limit, "N", "leave after that many changes");
  add_log_flags(tail, parsed.tail.log);
  parsed.tail.log.level = "warn";

  CLI::App* snapshot =
      add_command(app, "snapshot", "Copy tables of a sink again", kSnapshotExamples);
  snapshot->add_option("PIPELINE", parsed.snapshot.pipeline, "its name")->required()->type_name("");
  add_value(snapshot, "--sink", parsed.snapshot.sink, "NAME", "not needed where there is one");
  add_list(snapshot, "--table", parsed.snapshot.tables, "TABLE",
           "schema.table at the source; may be given several times; default all");
  add_value(snapshot, "-c,--config", parsed.snapshot.config_file, "FILE",
            "checks names; takes state_dir from there");
  add_value(snapshot, "--state-dir", parsed.snapshot.state_dir, "DIR",
            "default: ~/.local/state/tailrace");
  snapshot->add_flag("--no-wait", parsed.snapshot.no_wait, "leave when the request is written");
  snapshot->add_flag("--json", parsed.snapshot.json, "for programs");

  CLI::App* position =
      add_command(app, "position", "Print the positions of source and sinks", kPositionExamples);
  add_pipeline_flags(position, parsed.position.pipelines);
  CLI::Option* json = position->add_flag("--json", parsed.position.json, "for programs");
  CLI::Option* drop = position
                          ->add_flag("--drop-slot", parsed.position.drop_slot,
                                     "PostgreSQL: give up what the server keeps for the pipeline")
                          ->excludes(json);
  position->add_flag("--yes", parsed.position.yes, "do not ask")->needs(drop);
  position
      ->add_flag("--advance-sequences", parsed.position.advance_sequences,
                 "cut-over: bring the targets' counters behind the source's")
      ->excludes(drop);

  CLI::App* schema =
      add_command(app, "schema", "Print the schema of the configuration file", kSchemaExamples);
  schema->add_flag("--table", parsed.schema.table, "as a table for people");

  CLI::App* types =
      add_command(app, "types", "Print what becomes of each type at a target", kTypesExamples);
  add_value(types, "--from", parsed.types.from, "ENGINE", "mysql, mariadb or postgresql")
      ->check(CLI::IsMember({"mysql", "mariadb", "postgresql"}));
  add_value(types, "--to", parsed.types.to, "ENGINE", "mysql, mariadb, postgresql or sqlite")
      ->check(CLI::IsMember({"mysql", "mariadb", "postgresql", "sqlite"}));
  types->add_flag("--markdown", parsed.types.markdown, "as a page of the documentation");
}

Command chosen(const CLI::App& app, Parsed& parsed) {
  const std::string name = app.get_subcommands().at(0)->get_name();
  if (name == "run") return std::move(parsed.run);
  if (name == "check") return std::move(parsed.check);
  if (name == "status") return std::move(parsed.status);
  if (name == "tail") return std::move(parsed.tail);
  if (name == "snapshot") return std::move(parsed.snapshot);
  if (name == "position") return std::move(parsed.position);
  if (name == "types") return std::move(parsed.types);
  return std::move(parsed.schema);
}

void add_flags(const CLI::App& app, std::vector<std::string>& words) {
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
  }
}

// What could stand on the command line: commands and flags, or the flags of the given command.
std::vector<std::string> known_words(const CLI::App& app) {
  std::vector<std::string> words;
  const auto commands = app.get_subcommands();
  if (commands.empty()) {
    for (const CLI::App* command : app.get_subcommands({})) words.push_back(command->get_name());
  }
  add_flags(commands.empty() ? app : *commands.front(), words);
  return words;
}

std::string hint_for(const CLI::App& app, std::span<const std::string> arguments) {
  const std::vector<std::string> words = known_words(app);
  const std::vector<std::string_view> known(words.begin(), words.end());
  for (const std::string& argument : arguments) {
    const std::string word = argument.substr(0, argument.find('='));
    const bool is_known = std::find(known.begin(), known.end(), word) != known.end();
    const bool is_word = word.starts_with("--") || app.get_subcommands().empty();
    if (is_known || !is_word) continue;
    const std::string_view nearest = nearest_name(word, known);
    if (!nearest.empty()) return "did you mean " + std::string(nearest) + "?";
  }
  const auto commands = app.get_subcommands();
  const std::string command = commands.empty() ? "" : commands.front()->get_name() + " ";
  return "tailrace " + command + "--help shows examples";
}

// CLI11 quotes what it did not expect, and that may be a URL with a password.
std::string without_credentials(std::string text) {
  for (auto scheme = text.find("://"); scheme != std::string::npos;
       scheme = text.find("://", scheme + 3)) {
    const auto end = std::min(text.find_first_of(" \n", scheme), text.size());
    const auto at = text.rfind('@', end);
    if (at == std::string::npos || at < scheme) continue;
    text.replace(scheme + 3, at - scheme - 3, "***");
  }
  return text;
}

Leave refusal(const CLI::App& app, const CLI::ParseError& problem,
              std::span<const std::string> arguments) {
  std::string message = without_credentials(problem.what());
  if (message.empty()) message = "the command line makes no sense";
  if (app.get_subcommands().empty()) {
    const std::string first = arguments.empty() ? "" : without_credentials(arguments.front());
    const char* kind = first.starts_with('-') ? "unknown flag \"" : "unknown command \"";
    message = first.empty() ? "a command is missing" : kind + first + "\"";
  }
  return {.status = 2, .text = {}, .complaint = message, .hint = hint_for(app, arguments)};
}

}  // namespace

std::variant<Command, Leave> parse_command_line(std::span<const std::string> arguments) {
  Parsed parsed;
  CLI::App app(kDescription, "tailrace");
  declare(app, parsed);
  try {
    // This overload wants them last to first.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::Success& help_or_version) {
    std::ostringstream text;
    app.exit(help_or_version, text, text);
    return Leave{.status = 0, .text = text.str(), .complaint = {}, .hint = {}};
  } catch (const CLI::ParseError& problem) {
    return refusal(app, problem, arguments);
  }
  return chosen(app, parsed);
}

}  // namespace tailrace::app
