#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "config/capture_filter.h"
#include "extractors/postgres/described_table.h"
#include "extractors/postgres/exported_snapshot.h"
#include "extractors/postgres/interruption.h"
#include "extractors/postgres/options.h"
#include "extractors/postgres/server_catalogue.h"
#include "extractors/postgres/session_settings.h"
#include "extractors/postgres/table_reader.h"
#include "extractors/snapshot/snapshot.h"

namespace tailrace::postgres {

// The captured, published tables as they were at one position, for all readers the same; see
// ExportedSnapshot. Its threads: Snapshot. Readers share the described tables with it.
class PostgresSnapshot final : public Snapshot {
 public:
  // Opens an ordinary session with these settings.
  using Connect = std::function<Result<Connection>(const SessionSettings& settings)>;
  struct Parts {
    ExportedSnapshot moment;
    Connect connect;
    const PostgresSourceOptions& options;
    const CaptureFilter& filter;
    // Knows the snapshot's own connection.
    std::shared_ptr<Interruption> interruption;
  };
  static Result<std::unique_ptr<PostgresSnapshot>> open(Parts parts);

  Result<std::vector<SnapshotTable>> tables() override;
  Result<std::vector<KeyRange>> split(const SnapshotTable& table,
                                      std::uint64_t rows_per_range) override;
  Result<std::unique_ptr<TableReader>> open_reader() override;
  void interrupt() override { parts_.interruption->interrupt(); }

  const WalPosition& position() const { return parts_.moment.position(); }

 private:
  PostgresSnapshot(Parts parts, Connection reading);

  Result<std::vector<SnapshotTable>> describe();
  Status identify(std::vector<DescribedTable>& tables);
  Status estimate(const CopiedTable& table, SnapshotTable& described);

  const Parts parts_;
  Connection reading_;
  ServerCatalogue catalogue_;
  const std::shared_ptr<CopiedTables> copied_ = std::make_shared<CopiedTables>();
};

}  // namespace tailrace::postgres
