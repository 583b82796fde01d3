// Feeds arbitrary bytes to Block::decode and, when it accepts them, walks through every record.
// Input: 32 bytes of header and the payload. The header is tried as it is, and then once more with
// sizes and checksums set right, so that the checks of the records are reached.

#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "core/block.h"
#include "core/block_format.h"
#include "core/crc32.h"

namespace tailrace {
namespace {

ByteWriter copy_of(Bytes bytes) {
  ByteWriter copy;
  copy.bytes(bytes);
  return copy;
}

void walk(const Block& block) {
  BlockCursor cursor(block);
  std::vector<Value> values;
  while (const auto record = cursor.next()) {
    const auto* change = std::get_if<Change>(&*record);
    if (change == nullptr) continue;
    values.resize(change->schema->columns.size());
    if (!change->before.empty()) TR_ASSERT(change->before.split(values));
    if (!change->after.empty()) TR_ASSERT(change->after.split(values));
  }
}

void try_decode(Bytes header, Bytes payload) {
  const auto block = Block::decode(header, copy_of(payload));
  if (block) walk(**block);
}

std::vector<std::byte> correct_header(Bytes payload) {
  ByteWriter out;
  out.u32_le(block_format::kMagic);
  out.u32_le(block_format::kVersion);
  out.u64_le(1);
  out.u32_le(static_cast<std::uint32_t>(payload.size()));
  out.u32_le(0);
  out.u32_le(crc32(payload));
  out.u32_le(crc32(out.view()));
  return {out.view().begin(), out.view().end()};
}

}  // namespace
}  // namespace tailrace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tailrace;
  const Bytes input(reinterpret_cast<const std::byte*>(data), size);
  if (input.size() < Block::kHeaderBytes) return 0;
  const Bytes payload = input.subspan(Block::kHeaderBytes);
  try_decode(input.first(Block::kHeaderBytes), payload);
  try_decode(correct_header(payload), payload);
  return 0;
}
