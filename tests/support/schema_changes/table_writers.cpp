#include "tests/support/schema_changes/table_writers.h"

#include <stdexcept>

#include "tests/support/schema_changes/sql_session.h"
#include "tests/support/schema_changes/writer_script.h"

namespace tailrace::testing {

TableWriters::TableWriters(const DatabaseServer& source, std::uint32_t seed, int threads,
                           std::chrono::microseconds pause) {
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this, &source, pause, own = seed + static_cast<std::uint32_t>(i)](
                              const std::stop_token& stop) {
      try {
        write(source, own, pause, stop);
      } catch (const std::exception& error) {
        const std::scoped_lock lock(mutex_);
        failure_ = error.what();
      }
    });
  }
}

void TableWriters::write(const DatabaseServer& source, std::uint32_t seed,
                         std::chrono::microseconds pause, const std::stop_token& stop) {
  const auto session = SqlSession::open(source);
  WriterScript script(seed);
  script.learn(find_tables(*session));
  for (int i = 1; !stop.stop_requested(); ++i) {
    if (!transaction(*session, script) || i % 50 == 0) script.learn(find_tables(*session));
    std::this_thread::sleep_for(pause);
  }
}

bool TableWriters::transaction(SqlSession& session, WriterScript& script) {
  session.run("BEGIN");
  for (const WrittenStatement& statement : script.transaction()) {
    // A duplicate, a deadlock, a column that is gone: the next one will be right.
    if (const std::string refused = session.attempt(statement.sql); !refused.empty()) {
      ++refused_;
      session.run("ROLLBACK");
      return refused.find("uplicate") != std::string::npos;
    }
    keys_.add(statement.table, statement.keys);
  }
  const bool back = script.one_in(15);
  session.run(back ? "ROLLBACK" : "COMMIT");
  if (!back) ++committed_;
  return true;
}

std::string TableWriters::failure() const {
  const std::scoped_lock lock(mutex_);
  return failure_;
}

void TableWriters::stop() {
  for (auto& thread : threads_) thread.request_stop();
  threads_.clear();
}

void fill_tables(const DatabaseServer& source, std::uint32_t seed, int rows_of_each) {
  const auto session = SqlSession::open(source);
  WriterScript script(seed);
  script.learn(find_tables(*session));
  for (const WrittenTable& table : script.tables()) {
    session->run("BEGIN");
    for (int rows = 0; rows < rows_of_each; rows += 10) {
      WrittenStatement statement = script.insert(table, 10);
      if (session->is_postgres()) {
        statement.sql += " ON CONFLICT DO NOTHING";
      } else {
        statement.sql.replace(0, 6, "INSERT IGNORE");
      }
      session->run(statement.sql);
    }
    session->run("COMMIT");
  }
}

}  // namespace tailrace::testing
