#include "extractors/mysql/options.h"

#include <array>

#include <fmt/core.h>

namespace tailrace::mysql {
namespace {

// FNV-1a with a final mix (short names differ in few bits). Must never change: servers know us by
// it.
std::uint64_t stable_hash(std::string_view text, std::uint64_t seed) {
  std::uint64_t hash = 0xCBF29CE484222325 ^ seed;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  }
  hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCD;
  hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53;
  return hash ^ (hash >> 33);
}

}  // namespace

std::uint32_t derived_server_id(std::string_view pipeline) {
  constexpr std::uint64_t kUpperHalf = 0x80000000;
  return static_cast<std::uint32_t>(kUpperHalf + stable_hash(pipeline, 0) % (kUpperHalf - 1));
}

std::uint32_t effective_server_id(const MySqlSourceOptions& options) {
  return options.server_id != 0 ? options.server_id : derived_server_id(options.pipeline);
}

std::string derived_replica_uuid(std::string_view pipeline) {
  const std::uint64_t high = stable_hash(pipeline, 1);
  const std::uint64_t low = stable_hash(pipeline, 2);
  // Version 8 (made by the application), variant 10.
  return fmt::format("{:08x}-{:04x}-8{:03x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xFFFF,
                     high & 0xFFF, (low >> 48 & 0x3FFF) | 0x8000, low & 0xFFFFFFFFFFFF);
}

}  // namespace tailrace::mysql
