#pragma once

#include <mutex>
#include <set>
#include <span>
#include <string>

#include "clients/postgres/connection.h"
#include "config/capture_filter.h"
#include "extractors/postgres/options.h"
#include "extractors/postgres/publication.h"

namespace tailrace::postgres {

// Looks whether the publications still hold what they held when we first looked. A table that is
// taken out of a publication, or a publication that is dropped, ends no stream: its changes would
// be missing in silence. Remembers over the sessions of a source; mutex_ guards what was seen.
class PublicationWatch {
 public:
  PublicationWatch(PostgresSourceOptions options, CaptureFilter filter)
      : options_(std::move(options)), filter_(std::move(filter)) {}

  // source_settings when something is missing. Answers what is published now.
  Result<Published> look(Connection& connection);

 private:
  // By its OID: a table keeps it when it is renamed.
  struct Seen {
    std::uint32_t oid = 0;
    TableName name;
    friend auto operator<=>(const Seen& left, const Seen& right) { return left.oid <=> right.oid; }
  };
  Result<std::vector<Seen>> taken_out(Connection& connection, std::span<const Seen> absent) const;

  const PostgresSourceOptions options_;
  const CaptureFilter filter_;
  std::mutex mutex_;
  std::set<Seen> seen_;
};

}  // namespace tailrace::postgres
