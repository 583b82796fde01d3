#include "clients/postgres/socket_cut.h"

#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tailrace::postgres {

SocketCut::SocketCut(int socket) : socket_(::fcntl(socket, F_DUPFD_CLOEXEC, 0)) {}

SocketCut::SocketCut(SocketCut&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}

SocketCut& SocketCut::operator=(SocketCut&& other) noexcept {
  std::swap(socket_, other.socket_);
  return *this;
}

SocketCut::~SocketCut() {
  if (socket_ >= 0) ::close(socket_);
}

void SocketCut::cut() const {
  static_cast<void>(::shutdown(socket_, SHUT_RDWR));
}

}  // namespace tailrace::postgres
