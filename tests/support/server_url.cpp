#include "tests/support/server_url.h"

#include <charconv>
#include <stdexcept>

namespace tailrace::testing {
namespace {

[[noreturn]] void refuse(const char* what) {
  throw std::invalid_argument(std::string("server URL: ") + what);  // the text may hold a password
}

std::string decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result.push_back(text[i]);
      continue;
    }
    unsigned byte = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (error != std::errc() || digits.size() != 2 || end != digits.data() + 2)
      refuse("bad % code");
    result.push_back(static_cast<char>(byte));
    i += 2;
  }
  return result;
}

std::string encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (kPlain.find(c) != std::string_view::npos) {
      result.push_back(c);
    } else {
      result.append({'%', kHex[byte >> 4U], kHex[byte & 15U]});
    }
  }
  return result;
}

// The part of `text` before `mark`, which is cut off; the whole text when there is no mark.
std::string_view cut(std::string_view& text, char mark) {
  const auto at = text.find(mark);
  const std::string_view head = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return head;
}

}  // namespace

ServerUrl parse_url(std::string_view text) {
  ServerUrl url;
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) refuse("no scheme");
  url.scheme = text.substr(0, colon);
  std::string_view database = text.substr(colon + 3);
  std::string_view authority = cut(database, '/');
  url.database = decoded(cut(database, '?'));
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    std::string_view password = authority.substr(0, at);
    url.user = decoded(cut(password, ':'));
    url.password = decoded(password);
    authority.remove_prefix(at + 1);
  }
  std::string_view port = authority;
  url.host = decoded(cut(port, ':'));
  if (url.host.empty()) refuse("no host");
  if (port.empty()) {
    url.port = url.scheme == "postgresql" ? 5432 : 3306;
    return url;
  }
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
  if (error != std::errc() || end != port.data() + port.size()) refuse("bad port");
  return url;
}

std::string to_string(const ServerUrl& url) {
  std::string text = url.scheme + "://";
  if (!url.user.empty()) {
    text += encoded(url.user);
    if (!url.password.empty()) text += ":" + encoded(url.password);
    text += "@";
  }
  text += url.host + ":" + std::to_string(url.port);
  if (!url.database.empty()) text += "/" + encoded(url.database);
  return text;
}

}  // namespace tailrace::testing
