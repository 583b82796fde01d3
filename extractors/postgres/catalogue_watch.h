#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "clients/postgres/connection.h"
#include "config/capture_filter.h"
#include "extractors/postgres/told_tables.h"

namespace tailrace::postgres {

// Looks at the published tables, now and then, on a connection of its own. One statement over
// catalogues: it reads no table, and takes no lock that anybody waits for. Belongs to the
// extractor's thread, except interrupt().
class CatalogueWatch {
 public:
  // Opens an ordinary session with catalogue_session_settings().
  using Connect = std::function<Result<Connection>()>;

  CatalogueWatch(Connect connect, std::vector<std::string> publications, CaptureFilter filter)
      : connect_(std::move(connect)),
        publications_(std::move(publications)),
        filter_(std::move(filter)) {}

  // known: tables of which it has to be told whether they are still there.
  Result<CatalogueLook> look(const ToldTables::State& known);
  // A connection that is kept for ever would hold up a smart shutdown of the server.
  void disconnect();
  // Ends a look that waits, and all later ones. Any thread.
  void interrupt();

 private:
  Status connect();
  Result<CatalogueLook> ask(const ToldTables::State& known);

  const Connect connect_;
  const std::vector<std::string> publications_;
  const CaptureFilter filter_;
  std::optional<Connection> connection_;

  std::mutex mutex_;
  bool interrupted_ = false;      // guarded by mutex_
  std::optional<SocketCut> cut_;  // guarded by mutex_: of connection_
};

}  // namespace tailrace::postgres
