#include "extractors/postgres/copy_rows.h"

namespace tailrace::postgres {
namespace {

constexpr std::string_view kSignature("PGCOPY\n\377\r\n\0", 11);
constexpr std::uint32_t kCriticalFlags = 0xFFFF0000;
constexpr std::uint32_t kNull = 0xFFFFFFFF;
constexpr std::uint16_t kTrailer = 0xFFFF;

Error not_copy(const char* what) {
  return Error(ErrorKind::stream_corrupt, what);
}

}  // namespace

CopiedRow::Field CopiedRow::next() {
  const std::uint32_t length = in_.u32_be();
  if (length == kNull) return {.null = true, .bytes = {}};
  return {.null = false, .bytes = in_.text(length)};
}

// Signature, u32 flags, u32 length of an extension, which may be passed over.
Result<std::size_t> CopyRows::header_bytes(Bytes message) const {
  ByteReader in(message);
  if (in.text(kSignature.size()) != kSignature) {
    return not_copy("copied rows do not begin with the signature of COPY");
  }
  const std::uint32_t flags = in.u32_be();
  in.skip(in.u32_be());
  if (!in.ok()) return not_copy("the header of copied rows is cut short");
  if ((flags & kCriticalFlags) != 0) return not_copy("copied rows have flags that nobody knows");
  return in.offset();
}

Result<std::optional<CopiedRow>> CopyRows::take(Bytes message) {
  if (!begun_) {
    auto header = header_bytes(message);
    if (!header) return std::move(header).error();
    begun_ = true;
    message = message.subspan(*header);
    if (message.empty()) return std::optional<CopiedRow>();
  }
  if (ended_) return not_copy("copied rows go on behind their end");
  if (message.size() < 2) return not_copy("a copied row is cut short");
  if (ByteReader(message).u16_be() != kTrailer) return std::optional(CopiedRow(message));
  if (message.size() != 2) return not_copy("copied rows go on behind their end");
  ended_ = true;
  return std::optional<CopiedRow>();
}

}  // namespace tailrace::postgres
