#include "tests/support/certificate.h"

#include <array>
#include <stdexcept>

#include <arpa/inet.h>

#include "tests/support/child_process.h"

namespace tailrace::testing {

Certificate make_certificate(const std::filesystem::path& folder, const std::string& host) {
  Certificate made{folder / "server-cert.pem", folder / "server-key.pem"};
  std::array<std::byte, 16> address{};
  const bool is_address = ::inet_pton(AF_INET, host.c_str(), address.data()) == 1;
  const CommandResult result = run_command(
      {.arguments = {"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                     "-subj", "/CN=" + host, "-addext",
                     std::string("subjectAltName=") + (is_address ? "IP:" : "DNS:") + host,
                     "-keyout", made.private_key, "-out", made.certificate}});
  if (!result.ended.ok()) throw std::runtime_error("openssl: " + result.error_output);
  return made;
}

}  // namespace tailrace::testing
