#include "extractors/postgres/key_ranges.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/utf8.h"
#include "extractors/postgres/server_facts.h"

namespace tailrace::postgres {
namespace {

constexpr std::uint64_t kPagesPerRange = 8;
constexpr std::uint64_t kFewestPages = 128;
constexpr std::uint64_t kMostPages = 32'768;  // 256 MiB
constexpr std::uint64_t kMostRows = 500'000;  // what the server sorts

constexpr const char* kPages =
    "SELECT coalesce(sum(pg_relation_size(t.oid)), 0) / current_setting('block_size')::bigint "
    "FROM (SELECT {0}::oid AS oid UNION SELECT relid::oid FROM pg_partition_tree({0})) t "
    "JOIN pg_class c ON c.oid = t.oid WHERE c.relkind = 'r'";

}  // namespace

KeySample sample_for(std::uint64_t ranges, std::uint64_t pages, std::uint64_t rows) {
  KeySample sample;
  if (pages == 0) return sample;
  const std::uint64_t wanted = std::clamp(ranges * kPagesPerRange, kFewestPages, kMostPages);
  const double share = std::min(1.0, static_cast<double>(wanted) / static_cast<double>(pages));
  sample.percent_of_pages = share * 100;
  const double sampled_rows = share * static_cast<double>(rows);
  if (sampled_rows > kMostRows) sample.share_of_rows = kMostRows / sampled_rows;
  return sample;
}

Result<std::vector<KeyRange>> split_by_key(Connection& connection, const CopiedTable& table,
                                           std::uint64_t estimated_rows,
                                           std::uint64_t rows_per_range) {
  std::vector<KeyRange> ranges = {{}};
  rows_per_range = std::max<std::uint64_t>(rows_per_range, 1);
  if (table.key.empty() || estimated_rows <= rows_per_range) return ranges;
  auto pages = connection.exec(fmt::format(kPages, table.rows.definition.oid));
  if (!pages) return std::move(pages).error();
  const KeySample sample =
      sample_for(estimated_rows / rows_per_range + 1, number_in(pages->scalar()), estimated_rows);
  auto bounds = connection.exec(bounds_statement(table, sample, rows_per_range));
  if (!bounds) return std::move(bounds).error();
  for (std::size_t i = 0; i < bounds->row_count(); ++i) {
    std::vector<std::string> values;
    for (std::size_t k = 0; k < bounds->column_count(); ++k) {
      values.emplace_back(bounds->cell(i, k).value_or(""));
    }
    // A SQL_ASCII database may hold what cannot be printed; the range is longer then.
    const bool printable = std::all_of(values.begin(), values.end(), [](const std::string& value) {
      return valid_utf8_bytes(as_bytes(value)) == value.size();
    });
    if (!printable) continue;
    ranges.back().upto = print_bound(values);
    ranges.push_back({.after = ranges.back().upto, .upto = {}});
  }
  return ranges;
}

}  // namespace tailrace::postgres
