#include "config/url.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "config/nearest_name.h"

namespace tailrace {
namespace {

// Messages quote no part of a URL that could hold the password: not the whole, and not what stands
// where a port should, because "mysql://user:secret" has the password there.
Error invalid_url(std::string message) {
  return Error(ErrorKind::invalid_config, std::move(message));
}

bool is_scheme(std::string_view text) {
  if (text.empty() || std::isalpha(static_cast<unsigned char>(text[0])) == 0) return false;
  return std::all_of(text.begin(), text.end(), [](unsigned char character) {
    return std::isalnum(character) != 0 || character == '+' || character == '-' || character == '.';
  });
}

bool is_unreserved(unsigned char character) {
  return std::isalnum(character) != 0 || character == '-' || character == '.' || character == '_' ||
         character == '~';
}

Result<std::string> decoded(std::string_view text, std::string_view part) {
  auto result = percent_decode(text);
  if (!result) {
    return invalid_url("the " + std::string(part) + " has a \"%\" without two hexadecimal digits")
        .hint("write a literal \"%\" as %25");
  }
  if (result->find('\0') != std::string::npos) {
    return invalid_url("the " + std::string(part) + " contains a zero byte");
  }
  return std::move(*result);
}

Status parse_credentials(std::string_view text, Url& url) {
  const auto colon = text.find(':');
  auto user = decoded(text.substr(0, colon), "user");
  if (!user) return std::move(user).error();
  url.user = std::move(*user);
  if (colon == std::string_view::npos) return {};
  auto password = decoded(text.substr(colon + 1), "password");
  if (!password) return std::move(password).error();
  url.password = Secret(std::move(*password));
  url.has_password = true;
  return {};
}

Status parse_port(std::string_view text, Url::Host& host) {
  std::uint16_t port = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (fault != std::errc() || end != text.data() + text.size() || port == 0) {
    return invalid_url("the port is not a number from 1 to 65535")
        .hint("scheme://user:password@host:port/database");
  }
  host.port = port;
  return {};
}

Result<Url::Host> parse_host(std::string_view text) {
  Url::Host host;
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto bracket = text.find(']');
    if (bracket == std::string_view::npos) return invalid_url("\"[\" without \"]\" in the host");
    host.name = text.substr(1, bracket - 1);
    rest = text.substr(bracket + 1);
    if (host.name.find(':') == std::string::npos) {
      return invalid_url("what stands in brackets is not an IPv6 address");
    }
  } else {
    const auto colon = text.find(':');
    if (colon != std::string_view::npos && text.find(':', colon + 1) != std::string_view::npos) {
      return invalid_url("more than one \":\" in the host")
          .hint("write an IPv6 address in brackets: [::1]");
    }
    auto name = decoded(text.substr(0, colon), "host");
    if (!name) return std::move(name).error();
    host.name = std::move(*name);
    if (colon != std::string_view::npos) rest = text.substr(colon);
  }
  if (rest.empty()) return host;
  if (rest[0] != ':') return invalid_url("unexpected text behind the host");
  if (auto port = parse_port(rest.substr(1), host); !port) return std::move(port).error();
  return host;
}

// "host:port,host:port"; a single one may be empty.
Status parse_hosts(std::string_view text, Url& url) {
  std::vector<Url::Host> hosts;
  while (true) {
    const auto comma = text.find(',');
    auto host = parse_host(text.substr(0, comma));
    if (!host) return std::move(host).error();
    hosts.push_back(std::move(*host));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  const bool any_empty = std::any_of(hosts.begin(), hosts.end(),
                                     [](const Url::Host& host) { return host.name.empty(); });
  if (any_empty && hosts.size() > 1) {
    return invalid_url("a host is missing beside the \",\"")
        .hint("scheme://user@host1:port,host2:port/database");
  }
  url.host = std::move(hosts.front().name);
  url.port = hosts.front().port;
  hosts.erase(hosts.begin());
  url.other_hosts = std::move(hosts);
  return {};
}

Status parse_authority(std::string_view text, Url& url) {
  // The last "@": a password may hold others.
  const auto at = text.rfind('@');
  if (at == std::string_view::npos) return parse_hosts(text, url);
  if (auto status = parse_credentials(text.substr(0, at), url); !status) return status;
  return parse_hosts(text.substr(at + 1), url);
}

Status parse_options(std::string_view text, Url& url) {
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    auto name = decoded(pair.substr(0, equals), "option name");
    if (!name) return std::move(name).error();
    if (equals == std::string_view::npos || name->empty()) {
      return invalid_url("an option without \"=\" behind \"?\"").hint("?name=value&name=value");
    }
    auto value = decoded(pair.substr(equals + 1), "option \"" + *name + "\"");
    if (!value) return std::move(value).error();
    url.options.emplace_back(std::move(*name), std::move(*value));
  }
  return {};
}

// "user:pa/ss@host": the authority would end at the "/", inside the password. An "@" behind a "="
// belongs to the value of an option.
bool password_breaks_off(std::string_view authority, std::string_view rest) {
  return authority.find('@') == std::string_view::npos &&
         authority.find(':') != std::string_view::npos &&
         rest.substr(0, rest.find('=')).find('@') != std::string_view::npos;
}

Status parse_path(std::string_view text, Url& url) {
  auto path = decoded(text, "path");
  if (!path) return std::move(path).error();
  url.path = std::move(*path);
  return {};
}

// Everything behind "scheme://".
Status parse_hierarchy(std::string_view text, Url& url) {
  const auto end = std::min(text.find_first_of("/?#"), text.size());
  const std::string_view authority = text.substr(0, end);
  std::string_view rest = text.substr(end);
  if (password_breaks_off(authority, rest)) {
    return invalid_url("the password contains \"/\", \"?\" or \"#\"")
        .hint("write them as %2F, %3F and %23, or give the password apart from the URL");
  }
  if (auto status = parse_authority(authority, url); !status) return status;
  if (rest.find('#') != std::string_view::npos) {
    return invalid_url("unexpected \"#\"").hint("write a literal \"#\" as %23");
  }
  const auto query = std::min(rest.find('?'), rest.size());
  if (auto status = parse_path(rest.substr(0, query), url); !status) return status;
  return parse_options(rest.substr(std::min(query + 1, rest.size())), url);
}

// "sqlite:relative/path?option=value"
Status parse_relative(std::string_view text, Url& url) {
  const auto query = std::min(text.find('?'), text.size());
  if (auto status = parse_path(text.substr(0, query), url); !status) return status;
  return parse_options(text.substr(std::min(query + 1, text.size())), url);
}

Status check_file_url(const Url& url) {
  if ((!url.host.empty() && url.host != "localhost") || !url.other_hosts.empty()) {
    return invalid_url("a sqlite URL names a file, not a host")
        .hint("sqlite:///absolute/path or sqlite:relative/path");
  }
  if (url.path.empty() || url.path.back() == '/') {
    return invalid_url("the sqlite URL names no file").hint("sqlite:///absolute/path");
  }
  return {};
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || !is_scheme(text.substr(0, colon))) {
    return invalid_url("not a URL: it does not begin with a scheme")
        .hint("mysql://user@host:3306/database, postgresql://..., sqlite:///path");
  }
  Url url;
  for (const char character : text.substr(0, colon)) {
    url.scheme += static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
  }
  std::string_view rest = text.substr(colon + 1);
  const bool relative = url.scheme == "sqlite" && !rest.starts_with("//");
  if (!relative) {
    if (!rest.starts_with("//")) {
      return invalid_url("not a URL: \"//\" is missing behind \"" + url.scheme + ":\"");
    }
    rest.remove_prefix(2);
  }
  const Status status = relative ? parse_relative(rest, url) : parse_hierarchy(rest, url);
  if (!status) return Error(status.error());
  if (url.scheme == "sqlite") {
    if (auto checked = check_file_url(url); !checked) return std::move(checked).error();
  }
  return url;
}

