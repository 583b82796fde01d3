#include "tests/support/free_port.h"

#include <cstddef>
#include <cstring>
#include <random>
#include <stdexcept>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace tailrace::testing {
namespace {

constexpr int kFirstPort = 20000;
constexpr int kLastPort = 32000;  // the kernel's own range starts at 32768

// The reservation of `port` among tests, or -1 when another test holds it.
int reserve(int port) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw std::runtime_error("could not open a unix socket");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = "tailrace-test-port-" + std::to_string(port);
  std::memcpy(address.sun_path + 1, name.data(), name.size());  // leading NUL: abstract name
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0) return fd;
  ::close(fd);
  return -1;
}

bool can_listen(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const int yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  const bool free = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                    ::listen(fd, 1) == 0;
  ::close(fd);
  return free;
}

}  // namespace

FreePort::FreePort() {
  std::random_device entropy;
  std::uniform_int_distribution<int> any(kFirstPort, kLastPort);
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const int port = any(entropy);
    const int fd = reserve(port);
    if (fd < 0) continue;
    if (can_listen(port)) {
      number_ = static_cast<std::uint16_t>(port);
      reservation_ = fd;
      return;
    }
    ::close(fd);
  }
  throw std::runtime_error("no free port between 20000 and 32000");
}

FreePort::~FreePort() {
  ::close(reservation_);
}

}  // namespace tailrace::testing
