#include "extractors/mysql/row_decoder.h"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "extractors/mysql/column_plan.h"

namespace tailrace::mysql {

namespace {

bool has_bit(Bytes bitmap, std::size_t index) {
  return (std::to_integer<unsigned>(bitmap[index / 8]) >> index % 8 & 1) != 0;
}

std::size_t count_bits(Bytes bitmap, std::size_t bits) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < bits; ++i) count += has_bit(bitmap, i) ? 1 : 0;
  return count;
}

}  // namespace

class RowDecoder::Plan {
 public:
  Plan(SchemaPtr schema, std::vector<ColumnPlan> columns)
      : schema_(std::move(schema)), columns_(std::move(columns)) {}

  const SchemaPtr& schema() const { return schema_; }
  Status decode_rows(const RowsEvent& event, BlockBuilder& out);

 private:
  // The columns that an image holds.
  struct Used {
    Bytes bitmap;
    std::size_t count = 0;
  };

  Used used(Bytes bitmap) const { return {bitmap, count_bits(bitmap, columns_.size())}; }
  bool decode_row(const RowsEvent& event, const Used& first, const Used& after, ByteReader& in,
                  BlockBuilder& out);
  bool decode_image(const Used& used, ByteReader& in, BlockBuilder& out);
  Error error_at(std::size_t offset) const;

  SchemaPtr schema_;
  std::vector<ColumnPlan> columns_;
  ValueReader reader_;
  ReadOutcome outcome_ = ReadOutcome::good;  // of the value that ended a row's decoding
  std::size_t bad_column_ = 0;
};

Status RowDecoder::Plan::decode_rows(const RowsEvent& event, BlockBuilder& out) {
  if (event.column_count != columns_.size()) {
    return Error(ErrorKind::stream_corrupt,
                 fmt::format("rows have {} columns, their TABLE_MAP has {}", event.column_count,
                             columns_.size()))
        .with("table " + schema_->name.to_string());
  }
  const Used first = used(event.used);
  const Used after = event.kind == ChangeKind::update ? used(event.used_after) : Used{};
  if (first.count == 0 && after.count == 0) {
    return Error(ErrorKind::unsupported_protocol, "rows without any column are not supported")
        .with("table " + schema_->name.to_string());
  }
  ByteReader in(event.rows);
  while (!in.at_end()) {
    const std::size_t start = in.offset();
    out.start_change(event.kind, schema_);
    if (!decode_row(event, first, after, in, out)) {
      out.cancel_change();
      return error_at(start);
    }
    if (auto ended = out.end_change(); !ended) return ended;
  }
  return {};
}

bool RowDecoder::Plan::decode_row(const RowsEvent& event, const Used& first, const Used& after,
                                  ByteReader& in, BlockBuilder& out) {
  switch (event.kind) {
    case ChangeKind::insert:
      out.skip_image();
      return decode_image(first, in, out);
    case ChangeKind::update:
      return decode_image(first, in, out) && decode_image(after, in, out);
    case ChangeKind::remove:
      if (!decode_image(first, in, out)) return false;
      out.skip_image();
      return true;
  }
  return false;
}

bool RowDecoder::Plan::decode_image(const Used& used, ByteReader& in, BlockBuilder& out) {
  const bool all = used.count == columns_.size();
  const Bytes nulls = in.bytes((used.count + 7) / 8);
  outcome_ = ReadOutcome::cut_off;
  bad_column_ = 0;
  if (!in.ok()) return false;
  out.start_image();
  std::size_t place = 0;  // among the used columns
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (!all && !has_bit(used.bitmap, i)) {
      out.put_unchanged();
      continue;
    }
    if (has_bit(nulls, place++)) {
      out.put_null();
      continue;
    }
    out.start_value();
    const ReadOutcome outcome = reader_.read(columns_[i], in, out.out());
    if (outcome != ReadOutcome::good) {
      outcome_ = outcome;
      bad_column_ = i;
      return false;
    }
    out.end_value();
  }
  out.end_image();
  return true;
}

Error RowDecoder::Plan::error_at(std::size_t offset) const {
  const std::string frame =
      fmt::format("table {}, column \"{}\", row at byte {} of the event's rows",
                  schema_->name.to_string(), schema_->columns[bad_column_].name, offset);
  if (outcome_ == ReadOutcome::cut_off) {
    return Error(ErrorKind::stream_corrupt, "value cut off").with(frame);
  }
  if (outcome_ == ReadOutcome::bad_value) {
    return Error(ErrorKind::stream_corrupt, fmt::format("bad value: {}", reader_.bad_reason()))
        .with(frame);
  }
  return Error(ErrorKind::unsupported_value,
               fmt::format("text is not valid {} at its byte {}",
                           columns_[bad_column_].charset->name, reader_.bad_offset()))
      .hint("correct the row at the source, or leave the column out")
      .with(frame);
}

Result<RowDecoder> RowDecoder::create(const TableMap& map, SchemaPtr schema, const CharsetTable&) {
  TR_ASSERT(schema->columns.size() == map.columns.size());
  std::vector<ColumnPlan> columns;
  for (std::size_t i = 0; i < map.columns.size(); ++i) {
    auto plan = plan_column(map.columns[i], schema->columns[i]);
    if (!plan) {
      return std::move(plan).error().with(fmt::format(
          "table {}, column \"{}\"", schema->name.to_string(), schema->columns[i].name));
    }
    columns.push_back(*plan);
  }
  return RowDecoder(std::make_unique<Plan>(std::move(schema), std::move(columns)));
}

RowDecoder::RowDecoder(std::unique_ptr<Plan> plan) : plan_(std::move(plan)) {}
RowDecoder::RowDecoder(RowDecoder&&) noexcept = default;
RowDecoder& RowDecoder::operator=(RowDecoder&&) noexcept = default;
RowDecoder::~RowDecoder() = default;

const SchemaPtr& RowDecoder::schema() const {
  return plan_->schema();
}

Status RowDecoder::decode_rows(const RowsEvent& event, BlockBuilder& out) {
  return plan_->decode_rows(event, out);
}

}  // namespace tailrace::mysql
