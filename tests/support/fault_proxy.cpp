#include "tests/support/fault_proxy.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <deque>
#include <limits>
#include <list>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/free_port.h"

namespace tailrace::testing {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kMostBuffered = 256 * 1024;  // per direction; then the sender has to wait

class Socket {
 public:
  explicit Socket(int fd = -1) : fd_(fd) {}
  ~Socket() { close(); }
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  int fd() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  // The peer sees "connection reset", not an orderly end.
  void reset() {
    const linger now{1, 0};
    if (fd_ >= 0) ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }

 private:
  int fd_;
};

Socket listen_on(std::uint16_t port) {
  Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int yes = 1;
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (::bind(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.fd(), 64) != 0) {
    throw std::runtime_error("fault proxy: could not listen");
  }
  return socket;
}

void prepare(int fd) {
  const int yes = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

// A connection to the server, or a closed socket. Blocks for as long as the handshake takes.
Socket connect_to(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0)
    return Socket();
  Socket socket(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const bool connected = ::connect(socket.fd(), found->ai_addr, found->ai_addrlen) == 0;
  ::freeaddrinfo(found);
  if (!connected) return Socket();
  ::fcntl(socket.fd(), F_SETFL, ::fcntl(socket.fd(), F_GETFL) | O_NONBLOCK);
  prepare(socket.fd());
  return socket;
}

// Bytes on their way, each piece with the time at which it may be delivered.
struct Piece {
  Clock::time_point due;
  std::vector<char> bytes;
  std::size_t sent = 0;
};

// One direction of a connection.
struct Stream {
  std::deque<Piece> pieces;
  std::size_t buffered = 0;
  bool source_ended = false;
  bool end_forwarded = false;
};

struct Connection {
  Socket client;
  Socket server;
  Stream to_client;
  Stream to_server;
};

struct Faults {
  std::chrono::milliseconds delay{0};
  bool refuse = false;
  bool blackhole = false;
  bool cut_now = false;
  std::optional<std::pair<Direction, std::uint64_t>> cut_after;
};

}  // namespace

// constant:           port_, server_host_, server_port_, wake_
// guarded by mutex_:  faults_
// atomic:             the counters, stop_
// the proxy's thread: listener_, connections_
class FaultProxy::Loop {
 public:
  Loop(std::uint16_t server_port, std::string server_host)
      : server_host_(std::move(server_host)),
        server_port_(server_port),
        wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        listener_(listen_on(port_.number())),
        thread_([this] { run(); }) {}

  ~Loop() {
    stop_ = true;
    wake();
    thread_.join();
  }

  template <typename Change>
  void change(Change&& change_faults) {
    {
      const std::scoped_lock lock(mutex_);
      change_faults(faults_);
      ++wanted_;
    }
    wake();
    // A fault is in force when the call returns, so that a test can rely on it.
    while (done_ < wanted_ && !stop_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  std::uint16_t port() const { return port_.number(); }
  std::uint64_t bytes(Direction direction) const {
    return direction == Direction::to_client ? bytes_to_client_ : bytes_to_server_;
  }

  std::atomic<std::uint64_t> accepted_{0};
  std::atomic<std::uint64_t> cut_{0};
  std::atomic<std::size_t> open_{0};

 private:
  void wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_.fd(), &one, sizeof one);
  }

  void run();
  void obey();
  void accept_new();
  void wait_for_work();
  void move_bytes(Connection&);
  void receive(Socket& from, Stream&);
  bool deliver(Stream&, Socket& to, Direction);
  void reset(Connection&);
  std::size_t allowed(Direction, std::size_t wanted) const;
  bool count_delivered(Direction, std::size_t bytes);

  FreePort port_;
  const std::string server_host_;
  const std::uint16_t server_port_;
  Socket wake_;

