// Feeds arbitrary bytes to the decoder of pgoutput messages, with and without the xid of streams,
// and walks through the rows of what it accepts. Input: one message.

#include <cstdint>
#include <variant>

#include "core/assert.h"
#include "extractors/postgres/pgoutput.h"

namespace tailrace::postgres {
namespace {

void walk(const TupleView& tuple) {
  TupleView::Reader fields(tuple);
  std::size_t bytes = 0;
  for (std::uint16_t i = 0; i < tuple.column_count(); ++i) bytes += fields.next().bytes.size();
  TR_ASSERT(bytes < SIZE_MAX / 2);
}

void walk_rows(const PgoutputMessage& message) {
  if (const auto* insert = std::get_if<InsertMessage>(&message)) walk(insert->row);
  if (const auto* update = std::get_if<UpdateMessage>(&message)) {
    walk(update->old_key);
    walk(update->old_row);
    walk(update->row);
  }
  if (const auto* remove = std::get_if<DeleteMessage>(&message)) {
    walk(remove->old_key);
    walk(remove->old_row);
  }
}

}  // namespace
}  // namespace tailrace::postgres

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tailrace::postgres;
  const tailrace::Bytes message(reinterpret_cast<const std::byte*>(data), size);
  for (const bool in_stream : {false, true}) {
    for (const bool parallel_abort : {false, true}) {
      const auto decoded = decode_message(message, {in_stream, parallel_abort});
      if (decoded) walk_rows(*decoded);
    }
  }
  return 0;
}
