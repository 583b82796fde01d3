#include "tests/support/compare/compare.h"

#include <algorithm>
#include <stdexcept>

#include "config/glob.h"
#include "tests/support/compare/readers.h"
#include "tests/support/compare/row_record.h"
#include "tests/support/compare/row_sorter.h"

namespace tailrace::testing {
namespace {

constexpr std::size_t kReadable = 80;  // characters of a value in a report

std::string shortened(const std::string& text) {
  return text.size() <= kReadable ? text : text.substr(0, kReadable) + "...";
}

std::string readable(const Value& value) {
  return value ? shortened(*value) : "NULL";
}

// What is compared of one table: columns of both sides, paired, those of the key first.
struct Plan {
  std::vector<ComparedColumn> source;
  std::vector<ComparedColumn> target;
  std::size_t key_count = 0;  // all columns when the table has no key
  std::vector<std::string> missing;
};

const ComparedColumn* find(const std::vector<ComparedColumn>& columns, const std::string& name) {
  const auto found =
      std::find_if(columns.begin(), columns.end(),
                   [&](const ComparedColumn& column) { return column.name == name; });
  return found == columns.end() ? nullptr : &*found;
}

bool is_json(const ComparedColumn& column) {
  return column.native_type == "json" || column.native_type == "jsonb";
}

// Both are read and compared as one family.
void agree(ComparedColumn& source, ComparedColumn& target, bool by_value) {
  source.exact = !by_value && !source.exact_type.empty() && source.exact_type == target.exact_type;
  if (source.exact) source.family = Family::text;
  // JSON in MariaDB is text with a check.
  const bool one_kind = target.family == Family::text && !by_value;
  if (source.family == Family::text && !source.exact && is_json(target) && !one_kind) {
    source.family = Family::json;
  }
  target.family = source.family;
  target.element = source.element;
  target.exact = source.exact;
}

Plan plan(const std::vector<ComparedColumn>& source, const std::vector<ComparedColumn>& target,
          const std::vector<std::string>& key, bool by_value) {
  Plan result;
  const auto pair = [&](const ComparedColumn& column) {
    const ComparedColumn* counterpart = find(target, column.name);
    if (counterpart == nullptr) {
      result.missing.push_back(column.name);
      return;
    }
    result.source.push_back(column);
    result.target.push_back(*counterpart);
    agree(result.source.back(), result.target.back(), by_value);
  };
  for (const std::string& name : key) pair(*find(source, name));
  result.key_count = result.source.size();
  for (const ComparedColumn& column : source) {
    if (std::find(key.begin(), key.end(), column.name) == key.end()) pair(column);
  }
  if (result.key_count == 0) result.key_count = result.source.size();
  return result;
}

// Of little-endian floats in hexadecimal digits.
void drop_signs_of_zero(std::string& vector) {
  constexpr std::string_view kNegativeZero = "00000080";
  for (std::size_t i = 0; i + 8 <= vector.size(); i += 8) {
    if (vector.compare(i, 8, kNegativeZero) == 0) vector[i + 6] = '0';
  }
}

void sort_rows(TableReader& reader, const TableName& name,
               const std::vector<ComparedColumn>& columns, bool negative_zero, RowSorter& sorter) {
  const auto value_of = [&](const ComparedColumn& column, const Cell& cell) -> Value {
    if (!cell) return std::nullopt;
    std::string text = canonical(column.family, column.element, *cell);
    if (!negative_zero && text == "-0") text = "0";
    if (!negative_zero && column.family == Family::vector) drop_signs_of_zero(text);
    return text;
  };
  reader.read(name, columns, [&](std::span<const Cell> row) {
    RecordWriter record;
    for (std::size_t i = 0; i < columns.size(); ++i) record.add(value_of(columns[i], row[i]));
    sorter.add(record.take());
  });
}

std::string describe_key(const Plan& plan, const std::vector<Value>& values) {
  std::string text;
  for (std::size_t i = 0; i < plan.key_count; ++i) {
    text.append(i == 0 ? "" : ", ").append(plan.source[i].name).append("=");
    text.append(readable(values[i]));
  }
  return text;
}

// Walks through both sides in the order of their records.
class Merge {
 public:
  Merge(const Plan& plan, const CompareOptions& options, TableReport& report)
      : plan_(plan), options_(options), report_(report) {}

