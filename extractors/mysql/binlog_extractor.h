#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "config/capture_filter.h"
#include "extractors/extractor.h"
#include "extractors/mysql/captured_tables.h"
#include "extractors/mysql/catalogue.h"
#include "extractors/mysql/charset.h"
#include "extractors/mysql/event.h"
#include "extractors/mysql/event_stream.h"
#include "extractors/mysql/log_place.h"
#include "extractors/mysql/logged_statement.h"
#include "extractors/mysql/position.h"
#include "extractors/mysql/statement.h"

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
    tables_.interrupt();
  }

  // Events of unknown types that the protocol allows to skip.
  std::uint64_t ignored_events() const { return ignored_events_; }

 private:
  struct Group {
    enum class State { none, announced, open };
    State state = State::none;
    bool begun = false;  // in the builder
    GroupGtid gtid;
    std::uint32_t server_id = 0;  // where it was first committed
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
  Status on_rows(const EventView& event, BlockBuilder& out);
  Status on_unknown(const EventView& event);

  Status announce(const EventView& event);
  void begin(BlockBuilder& out);
  Status on_commit(const EventView& event, BlockBuilder& out);
  Status finish(std::uint32_t timestamp, BlockBuilder& out);
  Status finish_if_whole(const EventView& event, BlockBuilder& out);
  Status report_progress(std::int64_t now_us, BlockBuilder& out);
  Error located(Error error) const;
  Error retried_once(Error error);

  const std::unique_ptr<EventStream> events_;
  CapturedTables tables_;
  const bool lower_case_names_;
  const std::shared_ptr<DamageRecord> damage_;
  std::int64_t (*const now_us_)();

  LogPlace place_;
  FormatDescription format_;
  Group group_;
  StatementText text_;
  std::uint64_t ignored_events_ = 0;

  bool progress_due_ = false;
  std::int64_t progress_time_us_ = 0;  // until when the source has nothing for us
  std::int64_t last_progress_us_;      // our clock

  std::string origin_text_;  // reused, so that a transaction allocates nothing
};

}  // namespace tailrace::mysql
