// The kinds of TableReader.
#pragma once

#include <stdexcept>
#include <type_traits>

#include "core/result.h"
#include "tests/support/compare/table_reader.h"

namespace tailrace::testing {

// `rename` true: a target, where every table is in the URL's database when it names one.
std::unique_ptr<SourceReader> open_mysql_reader(const Url& url, bool rename);
// Source table d.t is table t of schema d.
std::unique_ptr<SourceReader> open_postgres_reader(const Url& url, bool is_source);
// Source table d.t is table t.
std::unique_ptr<TableReader> open_sqlite_reader(const Url& url);

// The text in SQL quotes of the given kind, doubled inside.
std::string quote(std::string_view text, char with);

// The value, or the error as an exception.
template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().to_string());
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

}  // namespace tailrace::testing
