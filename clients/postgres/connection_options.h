#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/secret.h"

namespace tailrace::postgres {

enum class TlsMode {
  disabled,
  preferred,        // TLS when the server has it, clear text only when it has none
  required,         // TLS or nothing; the certificate is checked only against ca_file, when given
  verify_identity,  // and the certificate must be valid and name the host
};

struct TlsOptions {
  TlsMode mode = TlsMode::preferred;
  std::filesystem::path ca_file;  // empty: the system's authorities
  std::filesystem::path certificate_file;
  std::filesystem::path key_file;
};

// One address of a server that has several (a primary and its standbys).
struct HostAndPort {
  std::string host;
  std::uint16_t port = 5432;
};

// How to reach a PostgreSQL server.
struct ConnectionOptions {
  std::string host = "127.0.0.1";  // or the folder of a unix socket
  std::uint16_t port = 5432;
  // Tried in this order when the first address fails, or is not what `need` asks for; each has the
  // whole connect_timeout.
  std::vector<HostAndPort> other_hosts;
  enum class Need { any, writable };  // writable: not a standby, not read-only
  Need need = Need::any;
  // Settings of the session ("timezone", "UTC"), sent with the attempt to connect.
  std::vector<std::pair<std::string, std::string>> settings;
  std::string user;
  Secret password;
  std::string database;
  TlsOptions tls;
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
  // How long sent bytes may stay unacknowledged before the connection is given up.
  std::chrono::milliseconds peer_timeout = std::chrono::minutes(1);
  std::string application_name = "tailrace";

  // "host:5432", or "host:5432,other:5433": for messages.
  std::string address() const {
    std::string text = host + ":" + std::to_string(port);
    for (const auto& other : other_hosts)
      text += "," + other.host + ":" + std::to_string(other.port);
    return text;
  }
};

}  // namespace tailrace::postgres
