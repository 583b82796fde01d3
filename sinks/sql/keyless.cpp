#include "sinks/sql/keyless.h"

#include <fmt/format.h>

namespace tailrace::sql {
namespace {

// Rounding and reformatting make equality of these a matter of luck.
bool has_exact_comparison(const MappedColumn& column) {
  switch (column.target->type) {
    case TargetType::float32:
    case TargetType::float64:
    case TargetType::json:
    case TargetType::geometry:
    case TargetType::vector:
    case TargetType::number_array:
    case TargetType::array:
    case TargetType::numeric_affinity:
    case TargetType::other:
      return false;
    default:
      return true;
  }
}

std::string way_out(const TableMapping& mapping) {
  return fmt::format("add a primary key to {} at the source and at the target",
                     mapping.schema->name.to_string());
}

Result<Image> split(const RowImage& image, std::size_t columns, std::vector<Value>& values) {
  if (image.empty()) return Image();
  values.assign(columns, Value());
  if (!image.split(values)) return Error(ErrorKind::stream_corrupt, "malformed row image");
  return Image(values);
}

}  // namespace

Result<Images> split_images(const Change& change, std::vector<Value>& before,
                            std::vector<Value>& after) {
  const std::size_t columns = change.schema->columns.size();
  auto first = split(change.before, columns, before);
  auto second = split(change.after, columns, after);
  if (!first) return std::move(first).error();
  if (!second) return std::move(second).error();
  for (std::size_t i = 0; i < after.size() && !first->empty() && !second->empty(); ++i) {
    if (after[i].is_unchanged()) after[i] = before[i];
  }
  return Images{*first, *second};
}

Status can_match_all_columns(const TableMapping& mapping, Image before, bool by_text) {
  const std::string table = "table " + mapping.target.name.to_string();
  if (before.empty() || !is_complete(mapping, before)) {
    return Error(ErrorKind::schema_mismatch,
                 "rows have no key, and the source does not log them whole")
        .hint(way_out(mapping))
        .with(table);
  }
  for (const MappedColumn& column : mapping.columns) {
    if (by_text || has_exact_comparison(column)) continue;
    return Error(ErrorKind::schema_mismatch,
                 fmt::format("rows have no key, and column \"{}\" ({}) cannot be compared exactly "
                             "to find the row",
                             column.target->name, column.target->type_name))
        .hint(way_out(mapping))
        .with(table);
  }
  return {};
}

}  // namespace tailrace::sql
