// A TCP proxy between tailrace and a server that misbehaves on command.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace tailrace::testing {

enum class Direction { to_client, to_server };

// Listens on 127.0.0.1 at port() and forwards to the server. Faults apply to the connections that
// exist and to those that come; heal() ends them all.
//
// Threads: one of its own moves the bytes; every member may be called from any thread.
class FaultProxy {
 public:
  explicit FaultProxy(std::uint16_t server_port, std::string server_host = "127.0.0.1");
  ~FaultProxy();
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  std::uint16_t port() const;

  void cut();            // resets every connection now; new ones are welcome
  void refuse(bool on);  // on: the port is closed, so connecting gets "connection refused"
  void delay(std::chrono::milliseconds each_way);  // every byte arrives that much later
  void blackhole(bool on);  // on: bytes and closes vanish, connections look alive (half-open)
  // Resets the first connection that has carried `bytes` more in that direction, then forgets it:
  // one cut at an exact place of the stream. The bytes before the place are delivered.
  void cut_after(std::uint64_t bytes, Direction direction = Direction::to_client);
  void heal();

  // Delivered, by all connections so far; counted just after they were handed over.
  std::uint64_t bytes(Direction direction) const;
  std::uint64_t connection_count() const;  // accepted so far
  std::uint64_t cut_count() const;         // reset by cut() or cut_after()
  std::size_t open_connections() const;

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace tailrace::testing
