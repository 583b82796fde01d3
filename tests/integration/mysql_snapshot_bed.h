// Tables of a MySQL or MariaDB server, copied; and one server of each kind for all tests of a file.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "extractors/snapshot/snapshot.h"
#include "tests/integration/mysql_source_bed.h"

namespace tailrace::testing {

using Rows = std::vector<std::vector<std::string>>;  // canonical; "NULL"

// Reads one range into rows.
struct ReadRange {
  std::optional<RowsAsOf> as_of;
  std::optional<Error> error;
  Rows rows;
};
ReadRange read_range(TableReader& reader, const SnapshotTable& table, const KeyRange& range);

struct CopiedTable {
  SnapshotTable table;
  std::vector<KeyRange> ranges;
  std::vector<RowsAsOf> as_of;     // one per range
  std::vector<std::size_t> sizes;  // rows of each range
  Rows rows;                       // sorted
};

// Everything that the source captures, range by range; an error fails the test.
std::map<std::string, CopiedTable> copy_all(mysql::MySqlSource& source, const Checkpoint& from,
                                            std::uint64_t rows_per_range = 100'000);

// The rows that captured transactions make, sorted, of one table. Only of inserts and deletes,
// which is all that a table without key can be followed by here.
Rows rows_made_by(const Captured& captured, const std::string& table);

class MysqlSnapshotTest : public ::testing::TestWithParam<Kind> {
 public:
  static void TearDownTestSuite();

 protected:
  bool is_mariadb() const { return GetParam() == Kind::mariadb; }
  // The shared server with an empty database shop. False: skipped.
  bool start(const std::vector<std::string>& patterns = {"shop.*"});
  void sql(const std::string& statements) { server_->sql(statements); }

  DatabaseServer* server_ = nullptr;
  std::unique_ptr<mysql::MySqlSource> source_;
};

}  // namespace tailrace::testing
