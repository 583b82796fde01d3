#include "app/mysql_url.h"

#include <array>

namespace tailrace::app {
namespace {

using mysql::TlsMode;

constexpr std::array<std::string_view, 5> kOptions{"tls", "ca_file", "certificate_file", "key_file",
                                                   "socket"};

Error invalid(const Url& url, std::string message) {
  return Error(ErrorKind::invalid_config, std::move(message)).with(url.to_string());
}

Result<TlsMode> tls_mode(const Url& url) {
  const std::string_view text = url.option("tls").value_or("preferred");
  if (text == "disabled") return TlsMode::disabled;
  if (text == "preferred") return TlsMode::preferred;
  if (text == "required") return TlsMode::required;
  if (text == "verify-identity") return TlsMode::verify_identity;
  return invalid(url, "tls cannot be \"" + std::string(text) + "\"")
      .hint("disabled, preferred, required or verify-identity");
}

Status read_tls(const Url& url, mysql::TlsOptions& tls) {
  auto mode = tls_mode(url);
  if (!mode) return std::move(mode).error();
  tls.mode = *mode;
  tls.ca_file = url.option("ca_file").value_or("");
  tls.certificate_file = url.option("certificate_file").value_or("");
  tls.key_file = url.option("key_file").value_or("");
  if (tls.certificate_file.empty() != tls.key_file.empty()) {
    return invalid(url, "certificate_file and key_file belong together");
  }
  return {};
}

}  // namespace

Result<mysql::ConnectionOptions> mysql_connection(const Url& url) {
  if (auto known = url.expect_options(kOptions); !known) return std::move(known).error();
  mysql::ConnectionOptions options;
  options.unix_socket = url.option("socket").value_or("");
  if (url.host.empty() && options.unix_socket.empty()) {
    return invalid(url, "the URL names no host").hint(url.scheme + "://user@host:port/");
  }
  if (!url.host.empty()) options.host = url.host;
  options.port = url.port.value_or(options.port);
  options.user = url.user;
  options.password = url.password;
  options.database = url.database();
  if (options.database.find('/') != std::string::npos) {
    return invalid(url, "the database's name has a \"/\"");
  }
  if (auto tls = read_tls(url, options.tls); !tls) return std::move(tls).error();
  return options;
}

}  // namespace tailrace::app
