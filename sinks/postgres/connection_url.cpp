#include "sinks/postgres/connection_url.h"

#include <string>
#include <vector>

namespace tailrace::postgres {
namespace {

constexpr std::uint16_t kPort = 5432;

Error invalid(const Url& url, std::string message) {
  return Error(ErrorKind::invalid_config, std::move(message)).with(url.to_string());
}

Status check_names(const Url& url, std::span<const std::string_view> more) {
  std::vector<std::string_view> known = {"tls", "ca_file", "certificate_file", "key_file", "host"};
  known.insert(known.end(), more.begin(), more.end());
  return url.expect_options(known);
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

Status read_tls(const Url& url, TlsOptions& tls) {
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

Status read_hosts(const Url& url, ConnectionOptions& options) {
  if (!url.host.empty()) options.host = url.host;
  options.port = url.port.value_or(kPort);
  for (const Url::Host& other : url.other_hosts) {
    options.other_hosts.push_back({other.name, other.port.value_or(kPort)});
  }
  if (!options.other_hosts.empty()) options.need = ConnectionOptions::Need::writable;
  // The folder of a unix socket cannot stand where a host stands.
  if (const auto folder = url.option("host")) {
    if (!options.other_hosts.empty()) {
      return invalid(url, "the option host does not go together with several hosts");
    }
    options.host = *folder;
  }
  return {};
}

}  // namespace

Result<ConnectionOptions> connection_of(const Url& url, std::span<const std::string_view> more) {
  if (auto known = check_names(url, more); !known) return std::move(known).error();
  ConnectionOptions options;
  if (auto hosts = read_hosts(url, options); !hosts) return std::move(hosts).error();
  options.user = url.user;
  options.password = url.password;
  options.database = url.database();
  if (options.database.empty()) {
    const std::string user = url.user.empty() ? "user" : percent_encode(url.user);
    return invalid(url, "the URL names no database")
        .hint("postgresql://" + user + "@" + url.host_and_port() + "/DATABASE");
  }
  if (auto tls = read_tls(url, options.tls); !tls) return std::move(tls).error();
  return options;
}

}  // namespace tailrace::postgres
