#include "extractors/mysql/zlib_inflate.h"

#include <zlib.h>

namespace tailrace::mysql {

namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 30;  // as large as packets get
constexpr std::size_t kMaxRatio = 1040;                  // deflate cannot do better than 1032

// length is what the sender claims: no memory is taken for more than the stream could hold.
bool append_inflated(Bytes stream, std::uint64_t length, bool raw, ByteWriter& out) {
  if (length > kMaxBytes || stream.size() > kMaxBytes || length / kMaxRatio > stream.size()) {
    return false;
  }
  z_stream state{};
  if (inflateInit2(&state, raw ? -MAX_WBITS : MAX_WBITS) != Z_OK) return false;
  // zlib does not write to its input; the type is historical
  state.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(stream.data()));
  state.avail_in = static_cast<uInt>(stream.size());
  state.next_out = reinterpret_cast<Bytef*>(out.extend(length));
  state.avail_out = static_cast<uInt>(length);
  const int result = inflate(&state, Z_FINISH);
  inflateEnd(&state);
  return result == Z_STREAM_END && state.avail_out == 0;
}

}  // namespace

bool append_uncompressed_column(Bytes stored, ByteWriter& out) {
  constexpr unsigned kMethodZlib = 8;
  if (stored.empty()) return true;
  ByteReader in(stored);
  const unsigned head = in.u8();
  if (head == 0) {
    out.bytes(in.rest());
    return true;
  }
  const std::uint64_t length = in.uint_be(head & 7);
  return in.ok() && head >> 4 == kMethodZlib &&
         append_inflated(in.rest(), length, (head & 8) != 0, out);
}

}  // namespace tailrace::mysql
