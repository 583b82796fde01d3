#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/byte_writer.h"
#include "core/result.h"

namespace tailrace::postgres {

// The messages of transactions that are still open at the server, by their xid: in memory up to a
// limit for all together, then in one file for each. The files have no name (they are unlinked at
// once) and need no fsync: they are gone with the process, and the server sends everything that was
// not confirmed again. Belongs to the extractor's thread.
//
//   messages, in memory and in a file: u32 little endian length | that many bytes
class StreamSpool {
 public:
  // The folder is made when the first file is needed.
  StreamSpool(std::filesystem::path folder, std::uint64_t memory_bytes)
      : folder_(std::move(folder)), memory_limit_(memory_bytes) {}

  // disk_full, permission or busy when the file cannot be written.
  Status append(std::uint32_t xid, Bytes message);
  void drop(std::uint32_t xid);

  std::uint64_t memory_bytes() const { return memory_bytes_; }
  std::uint64_t file_bytes() const;

 private:
  class File {
   public:
    File() = default;
    File(File&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_) {}
    File& operator=(File&& other) noexcept {
      std::swap(descriptor_, other.descriptor_);
      std::swap(size_, other.size_);
      return *this;
    }
    ~File();

    Status append(const std::filesystem::path& folder, Bytes bytes);
    // Reads up to that many bytes; nothing before size() only when the file was cut.
    Result<std::size_t> read(std::uint64_t offset, std::byte* into, std::size_t count) const;
    std::uint64_t size() const { return size_; }

   private:
    Status open(const std::filesystem::path& folder);

    int descriptor_ = -1;
    std::uint64_t size_ = 0;
  };
  // One transaction: first what is in the file, then what is in memory.
  struct Messages {
    File file;
    ByteWriter tail;
  };

 public:
  // Reads the messages of one transaction once, in order. While it lives, nothing may be appended
  // to or dropped from the spool.
  class Reader {
   public:
    // The bytes live until the next call. Nothing: that was all.
    Result<std::optional<Bytes>> next();

   private:
    friend class StreamSpool;
    static constexpr std::size_t kBufferBytes = std::size_t{256} << 10;

    explicit Reader(const Messages* messages) : messages_(messages) {}
    // Makes that many bytes of the file available at start_.
    Status fill(std::size_t count);

    const Messages* messages_;  // nullptr: none
    std::uint64_t file_offset_ = 0;
    std::vector<std::byte> buffer_;
    std::size_t start_ = 0;  // of what is not consumed yet in the buffer
    std::size_t end_ = 0;
    std::size_t tail_offset_ = 0;
  };
  Reader read(std::uint32_t xid) const;

 private:
  Status make_room(std::size_t bytes);

  const std::filesystem::path folder_;
  const std::uint64_t memory_limit_;
  std::uint64_t memory_bytes_ = 0;
  std::unordered_map<std::uint32_t, Messages> spooled_;
};

}  // namespace tailrace::postgres
