#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "config/capture_filter.h"
#include "extractors/extractor.h"
#include "extractors/postgres/interruption.h"
#include "extractors/postgres/options.h"
#include "extractors/postgres/preflight.h"
#include "extractors/postgres/publication_watch.h"
#include "extractors/postgres/replication_stream.h"
#include "extractors/postgres/server_facts.h"
#include "extractors/postgres/session_settings.h"
#include "extractors/postgres/slot.h"
#include "extractors/postgres/source_slot.h"
#include "extractors/postgres/wal_extractor.h"

namespace tailrace::postgres {

// A PostgreSQL database as source, read through a logical replication slot with the plugin
// pgoutput. Each session has a replication connection, one for the catalogue while that is asked
// for, and a short one every minute that looks after the publications. Positions are LSNs with
// their timeline.
//
// Makes a slot and a publication only when create_slot says so, and only in resolve() (SourceSlot),
// for a pipeline that has no position yet; a slot that is missing later is a gap, never made in
// silence. Sessions and snapshots must not outlive the source that opened them.
// The server keeps its log from the slot's position on until it is confirmed or release() drops it.
class PostgresSource final : public Source {
 public:
  static Result<std::unique_ptr<PostgresSource>> create(PostgresSourceOptions options);

  std::string description() const override;
  Result<Checkpoint> resolve(const StartPoint& start) override;
  Result<Checkpoint> current(std::stop_token stop = {}) override;
  Result<std::unique_ptr<Extractor>> open(const Checkpoint& from) override;
  Result<std::partial_ordering> compare(const Position& left, const Position& right) const override;
  Result<Position> earlier(const Position& left, const Position& right) const override;
  Result<std::optional<bool>> contains(const Position& held, std::string_view transaction_id,
                                       const Position& committed) const override;
  Result<std::optional<Retention>> retention() override;
  Result<std::string> release() override;
  // As PostgresSnapshot; the source must outlive it.
  Result<std::unique_ptr<Snapshot>> snapshot(const Checkpoint& from,
                                             std::stop_token stop = {}) override;
  // Those that are published; as long as no publication is there, those that one of ours would
  // have.
  Result<std::vector<SnapshotTable>> tables(std::stop_token stop = {}) override;
  Findings check() override;

 private:
  // One connection, looked at and found fit.
  struct Session {
    Connection connection;
    ServerFacts facts;
  };

  PostgresSource(PostgresSourceOptions options, CaptureFilter filter);

  ConnectionOptions options_with(SessionSettings settings) const;
  Result<Connection> connect(std::chrono::milliseconds timeout) const;
  Result<Connection> connect(const SessionSettings& settings,
                             std::chrono::milliseconds timeout) const;
  // Connected, and asked what it is. cuts: gets to know the connection.
  Result<Session> look(Interruption* cuts = nullptr) const;
  Result<Session> ready(Interruption* cuts = nullptr) const;  // and found fit to be a source
  Result<Session> ready_unless(const std::stop_token& stop) const;
  Result<std::vector<SnapshotTable>> describe(Interruption& cuts) const;

  Result<Lsn> make_temporary_slot(ReplicationStream& stream, Session& session,
                                  const std::string& name) const;

  Result<std::unique_ptr<ReplicationStream>> connect_stream(ServerFacts& facts) const;
  Status prove(Session& session, const Checkpoint& from, const WalPosition& position) const;
  Status prove_timeline(ReplicationStream& stream, const ServerFacts& facts,
                        const WalPosition& position) const;
  Result<std::unique_ptr<Extractor>> open_temporary(Session session);
  Result<std::unique_ptr<Extractor>> start(Session session,
                                           std::unique_ptr<ReplicationStream> stream,
                                           StreamStart start, const Published& published);
  bool reads_binary(std::span<const SourceColumn> columns, Catalogue& catalogue) const;
  WalSettings session_settings(const ServerFacts& facts, Lsn start) const;
  Status watch() const;
  bool is_leaving() const;
  void check_server(Findings& findings) const;

  const PostgresSourceOptions options_;
  const CaptureFilter filter_;
  const SourceSlot slot_;
  // Shared with the sessions.
  const std::shared_ptr<StreamLimits> limits_ = std::make_shared<StreamLimits>();
  const std::shared_ptr<PublicationWatch> watch_;
  std::shared_ptr<TableMemory> memory_;  // of the extractor's thread; made by its first session
  std::atomic<bool> temporary_began_ = false;

  // Sinks that are ahead ask about one held position for every transaction. Guarded by mutex_.
  mutable std::mutex mutex_;
  mutable std::string held_text_;
  mutable Lsn held_;
};

}  // namespace tailrace::postgres
