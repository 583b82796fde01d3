#include "tests/support/replication/workload.h"

#include <exception>

#include "tests/support/replication/mysql_workload.h"
#include "tests/support/replication/postgres_workload.h"

namespace tailrace::testing {

void create_workload_tables(const DatabaseServer& source) {
  if (source.kind() == "postgresql") {
    create_postgres_tables(source);
  } else {
    create_mysql_tables(source);
  }
}

std::unique_ptr<Workload> Workload::of(const DatabaseServer& source, std::uint32_t seed,
                                       Values values) {
  if (source.kind() == "postgresql") return std::make_unique<PostgresWorkload>(seed, values);
  return std::make_unique<MysqlWorkload>(seed);
}

BackgroundLoad::BackgroundLoad(DatabaseServer& source, std::uint32_t seed, Values values)
    : thread_([this, &source, seed, values](std::stop_token stop) {
        const auto workload = Workload::of(source, seed, values);
        try {
          while (!stop.stop_requested()) {
            source.sql(workload->transactions(20), "shop");
            transactions_ += 20;
          }
        } catch (const std::exception& error) {
          failure_ = error.what();
          failed_ = true;
        }
      }) {}

void BackgroundLoad::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

}  // namespace tailrace::testing
