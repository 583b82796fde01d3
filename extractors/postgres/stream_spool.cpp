#include "extractors/postgres/stream_spool.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace tailrace::postgres {
namespace {

constexpr std::size_t kLengthBytes = 4;

Error io_error(const std::string& action, int code) {
  const ErrorKind kind = code == ENOSPC || code == EDQUOT  ? ErrorKind::disk_full
                         : code == EACCES || code == EROFS ? ErrorKind::permission
                                                           : ErrorKind::busy;
  return Error(kind, "could not " + action + ": " + std::generic_category().message(code))
      .native("errno " + std::to_string(code))
      .hint(
          "transactions that are still open at the source wait in state_dir; give it room and "
          "write permission");
}

}  // namespace

StreamSpool::File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Status StreamSpool::File::open(const std::filesystem::path& folder) {
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code) return io_error("create folder \"" + folder.string() + "\"", code.value());
  std::string path = folder / "stream-XXXXXX";
  descriptor_ = ::mkostemp(path.data(), O_CLOEXEC);
  if (descriptor_ < 0) return io_error("create a file in \"" + folder.string() + "\"", errno);
  if (::unlink(path.c_str()) != 0) return io_error("unlink \"" + path + "\"", errno);
  return {};
}

Status StreamSpool::File::append(const std::filesystem::path& folder, Bytes bytes) {
  if (descriptor_ < 0) {
    if (auto opened = open(folder); !opened) return opened;
  }
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return io_error("write a file in \"" + folder.string() + "\"", errno);
    size_ += static_cast<std::uint64_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Result<std::size_t> StreamSpool::File::read(std::uint64_t offset, std::byte* into,
                                            std::size_t count) const {
  while (true) {
    const ssize_t got = ::pread(descriptor_, into, count, static_cast<off_t>(offset));
    if (got > 0) return static_cast<std::size_t>(got);
    if (got < 0 && errno == EINTR) continue;
    return io_error("read a spooled transaction", got < 0 ? errno : EIO);
  }
}

Status StreamSpool::append(std::uint32_t xid, Bytes message) {
  const std::size_t bytes = kLengthBytes + message.size();
  if (auto made = make_room(bytes); !made) return made;
  ByteWriter& tail = spooled_[xid].tail;
  tail.u32_le(static_cast<std::uint32_t>(message.size()));
  tail.bytes(message);
  memory_bytes_ += bytes;
  return {};
}

// The largest goes to its file whole: few writes, and large ones.
Status StreamSpool::make_room(std::size_t bytes) {
  while (memory_bytes_ > 0 && memory_bytes_ + bytes > memory_limit_) {
    const auto largest = std::max_element(
        spooled_.begin(), spooled_.end(),
        [](const auto& a, const auto& b) { return a.second.tail.size() < b.second.tail.size(); });
    Messages& messages = largest->second;
    if (auto written = messages.file.append(folder_, messages.tail.view()); !written) {
      return written;
    }
    memory_bytes_ -= messages.tail.size();
    messages.tail = ByteWriter();
  }
  return {};
}

void StreamSpool::drop(std::uint32_t xid) {
  const auto found = spooled_.find(xid);
  if (found == spooled_.end()) return;
  memory_bytes_ -= found->second.tail.size();
  spooled_.erase(found);
}

std::uint64_t StreamSpool::file_bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& [xid, messages] : spooled_) bytes += messages.file.size();
  return bytes;
}

StreamSpool::Reader StreamSpool::read(std::uint32_t xid) const {
  const auto found = spooled_.find(xid);
  return Reader(found == spooled_.end() ? nullptr : &found->second);
}

Status StreamSpool::Reader::fill(std::size_t count) {
  if (end_ - start_ >= count) return {};
  std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(start_),
            buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
  end_ -= start_;
  start_ = 0;
  buffer_.resize(std::max({buffer_.size(), count, kBufferBytes}));
  while (end_ < count) {
    const auto got =
        messages_->file.read(file_offset_, buffer_.data() + end_, buffer_.size() - end_);
    if (!got) return got.error();
    end_ += *got;
    file_offset_ += *got;
  }
  return {};
}

Result<std::optional<Bytes>> StreamSpool::Reader::next() {
  if (messages_ == nullptr) return std::optional<Bytes>();
  if (start_ < end_ || file_offset_ < messages_->file.size()) {
    if (auto filled = fill(kLengthBytes); !filled) return std::move(filled).error();
    const std::size_t size = ByteReader({buffer_.data() + start_, kLengthBytes}).u32_le();
    if (auto filled = fill(kLengthBytes + size); !filled) return std::move(filled).error();
    const Bytes message(buffer_.data() + start_ + kLengthBytes, size);
    start_ += kLengthBytes + size;
    return std::optional<Bytes>(message);
  }
  ByteReader tail(messages_->tail.view().subspan(tail_offset_));
  if (tail.at_end()) return std::optional<Bytes>();
  const Bytes message = tail.bytes(tail.u32_le());
  tail_offset_ += tail.offset();
  return std::optional<Bytes>(message);
}

}  // namespace tailrace::postgres
