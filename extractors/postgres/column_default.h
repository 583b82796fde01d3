#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/logical_type.h"
#include "core/table_details.h"

namespace tailrace::postgres {

// What the text of a default (pg_get_expr) is. Pure.
enum class DefaultForm {
  null,               // as good as none
  constant,           // one value: asked of the server, it is always the same
  current_timestamp,  // now() and its synonyms, in a column that holds such a moment
  expression,
};

// A constant is a number, truth value or string, in parentheses and with a cast or not:
// "'new'::shop.mood", "(-1)::numeric". A string that is cast twice is none where the second cast
// may look at the clock: ('now'::text)::date is the day of the statement.
DefaultForm form_of_default(std::string_view expression, LogicalType type);

}  // namespace tailrace::postgres
