#include "sinks/postgres/copy_batch.h"

#include "core/byte_reader.h"
#include "sinks/postgres/write_value.h"

namespace tailrace::postgres {

void CopyBatch::clear() {
  lines_.clear();
  line_ends_.clear();
  keys_.clear();
}

Status CopyBatch::add(const sql::TableMapping& mapping, sql::Image row) {
  char separator = '\0';
  for (const sql::MappedColumn& column : mapping.columns) {
    if (separator != '\0') lines_.character(separator);
    separator = '\t';
    const Value value = row[column.source];
    if (value.is_unchanged()) return sql::incomplete_row(mapping, row);
    if (value.is_null()) {
      lines_.text("\\N");
    } else if (auto problem = write_value(column, value.text(), ValueForm::copy_field, lines_)) {
      return sql::value_error(mapping, row, column, *problem);
    }
  }
  lines_.character('\n');
  line_ends_.push_back(lines_.size());
  for (const std::uint16_t index : mapping.key) {
    const std::string_view key = row[mapping.columns[index].source].text();
    keys_.u32_le(static_cast<std::uint32_t>(key.size()));
    keys_.text(key);
  }
  return {};
}

std::string_view CopyBatch::lines(std::size_t first, std::size_t end) const {
  const std::size_t from = first == 0 ? 0 : line_ends_[first - 1];
  const std::size_t to = end == 0 ? 0 : line_ends_[end - 1];
  return lines().substr(from, to - from);
}

std::string CopyBatch::describe(const sql::TableMapping& mapping, std::size_t row) const {
  std::vector<Value> values(mapping.schema->columns.size());
  ByteReader keys(keys_.view());
  for (std::size_t i = 0; i <= row; ++i) {
    for (const std::uint16_t index : mapping.key) {
      const std::uint32_t size = keys.u32_le();
      values[mapping.columns[index].source] = Value::present(keys.text(size));
    }
  }
  return sql::describe_row(mapping, values);
}

}  // namespace tailrace::postgres
