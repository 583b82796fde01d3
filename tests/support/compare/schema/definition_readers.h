// The readers behind read_definitions(), one for each family of servers.
#pragma once

#include <string>
#include <string_view>

#include "config/url.h"
#include "tests/support/compare/schema/definition.h"

namespace tailrace::testing {

DefinedSchema read_mysql_definitions(const Url& url, const std::string& schema);
DefinedSchema read_postgres_definitions(const Url& url, const std::string& schema);
DefinedSchema read_sqlite_definitions(const Url& url);

// A literal as SQL writes it, quoted or bare, as its text; what is neither is an expression.
DefinedDefault default_of_sql(std::string_view sql);

}  // namespace tailrace::testing
