#pragma once

#include <memory>
#include <string>

#include "sinks/sink.h"
#include "sinks/sqlite/options.h"
#include "sinks/sqlite/sqlite_dialect.h"

namespace tailrace::sqlite {

// An SQLite file as target; it is made when it is not there. It has no schemas: table d.t of the
// source is table t here.
class SqliteTarget final : public Target {
 public:
  explicit SqliteTarget(TargetOptions options) : options_(std::move(options)) {}

  std::string description() const override;
  ApplyStyle style() const override { return ApplyStyle::net; }
  TableName default_table(const TableName& source) const override;
  Result<std::unique_ptr<Sink>> open(Lease& lease) override;
  Result<std::optional<Checkpoint>> stored_checkpoint(const std::string& pipeline,
                                                      const std::string& sink) override;
  void set_schema_policy(SchemaPolicy policy) override { schema_policy_ = policy; }
  Result<std::unique_ptr<Loader>> open_loader(const Lease& lease) override;
  // A file has one writer at a time.
  std::size_t most_loaders() const override { return 1; }
  Findings check() override;

 private:
  const TargetOptions options_;
  const SqliteDialect dialect_;
  SchemaPolicy schema_policy_ = SchemaPolicy::apply;
};

}  // namespace tailrace::sqlite
