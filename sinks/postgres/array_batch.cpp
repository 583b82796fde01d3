#include "sinks/postgres/array_batch.h"

#include "sinks/postgres/write_value.h"

namespace tailrace::postgres {

void ArrayBatch::start(std::size_t parameter_count) {
  if (arrays_.size() < parameter_count) arrays_.resize(parameter_count);
  for (ByteWriter& array : arrays_) array.clear();
  parameter_count_ = parameter_count;
  next_ = row_count_ = bytes_ = 0;
}

sql::ValueCheck ArrayBatch::put(const sql::MappedColumn& column, sql::Image row) {
  ByteWriter& array = arrays_[next_++];
  const std::size_t before = array.size();
  array.character(before == 0 ? '{' : ',');
  const Value value = row[column.source];
  TR_ASSERT(!value.is_unchanged());
  if (value.is_null()) {
    array.text("NULL");
  } else if (auto problem = write_value(column, value.text(), ValueForm::array_element, array)) {
    return problem;
  }
  bytes_ += array.size() - before;
  return {};
}

void ArrayBatch::end_row() {
  TR_ASSERT(next_ == parameter_count_);
  next_ = 0;
  ++row_count_;
}

const std::vector<const char*>& ArrayBatch::finish() {
  parameters_.clear();
  for (std::size_t i = 0; i < parameter_count_; ++i) {
    arrays_[i].text(std::string_view("}\0", 2));
    parameters_.push_back(arrays_[i].text().data());
  }
  return parameters_;
}

}  // namespace tailrace::postgres
