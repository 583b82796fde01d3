// A MySQL or MariaDB server as source, and a reader that writes down what an extractor makes of it.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "clients/mysql/connection.h"
#include "extractors/mysql/source.h"
#include "tests/support/database_server.h"

namespace tailrace::testing {

enum class Kind { mariadb, mysql };
void PrintTo(Kind kind, std::ostream* out);
std::string kind_suffix(const ::testing::TestParamInfo<Kind>& given);

std::optional<std::string> why_unavailable(Kind kind);
// Always a server of the test's own: these tests purge logs and change settings.
std::unique_ptr<DatabaseServer> make_server(Kind kind, std::vector<std::string> arguments = {});

// As an account with only the privileges that the documentation asks for, made if necessary; over
// TLS where the server has it.
mysql::MySqlSourceOptions source_options(const DatabaseServer& server);
std::unique_ptr<mysql::MySqlSource> make_source(mysql::MySqlSourceOptions options);

struct CapturedRow {
  std::string what;  // "insert shop.orders"
  std::vector<std::string> before;
  std::vector<std::string> after;  // canonical; "NULL"; "<unchanged>"
  SchemaPtr schema;
};

struct CapturedTransaction {
  std::string id;
  std::string position;
  std::vector<CapturedRow> rows;
  std::vector<std::string> schema_changes;  // "truncate shop.orders"
};

struct Captured {
  std::vector<CapturedTransaction> transactions;
  std::string position;  // of the last commit or progress
  std::optional<Error> error;

  // "insert shop.orders 1 abc", for all transactions
  std::vector<std::string> changes() const;
};

// Opens a session and reads until the log's end of now is reached, an error ends it, or the
// deadline passes (which fails the test).
Captured capture(mysql::MySqlSource& source, const Checkpoint& from,
                 std::chrono::seconds deadline = std::chrono::seconds(20));
// The same for a session that is open, up to `until`.
Captured read_until(mysql::MySqlSource& source, Extractor& extractor, const Position& until,
                    std::chrono::seconds deadline = std::chrono::seconds(20));

// The same in several steps, which add to each other. Borrows both; stays where it is made.
class StreamReader {
 public:
  StreamReader(mysql::MySqlSource& source, Extractor& extractor);
  StreamReader(const StreamReader&) = delete;
  StreamReader& operator=(const StreamReader&) = delete;
  void read_until(const Position& until, std::chrono::seconds deadline = std::chrono::seconds(20));

  Captured captured;

 private:
  mysql::MySqlSource& source_;
  Extractor& extractor_;
  BlockBuilder builder_;
};

Checkpoint resolve(mysql::MySqlSource& source, StartPoint::Kind kind);
Checkpoint at(const Checkpoint& checkpoint, const std::string& position);

// A statement's rows on a connection of tailrace's own client, UTC, utf8mb4.
std::vector<std::vector<std::string>> select(const DatabaseServer& server, const std::string& sql);

class MysqlSourceTest : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override;
  bool is_mariadb() const { return GetParam() == Kind::mariadb; }
  // False: skipped.
  bool start(std::vector<std::string> arguments = {});
  void sql(const std::string& statements) { server_->sql(statements); }

  std::unique_ptr<DatabaseServer> server_;
  std::unique_ptr<mysql::MySqlSource> source_;
};

}  // namespace tailrace::testing
