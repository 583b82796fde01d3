// Columns of MySQL and MariaDB by families of types; type_samples_mysql.cpp makes tables of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "tests/support/replication/type_samples.h"

namespace tailrace::testing::mysql_samples {

using Values = std::vector<SampleValue>;

// Of dates and labels; what `tailrace check` calls them.
inline constexpr const char* kZeroDate = "the date 0000-00-00";
inline constexpr const char* kErrorLabel = "the error value (index 0)";

std::string quoted(const std::string& text);
Values plain(std::initializer_list<const char*> list);  // that every target takes

TypeSample integer(const std::string& type, int bits, bool is_unsigned);
TypeSample decimal(const std::string& type, int whole, int fraction, bool is_unsigned = false);
TypeSample floating(const std::string& type, bool is_double);
TypeSample bits(std::size_t count);
TypeTable numbers();

TypeSample text(const std::string& type, std::size_t most, const std::string& suffix = "");
TypeSample single_byte(const std::string& charset);
TypeTable texts();
TypeTable labels();
TypeTable charsets(bool mariadb);

TypeSample octets(const std::string& type, std::size_t most);
TypeTable octet_types();

std::string day(Dice& dice, std::int64_t first_year, std::int64_t last_year);
TypeSample datetime(int digits);
TypeSample timestamp(int digits);
TypeSample time(int digits);
TypeTable temporals();

TypeSample uuid();
TypeSample inet6();
TypeTable others(bool mariadb);

}  // namespace tailrace::testing::mysql_samples
