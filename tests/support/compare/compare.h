// Are a source database and its copy equal? Every table, row and value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tailrace::testing {

struct CompareOptions {
  std::vector<std::string> tables = {};  // patterns "database.table" with * and ?; none: all
  std::size_t most_differences = 5;      // kept of each table; all are counted
  // Types of one name are compared as the servers print them, MariaDB's JSON to the letter. True:
  // by value, for what was another engine's value on its way; there the sign of a zero may be lost.
  bool by_value = false;
};

enum class DifferenceKind : std::uint8_t { only_at_source, only_at_target, value };

struct Difference {
  DifferenceKind kind = DifferenceKind::value;
  std::string key;     // "id=42"; of a table without key: the whole row
  std::string column;  // and the two values, canonical, cut to a readable length: kind value only
  std::string source_value;
  std::string target_value;
};

struct TableReport {
  std::string table;  // "database.table" as the source names it
  std::uint64_t source_rows = 0;
  std::optional<std::uint64_t> target_rows;  // nothing: the target has no such table
  std::vector<std::string> missing_columns;
  std::uint64_t difference_count = 0;  // rows
  std::vector<Difference> differences;

  bool equal() const {
    return target_rows == source_rows && missing_columns.empty() && difference_count == 0;
  }
};

struct CompareReport {
  std::vector<TableReport> tables;

  bool equal() const;
  std::uint64_t source_rows() const;
  std::uint64_t target_rows() const;
};

// Source: mysql, mariadb or postgresql. Target: these or sqlite; there, table d.t (of database d,
// or of schema d of a PostgreSQL source) is table t of schema d (PostgreSQL), of the URL's database
// or else d (MySQL, MariaDB), or simply t (SQLite). Of a PostgreSQL source generated columns are
// not compared, because it does not send them, and partitions only as parts of their root. Columns
// and tables that only the target has are no difference. Throws std::runtime_error when a side
// cannot be read. Meaningful only while nobody writes.
CompareReport compare_databases(const std::string& source_url, const std::string& target_url,
                                const CompareOptions& options = {});

// A table for people, with the first differences: EXPECT_TRUE(report.equal()) << describe(report).
std::string describe(const CompareReport& report);
std::string to_json(const CompareReport& report);

}  // namespace tailrace::testing
