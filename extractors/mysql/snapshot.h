#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "config/capture_filter.h"
#include "extractors/mysql/options.h"
#include "extractors/mysql/table_reader.h"
#include "extractors/snapshot/snapshot.h"

namespace tailrace::mysql {

// The captured tables of a MySQL or MariaDB server: base tables, as information_schema shows them
// to the account. Sequences are not captured; system-versioned tables are refused, as in the
// stream. Helpers of captured tables are left out where the stream leaves them out. Needs SELECT on
// the tables, and for those without primary key what the stream needs.
class MySqlSnapshot final : public Snapshot {
 public:
  struct Selection {
    CaptureFilter filter;
    std::vector<std::string> patterns;  // of the filter
    bool follow_table_copies = true;
  };
  // connection: from connect_for_snapshot().
  MySqlSnapshot(Connection connection, ConnectionOptions options, Selection selection,
                TableReaderSettings settings)
      : connection_(std::move(connection)),
        options_(std::move(options)),
        selection_(std::move(selection)),
        settings_(std::move(settings)) {}

  Result<std::vector<SnapshotTable>> tables() override;
  Result<std::vector<KeyRange>> split(const SnapshotTable& table,
                                      std::uint64_t rows_per_range) override;
  Result<std::unique_ptr<TableReader>> open_reader() override;
  void interrupt() override;

 private:
  struct Listed {
    TableName name;
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
  };

  Result<std::vector<Listed>> list_tables();
  Result<std::optional<SnapshotTable>> describe(const Listed& listed);
  Status probe_named_tables(const std::vector<Listed>& found);
  Result<std::vector<KeyRange>> split_keyed(const SnapshotTable& table,
                                            std::uint64_t rows_per_range);
  Error stopped_or(Error error) const;

  Connection connection_;
  const ConnectionOptions options_;
  const Selection selection_;
  const TableReaderSettings settings_;
  std::atomic<bool> interrupted_ = false;
};

// "shop.orders" of a pattern without wildcards; nothing for every other one.
std::optional<TableName> named_table(std::string_view pattern);

}  // namespace tailrace::mysql
