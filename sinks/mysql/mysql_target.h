#pragma once

#include <memory>
#include <string>

#include "sinks/mysql/options.h"
#include "sinks/sink.h"

namespace tailrace::mysql {

// A MySQL or MariaDB server as target. Source tables go into the database that is called as the
// source's, or into one for all (TargetOptions::database).
class MySqlTarget final : public Target {
 public:
  explicit MySqlTarget(TargetOptions options) : options_(std::move(options)) {}

  std::string description() const override;
  ApplyStyle style() const override { return ApplyStyle::net; }
  TableName default_table(const TableName& source) const override;
  void set_schema_policy(SchemaPolicy policy) override { schema_policy_ = policy; }
  Result<std::unique_ptr<Sink>> open(Lease& lease) override;
  Result<std::optional<Checkpoint>> stored_checkpoint(const std::string& pipeline,
                                                      const std::string& sink) override;
  Result<std::vector<CounterAdvance>> advance_sequences(
      std::span<const CounterGoal> goals) override;  // sequences.cpp
  Result<std::unique_ptr<Loader>> open_loader(const Lease& lease) override;
  Findings check() override;

 private:
  const TargetOptions options_;
  SchemaPolicy schema_policy_ = SchemaPolicy::apply;
};

}  // namespace tailrace::mysql