  void run(RowSorter& source_rows, RowSorter& target_rows) {
    auto source = source_rows.take();
    auto target = target_rows.take();
    while (source || target) {
      if (source == target) {
        source = source_rows.take();
        target = target_rows.take();
        continue;
      }
      const int order =
          !source   ? 1
          : !target ? -1
                    : key_of(*source, plan_.key_count).compare(key_of(*target, plan_.key_count));
      if (order < 0) {
        only(DifferenceKind::only_at_source, *source);
      } else if (order > 0) {
        only(DifferenceKind::only_at_target, *target);
      } else {
        differ(*source, *target);
      }
      if (order <= 0) source = source_rows.take();
      if (order >= 0) target = target_rows.take();
    }
  }

 private:
  bool full() const { return report_.differences.size() >= options_.most_differences; }

  void only(DifferenceKind kind, const std::string& record) {
    ++report_.difference_count;
    if (full()) return;
    report_.differences.push_back({kind, describe_key(plan_, values_of(record)), {}, {}, {}});
  }

  void differ(const std::string& source, const std::string& target) {
    ++report_.difference_count;
    const auto at_source = values_of(source);
    const auto at_target = values_of(target);
    for (std::size_t i = plan_.key_count; i < plan_.source.size() && !full(); ++i) {
      if (at_source[i] == at_target[i]) continue;
      report_.differences.push_back({DifferenceKind::value, describe_key(plan_, at_source),
                                     plan_.source[i].name, readable(at_source[i]),
                                     readable(at_target[i])});
    }
  }

  const Plan& plan_;
  const CompareOptions& options_;
  TableReport& report_;
};

TableReport compare_table(SourceReader& source, TableReader& target, const TableName& name,
                          const CompareOptions& options) {
  TableReport report;
  report.table = name.to_string();
  const auto source_columns = source.columns(name);
  if (!source_columns) throw std::runtime_error(report.table + " is gone from the source");
  const auto target_columns = target.columns(name);
  const Plan paired = plan(*source_columns, target_columns.value_or(*source_columns),
                           source.key(name), options.by_value);
  report.missing_columns = paired.missing;

  const bool negative_zero = target.keeps_negative_zero() && !options.by_value;
  RowSorter source_rows;
  sort_rows(source, name, paired.source, negative_zero, source_rows);
  report.source_rows = source_rows.count();
  if (!target_columns) {
    report.difference_count = report.source_rows;
    return report;
  }
  RowSorter target_rows;
  sort_rows(target, name, paired.target, negative_zero, target_rows);
  report.target_rows = target_rows.count();
  Merge(paired, options, report).run(source_rows, target_rows);
  return report;
}

}  // namespace

bool CompareReport::equal() const {
  return std::all_of(tables.begin(), tables.end(),
                     [](const TableReport& table) { return table.equal(); });
}

std::uint64_t CompareReport::source_rows() const {
  std::uint64_t sum = 0;
  for (const TableReport& table : tables) sum += table.source_rows;
  return sum;
}

std::uint64_t CompareReport::target_rows() const {
  std::uint64_t sum = 0;
  for (const TableReport& table : tables) sum += table.target_rows.value_or(0);
  return sum;
}

CompareReport compare_databases(const std::string& source_url, const std::string& target_url,
                                const CompareOptions& options) {
  const auto source = open_source(must(Url::parse(source_url)));
  const auto target = open_target(must(Url::parse(target_url)));
  const TableFilter filter = must(TableFilter::parse(options.tables));
  CompareReport report;
  for (const TableName& name : source->tables()) {
    if (filter.matches(name)) {
      report.tables.push_back(compare_table(*source, *target, name, options));
    }
  }
  return report;
}

}  // namespace tailrace::testing
