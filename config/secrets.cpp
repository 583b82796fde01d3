#include "config/secrets.h"

#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

#include "config/url.h"

namespace tailrace {
namespace {

// A run of literal text, or one reference.
struct Piece {
  bool is_reference = false;
  std::string text;  // of a reference: "env:NAME"
};

Result<std::vector<Piece>> split(std::string_view text) {
  std::vector<Piece> pieces;
  std::string literal;
  while (!text.empty()) {
    if (text.starts_with("$${")) {
      literal += "${";
      text.remove_prefix(3);
    } else if (text.starts_with("${")) {
      const auto end = text.find('}');
      if (end == std::string_view::npos) {
        return Error(ErrorKind::invalid_config, "\"${\" without \"}\"")
            .hint("write a literal \"${\" as \"$${\"");
      }
      if (!literal.empty()) pieces.push_back({false, std::move(literal)});
      literal.clear();
      pieces.push_back({true, std::string(text.substr(2, end - 2))});
      text.remove_prefix(end + 1);
    } else {
      literal += text.front();
      text.remove_prefix(1);
    }
  }
  if (!literal.empty()) pieces.push_back({false, std::move(literal)});
  return pieces;
}

std::string without_line_break(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

Result<std::string> look_up(const std::string& reference, const SecretStore& store) {
  const auto colon = reference.find(':');
  const std::string kind = reference.substr(0, colon);
  const std::string name = colon == std::string::npos ? "" : reference.substr(colon + 1);
  if (kind == "env" && !name.empty()) {
    auto value = store.variable(name);
    if (!value) {
      return Error(ErrorKind::invalid_config, "the environment variable " + name + " is not set");
    }
    return std::move(*value);
  }
  if (kind == "file" && !name.empty()) {
    auto content = store.file(name);
    if (!content) return std::move(content).error();
    return without_line_break(std::move(*content));
  }
  return Error(ErrorKind::invalid_config, "\"${" + reference + "}\" is not a known reference")
      .hint("${env:NAME} or ${file:/path}; write a literal \"${\" as \"$${\"");
}

// For each piece, whether it stands between the user's ":" and the "@" of a URL.
std::vector<bool> password_pieces(const std::vector<Piece>& pieces) {
  std::vector<bool> result(pieces.size(), false);
  std::size_t last_at = pieces.size();
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (!pieces[i].is_reference && pieces[i].text.find('@') != std::string::npos) last_at = i;
  }
  if (last_at == pieces.size()) return result;
  bool behind_scheme = false;
  bool behind_colon = false;
  for (std::size_t i = 0; i < last_at; ++i) {
    const Piece& piece = pieces[i];
    if (piece.is_reference) {
      result[i] = behind_colon;
      continue;
    }
    const auto slashes = behind_scheme ? std::string::npos : piece.text.find("://");
    const std::size_t start = slashes == std::string::npos ? 0 : slashes + 3;
    behind_scheme = behind_scheme || slashes != std::string::npos;
    if (behind_scheme && piece.text.find(':', start) != std::string::npos) behind_colon = true;
  }
  return result;
}

Result<std::string> expand(std::string_view text, const SecretStore& store, bool is_url) {
  auto pieces = split(text);
  if (!pieces) return std::move(pieces).error();
  const std::vector<bool> encoded =
      is_url ? password_pieces(*pieces) : std::vector<bool>(pieces->size(), false);
  std::string result;
  for (std::size_t i = 0; i < pieces->size(); ++i) {
    const Piece& piece = (*pieces)[i];
    if (!piece.is_reference) {
      result += piece.text;
      continue;
    }
    auto value = look_up(piece.text, store);
    if (!value) return std::move(value).error();
    result += encoded[i] ? percent_encode(*value) : *value;
  }
  return result;
}

Result<std::string> read_secret_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in.is_open() || in.bad()) {
    return Error(ErrorKind::invalid_config,
                 "could not read " + path + ": " + std::generic_category().message(errno));
  }
  return content;
}

}  // namespace

SecretStore SecretStore::of_process() {
  return {.variable = [](const std::string& name) -> std::optional<std::string> {
            const char* value = std::getenv(name.c_str());
            if (value == nullptr) return std::nullopt;
            return value;
          },
          .file = read_secret_file};
}

Result<std::string> expand_references(std::string_view text, const SecretStore& store) {
  return expand(text, store, false);
}

Result<std::string> expand_url_references(std::string_view text, const SecretStore& store) {
  return expand(text, store, true);
}

std::string password_variable(std::string_view name) {
  std::string result = "TAILRACE_PASSWORD_";
  for (const char character : name) {
    const auto byte = static_cast<unsigned char>(character);
    result += std::isalnum(byte) != 0 ? static_cast<char>(std::toupper(byte)) : '_';
  }
  return result;
}

std::optional<Secret> find_password(std::string_view name, const SecretStore& store) {
  auto value = store.variable(password_variable(name));
  if (!value) return std::nullopt;
  return Secret(std::move(*value));
}

}  // namespace tailrace
