#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/secret.h"

namespace tailrace {

// Where references in the configuration are looked up. Passed in, so that a test brings its own.
struct SecretStore {
  std::function<std::optional<std::string>(const std::string& name)> variable;
  std::function<Result<std::string>(const std::string& path)> file;

  // The environment of this process, and its files.
  static SecretStore of_process();
};

// Replaces ${env:NAME} and ${file:path} in a string of the configuration; "$${" stands for a
// literal "${". One line break at the end of a file is not part of the secret.
Result<std::string> expand_references(std::string_view text, const SecretStore& store);

// The same for a URL: what stands in the place of the password ("mysql://user:${env:X}@host") is
// percent-encoded, because a password may hold "@" and "/". A reference elsewhere may bring any
// part of a URL, or all of it.
Result<std::string> expand_url_references(std::string_view text, const SecretStore& store);

// TAILRACE_PASSWORD_<NAME> of the source or sink of that name, in capitals and with "_" for every
// character that is not a letter or a digit.
std::string password_variable(std::string_view name);
std::optional<Secret> find_password(std::string_view name, const SecretStore& store);

}  // namespace tailrace
