#include "tests/support/database_server.h"

#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include <unistd.h>

namespace tailrace::testing {

PrivateInstance& DatabaseServer::own() const {
  if (!own_) throw std::logic_error("the server is named in the environment and is not ours");
  return *own_;
}

void DatabaseServer::restart(StopMode mode) {
  stop(mode);
  start();
}

ServerUrl DatabaseServer::address() const {
  return address_of({});
}

ServerUrl DatabaseServer::address_of(std::string_view database) const {
  ServerUrl result = address_;
  if (own_) result.port = own_->port();
  if (!database.empty()) result.database = database;
  return result;
}

std::string DatabaseServer::url(std::string_view database) const {
  return to_string(address_of(database));
}

std::optional<ServerUrl> server_from_environment(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr || *text == '\0') return std::nullopt;
  return parse_url(text);
}

std::string find_program(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(std::string(path == nullptr ? "" : path) + ":/usr/sbin:/usr/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string candidate = folder + "/" + program;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

}  // namespace tailrace::testing
