#include "tests/support/replication/large_table.h"

#include <algorithm>
#include <exception>
#include <random>

namespace tailrace::testing {
namespace {

bool is_postgres(const DatabaseServer& source) {
  return source.kind() == "postgresql";
}

constexpr int kRowsPerStatement = 100'000;

// Numbers from 1 to `rows`, of kRowsPerStatement at most, without what only one engine has.
std::string numbers(int rows) {
  std::string digits = "(SELECT 0 d";
  for (int digit = 1; digit < 10; ++digit) digits += " UNION ALL SELECT " + std::to_string(digit);
  digits += ")";
  return "(SELECT 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d AS n FROM " + digits +
         " a, " + digits + " b, " + digits + " c, " + digits + " e, " + digits +
         " f) numbers WHERE n <= " + std::to_string(rows);
}

class Changes {
 public:
  Changes(bool postgres, int rows, std::uint32_t seed)
      : postgres_(postgres), rows_(static_cast<std::uint32_t>(rows)), random_(seed) {}

  // A transaction of several statements, none of which fails.
  std::string transaction() {
    std::string sql = "BEGIN;\n";
    for (std::uint32_t left = 1 + pick(5); left > 0; --left) sql += statement();
    return sql + (pick(12) == 0 ? "ROLLBACK;\n" : "COMMIT;\n");
  }

 private:
  std::uint32_t pick(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }
  // Some beyond both ends of what was there at first.
  std::string key() { return std::to_string(static_cast<int>(pick(rows_ * 5 / 4)) - 100); }

  std::string statement() {
    const std::string id = key();
    switch (pick(6)) {
      case 0:
        return "DELETE FROM large WHERE id = " + id + ";\n";
      case 1:
        return (postgres_ ? "INSERT INTO large VALUES (" : "INSERT IGNORE INTO large VALUES (") +
               id + ", NULL, 'new " + id + "', 0)" +
               (postgres_ ? " ON CONFLICT DO NOTHING;\n" : ";\n");
      case 2: {
        const std::string to = key();
        if (!postgres_) return "UPDATE IGNORE large SET id = " + to + " WHERE id = " + id + ";\n";
        return "UPDATE large SET id = " + to + " WHERE id = " + id +
               " AND NOT EXISTS (SELECT FROM large l WHERE l.id = " + to + ");\n";
      }
      case 3:  // a unique value goes from one row to another
        return "UPDATE large SET code = NULL WHERE id = " + id + ";\n" +
               (postgres_
                    ? "UPDATE large SET code = " + id + " WHERE id = " + key() +
                          " AND NOT EXISTS (SELECT FROM large l WHERE l.code = " + id + ");\n"
                    : "UPDATE IGNORE large SET code = " + id + " WHERE id = " + key() + ";\n");
      default:
        return "UPDATE large SET n = n + 1 WHERE id BETWEEN " + id + " AND " + id + " + 3;\n";
    }
  }

  const bool postgres_;
  const std::uint32_t rows_;
  std::mt19937 random_;
};

}  // namespace

void create_large_table(const DatabaseServer& source, int rows) {
  const std::string text = is_postgres(source) ? "text" : "varchar(100)";
  source.sql("CREATE TABLE large (id bigint NOT NULL PRIMARY KEY, code bigint UNIQUE, word " +
                 text + " NOT NULL, n int NOT NULL)",
             "shop");
  for (int first = 0; first < rows; first += kRowsPerStatement) {
    const std::string n = std::to_string(first) + " + n";
    source.sql("INSERT INTO large SELECT " + n + ", " + n + ", concat('word number ', " + n +
                   "), 0 FROM " + numbers(std::min(kRowsPerStatement, rows - first)),
               "shop");
  }
}

LargeTableLoad::LargeTableLoad(DatabaseServer& source, int rows, std::uint32_t seed)
    : thread_([this, &source, rows, seed](std::stop_token stop) {
        Changes changes(is_postgres(source), rows, seed);
        try {
          while (!stop.stop_requested()) {
            std::string sql;
            for (int i = 0; i < 20; ++i) sql += changes.transaction();
            source.sql(sql, "shop");
            transactions_ += 20;
          }
        } catch (const std::exception& error) {
          failure_ = error.what();
          failed_ = true;
        }
      }) {}

void LargeTableLoad::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

}  // namespace tailrace::testing
