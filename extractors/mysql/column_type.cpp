#include "extractors/mysql/column_type.h"

namespace tailrace::mysql {

std::string_view name_of(ColumnType type) {
  switch (type) {
    case ColumnType::decimal:
      return "DECIMAL";
    case ColumnType::tiny:
      return "TINY";
    case ColumnType::short_:
      return "SHORT";
    case ColumnType::long_:
      return "LONG";
    case ColumnType::float_:
      return "FLOAT";
    case ColumnType::double_:
      return "DOUBLE";
    case ColumnType::null:
      return "NULL";
    case ColumnType::timestamp:
      return "TIMESTAMP";
    case ColumnType::longlong:
      return "LONGLONG";
    case ColumnType::int24:
      return "INT24";
    case ColumnType::date:
      return "DATE";
    case ColumnType::time:
      return "TIME";
    case ColumnType::datetime:
      return "DATETIME";
    case ColumnType::year:
      return "YEAR";
    case ColumnType::newdate:
      return "NEWDATE";
    case ColumnType::varchar:
      return "VARCHAR";
    case ColumnType::bit:
      return "BIT";
    case ColumnType::timestamp2:
      return "TIMESTAMP2";
    case ColumnType::datetime2:
      return "DATETIME2";
    case ColumnType::time2:
      return "TIME2";
    case ColumnType::typed_array:
      return "TYPED_ARRAY";
    case ColumnType::blob_compressed:
      return "BLOB_COMPRESSED";
    case ColumnType::varchar_compressed:
      return "VARCHAR_COMPRESSED";
    case ColumnType::vector:
      return "VECTOR";
    case ColumnType::json:
      return "JSON";
    case ColumnType::newdecimal:
      return "NEWDECIMAL";
    case ColumnType::enumeration:
      return "ENUM";
    case ColumnType::set:
      return "SET";
    case ColumnType::tiny_blob:
      return "TINY_BLOB";
    case ColumnType::medium_blob:
      return "MEDIUM_BLOB";
    case ColumnType::long_blob:
      return "LONG_BLOB";
    case ColumnType::blob:
      return "BLOB";
    case ColumnType::var_string:
      return "VAR_STRING";
    case ColumnType::string:
      return "STRING";
    case ColumnType::geometry:
      return "GEOMETRY";
  }
  return {};
}

}  // namespace tailrace::mysql
