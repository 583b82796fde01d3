#pragma once

#include <optional>

#include "core/byte_reader.h"
#include "core/result.h"

namespace tailrace::mysql {

// Where binlog events come from: a server's dump, or a recording. One thread uses it; interrupt()
// may come from any.
class EventStream {
 public:
  virtual ~EventStream() = default;

  // Waits for the next event; its bytes live until the next call. Nothing: the stream ended.
  virtual Result<std::optional<Bytes>> next() = 0;
  // Whether next() would answer at once.
  virtual bool pending() const = 0;
  // Ends a next() that waits, and all later ones, with an error.
  virtual void interrupt() = 0;
};

}  // namespace tailrace::mysql
