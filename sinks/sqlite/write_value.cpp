#include "sinks/sqlite/write_value.h"

#include <charconv>
#include <limits>

namespace tailrace::sqlite {
namespace {

using sql::TargetType;
using sql::ValueCheck;
using sql::ValueProblem;

ValueCheck bind_integer(std::string_view digits, int parameter, Statement& statement) {
  std::int64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end) {
    return ValueProblem{"it is out of range of SQLite's INTEGER", "make the target column TEXT"};
  }
  statement.bind(parameter, value);
  return {};
}

ValueCheck bind_real(std::string_view text, int parameter, Statement& statement) {
  if (sql::is_nan(text)) {
    return ValueProblem{"it is NaN, which SQLite would store as NULL",
                        "make the target column TEXT, or ANY in a STRICT table",
                        sql::SpecialValue::nan};
  }
  double value = 0;
  if (sql::is_infinite(text)) {
    value = std::numeric_limits<double>::infinity();
    if (text.starts_with('-')) value = -value;
  } else {
    std::from_chars(text.data(), text.data() + text.size(), value);
  }
  statement.bind(parameter, value);
  return {};
}

// At most 63 digits, or the octets of the whole.
ValueCheck bind_bits(const sql::MappedColumn& column, std::string_view bits, int parameter,
                     Statement& statement, std::string& scratch) {
  const TargetType type = column.target->type;
  const bool as_integer =
      type == TargetType::integer || (type == TargetType::any && bits.size() < 64);
  if (as_integer) {
    statement.bind(parameter, static_cast<std::int64_t>(sql::bits_to_integer(bits)));
    return {};
  }
  scratch.clear();
  const std::string padded = std::string((8 - bits.size() % 8) % 8, '0') + std::string(bits);
  for (std::size_t at = 0; at < padded.size(); at += 8) {
    scratch += static_cast<char>(sql::bits_to_integer(std::string_view(padded).substr(at, 8)));
  }
  statement.bind_blob(parameter, as_bytes(scratch));
  return {};
}

bool is_octets(LogicalType type) {
  return type == LogicalType::bytes || type == LogicalType::geometry;
}

// In a column that keeps every value as it is, the source's type decides.
ValueCheck bind_by_source(const sql::MappedColumn& column, std::string_view canonical,
                          int parameter, Statement& statement) {
  const LogicalType type = column.column->type;
  if (is_octets(type)) {
    statement.bind_blob(parameter, as_bytes(canonical));
    return {};
  }
  if ((is_integer(type) && type != LogicalType::uint64) || type == LogicalType::boolean) {
    return bind_integer(canonical, parameter, statement);
  }
  const bool is_float = type == LogicalType::float32 || type == LogicalType::float64;
  const bool kept_as_text = column.target->type == TargetType::any && sql::is_nan(canonical);
  if (is_float && !kept_as_text) {
    return bind_real(canonical, parameter, statement);
  }
  statement.bind_text(parameter, canonical);
  return {};
}

}  // namespace

ValueCheck bind_value(const sql::MappedColumn& column, std::string_view canonical, int parameter,
                      Statement& statement, std::string& scratch) {
  if (column.narrowing) {
    if (auto problem = sql::check_room(column, canonical)) return problem;
  }
  const TargetType type = column.target->type;
  const bool is_text = type == TargetType::text ||
                       (type == TargetType::any && sql::has_varying_length(*column.column));
  if (column.column->type == LogicalType::bit && !is_text) {
    return bind_bits(column, canonical, parameter, statement, scratch);
  }
  switch (type) {
    case TargetType::integer:
      return bind_integer(canonical, parameter, statement);
    case TargetType::float64:
      return bind_real(canonical, parameter, statement);
    case TargetType::bytes:
      statement.bind_blob(parameter, as_bytes(canonical));
      return {};
    case TargetType::any:
    case TargetType::numeric_affinity:
      return bind_by_source(column, canonical, parameter, statement);
    default:
      statement.bind_text(parameter, canonical);
      return {};
  }
}

}  // namespace tailrace::sqlite
