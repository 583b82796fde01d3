// A TCP port on 127.0.0.1 that stays ours, even while the server that uses it is down.
#pragma once

#include <cstdint>

namespace tailrace::testing {

// A server under test is stopped and started again on the same port, so asking the kernel for "any
// port" is not enough: in between, another process could be given it. Ports come from below the
// range that the kernel hands out, and each is reserved among all tests of this machine by an
// abstract unix socket, which the kernel removes when this process ends, however it ends.
class FreePort {
 public:
  FreePort();
  ~FreePort();
  FreePort(const FreePort&) = delete;
  FreePort& operator=(const FreePort&) = delete;

  std::uint16_t number() const { return number_; }

 private:
  std::uint16_t number_ = 0;
  int reservation_ = -1;
};

}  // namespace tailrace::testing
