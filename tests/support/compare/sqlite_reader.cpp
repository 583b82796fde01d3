#include <array>
#include <charconv>
#include <stdexcept>

#include "clients/sqlite/database.h"
#include "tests/support/compare/readers.h"

namespace tailrace::testing {
namespace {

std::string hex(std::string_view octets) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char octet : octets) {
    const auto byte = static_cast<unsigned char>(octet);
    text.push_back(kDigits[byte >> 4U]);
    text.push_back(kDigits[byte & 15U]);
  }
  return text;
}

std::string shortest(double value) {
  std::array<char, 64> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

bool may_be_blob(Family family) {
  return family == Family::bytes || family == Family::uuid || family == Family::vector;
}

// The value in the spelling that canonical() expects. One of a wrong storage class says so, and
// equals nothing.
std::optional<std::string> spelt(const sqlite::Statement& row, int index, Family family) {
  switch (row.value_class(index)) {
    case sqlite::ValueClass::null:
      return std::nullopt;
    case sqlite::ValueClass::integer:
      return std::to_string(row.integer(index));
    case sqlite::ValueClass::real:
      return shortest(row.real(index));
    case sqlite::ValueClass::text:
      if (family == Family::bits) return "b" + std::string(row.text(index));
      return (family == Family::bytes ? "as text: " : "") + std::string(row.text(index));
    case sqlite::ValueClass::blob:
      if (family == Family::bits) return "x" + hex(row.text(index));
      return (may_be_blob(family) ? "" : "as blob: ") + hex(row.text(index));
  }
  return std::nullopt;
}

class SqliteReader final : public TableReader {
 public:
  explicit SqliteReader(sqlite::Database database) : database_(std::move(database)) {}

  std::optional<std::vector<ComparedColumn>> columns(const TableName& name) override {
    auto found = must(database_.prepare("SELECT name, lower(type) FROM pragma_table_info(?)"));
    found.bind_text(1, name.table);
    std::vector<ComparedColumn> result;
    while (must(found.step())) {
      result.push_back({std::string(found.text(0)), std::string(found.text(1))});
    }
    if (result.empty()) return std::nullopt;
    return result;
  }

  void read(const TableName& name, const std::vector<ComparedColumn>& columns,
            const RowReceiver& receive) override {
    std::string sql = "SELECT ";
    for (const ComparedColumn& column : columns) {
      sql.append(sql.size() > 7 ? ", " : "").append(quote(column.name, '"'));
    }
    auto rows = must(database_.prepare(sql + " FROM " + quote(name.table, '"')));
    std::vector<std::optional<std::string>> values(columns.size());
    std::vector<Cell> cells(columns.size());
    while (must(rows.step())) {
      for (std::size_t i = 0; i < columns.size(); ++i) {
        values[i] = spelt(rows, static_cast<int>(i), columns[i].family);
        cells[i] = values[i] ? Cell(*values[i]) : Cell();
      }
      receive(cells);
    }
  }

  bool keeps_negative_zero() const override { return false; }

 private:
  sqlite::Database database_;
};

}  // namespace

std::unique_ptr<TableReader> open_sqlite_reader(const Url& url) {
  return std::make_unique<SqliteReader>(
      must(sqlite::Database::open({.path = url.path, .read_only = true})));
}

}  // namespace tailrace::testing
