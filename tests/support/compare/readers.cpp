#include "tests/support/compare/readers.h"

namespace tailrace::testing {

std::string quote(std::string_view text, char with) {
  std::string result(1, with);
  for (const char c : text) {
    if (c == with) result.push_back(c);
    result.push_back(c);
  }
  result.push_back(with);
  return result;
}

std::unique_ptr<SourceReader> open_source(const Url& url) {
  if (url.scheme == "mysql" || url.scheme == "mariadb") return open_mysql_reader(url, false);
  if (url.scheme == "postgresql" || url.scheme == "postgres") {
    return open_postgres_reader(url, true);
  }
  throw std::runtime_error("a source is mysql://, mariadb:// or postgresql://, not " + url.scheme +
                           "://");
}

std::unique_ptr<TableReader> open_target(const Url& url) {
  if (url.scheme == "mysql" || url.scheme == "mariadb") return open_mysql_reader(url, true);
  if (url.scheme == "postgresql" || url.scheme == "postgres") {
    return open_postgres_reader(url, false);
  }
  if (url.scheme == "sqlite") return open_sqlite_reader(url);
  throw std::runtime_error("a target is postgresql://, mysql://, mariadb:// or sqlite://, not " +
                           url.scheme + "://");
}

}  // namespace tailrace::testing
