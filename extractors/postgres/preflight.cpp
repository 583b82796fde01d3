#include "extractors/postgres/preflight.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "extractors/postgres/column_plan.h"
#include "extractors/postgres/continuity.h"

namespace tailrace::postgres {
namespace {

using Level = Finding::Level;

// Collects the findings about one subject.
class Report {
 public:
  Report(Findings& findings, std::string subject)
      : findings_(findings), subject_(std::move(subject)) {}

  void add(Level level, const char* id, std::string message, std::string fix = {}) {
    findings_.push_back({level, id, subject_, std::move(message), std::move(fix)});
  }
  // An error with its cure, or the statement that all is well.
  void require(bool fine, const char* id, std::string good, std::string bad, std::string fix) {
    if (fine) return add(Level::ok, id, std::move(good));
    add(Level::error, id, std::move(bad), std::move(fix));
  }

 private:
  Findings& findings_;
  std::string subject_;
};

void wal_level_check(const ServerFacts& facts, Report& report) {
  report.require(facts.wal_level == "logical", "PG-SRC-02", "wal_level is logical",
                 fmt::format("wal_level is {}; it must be logical", facts.wal_level),
                 "ALTER SYSTEM SET wal_level = logical, and restart the server (managed services: "
                 "see docs/postgres-source.md)");
}

void role_check(const ServerFacts& facts, Report& report) {
  const std::string role = quoted_identifier(facts.role);
  report.require(
      facts.may_replicate, "PG-SRC-03", fmt::format("role {} may replicate", role),
      fmt::format("role {} lacks REPLICATION", role),
      fmt::format("ALTER ROLE {0} REPLICATION (Amazon RDS: GRANT rds_replication TO {0})", role));
}

void standby_check(const ServerFacts& facts, Report& report) {
  if (!facts.is_standby) return;
  if (!facts.at_least(16)) {
    return report.add(Level::error, "PG-SRC-04",
                      fmt::format("{} is a standby; only PostgreSQL 16 and later can be read from "
                                  "there",
                                  facts.address),
                      "name the primary");
  }
  report.add(Level::info, "PG-SRC-04",
             fmt::format("{} is a standby: slots end when the primary removes rows they need, so "
                         "keep hot_standby_feedback on",
                         facts.address));
}

void sender_check(const ServerFacts& facts, Report& report) {
  if (facts.senders.has_room()) {
    return report.add(
        Level::ok, "PG-SRC-05",
        fmt::format("{} of {} WAL senders are in use", facts.senders.used, facts.senders.most));
  }
  report.add(Level::warning, "PG-SRC-05",
             fmt::format("all {} WAL senders are in use", facts.senders.most),
             "raise max_wal_senders, and restart the server");
}

void encoding_check(const ServerFacts& facts, Report& report) {
  if (facts.server_encoding != "SQL_ASCII") return;
  report.add(Level::warning, "PG-SRC-06",
             fmt::format("the encoding of the database \"{}\" is SQL_ASCII, so its text may be in "
                         "any; text that is not UTF-8 stops the pipeline",
                         facts.database),
             "move the data to a database with the encoding UTF8");
}

// Whether a commit at the source may wait for our confirmation. The whole grammar of the setting is
// not needed: a name of ours, or "*", among its words.
void synchronous_check(const ServerFacts& facts, const PostgresSourceOptions& options,
                       Report& report) {
  const std::string& names = facts.synchronous_standby_names;
  const bool ours = names.find('*') != std::string::npos ||
                    names.find("tailrace " + options.pipeline) != std::string::npos;
  if (!ours) return;
  report.add(
      Level::warning, "PG-SRC-07",
      fmt::format("synchronous_standby_names is \"{}\": commits at the source may wait until "
                  "all sinks have them",
                  names),
      "name the standbys in synchronous_standby_names instead of *");
}

void retention_check(const ServerFacts& facts, Report& report) {
  if (facts.slot_wal_megabytes < 0) {
    report.add(Level::info, "PG-SRC-08",
               "max_slot_wal_keep_size is -1: while this pipeline stands still, the source keeps "
               "all of its log, until its disk is full");
  } else {
    report.add(Level::info, "PG-SRC-08",
               fmt::format("max_slot_wal_keep_size is {} MB: when the pipeline is further behind, "
                           "its slot is lost, and the tables have to be copied anew",
                           facts.slot_wal_megabytes));
  }
  if (facts.idle_slot_timeout.count() == 0) return;
  report.add(Level::warning, "PG-SRC-09",
             fmt::format("idle_replication_slot_timeout is {} s: an outage longer than that loses "
                         "the slot",
                         facts.idle_slot_timeout.count()),
             "ALTER SYSTEM SET idle_replication_slot_timeout = 0, and SELECT pg_reload_conf()");
}

void new_slot_checks(const ServerFacts& facts, const PostgresSourceOptions& options,
                     const std::string& running, Report& report) {
  if (!options.create_slot && !options.temporary_slot) {
    return report.add(
        Level::error, "PG-SRC-12",
        fmt::format("the replication slot {} does not exist", options.slot_name()),
        "start with --create-slot: the server then keeps its log from that moment on, "
        "until every sink has it");
  }
  report.add(
      Level::info, "PG-SRC-12",
      fmt::format("the replication slot {} will be made; the server then keeps its log until "
                  "every sink has it",
                  options.slot_name()));
  report.require(
      facts.slots.has_room(), "PG-SRC-11",
      fmt::format("{} of {} replication slots are in use", facts.slots.used, facts.slots.most),
      fmt::format("all {} replication slots are in use", facts.slots.most),
      "drop one that is not needed, or raise max_replication_slots and restart");
  if (running.empty()) return;
  report.add(Level::warning, "PG-SRC-13",
             "making the slot waits for transactions that are open: " + running, "end them");
}

void slot_checks(const ServerFacts& facts, const SlotFacts& slot, Report& report) {
  if (const auto usable = check_slot(slot, slot.name, facts); !usable) {
    return report.add(Level::error, "PG-SRC-12", usable.error().message(), usable.error().hint());
  }
  report.add(Level::ok, "PG-SRC-12",
             fmt::format("replication slot {} is at {}, and keeps {} MiB of log", slot.name,
                         slot.confirmed.to_string(), slot.retained_bytes >> 20));
  if (slot.active_pid != 0) {
    report.add(Level::info, "PG-SRC-14", check_slot_is_free(slot).error().message());
  }
  if (slot.wal_status != "unreserved") return;
  report.add(Level::warning, "PG-SRC-15",
             fmt::format("replication slot {} will be lost at the next checkpoint, unless the "
                         "pipeline catches up",
                         slot.name),
             "raise max_slot_wal_keep_size, and SELECT pg_reload_conf()");
}

void publication_checks(const PostgresSourceOptions& options, const Published& published,
                        Findings& findings) {
  for (const std::string& name : published.missing(options.publication_names())) {
    Report report(findings, "publication " + name);
    if (options.create_slot && options.owns_publication()) {
      report.add(Level::info, "PG-SRC-16", "it does not exist, and will be made");
    } else {
      report.add(Level::error, "PG-SRC-16", "it does not exist in this database",
                 fmt::format("CREATE PUBLICATION {} FOR TABLE ..., before the replication slot is "
                             "made",
                             quoted_identifier(name)));
    }
  }
  for (const Publication& publication : published.publications) {
    Report report(findings, "publication " + publication.name);
    report.add(Level::ok, "PG-SRC-16", "it exists");
    if (!publication.left_out.empty()) {
      report.add(Level::warning, "PG-SRC-17",
                 fmt::format("it does not publish {}: sinks will differ", publication.left_out),
                 fmt::format("ALTER PUBLICATION {} SET (publish = 'insert, update, delete, "
                             "truncate')",
                             quoted_identifier(publication.name)));
    }
  }
}

void unpublished_table(const SourceTable& table, const PostgresSourceOptions& options,
                       const Published& published, Findings& findings) {
  Report report(findings, table.name.to_string());
  if (table.unlogged) {
    return report.add(
        Level::warning, "PG-SRC-21", "an unlogged table: its changes are not in the log",
        fmt::format("ALTER TABLE {} SET LOGGED, or exclude it", quoted_name(table.name)));
  }
  if (published.publications.empty()) return;   // said once already
  const bool decides = options.tables.empty();  // what is published is what is wanted
  report.add(
      decides ? Level::info : Level::warning, "PG-SRC-20", "not published: its changes do not come",
      fmt::format("ALTER PUBLICATION {} ADD TABLE {}",
                  quoted_identifier(published.publications.front().name), quoted_name(table.name)));
}

void published_table(const PublishedTable& table, Findings& findings) {
  Report report(findings, table.name.to_string());
  if (table.row_filter) {
    report.add(Level::info, "PG-SRC-23", "published with a row filter: other rows do not come");
  }
  if (table.column_list) {
    report.add(Level::info, "PG-SRC-24", "published with a column list: other columns do not come");
  }
}

std::string list(std::span<const std::string> names) {
  constexpr std::size_t kShown = 8;
  const auto shown = names.first(std::min(names.size(), kShown));
  std::string text = fmt::format("{}", fmt::join(shown, ", "));
  if (names.size() > kShown) text += fmt::format(" and {} more", names.size() - kShown);
  return text;
}

}  // namespace

Findings check_settings(const ServerFacts& facts, const PostgresSourceOptions& options) {
  Findings findings;
  Report report(findings, facts.address);
  report.add(Level::ok, "PG-SRC-01", "PostgreSQL " + facts.version_text);
  wal_level_check(facts, report);
  role_check(facts, report);
  standby_check(facts, report);
  sender_check(facts, report);
  encoding_check(facts, report);
  synchronous_check(facts, options, report);
  retention_check(facts, report);
  return findings;
}

Findings check_slot_state(const ServerFacts& facts, const PostgresSourceOptions& options,
                          const std::optional<SlotFacts>& slot, const std::string& running) {
  Findings findings;
  Report report(findings, facts.address);
  if (slot && !options.temporary_slot) {
    slot_checks(facts, *slot, report);
  } else {
    new_slot_checks(facts, options, running, report);
  }
  return findings;
}

Findings check_tables(const PostgresSourceOptions& options, const CaptureFilter& filter,
                      std::span<const SourceTable> tables, const Published& published) {
  Findings findings;
  publication_checks(options, published, findings);
  for (const SourceTable& table : tables) {
    const bool named = filter.captures(table.name.schema, table.name.table);
    const bool by_root =
        filter.captures(table.root.schema, table.root.table) && published.has(table.root);
    if (!named && !by_root) continue;
    const bool is_published = published.has(table.name) || by_root;
    if (!is_published && !table.is_partition()) {
      unpublished_table(table, options, published, findings);
    }
    if (table.partitioned || table.unlogged || table.has_identity) continue;
    Report(findings, table.name.to_string())
        .add(Level::error, "PG-SRC-22",
             is_published ? "no replica identity: UPDATE and DELETE on it fail at the source"
                          : "no replica identity: UPDATE and DELETE on it would fail at the source "
                            "once it is published",
             fmt::format("add a primary key, or ALTER TABLE {} REPLICA IDENTITY FULL",
                         quoted_name(table.name)));
  }
  for (const PublishedTable& table : published.tables) {
    if (filter.captures(table.name.schema, table.name.table)) published_table(table, findings);
  }
  const auto absent = named_but_unpublished(options, filter, published);
  for (const TableName& name : absent) {
    const bool exists = std::any_of(tables.begin(), tables.end(),
                                    [&](const SourceTable& table) { return table.name == name; });
    if (!exists) {
      Report(findings, name.to_string())
          .add(Level::warning, "PG-SRC-20", "there is no such table", "check source.tables");
    }
  }
  return findings;
}

Result<std::vector<SourceColumn>> read_columns(Connection& connection, const CaptureFilter& filter,
                                               const Published& published) {
  std::vector<SourceColumn> columns;
  std::map<std::uint32_t, const TableName*> names;
  std::vector<std::string> oids;
  for (const PublishedTable& table : published.tables) {
    if (!filter.captures(table.name.schema, table.name.table)) continue;
    names.emplace(table.oid, &table.name);
    oids.push_back(std::to_string(table.oid));
  }
  if (oids.empty()) return columns;
  auto rows = connection.exec(fmt::format(
      "SELECT attrelid, attname, format_type(atttypid, atttypmod), atttypid, atttypmod, "
      "attgenerated <> '' FROM pg_attribute WHERE attrelid IN ({}) AND attnum > 0 "
      "AND NOT attisdropped ORDER BY attrelid, attnum",
      fmt::join(oids, ", ")));
  if (!rows) return std::move(rows).error().with("reading the columns of the source");
  for (std::size_t i = 0; i < rows->row_count(); ++i) {
    const auto oid = static_cast<std::uint32_t>(number_in(rows->cell(i, 0)));
    columns.push_back(
        {.table = *names.at(oid),
         .name = std::string(rows->cell(i, 1).value_or("")),
         .type = std::string(rows->cell(i, 2).value_or("")),
         .type_oid = static_cast<std::uint32_t>(number_in(rows->cell(i, 3))),
         .type_modifier = static_cast<std::int32_t>(signed_number_in(rows->cell(i, 4))),
         .generated = truth_in(rows->cell(i, 5))});
  }
  return columns;
}

Findings check_columns(const ServerFacts& facts, std::span<const SourceColumn> columns,
                       Catalogue& catalogue) {
  std::map<TableName, std::vector<std::string>> generated;
  std::map<TableName, std::vector<std::string>> as_text;
  Findings findings;
  for (const SourceColumn& column : columns) {
    if (column.generated) {
      generated[column.table].push_back(column.name);
      continue;
    }
    const auto plan = plan_column(column.type_oid, column.type_modifier, catalogue, {});
    if (!plan) {
      Report(findings, column.table.to_string())
          .add(Level::error, "PG-SRC-27",
               fmt::format("column {}: {}", column.name, plan.error().message()),
               "exclude the table");
    } else if (plan->column.type == LogicalType::other) {
      as_text[column.table].push_back(fmt::format("{} ({})", column.name, column.type));
    }
  }
  for (const auto& [table, names] : generated) {
    Report(findings, table.to_string())
        .add(Level::info, "PG-SRC-25",
             fmt::format("generated columns do not come{}: {}",
                         facts.at_least(18) ? ", unless the publication has them" : "",
                         list(names)));
  }
  for (const auto& [table, names] : as_text) {
    Report(findings, table.to_string())
        .add(Level::info, "PG-SRC-26",
             fmt::format("these columns travel as the text that the server prints: {}",
                         list(names)));
  }
  return findings;
}

Status first_error(const Findings& findings) {
  for (const Finding& finding : findings) {
    if (finding.level != Level::error) continue;
    const ErrorKind kind =
        finding.id == "PG-SRC-03" ? ErrorKind::permission : ErrorKind::source_settings;
    return Error(kind, finding.message).hint(finding.fix).with(finding.id);
  }
  return {};
}

Error with_pooler_hint(Error error) {
  const bool refused = error.message().find("startup parameter") != std::string::npos;
  const bool not_understood = error.native() == "42601";  // IDENTIFY_SYSTEM taken for SQL
  if (!refused && !not_understood) return error;
  return std::move(error)
      .as(ErrorKind::source_settings)
      .hint(
          "a connection pooler seems to be in between: name the server itself (PgBouncer passes "
          "replication connections on from version 1.23)");
}

}  // namespace tailrace::postgres
