#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/change.h"
#include "core/error.h"
#include "sinks/sql/table_mapping.h"

namespace tailrace::sql {

// Values for which a policy may say what is written instead (value_policy.h).
enum class SpecialValue : std::uint8_t { none, infinity, nan, date };

// Why a value cannot be stored, and what a person can do about it. Never holds the value.
struct ValueProblem {
  std::string what;
  std::string way_out;
  SpecialValue special = SpecialValue::none;
  std::string nearest = {};  // that the target can hold; empty: nothing is near
};
using ValueCheck = std::optional<ValueProblem>;

// The error for it, naming table, row and column.
Error value_error(const TableMapping& mapping, std::span<const Value> row,
                  const MappedColumn& column, const ValueProblem& problem);

// Checks of canonical values (core/logical_type.h) against the room that a target column has.
bool integer_fits(std::string_view digits, std::int64_t minimum, std::uint64_t maximum);
// precision 0: unlimited
bool decimal_fits(std::string_view text, int precision, int scale);
// Digits behind the point, trailing zeros not counted. A "Z" at the end is no digit.
int fraction_digits(std::string_view text);
std::size_t count_characters(std::string_view utf8);
bool is_infinite(std::string_view text);  // Infinity, -Infinity, infinity, -infinity
bool is_nan(std::string_view text);

enum class DateKind {
  valid,
  zero_or_partial,  // 0000-00-00, 2024-00-10
  impossible,       // 2023-02-30
  infinite,
};
// Of the date that the text begins with.
DateKind date_kind(std::string_view text);
// Year of a valid date, astronomical: 0 is 1 BC.
std::int64_t year_of(std::string_view text);
// Whether a JSON text holds the escape \u0000.
bool has_escaped_nul(std::string_view json);
// Value of a string of at most 63 (with sign) or 64 binary digits.
std::uint64_t bits_to_integer(std::string_view bits);

// Everything that a narrowing column (MappedColumn::narrowing) has to refuse.
ValueCheck check_room(const MappedColumn& column, std::string_view canonical);

}  // namespace tailrace::sql
