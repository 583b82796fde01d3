#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "clients/mysql/connection.h"
#include "extractors/mysql/event_stream.h"
#include "extractors/mysql/position.h"

namespace tailrace::mysql {

// How we present ourselves to a server's dump thread, and where it shall start.
struct DumpStart {
  LogPosition position;
  std::uint32_t server_id = 0;
  std::string replica_uuid;
  std::chrono::milliseconds heartbeat = std::chrono::seconds(1);
};

// A server's dump: sets the session up, asks for the log from a position, and hands on the packets.
// It proves nothing about the position (extractors/mysql/continuity.h does). interrupt() may come
// from any thread while the object lives.
class DumpStream final : public EventStream {
 public:
  // connection: fresh, used for nothing else afterwards.
  static Result<std::unique_ptr<DumpStream>> open(Connection connection, const DumpStart& start);

  Result<std::optional<Bytes>> next() override;
  bool pending() const override { return connection_.pending(); }
  void interrupt() override;

 private:
  explicit DumpStream(Connection connection) : connection_(std::move(connection)) {}

  Connection connection_;
  std::atomic<bool> interrupted_ = false;
};

// Says what a person should do about an error of the dump, where that is known.
Error with_dump_hint(Error error);

}  // namespace tailrace::mysql
