// The load on a PostgreSQL source, and the tables that it writes.
#pragma once

#include <cstdint>
#include <string>

#include "tests/support/replication/workload.h"

namespace tailrace::testing {

void create_postgres_tables(const DatabaseServer& source);

class PostgresWorkload final : public Workload {
 public:
  PostgresWorkload(std::uint32_t seed, Values values) : Workload(seed), values_(values) {}
  std::string transactions(int count) override;

 private:
  std::string statement();
  std::string upsert_with_all_types();
  std::string change_items();
  std::string change_documents();
  std::string change_keys_and_notes();
  std::string change_events();
  std::string large_change();
  std::string statements(std::uint32_t most);
  std::string transaction();

  Values values_;
  std::uint32_t prepared_count_ = 0;
};

}  // namespace tailrace::testing
