#pragma once

// Type modifiers (atttypmod), and how format_type() spells a type with one.

#include <cstdint>
#include <string>

#include "extractors/postgres/catalogue.h"

namespace tailrace::postgres {

struct NumericModifier {
  std::uint16_t precision = 0;  // 0: unlimited
  std::int16_t scale = 0;
};
NumericModifier numeric_modifier(std::int32_t modifier);
// n of character(n) and character varying(n); 0: none
std::uint32_t character_length(std::int32_t modifier);
// n of bit(n) and bit varying(n); 0: none
std::uint32_t bit_length(std::int32_t modifier);
// Fraction digits of time and timestamp types, and of interval; 6 when none are declared.
std::int16_t fraction_digits(std::int32_t modifier);
std::int16_t interval_fraction_digits(std::int32_t modifier);

// "numeric(10,2)", "timestamp(3) without time zone", "interval day to second(3)". What the modifier
// of a user's type means, only its own functions know: it is left away. Not for arrays.
std::string spelling_with_modifier(const TypeFacts& type, std::int32_t modifier);

}  // namespace tailrace::postgres
