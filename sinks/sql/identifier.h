#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tailrace::sql {

// The name between quotes, quotes inside doubled. The only place where a name becomes SQL.
std::string quote_identifier(std::string_view name, char quote);

// A name that is longer than the engine allows keeps its beginning and gets a hash of the whole:
// two long names stay two. Servers would cut it in silence.
std::string shorten_identifier(std::string_view name, std::size_t limit_bytes);

}  // namespace tailrace::sql
