#include "extractors/mysql/table_map.h"

#include <functional>
#include <utility>

#include <fmt/format.h>

namespace tailrace::mysql {

namespace {

// Optional metadata, mysql-server rows_event.h (enum Optional_metadata_field_type).
enum MetadataType : std::uint8_t {
  kSignedness = 1,
  kDefaultCharset = 2,
  kColumnCharset = 3,
  kColumnName = 4,
  kSetLabels = 5,
  kEnumLabels = 6,
  kGeometryType = 7,
  kSimplePrimaryKey = 8,
  kPrimaryKeyWithPrefix = 9,
  kEnumAndSetDefaultCharset = 10,
  kEnumAndSetColumnCharset = 11,
  kColumnVisibility = 12,
  kVectorDimensions = 13,
};

constexpr std::size_t kMaxColumns = 4096;

bool is_numeric(const TableMapColumn& column) {
  switch (column.type) {
    case ColumnType::decimal:
    case ColumnType::tiny:
    case ColumnType::short_:
    case ColumnType::int24:
    case ColumnType::long_:
    case ColumnType::longlong:
    case ColumnType::float_:
    case ColumnType::double_:
    case ColumnType::newdecimal:
    case ColumnType::year:
      return true;
    default:
      return false;
  }
}

bool is_character(const TableMapColumn& column) {
  switch (column.type) {
    case ColumnType::varchar:
    case ColumnType::varchar_compressed:
    case ColumnType::var_string:
    case ColumnType::string:
    case ColumnType::blob:
    case ColumnType::blob_compressed:
      return true;
    default:
      return false;
  }
}

bool is_character_or_geometry(const TableMapColumn& column) {
  return is_character(column) || column.type == ColumnType::geometry;
}

bool is_set(const TableMapColumn& column) {
  return column.type == ColumnType::set;
}
bool is_enumeration(const TableMapColumn& column) {
  return column.type == ColumnType::enumeration;
}
bool is_labelled(const TableMapColumn& column) {
  return is_set(column) || is_enumeration(column);
}
bool is_geometry(const TableMapColumn& column) {
  return column.type == ColumnType::geometry;
}
bool is_vector(const TableMapColumn& column) {
  return column.type == ColumnType::vector;
}

using Predicate = bool (*)(const TableMapColumn&);

// STRING carries the type that it stands for in its first byte; CHAR of more than 255 bytes hides
// two bits of its length there too.
void read_string_metadata(ByteReader& in, TableMapColumn& column) {
  const unsigned type = in.u8();
  const unsigned size = in.u8();
  if ((type & 0x30) != 0x30) {
    column.type = static_cast<ColumnType>(type | 0x30);
    column.size = size | ((type & 0x30) ^ 0x30) << 4;
    return;
  }
  column.type = static_cast<ColumnType>(type);
  column.size = size;
}

// False for a type that cannot be in a binlog of a supported server.
bool read_type_metadata(ByteReader& in, TableMapColumn& column) {
  switch (column.type) {
    case ColumnType::tiny:
    case ColumnType::short_:
    case ColumnType::int24:
    case ColumnType::long_:
    case ColumnType::longlong:
    case ColumnType::timestamp:
    case ColumnType::date:
    case ColumnType::time:
    case ColumnType::datetime:
    case ColumnType::year:
      return true;
    case ColumnType::float_:
    case ColumnType::double_:
    case ColumnType::timestamp2:
    case ColumnType::datetime2:
    case ColumnType::time2:
    case ColumnType::json:
    case ColumnType::vector:
    case ColumnType::blob:
    case ColumnType::blob_compressed:
    case ColumnType::geometry:
      column.size = in.u8();
      return true;
    case ColumnType::varchar:
    case ColumnType::varchar_compressed:
    case ColumnType::var_string:
      column.size = in.u16_le();
      return true;
    case ColumnType::bit:
      column.size = in.u8();
      column.size += in.u8() * 8U;
      return true;
    case ColumnType::newdecimal:
      column.precision = in.u8();
      column.scale = in.u8();
      return true;
    case ColumnType::string:
      read_string_metadata(in, column);
      return column.type == ColumnType::string || is_labelled(column);
    default:
      return false;
  }
}

// What the rows could not be read by, if it were believed.
bool is_plausible(const TableMapColumn& column) {
  switch (column.type) {
    case ColumnType::float_:
      return column.size == 4;
    case ColumnType::double_:
      return column.size == 8;
    case ColumnType::timestamp2:
    case ColumnType::datetime2:
    case ColumnType::time2:
      return column.size <= 6;
    case ColumnType::json:
    case ColumnType::vector:
    case ColumnType::blob:
    case ColumnType::blob_compressed:
    case ColumnType::geometry:
      return column.size >= 1 && column.size <= 4;
    case ColumnType::bit:
      return column.size >= 1 && column.size <= 64;
    case ColumnType::newdecimal:
      return column.precision >= 1 && column.precision <= 65 && column.scale <= 30 &&
             column.scale <= column.precision;
    case ColumnType::enumeration:
      return column.size == 1 || column.size == 2;
    case ColumnType::set:
      return column.size >= 1 && column.size <= 8;
    default:
      return true;
  }
}

// Optional metadata of one event. Each function answers false when the value does not fit.
class MetadataReader {
 public:
  MetadataReader(TableMap& map, bool is_mariadb)
      : map_(map), is_text_(is_mariadb ? is_character_or_geometry : is_character) {}