  std::mutex mutex_;
  Faults faults_;
  std::atomic<std::uint64_t> wanted_{0};
  std::atomic<std::uint64_t> done_{0};
  std::atomic<std::uint64_t> bytes_to_client_{0};
  std::atomic<std::uint64_t> bytes_to_server_{0};
  std::atomic<bool> stop_{false};

  Faults now_;  // the thread's copy
  Socket listener_;
  std::list<Connection> connections_;
  std::thread thread_;
};

void FaultProxy::Loop::run() {
  while (!stop_) {
    obey();
    accept_new();
    for (Connection& connection : connections_) move_bytes(connection);
    connections_.remove_if([](const Connection& c) { return !c.client.open(); });
    open_ = connections_.size();
    wait_for_work();
  }
}

// Takes over the faults that were asked for since the last round.
void FaultProxy::Loop::obey() {
  std::uint64_t wanted = 0;
  {
    const std::scoped_lock lock(mutex_);
    now_ = faults_;
    faults_.cut_now = false;
    wanted = wanted_;
  }
  if (now_.refuse) listener_.close();
  if (!now_.refuse && !listener_.open()) listener_ = listen_on(port_.number());
  if (now_.cut_now) {
    accept_new();  // those in the backlog are connections already, as far as the client knows
    for (Connection& connection : connections_) {
      reset(connection);
      ++cut_;
    }
    connections_.clear();
    open_ = 0;
  }
  done_ = wanted;
}

void FaultProxy::Loop::accept_new() {
  while (listener_.open()) {
    Socket client(::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!client.open()) return;
    ++accepted_;
    prepare(client.fd());
    Socket server = connect_to(server_host_, server_port_);
    if (!server.open()) {
      client.reset();
      continue;
    }
    connections_.push_back({std::move(client), std::move(server), {}, {}});
  }
}

void FaultProxy::Loop::wait_for_work() {
  std::vector<pollfd> waits = {{wake_.fd(), POLLIN, 0}};
  if (listener_.open()) waits.push_back({listener_.fd(), POLLIN, 0});
  auto next_due = Clock::time_point::max();
  const auto add = [&](const Socket& end, const Stream& incoming, const Stream& outgoing) {
    short events = 0;
    if (!incoming.source_ended && incoming.buffered < kMostBuffered) events |= POLLIN;
    if (!outgoing.pieces.empty()) {
      const auto due = outgoing.pieces.front().due;
      if (due <= Clock::now())
        events |= POLLOUT;
      else
        next_due = std::min(next_due, due);
    }
    if (events != 0) waits.push_back({end.fd(), events, 0});
  };
  if (!now_.blackhole) {
    for (const Connection& c : connections_) {
      add(c.client, c.to_server, c.to_client);
      add(c.server, c.to_client, c.to_server);
    }
  }
  int timeout = -1;
  if (next_due != Clock::time_point::max()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_due - Clock::now());
    timeout = static_cast<int>(std::max<std::int64_t>(0, left.count()));
  }
  ::poll(waits.data(), waits.size(), timeout);
  std::uint64_t ignored = 0;
  while (::read(wake_.fd(), &ignored, sizeof ignored) > 0) {
  }
}

void FaultProxy::Loop::move_bytes(Connection& connection) {
  if (now_.blackhole) return;
  receive(connection.client, connection.to_server);
  receive(connection.server, connection.to_client);
  if (!deliver(connection.to_server, connection.server, Direction::to_server) ||
      !deliver(connection.to_client, connection.client, Direction::to_client)) {
    reset(connection);
    return;
  }
  if (connection.to_client.end_forwarded && connection.to_server.end_forwarded) {
    connection.client.close();
    connection.server.close();
  }
}

void FaultProxy::Loop::receive(Socket& from, Stream& stream) {
  std::array<char, 32768> bytes{};
  while (!stream.source_ended && stream.buffered < kMostBuffered) {
    const auto count = ::recv(from.fd(), bytes.data(), bytes.size(), 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
      stream.source_ended = true;
      return;
    }
    stream.buffered += static_cast<std::size_t>(count);
    stream.pieces.push_back({Clock::now() + now_.delay, {bytes.data(), bytes.data() + count}, 0});
  }
}

