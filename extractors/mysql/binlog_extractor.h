#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "config/capture_filter.h"
#include "extractors/extractor.h"
#include "extractors/mysql/catalogue.h"
#include "extractors/mysql/charset.h"
#include "extractors/mysql/definition_changes.h"
#include "extractors/mysql/event.h"
#include "extractors/mysql/event_stream.h"
#include "extractors/mysql/log_cursor.h"
#include "extractors/mysql/position.h"
#include "extractors/mysql/statement.h"
#include "extractors/mysql/table_map_cache.h"

namespace tailrace::mysql {

std::int64_t system_time_us();

// Remembers, from one session of a source to the next, where bytes were damaged: once may have been
// the network, twice at one place is the log. Any thread; mutex_ guards place_.
class DamageRecord {
 public:
  // True when the damage before this one was at the same place.
  bool is_repeated(const FilePosition& place) {
    const std::scoped_lock lock(mutex_);
    return std::exchange(place_, place) == place;
  }

 private:
  std::mutex mutex_;
  FilePosition place_;
};

struct BinlogSettings {
  LogPosition position;  // the stream continues behind it
  CaptureFilter filter;
  CharsetTable charsets;
  // gh-ost and pt-online-schema-change: the tables that they make are not sent, their swap is.
  bool follow_table_copies = true;
  bool lower_case_names = false;         // the server keeps them so (lower_case_table_names=1)
  std::shared_ptr<DamageRecord> damage;  // nullptr: any damage is final
  std::int64_t (*now_us)() = system_time_us;
};

// Assembles transactions from binlog events. Knows nothing of sockets: events come from an
// EventStream, names from a Catalogue. Belongs to the extractor's thread, except interrupt().
//
// A group is what one GTID covers. Its states:
//   none        between groups: the only place where progress is reported
//   announced   a GTID was seen; the next QUERY says BEGIN, or is the whole group
//   open        until XID, COMMIT or ROLLBACK
// A transaction is begun in the builder at the first captured row or definition, so that groups
// which touch nothing of ours become progress. None of this survives a session.
class BinlogExtractor final : public Extractor {
 public:
  BinlogExtractor(std::unique_ptr<EventStream> events, std::unique_ptr<Catalogue> catalogue,
                  BinlogSettings settings);
  ~BinlogExtractor() override;

  Result<Received> next(BlockBuilder& out) override;
  // Binary logs are kept by the server's own rules: there is nobody to tell.
  void confirm(const Position&) override {}
  void interrupt() override {
    events_->interrupt();
    catalogue_->interrupt();
  }

  // Events of unknown types that the protocol allows to skip.
  std::uint64_t ignored_events() const { return ignored_events_; }

 private:
  struct Group {
    enum class State { none, announced, open };
    State state = State::none;
    bool begun = false;                                         // in the builder
    std::variant<std::monostate, MysqlGtid, MariadbGtid> gtid;  // monostate: none sent
    std::uint32_t server_id = 0;                                // where it was first committed
    std::int64_t commit_time_us = 0;
    bool has_commit_time = false;  // else it is that of a statement, in whole seconds
    bool has_effect = true;        // not the beginning, or the undoing, of an ALTER TABLE
  };

  Status consume(Bytes bytes, BlockBuilder& out);
  Status dispatch(const EventView& event, BlockBuilder& out);
  Status on_format_description(const EventView& event, BlockBuilder& out);
  Status on_rotate(const EventView& event);
  Status on_heartbeat(const EventView& event);
  Status on_mysql_gtid(const EventView& event);
  Status on_mariadb_gtid(const EventView& event);
  Status on_query(const EventView& event, BlockBuilder& out);
  Status on_statement(const EventView& event, const Query& query, std::string_view sql,
                      BlockBuilder& out);
  Status on_definition(const EventView& event, const Statement& statement, std::string_view sql,
                       BlockBuilder& out);
  Status on_schema_change(const EventView& event, const SchemaChange& change, BlockBuilder& out);
  Status on_rollback(const EventView& event, BlockBuilder& out);
  Status on_table_map(const EventView& event);
  Status on_rows(const EventView& event, BlockBuilder& out);
  Status on_unknown(const EventView& event);

  Status announce(const EventView& event);
  void begin(BlockBuilder& out);
  Status on_commit(const EventView& event, BlockBuilder& out);
  Status finish(std::uint32_t timestamp, BlockBuilder& out);
  Status finish_if_whole(const EventView& event, BlockBuilder& out);
  Status report_progress(std::int64_t now_us, BlockBuilder& out);
  void advance_position();
  std::string_view print_position();
  std::string_view print_gtid();
  void forget_definitions();
  Status respell_columns(SchemaChange& change) const;
  Result<bool> sends_rows_of(const TableName& name) const;
  // nullptr: not captured after all.
  Result<std::unique_ptr<RowDecoder>> make_decoder(const EventView& event);
  SchemaPtr shared(SchemaPtr schema);
  Result<std::string_view> text_of(const EventView& event, const Query& query);
  bool touches_captured(const Statement& statement, const Query& query, std::string_view sql) const;
  Error located(Error error) const;
  Error retried_once(Error error);

  const std::unique_ptr<EventStream> events_;
  const std::unique_ptr<Catalogue> catalogue_;
  const CaptureFilter filter_;
  const HelperTables helpers_;
  const CharsetTable charsets_;
  const bool lower_case_names_;
  const std::shared_ptr<DamageRecord> damage_;
  std::int64_t (*const now_us_)();

  LogPosition position_;  // behind the last finished group; FilePosition: see print_position
  LogCursor cursor_;
  FilePosition event_start_;  // of the event at hand: for messages
  FormatDescription format_;
  Group group_;
  TableMapCache tables_;
  std::map<TableName, SchemaPtr> schemas_;  // the last of each table
  TextConverter converter_;
  std::uint64_t ignored_events_ = 0;

  bool progress_due_ = false;
  std::int64_t progress_time_us_ = 0;  // until when the source has nothing for us
  std::int64_t last_progress_us_;      // our clock

  // Reused, so that a transaction allocates nothing.
  std::string position_text_;
  std::string gtid_text_;
  std::string origin_text_;
  std::optional<Uuid> printed_uuid_;
  std::string uuid_text_;
  ByteWriter sql_text_;
};

}  // namespace tailrace::mysql
