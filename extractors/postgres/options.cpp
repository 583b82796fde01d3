#include "extractors/postgres/options.h"

#include <cstdint>

#include <fmt/format.h>

namespace tailrace::postgres {
namespace {

constexpr std::size_t kLongestName = 63;

bool fits_slot_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

char in_slot_letters(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  return fits_slot_name(c) ? c : '_';
}

// FNV-1a with a final mix. Must never change: slots are found again by it.
std::uint32_t stable_hash(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCD;
  return static_cast<std::uint32_t>(hash ^ (hash >> 33));
}

}  // namespace

std::string PostgresSourceOptions::slot_name() const {
  return slot.empty() ? default_slot_name(pipeline) : slot;
}

std::vector<std::string> PostgresSourceOptions::publication_names() const {
  return publications.empty() ? std::vector{default_slot_name(pipeline)} : publications;
}

std::string default_slot_name(std::string_view pipeline) {
  constexpr std::size_t kHashLength = 9;  // "_" and eight digits
  std::string name = "tailrace_";
  bool changed = false;
  for (const char c : pipeline) {
    name.push_back(in_slot_letters(c));
    changed |= name.back() != c;
  }
  if (!changed && name.size() <= kLongestName) return name;
  name.resize(std::min(name.size(), kLongestName - kHashLength));
  return name + fmt::format("_{:08x}", stable_hash(pipeline));
}

}  // namespace tailrace::postgres
