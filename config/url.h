#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/secret.h"

namespace tailrace {

// Where a source or a sink is:
//
//   mysql://user:password@host:port/database?option=value&option=value
//   mariadb://..., postgresql://..., postgres://...   the same; [::1] for IPv6
//   postgresql://user@host1:5432,host2:5433/database  several hosts, tried in this order
//   sqlite:///absolute/path   sqlite:relative/path
//   null://                   accepts everything, keeps nothing
//
// Every part is percent-decoded here; whoever builds a connection string encodes it anew. A scheme
// is not checked against a list: app/registry.cpp knows which exist, and which have several hosts.
struct Url {
  struct Host {
    std::string name;  // IPv6 without brackets
    std::optional<std::uint16_t> port;
  };

  std::string scheme;  // lower case
  std::string user;
  Secret password;
  bool has_password = false;  // "user:@host" has an empty one, "user@host" has none
  std::string host;           // IPv6 without brackets
  std::optional<std::uint16_t> port;
  std::vector<Host> other_hosts;
  std::string path;  // with its leading "/", except for sqlite:relative/path; may be empty
  std::vector<std::pair<std::string, std::string>> options;

  static Result<Url> parse(std::string_view text);

  // The path without its leading "/".
  std::string_view database() const;
  // The last value given for an option.
  std::optional<std::string_view> option(std::string_view name) const;
  // Refuses an option that is not among these, naming the nearest known one.
  Status expect_options(std::span<const std::string_view> known) const;

  // For people: never the password, nor the options (they may name key files).
  std::string to_string() const;
  // "host:port", with brackets around IPv6; the port only when it was given. Several are separated
  // by commas.
  std::string host_and_port() const;
  // For those who can reach one host only.
  Status expect_one_host() const;
};

std::string percent_encode(std::string_view text);
// Nothing when a "%" is not followed by two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace tailrace
