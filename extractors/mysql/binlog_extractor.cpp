#include "extractors/mysql/binlog_extractor.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/core.h>

#include "extractors/mysql/name_case.h"

namespace tailrace::mysql {
namespace {

constexpr int kEventsPerCall = 1024;
constexpr std::int64_t kProgressIntervalUs = 100'000;
constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;

// Every flag of the common header that MySQL 5.7 to 9.x and MariaDB to 11.x set. Those not named in
// event.h: 0x0002 and 0x0010 are no longer set, 0x0100 and 0x0200 concern a replica's own filters
// and workers, 0x4000 is MariaDB's "accept own".
constexpr std::uint16_t kKnownEventFlags = 0xC3FF;

constexpr std::uint16_t kMariadbNoCheckConstraints = 0x80;
constexpr std::uint16_t kKnownRowsFlags =
    RowsEvent::kStatementEnd | RowsEvent::kNoForeignKeyChecks | RowsEvent::kRelaxedUniqueChecks |
    0x08 /* complete rows */ | RowsEvent::kSqlForeignKeys | kMariadbNoCheckConstraints;

constexpr std::string_view kCopyAnew =
    "exclude the table, or start behind this place and copy the tables anew";

std::int64_t microseconds(std::uint32_t timestamp) {
  return std::int64_t{timestamp} * kMicrosecondsPerSecond;
}

// The table id leads every rows event, also those that cannot be decoded.
std::uint64_t table_id_of(const EventView& event) {
  return ByteReader(event.body).u48_le();
}

// What makes a server log rows in a way that is not decoded.
std::string_view cure_of_rows(EventType type) {
  switch (type) {
    case EventType::partial_update_rows:
      return "SET GLOBAL binlog_row_value_options='', reconnect all writers, then start behind "
             "this place and copy the tables anew";
    case EventType::mariadb_write_rows_compressed_v1:
    case EventType::mariadb_update_rows_compressed_v1:
    case EventType::mariadb_delete_rows_compressed_v1:
    case EventType::mariadb_write_rows_compressed:
    case EventType::mariadb_update_rows_compressed:
    case EventType::mariadb_delete_rows_compressed:
      return "SET GLOBAL log_bin_compress=OFF, then start behind this place and copy the tables "
             "anew";
    default:
      return kCopyAnew;
  }
}

std::string prefix_of(std::string_view sql) {
  constexpr std::size_t kShown = 60;
  return std::string(sql.substr(0, kShown)) + (sql.size() > kShown ? "..." : "");
}

}  // namespace

std::int64_t system_time_us() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

BinlogExtractor::BinlogExtractor(std::unique_ptr<EventStream> events,
                                 std::unique_ptr<Catalogue> catalogue, BinlogSettings settings)
    : events_(std::move(events)),
      tables_({.filter = std::move(settings.filter),
               .charsets = std::move(settings.charsets),
               .follow_table_copies = settings.follow_table_copies},
              std::move(catalogue)),
      lower_case_names_(settings.lower_case_names),
      damage_(std::move(settings.damage)),
      now_us_(settings.now_us),
      place_(std::move(settings.position)),
      last_progress_us_(now_us_()) {}

BinlogExtractor::~BinlogExtractor() = default;

Result<Received> BinlogExtractor::next(BlockBuilder& out) {
  for (int i = 0; i < kEventsPerCall; ++i) {
    auto bytes = events_->next();
    if (!bytes) return located(std::move(bytes).error());
    if (!*bytes) return located(Error(ErrorKind::unreachable, "the server ended the stream"));
    if (auto done = consume(**bytes, out); !done) return retried_once(std::move(done).error());
    if (group_.state != Group::State::none) continue;
    const bool drained = !events_->pending();
    if (!progress_due_) {
      if (drained) return Received{true};
      continue;
    }
    // A source of which we capture little must not wait for a block to fill up.
    const std::int64_t now = now_us_();
    if (!drained && now - last_progress_us_ < kProgressIntervalUs) continue;
    if (auto reported = report_progress(now, out); !reported) return std::move(reported).error();
    return Received{true};
  }
  return Received{false};
}

Status BinlogExtractor::consume(Bytes bytes, BlockBuilder& out) {
  place_.start_event();
  const auto event = parse_event(bytes, format_.has_checksum);
  if (!event) return event.error();
  const EventHeader& header = event->header;
  if ((header.flags & ~kKnownEventFlags) != 0) {
    return unsupported_event(*event, fmt::format("unknown flags {:#06x}", header.flags))
        .hint("a newer tailrace may know them");
  }
  // Heartbeats are made up, but do not say so.
  const bool is_heartbeat =
      header.type == EventType::heartbeat || header.type == EventType::heartbeat_v2;
  if (!is_heartbeat) place_.pass(header);
  return dispatch(*event, out);
}

Status BinlogExtractor::dispatch(const EventView& event, BlockBuilder& out) {
  switch (event.header.type) {
    case EventType::write_rows:
    case EventType::update_rows:
    case EventType::delete_rows:
    case EventType::write_rows_v1:
    case EventType::update_rows_v1:
    case EventType::delete_rows_v1:
    case EventType::partial_update_rows:
    case EventType::pre_ga_write_rows:
    case EventType::pre_ga_update_rows:
    case EventType::pre_ga_delete_rows:
    case EventType::mariadb_write_rows_compressed_v1:
    case EventType::mariadb_update_rows_compressed_v1:
    case EventType::mariadb_delete_rows_compressed_v1:
    case EventType::mariadb_write_rows_compressed:
    case EventType::mariadb_update_rows_compressed:
    case EventType::mariadb_delete_rows_compressed:
      return on_rows(event, out);
    case EventType::table_map:
      return tables_.learn(event, format_);
    case EventType::query:
      return on_query(event, out);
    case EventType::xid:
      return on_commit(event, out);
    case EventType::gtid:
    case EventType::anonymous_gtid:
      return on_mysql_gtid(event);
    case EventType::mariadb_gtid:
      return on_mariadb_gtid(event);
    case EventType::heartbeat:
    case EventType::heartbeat_v2:
      return on_heartbeat(event);
    case EventType::rotate:
      return on_rotate(event);
    case EventType::format_description:
      return on_format_description(event, out);

    // Context of statements, which are refused themselves when they matter; the server's own notes.
    case EventType::intvar:
    case EventType::rand:
    case EventType::user_var:
    case EventType::rows_query:
    case EventType::mariadb_annotate_rows:
    case EventType::stop:
    case EventType::ignorable:
    case EventType::previous_gtids:
    case EventType::transaction_context:
    case EventType::view_change:
    case EventType::mariadb_binlog_checkpoint:
    case EventType::mariadb_gtid_list:
    case EventType::mariadb_start_encryption:
      return {};

    case EventType::incident:
      return Error(ErrorKind::position_lost,
                   "INCIDENT event (type 26): the source says that it lost changes")
          .hint("copy the tables anew");
    case EventType::gtid_tagged:
      return unsupported_event(event, "GTIDs with a tag are not supported yet")
          .hint("let writers use gtid_next=AUTOMATIC without a tag");
    case EventType::transaction_payload:
      return unsupported_event(event, "compressed transactions are not supported yet")
          .hint(
              "SET GLOBAL binlog_transaction_compression=OFF, reconnect all writers, then start "
              "behind the compressed transactions");
    case EventType::xa_prepare:
      return unsupported_event(event, "XA transactions are not supported yet")
          .hint("start behind this transaction and copy the tables anew");
    case EventType::mariadb_query_compressed:
      return unsupported_event(event, "compressed events are not supported yet")
          .hint("SET GLOBAL log_bin_compress=OFF, then start behind this place");
    case EventType::append_block:
    case EventType::delete_file:
    case EventType::begin_load_query:
    case EventType::execute_load_query:
      return unsupported_event(event, "LOAD DATA was logged as a statement")
          .hint("SET GLOBAL binlog_format='ROW', and reconnect all writers");
  }
  return on_unknown(event);
}

Status BinlogExtractor::on_unknown(const EventView& event) {
  if (event.header.has(kEventIgnorable)) {
    ++ignored_events_;
    return {};
  }
  return unsupported_event(event, "unknown event type").hint("a newer tailrace may know it");
}

Status BinlogExtractor::on_format_description(const EventView& event, BlockBuilder& out) {
  auto description = decode_format_description(event);
  if (!description) return std::move(description).error();
  format_ = std::move(*description);
  tables_.start_file();
  if (group_.state == Group::State::none) return {};
  // The source crashed while it wrote this group at the end of the file before: it rolled it back.
  group_ = Group();
  return out.abort();
}

Status BinlogExtractor::on_rotate(const EventView& event) {
  // At the end of a file; the artificial one that follows starts the next.
  const bool is_artificial = event.header.timestamp == 0 && event.header.has(kEventArtificial);
  if (!is_artificial) return {};
  const auto rotate = decode_rotate(event);
  if (!rotate) return rotate.error();
  place_.start_file(*rotate);
  return {};
}

Status BinlogExtractor::on_heartbeat(const EventView& event) {
  const auto heartbeat = decode_heartbeat(event);
  if (!heartbeat) return heartbeat.error();
  // Inside a group it says only that the server is alive.
  if (group_.state != Group::State::none) return {};
  place_.heartbeat(*heartbeat, event.header.type == EventType::heartbeat_v2);
  progress_due_ = true;
  progress_time_us_ = now_us_();
  return {};
}

Status BinlogExtractor::announce(const EventView& event) {
  if (group_.state != Group::State::none) {
    return malformed_event(event, "a transaction begins before the one before it has ended");
  }
  group_ = Group();
  group_.state = Group::State::announced;
  group_.server_id = event.header.server_id;
  group_.commit_time_us = microseconds(event.header.timestamp);
  return {};
}

Status BinlogExtractor::on_mysql_gtid(const EventView& event) {
  if (auto announced = announce(event); !announced) return announced;
  auto gtid = decode_gtid(event);
  if (!gtid) return std::move(gtid).error();
  if (gtid->anonymous && !place_.by_file()) {
    return unsupported_event(event, "a transaction without GTID in a stream positioned by GTIDs")
        .hint("SET GLOBAL gtid_mode=ON for good, or use file positions");
  }
  if (gtid->immediate_commit_us != 0) {
    group_.commit_time_us = static_cast<std::int64_t>(gtid->immediate_commit_us);
    group_.has_commit_time = true;
  }
  if (!gtid->anonymous) group_.gtid = *gtid;
  return {};
}

Status BinlogExtractor::on_mariadb_gtid(const EventView& event) {
  if (auto announced = announce(event); !announced) return announced;
  const auto gtid = decode_mariadb_gtid(event);
  if (!gtid) return gtid.error();
  if (gtid->has(MariadbGtidEvent::kPreparedXa) || gtid->has(MariadbGtidEvent::kCompletedXa)) {
    return unsupported_event(event, "XA transactions are not supported yet")
        .hint("start behind this transaction and copy the tables anew");
  }
  group_.has_effect = (gtid->extra_flags & (MariadbGtidEvent::kExtraStartAlter |
                                            MariadbGtidEvent::kExtraRollbackAlter)) == 0;
  group_.gtid = gtid->gtid;
  if (!gtid->has(MariadbGtidEvent::kStandalone)) group_.state = Group::State::open;
  return {};
}

Status BinlogExtractor::on_query(const EventView& event, BlockBuilder& out) {
  const auto query = decode_query(event);
  if (!query) return query.error();
  // Once per transaction: not worth a look at the words.
  if (query->sql_text() == "BEGIN") {
    if (group_.state == Group::State::none) {
      if (auto announced = announce(event); !announced) return announced;
    }
    group_.state = Group::State::open;
    return {};
  }
  if (query->sql_text() == "COMMIT") return on_commit(event, out);
  const auto sql = text_.read(event, *query, tables_.charsets());
  if (!sql) return sql.error();
  return on_statement(event, *query, *sql, out);
}

Status BinlogExtractor::on_statement(const EventView& event, const Query& query,
                                     std::string_view sql, BlockBuilder& out) {
  Statement statement =
      classify_statement(sql, query.database, query.sql_mode, format_.is_mariadb());
  if (lower_case_names_) lower_case_names(statement);
  switch (statement.kind) {
    case StatementKind::begin:
      group_.state = Group::State::open;
      return {};
    case StatementKind::commit:
      return on_commit(event, out);
    case StatementKind::rollback:
      return on_rollback(event, out);
    case StatementKind::savepoint:
    case StatementKind::release_savepoint:
      return {};
    case StatementKind::rollback_to:
      if (!group_.begun) return {};
      return unsupported_event(event, "ROLLBACK TO a savepoint behind captured rows")
          .hint("do not mix transactional and other tables in one transaction; " +
                std::string(kCopyAnew));
    case StatementKind::xa_start:
    case StatementKind::xa_end:
    case StatementKind::xa_prepare:
    case StatementKind::xa_commit:
    case StatementKind::xa_rollback:
      return unsupported_event(event, "XA transactions are not supported yet")
          .hint("start behind this transaction and copy the tables anew");
    case StatementKind::dummy:
      return finish_if_whole(event, out);
    case StatementKind::create_table:
    case StatementKind::alter_table:
    case StatementKind::create_index:
    case StatementKind::drop_index:
    case StatementKind::drop_table:
    case StatementKind::truncate_table:
    case StatementKind::rename_table:
    case StatementKind::analyze_table:
    case StatementKind::partition_rows:
    case StatementKind::drop_database:
    case StatementKind::other_database:
      if (auto done = on_definition(event, statement, sql, out); !done) return done;
      return finish_if_whole(event, out);
    case StatementKind::other_definition:
      return finish_if_whole(event, out);
    case StatementKind::data_change:
      if (!may_touch_captured(statement, query.database, sql, tables_.filter())) {
        return finish_if_whole(event, out);
      }
      return unsupported_event(event,
                               fmt::format("statement-format change found for schema {}: \"{}\"",
                                           query.database, statement.first_word))
          .hint(
              "some session uses another binlog_format than ROW: find it, then start behind this "
              "place and copy the tables anew");
    case StatementKind::unknown:
      return unsupported_event(event, fmt::format("unknown statement: \"{}\"", prefix_of(sql)))
          .hint("a newer tailrace may know it; otherwise start behind this place");
  }
  return Error(ErrorKind::internal, "statement kind without a rule");
}

Status BinlogExtractor::on_rollback(const EventView& event, BlockBuilder& out) {
  // Written when tables of an engine without transactions were changed, too: their rows stay.
  if (group_.begun) {
    return unsupported_event(event, "ROLLBACK behind captured rows")
        .hint("do not mix transactional and other tables in one transaction; " +
              std::string(kCopyAnew));
  }
  return finish(event.header.timestamp, out);
}

// A statement that does not stand between BEGIN and COMMIT is a group of its own.
Status BinlogExtractor::finish_if_whole(const EventView& event, BlockBuilder& out) {
  if (group_.state == Group::State::open) return {};
  return finish(event.header.timestamp, out);
}

Status BinlogExtractor::on_definition(const EventView& event, const Statement& statement,
                                      std::string_view sql, BlockBuilder& out) {
  if (statement.temporary) return {};
  // MariaDB, binlog_alter_two_phase: logged when it begins, and once more when it is done.
  if (!group_.has_effect) return {};
  auto changes = tables_.define(statement, sql);
  if (!changes) return std::move(changes).error();
  for (const SchemaChange& change : *changes) {
    if (auto added = on_schema_change(event, change, out); !added) return added;
  }
  return {};
}

Status BinlogExtractor::on_schema_change(const EventView& event, const SchemaChange& change,
                                         BlockBuilder& out) {
  if (group_.state == Group::State::none) {
    if (auto announced = announce(event); !announced) return announced;
  }
  begin(out);
  return out.schema_change(change);
}

Status BinlogExtractor::on_rows(const EventView& event, BlockBuilder& out) {
  const std::uint64_t table_id = table_id_of(event);
  if (table_id == kDummyTableId) return {};
  const TableMapCache::Entry* table = tables_.find(table_id);
  if (table == nullptr) {
    return malformed_event(event,
                           fmt::format("rows of table id {}, which no TABLE_MAP named", table_id));
  }
  if (table->decoder == nullptr) return {};
  auto rows = decode_rows_event(event);
  if (!rows) return std::move(rows).error().hint(std::string(cure_of_rows(event.header.type)));
  if ((rows->flags & ~kKnownRowsFlags) != 0) {
    return unsupported_event(event, fmt::format("unknown flags {:#06x}", rows->flags))
        .hint("a newer tailrace may know them");
  }
  if (group_.state != Group::State::open) {
    return malformed_event(event, "rows outside of a transaction");
  }
  if (!group_.begun) begin(out);
  if (auto decoded = table->decoder->decode_rows(*rows, out); !decoded) {
    return std::move(decoded).error().with("table " + table->decoder->schema()->name.to_string());
  }
  return {};
}

void BinlogExtractor::begin(BlockBuilder& out) {
  if (group_.begun) return;
  group_.begun = true;
  origin_text_ = std::to_string(group_.server_id);  // ten digits: no allocation
  out.begin({.id = place_.print(group_.gtid),
             .commit_time_us = group_.commit_time_us,
             .origin = origin_text_});
}

Status BinlogExtractor::on_commit(const EventView& event, BlockBuilder& out) {
  if (group_.state != Group::State::open) {
    return malformed_event(event, "a commit without the beginning of its transaction");
  }
  return finish(event.header.timestamp, out);
}

// The one place where a group ends well, and the position moves over it.
Status BinlogExtractor::finish(std::uint32_t timestamp, BlockBuilder& out) {
  place_.finish_group(group_.gtid);
  // A GTID event without a commit time has that of the transaction's start.
  if (!group_.has_commit_time) {
    group_.commit_time_us = std::max(group_.commit_time_us, microseconds(timestamp));
  }
  const Group finished = std::exchange(group_, Group());
  if (!finished.begun) {
    progress_due_ = true;
    progress_time_us_ = finished.commit_time_us;
    return {};
  }
  progress_due_ = false;
  return out.commit({.position = place_.print_position(),
                     .commit_time_us = finished.commit_time_us,
                     .received_time_us = now_us_()});
}

Status BinlogExtractor::report_progress(std::int64_t now_us, BlockBuilder& out) {
  progress_due_ = false;
  last_progress_us_ = now_us;
  return out.progress({.position = place_.print_position(), .source_time_us = progress_time_us_});
}

Error BinlogExtractor::located(Error error) const {
  return std::move(error).with("position " + place_.event_start().to_string());
}

Error BinlogExtractor::retried_once(Error error) {
  if (error.kind() == ErrorKind::stream_corrupt && damage_ != nullptr &&
      !damage_->is_repeated(place_.event_start())) {
    return located(std::move(error).as(ErrorKind::unreachable).hint("it is read once more"));
  }
  return located(std::move(error));
}

}  // namespace tailrace::mysql