// False: the connection is to be reset.
bool FaultProxy::Loop::deliver(Stream& stream, Socket& to, Direction direction) {
  while (!stream.pieces.empty() && stream.pieces.front().due <= Clock::now()) {
    Piece& piece = stream.pieces.front();
    const std::size_t size = allowed(direction, piece.bytes.size() - piece.sent);
    const auto count = ::send(to.fd(), piece.bytes.data() + piece.sent, size, MSG_NOSIGNAL);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (count < 0) return false;
    const auto sent = static_cast<std::size_t>(count);
    piece.sent += sent;
    stream.buffered -= sent;
    if (!count_delivered(direction, sent)) return false;
    if (piece.sent == piece.bytes.size()) stream.pieces.pop_front();
  }
  if (stream.pieces.empty() && stream.source_ended && !stream.end_forwarded) {
    ::shutdown(to.fd(), SHUT_WR);
    stream.end_forwarded = true;
  }
  return true;
}

void FaultProxy::Loop::reset(Connection& connection) {
  connection.client.reset();
  connection.server.reset();
}

// How many of `wanted` bytes may still pass before the place where cut_after() cuts.
std::size_t FaultProxy::Loop::allowed(Direction direction, std::size_t wanted) const {
  if (!now_.cut_after || now_.cut_after->first != direction) return wanted;
  return static_cast<std::size_t>(std::min<std::uint64_t>(wanted, now_.cut_after->second));
}

// False: the place where cut_after() cuts has been reached.
bool FaultProxy::Loop::count_delivered(Direction direction, std::size_t bytes) {
  (direction == Direction::to_client ? bytes_to_client_ : bytes_to_server_) += bytes;
  if (!now_.cut_after || now_.cut_after->first != direction) return true;
  now_.cut_after->second -= bytes;
  const bool here = now_.cut_after->second == 0;
  const std::scoped_lock lock(mutex_);
  if (wanted_ == done_) faults_.cut_after = here ? std::nullopt : now_.cut_after;
  if (here) {
    now_.cut_after.reset();
    ++cut_;
  }
  return !here;
}

FaultProxy::FaultProxy(std::uint16_t server_port, std::string server_host)
    : loop_(std::make_unique<Loop>(server_port, std::move(server_host))) {}

FaultProxy::~FaultProxy() = default;

std::uint16_t FaultProxy::port() const {
  return loop_->port();
}

void FaultProxy::cut() {
  loop_->change([](Faults& faults) { faults.cut_now = true; });
}

void FaultProxy::refuse(bool on) {
  loop_->change([on](Faults& faults) { faults.refuse = on; });
}

void FaultProxy::delay(std::chrono::milliseconds each_way) {
  loop_->change([each_way](Faults& faults) { faults.delay = each_way; });
}

void FaultProxy::blackhole(bool on) {
  loop_->change([on](Faults& faults) { faults.blackhole = on; });
}

void FaultProxy::cut_after(std::uint64_t bytes, Direction direction) {
  loop_->change([=](Faults& faults) {
    faults.cut_after = std::pair(direction, std::max<std::uint64_t>(bytes, 1));
  });
}

void FaultProxy::heal() {
  loop_->change([](Faults& faults) { faults = Faults{}; });
}

std::uint64_t FaultProxy::bytes(Direction direction) const {
  return loop_->bytes(direction);
}
std::uint64_t FaultProxy::connection_count() const {
  return loop_->accepted_;
}
std::uint64_t FaultProxy::cut_count() const {
  return loop_->cut_;
}
std::size_t FaultProxy::open_connections() const {
  return loop_->open_;
}

}  // namespace tailrace::testing
