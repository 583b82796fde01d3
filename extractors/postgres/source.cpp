#include "extractors/postgres/source.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "extractors/postgres/catalogue_watch.h"
#include "extractors/postgres/continuity.h"
#include "extractors/postgres/described_table.h"
#include "extractors/postgres/server_catalogue.h"
#include "extractors/postgres/snapshot.h"

namespace tailrace::postgres {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kLongestConnect{10};
constexpr seconds kWatchConnect{3};
constexpr seconds kLeavingConnect{1};

bool fits_slot_name(std::string_view name) {
  return !name.empty() && name.size() <= 63 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

Result<Lsn> lsn_of(const Position& position) {
  auto parsed = WalPosition::parse(position);
  if (!parsed) return std::move(parsed).error();
  return parsed->lsn;
}

Status set_later_settings(Connection& connection) {
  const std::string statement = later_session_settings(connection.server_version());
  if (statement.empty()) return {};
  auto set = connection.exec(statement);
  if (!set) return std::move(set).error();
  return {};
}

}  // namespace

Result<std::unique_ptr<PostgresSource>> PostgresSource::create(PostgresSourceOptions options) {
  auto filter = CaptureFilter::create(options.tables, kReservedSchemas);
  if (!filter) return std::move(filter).error();
  const std::string slot = options.slot_name();
  if (!fits_slot_name(slot)) {
    return Error(ErrorKind::invalid_config,
                 fmt::format("\"{}\" cannot be the name of a replication slot", slot))
        .hint("a replication slot's name has up to 63 of the characters a-z, 0-9 and _");
  }
  if (options.connection.database.empty()) {
    return Error(ErrorKind::invalid_config, "a PostgreSQL source needs a database")
        .hint("postgresql://user@host:5432/database");
  }
  if (!options.connection.other_hosts.empty()) {
    options.connection.need = ConnectionOptions::Need::writable;
  }
  options.connection.application_name = "tailrace " + options.pipeline;
  options.connection.connect_timeout =
      std::min<milliseconds>(options.connection.connect_timeout, kLongestConnect);
  return std::unique_ptr<PostgresSource>(
      new PostgresSource(std::move(options), std::move(*filter)));
}

PostgresSource::PostgresSource(PostgresSourceOptions options, CaptureFilter filter)
    : options_(std::move(options)),
      filter_(std::move(filter)),
      slot_(options_, filter_),
      watch_(std::make_shared<PublicationWatch>(options_, filter_)) {}

std::string PostgresSource::description() const {
  return "postgresql://" + options_.connection.address() + "/" + options_.connection.database;
}

ConnectionOptions PostgresSource::options_with(SessionSettings settings) const {
  ConnectionOptions options = options_.connection;
  options.settings = std::move(settings);
  return options;
}

Result<Connection> PostgresSource::connect(milliseconds timeout) const {
  return connect(catalogue_session_settings(), timeout);
}

Result<Connection> PostgresSource::connect(const SessionSettings& settings,
                                           milliseconds timeout) const {
  ConnectionOptions options = options_with(settings);
  options.connect_timeout = std::min(options.connect_timeout, timeout);
  auto connection = Connection::connect(options);
  if (!connection) return connection;
  if (auto set = set_later_settings(*connection); !set) return std::move(set).error();
  return connection;
}

Result<PostgresSource::Session> PostgresSource::look(Interruption* cuts) const {
  auto connection = connect(kLongestConnect);
  if (!connection) return std::move(connection).error();
  if (cuts != nullptr) cuts->add(connection->make_cut());
  auto facts = read_server_facts(*connection, options_.connection.address());
  if (!facts) return std::move(facts).error();
  return Session{std::move(*connection), std::move(*facts)};
}

Result<PostgresSource::Session> PostgresSource::ready(Interruption* cuts) const {
  auto session = look(cuts);
  if (!session) return session;
  if (auto fit = first_error(check_settings(session->facts, options_)); !fit) {
    return std::move(fit).error();
  }
  return session;
}

Result<PostgresSource::Session> PostgresSource::ready_unless(const std::stop_token& stop) const {
  Interruption cuts;
  const std::stop_callback on_stop(stop, [&] { cuts.interrupt(); });
  auto session = ready(&cuts);
  if (!session) return cuts.explain(std::move(session).error());
  return session;
}

Result<Checkpoint> PostgresSource::current(std::stop_token stop) {
  Interruption cuts;
  const std::stop_callback on_stop(stop, [&] { cuts.interrupt(); });
  auto session = look(&cuts);
  if (!session) return cuts.explain(std::move(session).error());
  return Checkpoint{session->facts.source_id(), session->facts.end().to_position()};
}

Result<Checkpoint> PostgresSource::resolve(const StartPoint& start) {
  auto session = ready();
  if (!session) return std::move(session).error();
  auto& [connection, facts] = *session;
  if (start.kind != StartPoint::Kind::position) {
    if (options_.temporary_slot) return Checkpoint{facts.source_id(), facts.end().to_position()};
    auto place = slot_.begin(connection, facts);
    if (!place) return std::move(place).error();
    return Checkpoint{facts.source_id(), WalPosition{*place, facts.timeline}.to_position()};
  }
  auto position = WalPosition::parse(start.position);
  if (!position) return std::move(position).error();
  if (position->timeline == 0) position->timeline = facts.timeline;
  if (!options_.temporary_slot) {
    auto fine = slot_.check_start(connection, facts, *position);
    if (!fine) return std::move(fine).error();
  }
  return Checkpoint{facts.source_id(), position->to_position()};
}

Result<std::unique_ptr<ReplicationStream>> PostgresSource::connect_stream(
    ServerFacts& facts) const {
  auto stream = ReplicationStream::connect(options_with(value_session_settings()));
  if (!stream) return with_pooler_hint(std::move(stream).error());
  auto& connection = (*stream)->connection();
  const std::string later = later_session_settings(connection.server_version());
  if (!later.empty()) {
    if (auto set = connection.exec(later); !set) return std::move(set).error();
  }
  auto identity = connection.exec("IDENTIFY_SYSTEM");
  if (!identity) return with_pooler_hint(std::move(identity).error());
  if (identity->cell(0, 0) != facts.system_identifier) {
    return Error(ErrorKind::unreachable, "two connections reached two different servers");
  }
  facts.timeline = static_cast<std::uint32_t>(number_in(identity->cell(0, 1)));
  return stream;
}

Status PostgresSource::prove(Session& session, const Checkpoint& from,
                             const WalPosition& position) const {
  auto& [connection, facts] = session;
  if (auto same = check_identity(facts, from.source_id); !same) return same;
  const std::string name = options_.slot_name();
  auto slot = read_slot(connection, name);
  if (!slot) return std::move(slot).error();
  if (auto fine = check_slot(*slot, name, facts); !fine) return fine;
  if (auto free = check_slot_is_free(**slot); !free) return free;
  return check_place(facts, **slot, position);
}

Status PostgresSource::prove_timeline(ReplicationStream& stream, const ServerFacts& facts,
                                      const WalPosition& position) const {
  std::vector<TimelineSwitch> history;
  if (position.timeline != 0 && position.timeline < facts.timeline) {
    auto file = stream.connection().exec(fmt::format("TIMELINE_HISTORY {}", facts.timeline));
    if (!file) return std::move(file).error().with("reading the server's timeline history");
    const Cell content = file->row_count() == 0 ? Cell() : file->cell(0, 1);
    auto parsed = parse_timeline_history(content.value_or(""));
    if (!parsed) return std::move(parsed).error();
    history = std::move(*parsed);
  }
  return check_timeline(facts, position, history);
}

Result<std::unique_ptr<Extractor>> PostgresSource::open(const Checkpoint& from) {
  const auto position = WalPosition::parse(from.position);
  if (!position) return Error(position.error()).as(ErrorKind::checkpoint_corrupt);
  auto session = ready();
  if (!session) return std::move(session).error();
  if (options_.temporary_slot) return open_temporary(std::move(*session));
  const auto located = [&](Error error) {
    return std::move(error).with("position " + from.position.text);
  };
  if (auto proven = prove(*session, from, *position); !proven) {
    return located(std::move(proven).error());
  }
  auto published = watch_->look(session->connection);
  if (!published) return std::move(published).error();
  auto stream = connect_stream(session->facts);
  if (!stream) return std::move(stream).error();
  if (auto proven = prove_timeline(**stream, session->facts, *position); !proven) {
    return located(std::move(proven).error());
  }
  return start(std::move(*session), std::move(*stream),
               {.slot = options_.slot_name(), .position = position->lsn}, *published);
}

// What was written between two sessions would be missing: there is only one.
Result<std::unique_ptr<Extractor>> PostgresSource::open_temporary(Session session) {
  if (temporary_began_.load()) {
    return Error(ErrorKind::position_lost, "the temporary replication slot ended with its session")
        .hint("begin anew; to continue after an interruption, run a pipeline with a slot");
  }
  auto published = watch_->look(session.connection);
  if (!published) return std::move(published).error();
  auto stream = connect_stream(session.facts);
  if (!stream) return std::move(stream).error();
  auto& connection = (*stream)->connection();
  auto pid = connection.exec("SELECT pg_backend_pid()");
  if (!pid) return std::move(pid).error();
  const std::string name = fmt::format("tailrace_temporary_{}", pid->scalar().value_or(""));
  auto place = make_temporary_slot(**stream, session, name);
  if (!place) return std::move(place).error();
  auto extractor =
      start(std::move(session), std::move(*stream), {.slot = name, .position = *place}, *published);
  temporary_began_.store(extractor.has_value());
  return extractor;
}

// Made on the connection that streams from it, because it lives as long as that.
Result<Lsn> PostgresSource::make_temporary_slot(ReplicationStream& stream, Session& session,
                                                const std::string& name) const {
  auto& connection = stream.connection();
  const std::string limit =
      fmt::format("SET statement_timeout = {}", options_.longest_slot_wait.count());
  if (auto set = connection.exec(limit); !set) return std::move(set).error();
  const NewSlot slot{.name = name, .failover = false, .temporary = true};
  auto made = connection.exec(slot_creation(slot, session.facts));
  if (!made) {
    if (made.error().kind() != ErrorKind::timeout) return std::move(made).error();
    return waits_for_transactions(open_transactions(session.connection), session.facts);
  }
  if (auto set = connection.exec("SET statement_timeout = 0"); !set) return std::move(set).error();
  return lsn_in(made->scalar());
}

// Whether every value that may come has a binary form here that is read faster than text.
bool PostgresSource::reads_binary(std::span<const SourceColumn> columns,
                                  Catalogue& catalogue) const {
  std::set<std::pair<std::uint32_t, std::int32_t>> types;
  for (const SourceColumn& column : columns) types.emplace(column.type_oid, column.type_modifier);
  return std::all_of(types.begin(), types.end(), [&](const auto& type) {
    const auto plan = plan_column(type.first, type.second, catalogue, {});
    return plan && plan->reads_binary;
  });
}

Result<std::unique_ptr<Extractor>> PostgresSource::start(Session session,
                                                         std::unique_ptr<ReplicationStream> stream,
                                                         StreamStart start,
                                                         const Published& published) {
  auto columns = read_columns(session.connection, filter_, published);
  if (!columns) return std::move(columns).error();
  // This connection serves the catalogue for as long as it lasts.
  const auto first = std::make_shared<std::optional<Connection>>(std::move(session.connection));
  auto catalogue = std::make_unique<ServerCatalogue>([this, first]() -> Result<Connection> {
    if (!*first) return connect(kLongestConnect);
    Connection connection = *std::move(*first);
    first->reset();
    return connection;
  });
  auto money_scale = catalogue->money_scale();
  if (!money_scale) return std::move(money_scale).error();
  start.publications = options_.publication_names();
  start.binary =
      options_.binary && !limits_->text_only.load() && reads_binary(*columns, *catalogue);
  start.streaming = options_.streaming && !limits_->whole_transactions.load();
  if (auto started = stream->start(start); !started) return std::move(started).error();
  WalSettings settings = session_settings(session.facts, start.position);
  settings.assembler.decode.money_scale = *money_scale;
  const auto tables = std::make_shared<CatalogueWatch>([this] { return connect(kWatchConnect); },
                                                       options_.publication_names(), filter_);
  // An ordinary connection that is kept for ever would hold up a smart shutdown of the server.
  settings.watch = [this, tables, looked_up = catalogue.get()] {
    looked_up->disconnect();
    tables->disconnect();
    return watch();
  };
  if (!options_.temporary_slot) {
    if (!memory_) {
      memory_ = std::make_shared<TableMemory>(options_.tables_file, session.facts.source_id());
    }
    settings.assembler.memory = memory_;
    settings.look = [tables](const ToldTables::State& known) { return tables->look(known); };
    settings.interrupt_look = [tables] { tables->interrupt(); };
  }
  return std::unique_ptr<Extractor>(
      std::make_unique<WalExtractor>(std::move(stream), std::move(catalogue), std::move(settings)));
}

WalSettings PostgresSource::session_settings(const ServerFacts& facts, Lsn start) const {
  const milliseconds timeout = facts.wal_sender_timeout;
  milliseconds interval = seconds(10);
  if (timeout.count() > 0) interval = std::min(interval, timeout / 3);
  WalSettings settings{.assembler = {.filter = filter_}, .feedback = {}};
  settings.assembler.skip_origins = options_.skip_origins;
  settings.assembler.spool_folder = options_.spool_folder;
  settings.assembler.timeline = facts.timeline;
  settings.assembler.start = start;
  settings.feedback = {.start = start, .interval = interval, .longest_hold = options_.longest_hold};
  settings.longest_silence = options_.longest_silence;
  settings.server_is_leaving = [this] { return is_leaving(); };
  settings.limits = limits_;
  return settings;
}

// That the server cannot be asked is no reason to end a stream that works.
Status PostgresSource::watch() const {
  auto connection = connect(kWatchConnect);
  if (!connection) return {};
  auto published = watch_->look(*connection);
  if (published || published.error().kind() != ErrorKind::source_settings) return {};
  return std::move(published).error();
}

bool PostgresSource::is_leaving() const {
  const auto connection = connect(kLeavingConnect);
  return !connection && connection.error().kind() == ErrorKind::shutting_down;
}

Result<std::vector<SnapshotTable>> PostgresSource::tables(std::stop_token stop) {
  Interruption cuts;
  const std::stop_callback on_stop(stop, [&] { cuts.interrupt(); });
  auto described = describe(cuts);
  if (!described) return cuts.explain(std::move(described).error());
  return described;
}

Result<std::vector<SnapshotTable>> PostgresSource::describe(Interruption& cuts) const {
  const auto connect_cut = [&](const SessionSettings& settings) {
    auto connection = connect(settings, kLongestConnect);
    if (connection) cuts.add(connection->make_cut());
    return connection;
  };
  auto reading = connect_cut(reading_session_settings());
  if (!reading) return std::move(reading).error();
  // All of one moment, so that it is certain which column is which.
  auto begun = reading->exec("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  if (!begun) return std::move(begun).error();
  const auto names = options_.publication_names();
  auto published = read_published(*reading, names);
  if (!published) return std::move(published).error();
  auto rows = published->publications.empty() ? read_unpublished_rows(*reading, filter_)
                                              : read_published_rows(*reading, names, filter_);
  if (!rows) return std::move(rows).error();
  ServerCatalogue catalogue([&] {
    SessionSettings settings = catalogue_session_settings();
    settings.emplace_back("lock_timeout", "3s");  // of partitions
    return connect_cut(settings);
  });
  auto described = describe_tables(*reading, catalogue, std::move(*rows));
  if (!described) return std::move(described).error();
  if (auto identified = identify_tables(*reading, *described); !identified) {
    return std::move(identified).error();
  }
  std::vector<SnapshotTable> tables;
  for (DescribedTable& table : *described) tables.push_back(std::move(table.description));
  return tables;
}

Result<std::partial_ordering> PostgresSource::compare(const Position& left,
                                                      const Position& right) const {
  const auto left_lsn = lsn_of(left);
  if (!left_lsn) return left_lsn.error();
  const auto right_lsn = lsn_of(right);
  if (!right_lsn) return right_lsn.error();
  return std::partial_ordering(*left_lsn <=> *right_lsn);
}

Result<Position> PostgresSource::earlier(const Position& left, const Position& right) const {
  auto order = compare(left, right);
  if (!order) return std::move(order).error();
  return *order <= 0 ? left : right;
}

// A transaction's id ends with the place of its commit record, "743:0/16B3748": whoever holds
// something behind that place holds the transaction.
Result<std::optional<bool>> PostgresSource::contains(const Position& held,
                                                     std::string_view transaction_id,
                                                     const Position& committed) const {
  const std::scoped_lock lock(mutex_);
  if (held_text_ != held.text) {
    auto parsed = lsn_of(held);
    if (!parsed) return std::move(parsed).error();
    held_ = *parsed;
    held_text_ = held.text;
  }
  if (!committed.empty()) {
    auto end = lsn_of(committed);
    if (!end) return std::move(end).error();
    return std::optional(*end <= held_);
  }
  const auto colon = transaction_id.find(':');
  if (colon == std::string_view::npos) return std::optional<bool>();
  const auto commit = Lsn::parse(transaction_id.substr(colon + 1));
  if (!commit) return std::optional<bool>();
  return std::optional(*commit < held_);
}

Result<std::optional<Retention>> PostgresSource::retention() {
  if (options_.temporary_slot) return std::optional<Retention>();
  auto session = look();
  if (!session) return std::move(session).error();
  return slot_.retention(session->connection, session->facts);
}

Result<std::string> PostgresSource::release() {
  auto session = look();
  if (!session) return std::move(session).error();
  auto released = slot_.release(session->connection);
  if (released) TableMemory::remove(options_.tables_file);
  return released;
}

Result<std::unique_ptr<Snapshot>> PostgresSource::snapshot(const Checkpoint& from,
                                                           std::stop_token stop) {
  const auto position = WalPosition::parse(from.position);
  if (!position) return Error(position.error()).as(ErrorKind::checkpoint_corrupt);
  auto session = ready_unless(stop);
  if (!session) return std::move(session).error();
  auto& [connection, facts] = *session;
  const auto located = [&](Error error) {
    return std::move(error).with("position " + from.position.text);
  };
  if (auto same = check_identity(facts, from.source_id); !same) {
    return located(std::move(same).error());
  }
  auto published = watch_->look(connection);
  if (!published) return std::move(published).error();
  if (auto room = check_room_for_snapshot(facts); !room) return std::move(room).error();
  auto stream = connect_stream(facts);
  if (!stream) return std::move(stream).error();
  if (auto proven = prove_timeline(**stream, facts, *position); !proven) {
    return located(std::move(proven).error());
  }
  auto interruption = std::make_shared<Interruption>();
  interruption->add((*stream)->connection().make_cut());
  const std::stop_callback on_stop(stop, [&] { interruption->interrupt(); });
  auto moment =
      ExportedSnapshot::take(std::move(*stream), connection, facts, options_.longest_slot_wait);
  if (!moment) return interruption->explain(std::move(moment).error());
  if (moment->position().lsn < position->lsn) {
    return located(
        Error(ErrorKind::source_changed, fmt::format("the log ends before the position, at {}",
                                                     moment->position().lsn.to_string()))
            .hint(start_anew_hint()));
  }
  auto opened = PostgresSnapshot::open(
      {.moment = std::move(*moment),
       .connect =
           [this](const SessionSettings& settings) { return connect(settings, kLongestConnect); },
       .options = options_,
       .filter = filter_,
       .interruption = interruption});
  if (!opened) return interruption->explain(std::move(opened).error());
  return std::unique_ptr<Snapshot>(*std::move(opened));
}

Findings PostgresSource::check() {
  Findings findings;
  check_server(findings);
  return findings;
}

void PostgresSource::check_server(Findings& findings) const {
  const auto failed = [&](const Error& error) {
    findings.push_back({Finding::Level::error, "PG-SRC-00", options_.connection.address(),
                        error.to_string(), error.hint()});
  };
  const auto add = [&](Findings more) {
    std::move(more.begin(), more.end(), std::back_inserter(findings));
  };
  auto session = look();
  if (!session) return failed(session.error());
  auto& [connection, facts] = *session;
  add(check_settings(facts, options_));
  if (facts.may_replicate && facts.senders.has_room()) {
    // Whether pg_hba.conf and whatever is in between let us through is best asked by doing it.
    if (auto stream = connect_stream(facts); !stream) failed(stream.error());
  }
  auto slot = read_slot(connection, options_.slot_name());
  if (!slot) return failed(slot.error());
  add(check_slot_state(facts, options_, *slot, open_transactions(connection)));
  auto tables = read_tables(connection);
  if (!tables) return failed(tables.error());
  auto published = read_published(connection, options_.publication_names());
  if (!published) return failed(published.error());
  add(check_tables(options_, filter_, *tables, *published));
  auto columns = read_columns(connection, filter_, *published);
  if (!columns) return failed(columns.error());
  ServerCatalogue catalogue([this] { return connect(kLongestConnect); });
  add(check_columns(facts, *columns, catalogue));
}

}  // namespace tailrace::postgres
