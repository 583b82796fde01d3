// One source, four targets, and tables with every type between them: once copied, once streamed.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/integration/type_listing.h"
#include "tests/support/replication/replication_bed.h"
#include "tests/support/replication/type_script.h"

namespace tailrace::testing {

inline constexpr std::array kTypeTargets = {Engine::postgres18, Engine::mysql, Engine::mariadb,
                                            Engine::sqlite};

struct TypeBedOptions {
  std::uint64_t seed = 0;
  int rows = 0;  // at random, beside the limits
};

// The source has a database (PostgreSQL: a schema) per target, `to_mysql`, because each target gets
// the values that the listing does not say it refuses. In it are two tables of each shape, with the
// same rows: copied_<shape> from before tailrace ran, streamed_<shape> from after.
class TypeBed {
 public:
  TypeBed(Engine source, const TypeBedOptions& options);
  ~TypeBed();

  const std::vector<TypeTable>& tables() const { return tables_; }
  static std::string schema_for(Engine target) { return "to_" + name_of(target); }
  std::string source_url() const;
  std::string target_url(Engine target) const;
  DatabaseServer& source() { return *source_; }
  DatabaseServer& target(Engine target) { return *targets_.at(target); }

  // Both ends and the run between them. What tailrace complained of; empty: nothing.
  std::string replicate();
  bool refuses(Engine target, const TypeTable& table, const std::string& column,
               const std::string& oddity) const;

  // Compares in the target itself: one line per column that differs.
  std::string copied_against_streamed(Engine target);
  // From the target, as a source, into an engine like the first one; what differs there.
  std::string differences_after_way_back(Engine over);

  std::string run(const std::string& pipelines, const std::string& name);
  // {"name": ..., "source": ..., "sinks": [...]}
  std::string pipeline(const std::string& name, const std::string& from_url,
                       const std::string& tables, const std::string& to_url,
                       const std::string& more = {}) const;
  TempDir& folder() { return folder_; }
  SqlFamily family() const { return is_postgres(engine_) ? SqlFamily::postgres : SqlFamily::mysql; }
  void source_sql(const std::string& statements);

 private:
  void read_listings();
  std::string create(Engine target, const std::string& prefix) const;
  void fill(const std::string& prefix);

  Engine engine_;
  TypeBedOptions options_;
  TempDir folder_{"types"};
  std::unique_ptr<DatabaseServer> source_;
  std::map<Engine, std::unique_ptr<DatabaseServer>> targets_;
  std::vector<TypeTable> tables_;
  std::map<Engine, ColumnListing> listings_;
};

}  // namespace tailrace::testing
