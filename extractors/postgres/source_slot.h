#pragma once

#include <optional>
#include <string>

#include "clients/postgres/connection.h"
#include "config/capture_filter.h"
#include "core/result.h"
#include "extractors/extractor.h"
#include "extractors/postgres/options.h"
#include "extractors/postgres/server_facts.h"

namespace tailrace::postgres {

// The replication slot of a pipeline, and the publication that we make with it: where it begins,
// what the server keeps for it, and how both are given up. Lives as long as the options.
class SourceSlot {
 public:
  SourceSlot(const PostgresSourceOptions& options, const CaptureFilter& filter)
      : options_(options), filter_(filter) {}

  // The slot's place. Slot and publication are made when they are missing and create_slot is on.
  Result<Lsn> begin(Connection& connection, const ServerFacts& facts) const;
  // A position that a person gave lies between the slot's place and the end of the log.
  Status check_start(Connection& connection, const ServerFacts& facts,
                     const WalPosition& position) const;
  Result<std::optional<Retention>> retention(Connection& connection,
                                             const ServerFacts& facts) const;
  // Drops what is there; answers what that was, for people.
  Result<std::string> release(Connection& connection) const;

 private:
  Result<Lsn> make(Connection& connection, const ServerFacts& facts) const;
  // True: one was made.
  Result<bool> make_publication(Connection& connection, const ServerFacts& facts) const;

  const PostgresSourceOptions& options_;
  const CaptureFilter& filter_;
};

}  // namespace tailrace::postgres
