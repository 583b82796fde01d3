#pragma once

namespace tailrace::postgres {

// Cuts a connection from another thread. Holds a descriptor of its own: libpq closes its socket
// when the connection breaks, and its number may belong to somebody else by then.
class SocketCut {
 public:
  SocketCut() = default;
  explicit SocketCut(int socket);
  SocketCut(SocketCut&& other) noexcept;
  SocketCut& operator=(SocketCut&& other) noexcept;
  ~SocketCut();

  // Whoever reads or writes there fails at once. Any thread, while this object lives.
  void cut() const;

 private:
  int socket_ = -1;
};

}  // namespace tailrace::postgres
