#include "extractors/mysql/source.h"

#include <algorithm>
#include <utility>

#include <unistd.h>

#include "extractors/mysql/catalogue.h"
#include "extractors/mysql/continuity.h"
#include "extractors/mysql/preflight.h"
#include "extractors/mysql/visibility.h"

namespace tailrace::mysql {
namespace {

// Heartbeats tell a quiet server from a dead one; a busy one may take a while to find its place.
ConnectionOptions dump_options(const MySqlSourceOptions& options) {
  ConnectionOptions connection = options.connection;
  connection.read_timeout =
      std::max<std::chrono::milliseconds>(std::chrono::seconds(60), options.heartbeat * 4);
  return connection;
}

// What a cut connection says is no failure of the server's.
template <typename T>
Result<T> unless_stopped(Result<T> answer, const std::stop_token& stop) {
  if (!answer && stop.stop_requested()) return Error(ErrorKind::cancelled, "stopped");
  return answer;
}

Finding failure(const MySqlSourceOptions& options, const Error& error) {
  return {Finding::Level::error, "MY-SRC-00", options.connection.address(), error.to_string(),
          error.hint()};
}

}  // namespace

Result<std::unique_ptr<MySqlSource>> MySqlSource::create(MySqlSourceOptions options) {
  auto filter = CaptureFilter::create(options.tables, kReservedSchemas);
  if (!filter) return std::move(filter).error();
  return std::unique_ptr<MySqlSource>(new MySqlSource(std::move(options), std::move(*filter)));
}

MySqlSource::MySqlSource(MySqlSourceOptions options, CaptureFilter filter)
    : options_(std::move(options)), filter_(std::move(filter)) {}

std::string MySqlSource::description() const {
  return options_.scheme + "://" + options_.connection.address();
}

bool MySqlSource::uses_files(const ServerFacts& facts) const {
  return options_.file_positions || !facts.has_gtids();
}

CaptureFilter MySqlSource::filter_for(const ServerFacts& facts) const {
  CaptureFilter filter = filter_;
  filter.ignore_case(facts.number("lower_case_table_names") != 0);
  return filter;
}

MySqlSnapshot::Selection MySqlSource::selection(const ServerFacts& facts) const {
  return {filter_for(facts), options_.tables, options_.follow_table_copies};
}

Result<MySqlSource::Session> MySqlSource::connect(bool gtid_positions, std::stop_token stop) const {
  auto connection = Connection::connect(dump_options(options_));
  if (!connection) return std::move(connection).error();
  const std::stop_callback cut(stop, [&] { connection->interrupt(); });
  auto facts = read_server_facts(*connection, options_.connection.address());
  if (!facts) return std::move(facts).error();
  const Findings findings = check_settings(*facts, options_, filter_for(*facts), gtid_positions);
  if (auto fit = first_error(findings); !fit) return std::move(fit).error();
  return Session{std::move(*connection), std::move(*facts)};
}

Result<Checkpoint> MySqlSource::end_of(Session& session) const {
  auto end = read_log_end(session.connection, session.facts, uses_files(session.facts));
  if (!end) return std::move(end).error();
  return Checkpoint{session.facts.source_id(), to_position(*end)};
}

Result<Checkpoint> MySqlSource::current(std::stop_token stop) {
  return unless_stopped(ask_end(stop), stop);
}

Result<Checkpoint> MySqlSource::ask_end(std::stop_token stop) const {
  auto session = connect(false, stop);
  if (!session) return std::move(session).error();
  const std::stop_callback cut(stop, [&] { session->connection.interrupt(); });
  if (auto settled = settle_commits(session->connection, session->facts); !settled) {
    return std::move(settled).error();
  }
  return end_of(*session);
}

Result<Checkpoint> MySqlSource::resolve(const StartPoint& start) {
  auto session = connect(false);
  if (!session) return std::move(session).error();
  switch (start.kind) {
    case StartPoint::Kind::snapshot:
    case StartPoint::Kind::now:
      return end_of(*session);
    case StartPoint::Kind::earliest: {
      auto first = read_log_start(session->connection, session->facts, uses_files(session->facts));
      if (!first) return std::move(first).error();
      return Checkpoint{session->facts.source_id(), to_position(*first)};
    }
    case StartPoint::Kind::position: {
      auto position = parse_position(start.position.text);
      if (!position) return std::move(position).error();
      return Checkpoint{session->facts.source_id(), to_position(*position)};
    }
  }
  return Error(ErrorKind::internal, "start point without a rule");
}

DumpStart MySqlSource::dump_start(LogPosition position) const {
  return {.position = std::move(position),
          .server_id = effective_server_id(options_),
          .replica_uuid = derived_replica_uuid(options_.pipeline),
          .heartbeat = options_.heartbeat};
}

Result<std::unique_ptr<Extractor>> MySqlSource::open(const Checkpoint& from) {
  auto position = parse_position(from.position.text);
  if (!position) return std::move(position).error().as(ErrorKind::checkpoint_corrupt);
  auto session = connect(!std::holds_alternative<FilePosition>(*position));
  if (!session) return std::move(session).error();
  auto& [connection, facts] = *session;
  if (auto proven = prove_continuity(connection, facts, from, *position); !proven) {
    return std::move(proven).error().with("position " + from.position.text);
  }
  BinlogSettings settings{.position = *position,
                          .filter = filter_for(facts),
                          .charsets = {},
                          .follow_table_copies = options_.follow_table_copies,
                          .lower_case_names = facts.number("lower_case_table_names") == 1,
                          .damage = damage_};
  if (auto read = read_collations(connection, settings.charsets); !read) {
    return std::move(read).error();
  }
  auto events = DumpStream::open(std::move(connection), dump_start(std::move(*position)));
  if (!events) return std::move(events).error();
  return std::unique_ptr<Extractor>(std::make_unique<BinlogExtractor>(
      std::move(*events), std::make_unique<ServerCatalogue>(options_.connection),
      std::move(settings)));
}

// Under an id of its own, so that neither the pipeline's stream nor another reader is thrown off.
Result<std::unique_ptr<DumpStream>> MySqlSource::connect_snapshot_dump(
    const LogPosition& from) const {
  auto connection = Connection::connect(dump_options(options_));
  if (!connection) return std::move(connection).error();
  DumpStart start = dump_start(from);
  const std::string name =
      options_.pipeline + " snapshot " + std::to_string(connection->thread_id());
  start.server_id = derived_server_id(name);
  start.replica_uuid = derived_replica_uuid(name);
  start.heartbeat = std::chrono::milliseconds(100);
  return DumpStream::open(std::move(*connection), start);
}

Result<std::unique_ptr<Snapshot>> MySqlSource::snapshot(const Checkpoint& from,
                                                        std::stop_token stop) {
  return unless_stopped(open_snapshot(from, stop), stop);
}

Result<std::unique_ptr<Snapshot>> MySqlSource::open_snapshot(const Checkpoint& from,
                                                             std::stop_token stop) const {
  auto position = parse_position(from.position.text);
  if (!position) return std::move(position).error().as(ErrorKind::checkpoint_corrupt);
  const bool by_file = std::holds_alternative<FilePosition>(*position);
  auto session = connect(!by_file, stop);
  if (!session) return std::move(session).error();
  auto& [connection, facts] = *session;
  const std::stop_callback cut(stop, [&] { session->connection.interrupt(); });
  auto proven = prove_continuity(connection, facts, from, *position);
  if (proven) proven = await_visible(connection, facts, *position);
  if (!proven) return std::move(proven).error().with("position " + from.position.text);
  auto reading = connect_for_snapshot(options_.connection, stop);
  if (!reading) return std::move(reading).error();
  TableReaderSettings settings{
      .by_file = by_file,
      .has_gtids = facts.has_gtids(),
      .connect_dump = [this](const LogPosition& start) { return connect_snapshot_dump(start); },
      .visible = from.position};
  return std::unique_ptr<Snapshot>(std::make_unique<MySqlSnapshot>(
      std::move(*reading), options_.connection, selection(facts), std::move(settings)));
}

// Also where settings forbid to stream: what they would let through is what a person asks for.
Result<std::vector<SnapshotTable>> MySqlSource::tables(std::stop_token stop) {
  return unless_stopped(describe_tables(stop), stop);
}

Result<std::vector<SnapshotTable>> MySqlSource::describe_tables(std::stop_token stop) const {
  auto reading = connect_for_snapshot(options_.connection, stop);
  if (!reading) return std::move(reading).error();
  auto facts = [&] {
    const std::stop_callback cut(stop, [&] { reading->interrupt(); });
    return read_server_facts(*reading, options_.connection.address());
  }();
  if (!facts) return std::move(facts).error();
  // Nothing is read through it, so it knows neither a position nor how to dump.
  MySqlSnapshot snapshot(std::move(*reading), options_.connection, selection(*facts), {});
  const std::stop_callback cut(stop, [&] { snapshot.interrupt(); });
  return snapshot.tables();
}

Result<std::partial_ordering> MySqlSource::compare(const Position& left,
                                                   const Position& right) const {
  const auto left_place = parse_position(left.text);
  if (!left_place) return left_place.error();
  const auto right_place = parse_position(right.text);
  if (!right_place) return right_place.error();
  return mysql::compare(*left_place, *right_place);
}

Result<Position> MySqlSource::earlier(const Position& left, const Position& right) const {
  const auto left_place = parse_position(left.text);
  if (!left_place) return left_place.error();
  const auto right_place = parse_position(right.text);
  if (!right_place) return right_place.error();
  auto both = mysql::earlier(*left_place, *right_place);
  if (!both) return std::move(both).error();
  return to_position(*both);
}

Result<std::optional<bool>> MySqlSource::contains(const Position& held,
                                                  std::string_view transaction_id,
                                                  const Position& committed) const {
  const std::scoped_lock lock(mutex_);
  if (held_text_ != held.text) {
    auto parsed = parse_position(held.text);
    if (!parsed) return std::move(parsed).error();
    held_ = std::move(*parsed);
    held_text_ = held.text;
  }
  return mysql::contains(held_, transaction_id, committed);
}

// Whether the account may stream at all is best asked by streaming: the first packet tells. Under
// ids of its own, so that a running pipeline of this name is not thrown off the server.
Status MySqlSource::try_dump(const ServerFacts& facts) const {
  auto connection = Connection::connect(dump_options(options_));
  if (!connection) return std::move(connection).error();
  DumpStart start = dump_start(LogPosition(facts.log_end));
  const std::string name = options_.pipeline + " check " + std::to_string(::getpid());
  start.server_id = derived_server_id(name);
  start.replica_uuid = derived_replica_uuid(name);
  auto events = DumpStream::open(std::move(*connection), start);
  if (!events) return std::move(events).error();
  auto first = (*events)->next();
  if (!first) return std::move(first).error();
  return {};
}

void MySqlSource::check_server(Findings& findings) const {
  const auto failed = [&](const Error& error) { findings.push_back(failure(options_, error)); };
  auto connection = Connection::connect(options_.connection);
  if (!connection) return failed(connection.error());
  auto facts = read_server_facts(*connection, options_.connection.address());
  if (!facts) return failed(facts.error());
  const CaptureFilter filter = filter_for(*facts);
  findings = check_settings(*facts, options_, filter, !uses_files(*facts));
  if (!facts->is_on("log_bin")) return;
  if (auto streams = try_dump(*facts); !streams) failed(streams.error());
  auto tables = check_tables(*connection, *facts, filter, options_);
  if (!tables) return failed(tables.error());
  findings.insert(findings.end(), tables->begin(), tables->end());
}

Findings MySqlSource::check() {
  Findings findings;
  check_server(findings);
  return findings;
}

}  // namespace tailrace::mysql