  bool read(std::uint8_t type, Bytes value) {
    ByteReader in(value);
    switch (type) {
      case kSignedness:
        return read_signedness(in);
      case kDefaultCharset:
        return read_default_charset(in, is_text_);
      case kColumnCharset:
        return read_column_charsets(in, is_text_);
      case kColumnName:
        return read_names(in);
      case kSetLabels:
        return read_labels(in, is_set);
      case kEnumLabels:
        return read_labels(in, is_enumeration);
      case kGeometryType:
        return read_geometry_types(in);
      case kSimplePrimaryKey:
        return read_key(in, false);
      case kPrimaryKeyWithPrefix:
        return read_key(in, true);
      case kEnumAndSetDefaultCharset:
        return read_default_charset(in, is_labelled);
      case kEnumAndSetColumnCharset:
        return read_column_charsets(in, is_labelled);
      case kColumnVisibility:
        return read_visibility(in);
      case kVectorDimensions:
        return read_vector_dimensions(in);
      default:
        return true;  // the protocol lets old readers skip new metadata
    }
  }

 private:
  template <typename Function>
  bool for_each(Predicate wanted, ByteReader& in, Function&& function) {
    for (TableMapColumn& column : map_.columns) {
      if (wanted(column)) function(column);
      if (!in.ok()) return false;
    }
    return in.expect_end();
  }

  // One bit per wanted column, most significant first.
  template <typename Function>
  bool for_each_bit(Predicate wanted, ByteReader& in, Function&& function) {
    unsigned bits = 0;
    std::size_t index = 0;
    return for_each(wanted, in, [&](TableMapColumn& column) {
      if (index++ % 8 == 0) bits = in.u8();
      function(column, (bits & 0x80) != 0);
      bits <<= 1;
    });
  }

  bool read_signedness(ByteReader& in) {
    return for_each_bit(is_numeric, in,
                        [](TableMapColumn& column, bool bit) { column.is_unsigned = bit; });
  }

  bool read_visibility(ByteReader& in) {
    return for_each_bit([](const TableMapColumn&) { return true; }, in,
                        [](TableMapColumn& column, bool bit) { column.visible = bit; });
  }

  bool read_column_charsets(ByteReader& in, Predicate wanted) {
    return for_each(wanted, in, [&](TableMapColumn& column) {
      column.collation = static_cast<std::uint32_t>(read_lenenc(in));
    });
  }

  bool read_default_charset(ByteReader& in, Predicate wanted) {
    std::vector<TableMapColumn*> columns;
    const auto collation = static_cast<std::uint32_t>(read_lenenc(in));
    for (TableMapColumn& column : map_.columns) {
      if (!wanted(column)) continue;
      column.collation = collation;
      columns.push_back(&column);
    }
    while (in.ok() && !in.at_end()) {
      const std::uint64_t index = read_lenenc(in);
      const std::uint64_t other = read_lenenc(in);
      if (!in.ok() || index >= columns.size()) return false;
      columns[index]->collation = static_cast<std::uint32_t>(other);
    }
    return in.ok();
  }

  bool read_names(ByteReader& in) {
    map_.has_names = true;
    return for_each([](const TableMapColumn&) { return true; }, in,
                    [&](TableMapColumn& column) { column.name = in.text(in.u8()); });
  }

