#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sinks/sink.h"

namespace tailrace {

// Accepts everything, keeps nothing but the last checkpoint and the ledger, in memory: what a
// benchmark of the way up to a sink needs. Its sessions and loaders share it: the counters may be
// read by any thread, the ledger is guarded by ledger_mutex_.
class NullTarget final : public Target {
 public:
  std::string description() const override { return "null://"; }
  ApplyStyle style() const override { return ApplyStyle::ordered; }
  TableName default_table(const TableName& source) const override { return source; }
  Result<std::unique_ptr<Sink>> open(Lease& lease) override;
  Result<std::unique_ptr<Loader>> open_loader(const Lease& lease) override;
  Findings check() override { return {}; }

  // Rows of a copy are changes as well, and chunks are units.
  std::uint64_t change_count() const { return change_count_; }
  std::uint64_t unit_count() const { return unit_count_; }

 private:
  friend class NullSink;
  friend class NullLoader;
  std::vector<LedgerEntry> read_ledger();
  void write_ledger(std::span<const LedgerEntry> entries);

  std::atomic<std::uint64_t> change_count_ = 0;
  std::atomic<std::uint64_t> unit_count_ = 0;
  std::optional<Checkpoint> checkpoint_;  // owned by the applier thread

  std::mutex ledger_mutex_;
  std::map<std::string, std::string> ledger_;  // guarded
};

}  // namespace tailrace
