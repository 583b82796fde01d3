#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "config/capture_filter.h"
#include "extractors/extractor.h"
#include "extractors/mysql/binlog_extractor.h"
#include "extractors/mysql/dump_stream.h"
#include "extractors/mysql/options.h"
#include "extractors/mysql/position.h"
#include "extractors/mysql/server_facts.h"
#include "extractors/mysql/snapshot.h"

namespace tailrace::mysql {

// A MySQL or MariaDB server as source. Each session has one connection for the dump and, when a
// table's catalogue is asked for, one for that. Positions are GTIDs where the server has them
// (MariaDB: always; MySQL: gtid_mode=ON), unless options or a start position say file and offset.
// Writes nothing to the server. Needs REPLICATION SLAVE, REPLICATION CLIENT (MariaDB: BINLOG
// MONITOR), and SELECT on the captured tables to see their catalogue.
class MySqlSource final : public Source {
 public:
  static Result<std::unique_ptr<MySqlSource>> create(MySqlSourceOptions options);

  std::string description() const override;
  Result<Checkpoint> resolve(const StartPoint& start) override;
  Result<Checkpoint> current(std::stop_token stop = {}) override;
  Result<std::unique_ptr<Extractor>> open(const Checkpoint& from) override;
  Result<std::partial_ordering> compare(const Position& left, const Position& right) const override;
  Result<Position> earlier(const Position& left, const Position& right) const override;
  Result<std::optional<bool>> contains(const Position& held, std::string_view transaction_id,
                                       const Position& committed) const override;
  Result<std::unique_ptr<Snapshot>> snapshot(const Checkpoint& from,
                                             std::stop_token stop = {}) override;
  Result<std::vector<SnapshotTable>> tables(std::stop_token stop = {}) override;
  Findings check() override;

 private:
  // One connection, looked at and found fit.
  struct Session {
    Connection connection;
    ServerFacts facts;
  };

  MySqlSource(MySqlSourceOptions options, CaptureFilter filter);
  Result<Session> connect(bool gtid_positions, std::stop_token stop = {}) const;
  Result<Checkpoint> ask_end(std::stop_token stop) const;
  Result<std::unique_ptr<Snapshot>> open_snapshot(const Checkpoint& from,
                                                  std::stop_token stop) const;
  Result<std::vector<SnapshotTable>> describe_tables(std::stop_token stop) const;
  bool uses_files(const ServerFacts& facts) const;
  CaptureFilter filter_for(const ServerFacts& facts) const;
  MySqlSnapshot::Selection selection(const ServerFacts& facts) const;
  DumpStart dump_start(LogPosition position) const;
  Result<Checkpoint> end_of(Session& session) const;
  Status try_dump(const ServerFacts& facts) const;
  Result<std::unique_ptr<DumpStream>> connect_snapshot_dump(const LogPosition& from) const;
  void check_server(Findings& findings) const;

  const MySqlSourceOptions options_;
  const CaptureFilter filter_;
  const std::shared_ptr<DamageRecord> damage_ = std::make_shared<DamageRecord>();

  // Sinks that are ahead ask about one held position for every transaction. Guarded by mutex_.
  mutable std::mutex mutex_;
  mutable std::string held_text_;
  mutable LogPosition held_;
};

}  // namespace tailrace::mysql