std::string_view Url::database() const {
  std::string_view name = path;
  if (name.starts_with('/')) name.remove_prefix(1);
  return name;
}

std::optional<std::string_view> Url::option(std::string_view name) const {
  const auto found = std::find_if(options.rbegin(), options.rend(),
                                  [&](const auto& option) { return option.first == name; });
  if (found == options.rend()) return std::nullopt;
  return found->second;
}

Status Url::expect_options(std::span<const std::string_view> known) const {
  for (const auto& [name, value] : options) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    Error error = invalid_url("unknown option \"" + name + "\" in the URL " + to_string());
    const std::string_view nearest = nearest_name(name, known);
    if (nearest.empty()) return error;
    return std::move(error).hint("did you mean \"" + std::string(nearest) + "\"?");
  }
  return {};
}

std::string Url::host_and_port() const {
  std::string text;
  const auto add = [&](const std::string& name, std::optional<std::uint16_t> its_port) {
    text += name.find(':') == std::string::npos ? name : "[" + name + "]";
    if (its_port) text += ":" + std::to_string(*its_port);
  };
  add(host, port);
  for (const Host& other : other_hosts) {
    text += ',';
    add(other.name, other.port);
  }
  return text;
}

Status Url::expect_one_host() const {
  if (other_hosts.empty()) return {};
  return invalid_url("several hosts in the URL " + to_string())
      .hint(scheme + ":// has one host; only postgresql:// may have several");
}

std::string Url::to_string() const {
  if (scheme == "sqlite") return (path.starts_with('/') ? "sqlite://" : "sqlite:") + path;
  std::string text = scheme + "://";
  if (!user.empty()) text += percent_encode(user) + "@";
  return text + host_and_port() + path;
}

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string result;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (is_unreserved(byte)) {
      result += character;
    } else {
      result += '%';
      result += kDigits[byte >> 4U];
      result += kDigits[byte & 15U];
    }
  }
  return result;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    unsigned value = 0;
    const char* first = text.data() + i + 1;
    if (text.size() - i < 3 || std::from_chars(first, first + 2, value, 16).ptr != first + 2) {
      return std::nullopt;
    }
    result += static_cast<char>(value);
    i += 2;
  }
  return result;
}

}  // namespace tailrace
