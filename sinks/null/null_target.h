#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "sinks/sink.h"

namespace tailrace {

// Accepts everything, keeps nothing but the last checkpoint, in memory: what a benchmark of the way
// up to a sink needs. The counters may be read by any thread.
class NullTarget final : public Target {
 public:
  std::string description() const override { return "null://"; }
  ApplyStyle style() const override { return ApplyStyle::ordered; }
  TableName default_table(const TableName& source) const override { return source; }
  Result<std::unique_ptr<Sink>> open(Lease& lease) override;
  Findings check() override { return {}; }

  std::uint64_t change_count() const { return change_count_; }
  std::uint64_t unit_count() const { return unit_count_; }

 private:
  friend class NullSink;
  std::atomic<std::uint64_t> change_count_ = 0;
  std::atomic<std::uint64_t> unit_count_ = 0;
  std::optional<Checkpoint> checkpoint_;  // owned by the applier thread
};

}  // namespace tailrace
