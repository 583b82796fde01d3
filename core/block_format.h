#pragma once

// How a block is laid out (docs/block-format.md). Shared by block.cpp and block_builder.cpp only.
//
//   header, 32 bytes, little endian:
//     u32 magic "TRB1" | u16 version | u16 reserved | u64 sequence | u32 payload bytes |
//     u32 reserved | u32 crc of the payload | u32 crc of the 28 bytes before it
//   payload: records, each u8 type | u32 length | that many bytes

#include <cstddef>
#include <cstdint>

namespace tailrace::block_format {

constexpr std::uint32_t kMagic = 0x31425254;  // "TRB1"
constexpr std::uint16_t kVersion = 4;
constexpr std::size_t kRecordHeaderBytes = 5;

enum RecordType : std::uint8_t {
  kSchema = 1,        // encoded TableSchema; its index is its ordinal in the block
  kBegin = 2,         // i64 commit time | sized id | sized origin
  kInsert = 3,        // varint schema index | u32 before bytes | image | u32 after bytes | image
  kUpdate = 4,        //   "
  kRemove = 5,        //   "
  kSchemaChange = 6,  // u8 kind | u8 flags | varint n | n x (sized schema, sized table) | sized
                      // statement | varint n | n x (u8 kind, sized name, sized new name, u8 fill,
                      // sized text) | varint schema index + 1, 0: none
  kCommit = 7,        // i64 commit time | i64 received time | sized position
  kAbort = 8,
  kProgress = 9,  // u8 flags | i64 source time | sized position
  kMessage = 10,  // u8 flags | sized prefix | sized content
};

// Flags of the record kinds that have them.
constexpr std::uint8_t kCascade = 1;          // schema change
constexpr std::uint8_t kRestartIdentity = 2;  // schema change
constexpr std::uint8_t kHelper = 4;           // schema change
constexpr std::uint8_t kColumnsKnown = 8;     // schema change
constexpr std::uint8_t kRowsChanged = 16;     // schema change
constexpr std::uint8_t kFilled = 32;          // schema change
constexpr std::uint8_t kWanted = 1;           // progress
constexpr std::uint8_t kTransactional = 1;    // message

}  // namespace tailrace::block_format
