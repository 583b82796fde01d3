#include "clients/postgres/establish.h"

#include <chrono>
#include <string_view>

#include <poll.h>

#include "clients/postgres/classify.h"
#include "clients/postgres/libpq.h"

namespace tailrace::postgres {
namespace {

std::string seconds(std::chrono::milliseconds duration) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(duration).count());
}

std::string ssl_mode(const TlsOptions& tls) {
  switch (tls.mode) {
    case TlsMode::disabled:
      return "disable";
    case TlsMode::preferred:
      return "prefer";
    case TlsMode::required:
      return tls.ca_file.empty() ? "require" : "verify-ca";
    case TlsMode::verify_identity:
      return "verify-full";
  }
  return "prefer";
}

using Keywords = std::vector<std::pair<const char*, std::string>>;

void add_files(const TlsOptions& tls, Keywords& keywords) {
  const auto add_file = [&](const char* keyword, const std::filesystem::path& path) {
    if (!path.empty()) keywords.emplace_back(keyword, path.string());
  };
  const bool system_authorities = tls.mode == TlsMode::verify_identity && tls.ca_file.empty();
  add_file("sslrootcert", system_authorities ? "/etc/ssl/certs/ca-certificates.crt" : tls.ca_file);
  add_file("sslcert", tls.certificate_file);
  add_file("sslkey", tls.key_file);
}

// Keywords and values for the library; the strings must outlive the pointers taken from them.
Keywords keywords_for(const ConnectionOptions& options, const HostAndPort& host,
                      ConnectionUse use) {
  Keywords keywords = {
      {"host", host.host},
      {"port", std::to_string(host.port)},
      {"user", options.user},
      {"password", options.password.reveal()},
      {"dbname", options.database},
      {"sslmode", ssl_mode(options.tls)},
      {"gssencmode", "disable"},
      {"connect_timeout", seconds(options.connect_timeout)},
      {"client_encoding", "UTF8"},
      {"application_name", options.application_name},
      // A peer that vanished without a word is noticed within about a minute.
      {"keepalives_idle", "20"},
      {"keepalives_interval", "10"},
      {"keepalives_count", "4"},
      {"tcp_user_timeout", std::to_string(options.peer_timeout.count())},
  };
  if (use == ConnectionUse::replication) keywords.emplace_back("replication", "database");
  if (!options.settings.empty()) {
    keywords.emplace_back("options", settings_argument(options.settings));
  }
  add_files(options.tls, keywords);
  return keywords;
}

// PQconnectdb() in steps: only so can its messages be made to carry the SQLSTATE.
bool finish_connecting(PGconn* connection, std::chrono::milliseconds timeout) {
  if (PQstatus(connection) == CONNECTION_BAD) return false;
  PQsetErrorVerbosity(connection, PQERRORS_VERBOSE);
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (PostgresPollingStatusType next = PGRES_POLLING_WRITING; next != PGRES_POLLING_OK;
       next = PQconnectPoll(connection)) {
    if (next == PGRES_POLLING_FAILED) return false;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    const short events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (left.count() <= 0 ||
        !wait_for(PQsocket(connection), events, static_cast<int>(left.count()))) {
      return false;
    }
  }
  PQsetErrorVerbosity(connection, PQERRORS_DEFAULT);
  return true;
}

Error connect_error(PGconn* connection, const ConnectionOptions& options) {
  const std::string message = first_line(PQerrorMessage(connection));
  if (message.empty()) return Error(ErrorKind::unreachable, "no answer to the attempt to connect");
  Error error(classify_connect(message), message);
  if (error.kind() == ErrorKind::schema_mismatch) {
    error = std::move(error).hint("CREATE DATABASE \"" + options.database + "\"");
  }
  return error;
}

// During a failover the old primary comes back as a standby, or the new one is not promoted yet:
// both pass, so this is an error that is retried.
Status check_writable(PGconn* connection) {
  const ResultHandle handle(PQexec(
      connection, "SELECT pg_is_in_recovery(), current_setting('transaction_read_only') = 'on'"));
  const PGresult* result = raw(handle);
  if (PQresultStatus(result) != PGRES_TUPLES_OK) return error_of(connection, result);
  const auto is_true = [&](int column) {
    return std::string_view(PQgetvalue(result, 0, column)) == "t";
  };
  if (is_true(0)) return Error(ErrorKind::shutting_down, "the server is a standby");
  if (is_true(1)) {
    return Error(ErrorKind::shutting_down, "the server is read-only")
        .hint("default_transaction_read_only is on for the server, the database or the role");
  }
  return {};
}

Result<ConnectionHandle> attempt(const ConnectionOptions& options, const HostAndPort& host,
                                 ConnectionUse use) {
  const Keywords settings = keywords_for(options, host, use);
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [keyword, value] : settings) {
    keywords.push_back(keyword);
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  ConnectionHandle handle(PQconnectStartParams(keywords.data(), values.data(), 0));
  PGconn* connection = raw(handle.get());
  if (connection == nullptr) return Error(ErrorKind::internal, "out of memory");
  PQsetNoticeProcessor(
      connection, [](void*, const char*) {}, nullptr);
  if (!finish_connecting(connection, options.connect_timeout)) {
    return connect_error(connection, options);
  }
  if (options.need == ConnectionOptions::Need::writable) {
    if (auto checked = check_writable(connection); !checked) return std::move(checked).error();
  }
  return handle;
}

}  // namespace

void ConnectionDeleter::operator()(void* connection) const {
  PQfinish(raw(connection));
}

Result<ConnectionHandle> establish(const ConnectionOptions& options, ConnectionUse use) {
  std::vector<HostAndPort> hosts = {{options.host, options.port}};
  hosts.insert(hosts.end(), options.other_hosts.begin(), options.other_hosts.end());
  std::string others;
  for (std::size_t i = 0;; ++i) {
    const std::string address = hosts[i].host + ":" + std::to_string(hosts[i].port);
    auto handle = attempt(options, hosts[i], use);
    if (handle) return handle;
    if (i + 1 < hosts.size()) {
      others.append(others.empty() ? "" : "; ").append("server ").append(address);
      others.append(": ").append(handle.error().message());
      continue;
    }
    Error error = std::move(handle).error().with("server " + address);
    if (!others.empty()) error = std::move(error).with("tried before (" + others + ")");
    return error;
  }
}

std::string settings_argument(const std::vector<std::pair<std::string, std::string>>& settings) {
  std::string text;
  for (const auto& [name, value] : settings) {
    text.append(text.empty() ? "-c " : " -c ").append(name).append("=");
    for (const char character : value) {
      const bool splits = character == '\\' ||
                          std::string_view(" \t\n\r\v\f").find(character) != std::string_view::npos;
      if (splits) text += '\\';
      text += character;
    }
  }
  return text;
}

}  // namespace tailrace::postgres
