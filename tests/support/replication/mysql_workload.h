// The load on a MySQL or MariaDB source.
#pragma once

#include <cstdint>
#include <string>

#include "tests/support/replication/workload.h"

namespace tailrace::testing {

void create_mysql_tables(const DatabaseServer& source);

class MysqlWorkload final : public Workload {
 public:
  explicit MysqlWorkload(std::uint32_t seed) : Workload(seed) {}
  std::string transactions(int count) override;

 private:
  std::string statement();
  std::string text(std::uint32_t longest);
  std::string insert_item();

  std::uint32_t next_note_ = 1;
};

}  // namespace tailrace::testing
