// The URLs that name a database server, taken apart and put together.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tailrace::testing {

struct ServerUrl {
  std::string scheme = {};  // mysql, mariadb, postgresql
  std::string user = {};
  std::string password = {};
  std::string host = {};
  std::uint16_t port = 0;
  std::string database = {};
};

// scheme://[user[:password]@]host[:port][/database], percent-encoded. Throws on anything else.
ServerUrl parse_url(std::string_view text);
std::string to_string(const ServerUrl&);

}  // namespace tailrace::testing
