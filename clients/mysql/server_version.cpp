#include "clients/mysql/server_version.h"

#include <charconv>
#include <tuple>

namespace tailrace::mysql {
namespace {

// Takes a number and the dot behind it off the front.
unsigned take_number(std::string_view& text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.starts_with('.')) text.remove_prefix(1);
  return value;
}

}  // namespace

bool ServerVersion::at_least(unsigned wanted_major, unsigned wanted_minor,
                             unsigned wanted_patch) const {
  return std::tie(major, minor, patch) >= std::tie(wanted_major, wanted_minor, wanted_patch);
}

std::string ServerVersion::to_string() const {
  return (is_mariadb() ? "MariaDB " : "MySQL ") + std::to_string(major) + "." +
         std::to_string(minor) + "." + std::to_string(patch);
}

ServerVersion ServerVersion::parse(std::string_view version, std::string_view comment) {
  ServerVersion parsed;
  parsed.text = version;
  const bool mariadb = version.find("MariaDB") != std::string_view::npos ||
                       comment.find("MariaDB") != std::string_view::npos ||
                       comment.find("mariadb.org") != std::string_view::npos;
  parsed.flavour = mariadb ? Flavour::mariadb : Flavour::mysql;
  // MariaDB's handshake hides behind a version that old replicas accept.
  constexpr std::string_view kReplicationPrefix = "5.5.5-";
  if (mariadb && version.starts_with(kReplicationPrefix)) {
    version.remove_prefix(kReplicationPrefix.size());
  }
  parsed.major = take_number(version);
  parsed.minor = take_number(version);
  parsed.patch = take_number(version);
  return parsed;
}

}  // namespace tailrace::mysql
