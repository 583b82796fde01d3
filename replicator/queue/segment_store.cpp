#include "replicator/queue/segment_store.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

namespace tailrace {
namespace {

Error io_error(const std::string& action, const std::filesystem::path& path, int code) {
  const ErrorKind kind = code == ENOSPC || code == EDQUOT  ? ErrorKind::disk_full
                         : code == EACCES || code == EROFS ? ErrorKind::permission
                                                           : ErrorKind::unclassified;
  return Error(kind, "could not " + action + " \"" + path.string() +
                         "\": " + std::generic_category().message(code))
      .native("errno " + std::to_string(code))
      .hint("the queue spills to state_dir; give it room and write permission");
}

// Writes all of it at the offset; answers errno, or 0.
int write_all(int descriptor, Bytes bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return 0;
}

// Reads exactly that many bytes; answers errno, or 0. A short file is EIO.
int read_all(int descriptor, std::byte* into, std::size_t count, std::uint64_t offset) {
  while (count > 0) {
    const ssize_t got = ::pread(descriptor, into, count, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) return EIO;
    into += got;
    count -= static_cast<std::size_t>(got);
    offset += static_cast<std::uint64_t>(got);
  }
  return 0;
}

}  // namespace

Result<std::unique_ptr<SegmentStore>> SegmentStore::open(std::filesystem::path folder) {
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code) return io_error("create folder", folder, code.value());
  for (const auto& entry : std::filesystem::directory_iterator(folder, code)) {
    if (entry.path().extension() == ".segment") std::filesystem::remove(entry.path(), code);
  }
  if (code) return io_error("empty folder", folder, code.value());
  return std::unique_ptr<SegmentStore>(new SegmentStore(std::move(folder)));
}

SegmentStore::~SegmentStore() {
  for (auto& [number, segment] : segments_) {
    ::close(segment.descriptor);
    std::error_code ignored;
    std::filesystem::remove(path_of(number), ignored);
  }
}

std::filesystem::path SegmentStore::path_of(std::uint64_t segment) const {
  return folder_ / (std::to_string(segment) + ".segment");
}

Result<SegmentStore::Segment*> SegmentStore::writable_segment() {
  const auto last = segments_.find(current_);
  if (last != segments_.end() && last->second.size < kSegmentBytes) return &last->second;
  const std::uint64_t number = current_ + 1;
  const auto path = path_of(number);
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return io_error("create", path, errno);
  const std::uint64_t filled = current_;
  current_ = number;
  remove_if_unused(filled);
  Segment& segment = segments_[number];
  segment.descriptor = descriptor;
  return &segment;
}

Result<SegmentStore::Location> SegmentStore::append(const Block& block) {
  const std::scoped_lock lock(mutex_);
  auto segment = writable_segment();
  if (!segment) return std::move(segment).error();
  Segment& file = **segment;
  const std::vector<std::byte> header = block.header();
  int failed = write_all(file.descriptor, header, file.size);
  if (failed == 0) failed = write_all(file.descriptor, block.payload(), file.size + header.size());
  if (failed != 0) return io_error("write", path_of(current_), failed);
  const Location location{current_, file.size, header.size() + block.payload().size()};
  file.size += location.bytes;
  live_bytes_ += location.bytes;
  ++file.block_count;
  return location;
}

Result<BlockPtr> SegmentStore::read(const Location& location,
                                    std::span<const SchemaPtr> known) const {
  int descriptor = -1;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = segments_.find(location.segment);
    TR_ASSERT(found != segments_.end());
    descriptor = found->second.descriptor;  // stays open: the location is not released yet
  }
  const auto place = [&] {
    return "segment " + path_of(location.segment).string() + " offset " +
           std::to_string(location.offset);
  };
  std::array<std::byte, Block::kHeaderBytes> header{};
  ByteWriter payload(location.bytes - header.size());
  int failed = read_all(descriptor, header.data(), header.size(), location.offset);
  if (failed == 0) {
    const std::size_t count = location.bytes - header.size();
    failed = read_all(descriptor, payload.extend(count), count, location.offset + header.size());
  }
  if (failed != 0) return io_error("read", path_of(location.segment), failed).with(place());
  auto block = Block::decode(header, std::move(payload), known);
  if (!block) return std::move(block).error().with(place());
  return block;
}

void SegmentStore::release(const Location& location) {
  const std::scoped_lock lock(mutex_);
  const auto found = segments_.find(location.segment);
  TR_ASSERT(found != segments_.end());
  --found->second.block_count;
  live_bytes_ -= location.bytes;
  ::fallocate(found->second.descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
              static_cast<off_t>(location.offset), static_cast<off_t>(location.bytes));
  remove_if_unused(location.segment);
}

void SegmentStore::remove_if_unused(std::uint64_t number) {
  const auto found = segments_.find(number);
  if (found == segments_.end() || found->second.block_count > 0) return;
  if (number == current_) {  // goes on being written, from its start
    if (::ftruncate(found->second.descriptor, 0) == 0) found->second.size = 0;
    return;
  }
  ::close(found->second.descriptor);
  segments_.erase(found);
  std::error_code ignored;
  std::filesystem::remove(path_of(number), ignored);
}

std::uint64_t SegmentStore::disk_bytes() const {
  const std::scoped_lock lock(mutex_);
  return live_bytes_;
}

}  // namespace tailrace
