#include "replicator/copy/ledger_key.h"

#include <cinttypes>
#include <cstdint>
#include <cstdio>

namespace tailrace {
namespace {

constexpr std::size_t kLongestName = 200;  // within a key of up to 255 octets

// Two parts stay two, and a space ends a name.
std::string escape(std::string_view name) {
  std::string text;
  for (const char c : name) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet > ' ' && octet != 0x7f && c != '%' && c != '.') {
      text.push_back(c);
      continue;
    }
    char code[4];
    std::snprintf(code, sizeof code, "%%%02X", static_cast<unsigned>(octet));
    text += code;
  }
  return text;
}

}  // namespace

std::string hash_text(std::string_view bytes) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  char text[17];
  std::snprintf(text, sizeof text, "%016" PRIx64, hash);
  return text;
}

std::string ledger_key_name(const TableName& name) {
  std::string text = escape(name.schema) + "." + escape(name.table);
  if (text.size() <= kLongestName) return text;
  std::size_t cut = kLongestName - 17;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
  return text.substr(0, cut) + "~" + hash_text(text);
}

Error damaged_ledger(const std::string& key, const std::string& why) {
  return Error(ErrorKind::checkpoint_corrupt,
               "cannot understand entry \"" + key + "\" of the copy's ledger: " + why)
      .hint(
          "restore the target's tailrace ledger table; or remove this sink's rows from it and from "
          "the checkpoint table, and empty the tables, to copy everything anew");
}

}  // namespace tailrace
