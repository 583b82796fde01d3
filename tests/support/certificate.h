// A certificate for servers that make none themselves.
#pragma once

#include <filesystem>
#include <string>

namespace tailrace::testing {

struct Certificate {
  std::filesystem::path certificate;  // self-signed: it is its own authority
  std::filesystem::path private_key;
};

// Made with the openssl program, for `host` (a name or an IP address), valid for two days.
Certificate make_certificate(const std::filesystem::path& folder,
                             const std::string& host = "127.0.0.1");

}  // namespace tailrace::testing
