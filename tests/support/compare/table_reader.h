// Reads the tables of one database, whatever server it is on.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/url.h"
#include "core/table_schema.h"
#include "tests/support/compare/canonical.h"

namespace tailrace::testing {

struct ComparedColumn {
  std::string name = {};
  std::string native_type = {};   // as its server names it, without length, in lower case
  Family family = Family::text;   // of the source's column
  Family element = Family::text;  // of an array's elements
  // Names the type so that equal names of two servers mean one type with one text form: PostgreSQL
  // only, else empty. Values of such a pair are compared as the servers print them.
  std::string exact_type = {};
  bool exact = false;  // this is such a pair
};

using Cell = std::optional<std::string_view>;  // nothing is NULL
using RowReceiver = std::function<void(std::span<const Cell>)>;

// Errors of the server are thrown as std::runtime_error.
class TableReader {
 public:
  virtual ~TableReader() = default;

  // The columns of the table that `source_name` has become here, in order; nothing: no such table.
  virtual std::optional<std::vector<ComparedColumn>> columns(const TableName& source_name) = 0;

  // All rows in any order: these columns, spelt as canonical() expects them for their families.
  // Rows are handed over as they arrive from the server.
  virtual void read(const TableName& source_name, const std::vector<ComparedColumn>& columns,
                    const RowReceiver& receive) = 0;

  // SQLite and MariaDB store -0.0 as 0.
  virtual bool keeps_negative_zero() const { return true; }
};

// A database that is compared with others.
class SourceReader : public TableReader {
 public:
  // Base tables of the URL's database, or of all databases that are not the server's or tailrace's
  // own.
  virtual std::vector<TableName> tables() = 0;
  // Columns of the primary key in its order; none: there is no key.
  virtual std::vector<std::string> key(const TableName& name) = 0;
};

std::unique_ptr<SourceReader> open_source(const Url& url);  // mysql, mariadb, postgresql
std::unique_ptr<TableReader> open_target(const Url& url);   // and sqlite

}  // namespace tailrace::testing
