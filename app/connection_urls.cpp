#include "app/connection_urls.h"

#include <array>

#include "config/duration.h"

namespace tailrace::app {
namespace {

constexpr std::array<std::string_view, 6> kConnectionOptions{
    "tls", "ca", "cert", "key", "connect_timeout", "socket"};

Error invalid(const Url& url, std::string message) {
  return Error(ErrorKind::invalid_config, std::move(message)).with(url.to_string());
}

// Both clients name the modes alike, each in a type of its own.
template <typename Mode>
Result<Mode> tls_mode(const Url& url, std::string_view text) {
  if (text == "disabled") return Mode::disabled;
  if (text == "preferred") return Mode::preferred;
  if (text == "required") return Mode::required;
  if (text == "verify-identity") return Mode::verify_identity;
  return invalid(url, "tls cannot be \"" + std::string(text) + "\"")
      .hint("disabled, preferred, required or verify-identity");
}

template <typename Tls>
Status read_tls(const Url& url, Tls& tls) {
  if (const auto mode = url.option("tls")) {
    auto known = tls_mode<decltype(tls.mode)>(url, *mode);
    if (!known) return std::move(known).error();
    tls.mode = *known;
  }
  tls.ca_file = url.option("ca").value_or("");
  tls.certificate_file = url.option("cert").value_or("");
  tls.key_file = url.option("key").value_or("");
  if (tls.certificate_file.empty() != tls.key_file.empty()) {
    return invalid(url, "cert and key belong together");
  }
  return {};
}

template <typename Options>
Status read_common(const Url& url, Options& options) {
  if (auto known = url.expect_options(kConnectionOptions); !known) return known;
  if (url.host.empty() && !url.option("socket")) {
    return invalid(url, "the URL names no host").hint(url.scheme + "://user@host:port/database");
  }
  if (url.database().find('/') != std::string_view::npos) {
    return invalid(url, "the database's name has a \"/\"");
  }
  if (!url.host.empty()) options.host = url.host;
  if (url.port) options.port = *url.port;
  options.user = url.user;
  options.password = url.password;
  options.database = url.database();
  if (const auto text = url.option("connect_timeout")) {
    auto timeout = parse_duration(*text);
    if (!timeout) return std::move(timeout).error().with("connect_timeout").with(url.to_string());
    options.connect_timeout = *timeout;
  }
  return read_tls(url, options.tls);
}

}  // namespace

Result<mysql::ConnectionOptions> mysql_connection(const Url& url) {
  mysql::ConnectionOptions options;
  if (auto read = read_common(url, options); !read) return std::move(read).error();
  options.unix_socket = url.option("socket").value_or("");
  return options;
}

Result<postgres::ConnectionOptions> postgres_connection(const Url& url) {
  postgres::ConnectionOptions options;
  if (auto read = read_common(url, options); !read) return std::move(read).error();
  if (const auto folder = url.option("socket")) options.host = *folder;
  if (options.database.empty()) {
    return invalid(url, "the URL names no database").hint("postgresql://user@host:port/database");
  }
  return options;
}

}  // namespace tailrace::app
