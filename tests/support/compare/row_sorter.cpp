#include "tests/support/compare/row_sorter.h"

#include <algorithm>
#include <cstdint>
#include <stdexcept>

namespace tailrace::testing {
namespace {

void write(std::FILE* file, const void* bytes, std::size_t size) {
  if (std::fwrite(bytes, 1, size, file) != size) {
    throw std::runtime_error("could not write a temporary file");
  }
}

void write_record(std::FILE* file, const std::string& record) {
  const std::uint64_t size = record.size();
  write(file, &size, sizeof size);
  write(file, record.data(), record.size());
}

std::optional<std::string> read_record(std::FILE* file) {
  std::uint64_t size = 0;
  if (std::fread(&size, sizeof size, 1, file) != 1) return std::nullopt;
  std::string record(size, '\0');
  if (std::fread(record.data(), 1, size, file) != size) {
    throw std::runtime_error("could not read a temporary file");
  }
  return record;
}

}  // namespace

void RowSorter::add(std::string record) {
  if (taking_) throw std::logic_error("RowSorter: add after take");
  held_bytes_ += record.size() + sizeof record;
  held_.push_back(std::move(record));
  ++count_;
  if (held_bytes_ > budget_) spill();
}

void RowSorter::spill() {
  std::sort(held_.begin(), held_.end());
  File file(std::tmpfile());
  if (!file) throw std::runtime_error("could not make a temporary file");
  for (const std::string& record : held_) write_record(file.get(), record);
  std::rewind(file.get());
  runs_.push_back(std::move(file));
  held_.clear();
  held_bytes_ = 0;
}

void RowSorter::start_taking() {
  taking_ = true;
  std::sort(held_.begin(), held_.end());
  for (std::size_t run = 0; run <= runs_.size(); ++run) refill(run);
}

void RowSorter::refill(std::size_t run) {
  if (run < runs_.size()) {
    if (auto record = read_record(runs_[run].get())) heads_.push({std::move(*record), run});
  } else if (next_held_ < held_.size()) {
    heads_.push({std::move(held_[next_held_++]), run});
  }
}

std::optional<std::string> RowSorter::take() {
  if (!taking_) start_taking();
  if (heads_.empty()) return std::nullopt;
  Head head = heads_.top();
  heads_.pop();
  refill(head.run);
  return std::move(head.record);
}

}  // namespace tailrace::testing
