#include "sinks/mysql/options.h"

#include <array>
#include <optional>

namespace tailrace::mysql {
namespace {

constexpr std::array<std::string_view, 8> kOptions = {
    "tls", "ca_file", "certificate_file", "key_file", "socket", "infinity", "nan", "dates"};

std::optional<TlsMode> tls_mode(std::string_view text) {
  if (text == "disabled") return TlsMode::disabled;
  if (text == "preferred") return TlsMode::preferred;
  if (text == "required") return TlsMode::required;
  if (text == "verify-identity") return TlsMode::verify_identity;
  return std::nullopt;
}

}  // namespace

Result<TargetOptions> TargetOptions::from_url(const Url& url) {
  if (auto known = url.expect_options(kOptions); !known) return std::move(known).error();
  TargetOptions options;
  ConnectionOptions& connection = options.connection;
  if (!url.host.empty()) connection.host = url.host;
  connection.unix_socket = url.option("socket").value_or("");
  connection.port = url.port.value_or(connection.port);
  connection.user = url.user;
  connection.password = url.password;
  options.database = url.database();
  const auto tls = tls_mode(url.option("tls").value_or("preferred"));
  if (!tls) {
    return Error(ErrorKind::invalid_config, "unknown value of option tls")
        .hint("disabled, preferred, required or verify-identity");
  }
  connection.tls.mode = *tls;
  connection.tls.ca_file = url.option("ca_file").value_or("");
  connection.tls.certificate_file = url.option("certificate_file").value_or("");
  connection.tls.key_file = url.option("key_file").value_or("");
  auto values = sql::ValuePolicy::from_url(url);
  if (!values) return std::move(values).error();
  options.values = *values;
  return options;
}

}  // namespace tailrace::mysql
