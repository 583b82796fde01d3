#include "core/table_schema.h"

namespace tailrace {
namespace {

constexpr std::uint8_t kNullable = 1;
constexpr std::uint8_t kFixedLength = 2;
constexpr std::uint8_t kGenerated = 4;

constexpr std::uint8_t kPartial = 1;
constexpr std::uint8_t kStorageLater = 2;

std::string read_text(ByteReader& in) {
  return std::string(in.text(in.varint()));
}

void encode(const Column& column, ByteWriter& out) {
  out.sized_text(column.name);
  out.u8(static_cast<std::uint8_t>(column.type));
  out.u8(static_cast<std::uint8_t>((column.nullable ? kNullable : 0) |
                                   (column.fixed_length ? kFixedLength : 0) |
                                   (column.generated ? kGenerated : 0)));
  out.varint(column.length);
  out.varint(column.precision);
  out.varint(static_cast<std::uint16_t>(column.scale));
  out.sized_text(column.native_type);
  out.sized_text(column.charset);
  out.varint(column.labels.size());
  for (const std::string& label : column.labels) out.sized_text(label);
  out.varint(column.identity);
  out.varint(column.edition);
  out.u8(static_cast<std::uint8_t>(column.fill.kind));
  out.sized_text(column.fill.text);
}

Column decode_column(ByteReader& in) {
  Column column;
  column.name = read_text(in);
  const auto type = logical_type_from(in.u8());
  if (!type) in.fail();
  column.type = type.value_or(LogicalType::other);
  const std::uint8_t flags = in.u8();
  column.nullable = (flags & kNullable) != 0;
  column.fixed_length = (flags & kFixedLength) != 0;
  column.generated = (flags & kGenerated) != 0;
  column.length = static_cast<std::uint32_t>(in.varint());
  column.precision = static_cast<std::uint16_t>(in.varint());
  column.scale = static_cast<std::int16_t>(in.varint());
  column.native_type = read_text(in);
  column.charset = read_text(in);
  for (std::uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
    column.labels.push_back(read_text(in));
  }
  column.identity = static_cast<std::uint32_t>(in.varint());
  column.edition = static_cast<std::uint32_t>(in.varint());
  const std::uint8_t fill = in.u8();
  if (fill > static_cast<std::uint8_t>(ColumnFill::Kind::canonical)) in.fail();
  column.fill.kind = static_cast<ColumnFill::Kind>(fill);
  column.fill.text = read_text(in);
  return column;
}

void encode(const TableTraits& traits, ByteWriter& out) {
  out.varint(traits.identity);
  out.varint(traits.last_identity);
  out.u8(static_cast<std::uint8_t>((traits.partial ? kPartial : 0) |
                                   (traits.storage_later ? kStorageLater : 0)));
  out.sized_text(traits.storage);
}

TableTraits decode_traits(ByteReader& in) {
  TableTraits traits;
  traits.identity = static_cast<std::uint32_t>(in.varint());
  traits.last_identity = static_cast<std::uint32_t>(in.varint());
  const std::uint8_t flags = in.u8();
  traits.partial = (flags & kPartial) != 0;
  traits.storage_later = (flags & kStorageLater) != 0;
  traits.storage = read_text(in);
  return traits;
}

}  // namespace

std::optional<std::uint16_t> TableSchema::find_column(std::string_view column_name) const {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == column_name) return static_cast<std::uint16_t>(i);
  }
  return std::nullopt;
}

void encode(const TableSchema& schema, ByteWriter& out) {
  out.sized_text(schema.name.schema);
  out.sized_text(schema.name.table);
  out.u8(static_cast<std::uint8_t>(schema.engine));
  out.varint(schema.columns.size());
  for (const Column& column : schema.columns) encode(column, out);
  out.varint(schema.key.size());
  for (const std::uint16_t index : schema.key) out.varint(index);
  encode(schema.traits, out);
}

Result<TableSchema> decode_table_schema(Bytes bytes) {
  ByteReader in(bytes);
  TableSchema schema;
  schema.name.schema = read_text(in);
  schema.name.table = read_text(in);
  const std::uint8_t engine = in.u8();
  if (engine > static_cast<std::uint8_t>(SourceEngine::postgresql)) in.fail();
  schema.engine = static_cast<SourceEngine>(engine);
  for (std::uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
    schema.columns.push_back(decode_column(in));
  }
  for (std::uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
    const std::uint64_t index = in.varint();
    if (index >= schema.columns.size()) in.fail();
    schema.key.push_back(static_cast<std::uint16_t>(index));
  }
  schema.traits = decode_traits(in);
  if (!in.expect_end())
    return Error(ErrorKind::stream_corrupt, "malformed table schema in a block");
  return schema;
}

}  // namespace tailrace