  bool read_labels(ByteReader& in, Predicate wanted) {
    return for_each(wanted, in, [&](TableMapColumn& column) {
      for (std::uint64_t left = read_lenenc(in); left > 0 && in.ok(); --left) {
        column.labels.emplace_back(in.text(read_lenenc(in)));
      }
    });
  }

  bool read_geometry_types(ByteReader& in) {
    return for_each(is_geometry, in, [&](TableMapColumn& column) {
      column.geometry_type = static_cast<std::uint32_t>(read_lenenc(in));
    });
  }

  bool read_vector_dimensions(ByteReader& in) {
    return for_each(is_vector, in, [&](TableMapColumn& column) {
      column.vector_dimensions = static_cast<std::uint32_t>(read_lenenc(in));
    });
  }

  bool read_key(ByteReader& in, bool with_prefixes) {
    while (in.ok() && !in.at_end()) {
      const std::uint64_t index = read_lenenc(in);
      if (with_prefixes) read_lenenc(in);
      if (!in.ok() || index >= map_.columns.size()) return false;
      map_.key.push_back(static_cast<std::uint16_t>(index));
    }
    return in.ok();
  }

  TableMap& map_;
  Predicate is_text_;
};

std::string_view read_name(ByteReader& in) {
  const std::string_view name = in.text(in.u8());
  if (in.u8() != 0) in.fail();
  return name;
}

Status read_types(const EventView& event, Bytes types, Bytes metadata, TableMap& map) {
  ByteReader in(metadata);
  for (const std::byte type : types) {
    TableMapColumn column;
    column.type = static_cast<ColumnType>(type);
    if (!read_type_metadata(in, column)) {
      return unsupported_event(
                 event, fmt::format("column {} has the unknown type {}", map.columns.size() + 1,
                                    std::to_integer<unsigned>(type)))
          .with("table " + map.name.to_string());
    }
    if (!in.ok() || !is_plausible(column)) {
      return malformed_event(event, fmt::format("bad metadata of column {}, type {}",
                                                map.columns.size() + 1, name_of(column.type)))
          .with("table " + map.name.to_string());
    }
    map.columns.push_back(std::move(column));
  }
  if (!in.expect_end()) return malformed_event(event, "type metadata has the wrong length");
  return {};
}

Status read_optional_metadata(const EventView& event, ByteReader& in, bool is_mariadb,
                              TableMap& map) {
  MetadataReader reader(map, is_mariadb);
  while (!in.at_end()) {
    const std::size_t at = in.offset();
    const std::uint8_t type = in.u8();
    const Bytes value = in.bytes(read_lenenc(in));
    if (!in.ok() || !reader.read(type, value)) {
      return malformed_event(event, fmt::format("optional metadata {} does not fit", type), at)
          .with("table " + map.name.to_string());
    }
  }
  return {};
}

}  // namespace

Result<TableMapView> peek_table_map(const EventView& event) {
  ByteReader in(event.body);
  TableMapView view;
  view.table_id = in.u48_le();
  view.flags = in.u16_le();
  if (in.ok()) view.definition = event.body.subspan(in.offset());
  view.schema = read_name(in);
  view.table = read_name(in);
  if (!in.ok()) return malformed_event(event, "event cut off", in.offset());
  return view;
}

Result<TableMap> decode_table_map(const EventView& event, const FormatDescription& log) {
  const auto view = peek_table_map(event);
  if (!view) return view.error();
  TableMap map;
  map.table_id = view->table_id;
  map.flags = view->flags;
  map.name = {std::string(view->schema), std::string(view->table)};

  ByteReader in(view->definition);
  read_name(in);
  read_name(in);
  const std::uint64_t column_count = read_lenenc(in);
  if (column_count > kMaxColumns) in.fail();
  const Bytes types = in.bytes(column_count);
  const Bytes metadata = in.bytes(read_lenenc(in));
  const Bytes nullable = in.bytes((column_count + 7) / 8);
  if (!in.ok()) return malformed_event(event, "event cut off");

  if (auto read = read_types(event, types, metadata, map); !read) return std::move(read).error();
  for (std::size_t i = 0; i < map.columns.size(); ++i) {
    const auto bits = std::to_integer<unsigned>(nullable[i / 8]);
    map.columns[i].nullable = (bits >> i % 8 & 1) != 0;
  }
  auto read = read_optional_metadata(event, in, log.is_mariadb(), map);
  if (!read) return std::move(read).error();
  return map;
}

}  // namespace tailrace::mysql
