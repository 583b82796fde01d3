#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "core/secret.h"

namespace tailrace::mysql {

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

// How to reach a MySQL or MariaDB server. Timeouts are rounded up to whole seconds, which is all
// that the client library knows; zero means none.
struct ConnectionOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 3306;
  std::filesystem::path unix_socket;  // used instead of host and port
  std::string user;
  Secret password;
  std::string database;
  TlsOptions tls;
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
  std::chrono::milliseconds read_timeout = std::chrono::minutes(5);
  std::chrono::milliseconds write_timeout = std::chrono::minutes(5);
  bool local_infile = false;      // LOAD DATA LOCAL: the server may ask for a file of this machine
  bool found_rows = false;        // UPDATE counts rows that matched, not only those that changed
  bool multi_statements = false;  // "a; b" in one query_all()
  std::string program_name = "tailrace";  // shown by the server in session_connect_attrs

  // "host:3306" or the socket path: for messages.
  std::string address() const {
    return unix_socket.empty() ? host + ":" + std::to_string(port) : unix_socket.string();
  }
};

}  // namespace tailrace::mysql
