#pragma once

#include <optional>
#include <string>

#include "core/change.h"
#include "core/table_schema.h"

namespace tailrace::sql {

// What rows hold in a column that was added with that fill, in the canonical form of its type; the
// inner optional is NULL. Nothing: it is not certain.
std::optional<std::optional<std::string>> filled_value(const Column& column,
                                                       const ColumnFill& fill);

// Every value of the first type is one of the second, written in the same way: rows that exist hold
// after the change what they held before, whatever was in them.
bool keeps_values(const Column& before, const Column& after);

// Equal but for name and nullability.
bool same_type(const Column& before, const Column& after);

}  // namespace tailrace::sql
