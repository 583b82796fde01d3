#include "tests/support/fault_proxy.h"

#include <array>
#include <cerrno>
#include <string>
#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/eventually.h"
#include "tests/support/free_port.h"

namespace tailrace::testing {
namespace {

using std::chrono::milliseconds;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

// Sends back what it receives, for every connection, until it is destroyed.
class EchoServer {
 public:
  EchoServer() : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const auto address = loopback(port_.number());
    const int yes = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  ~EchoServer() {
    thread_.request_stop();
    thread_.join();
    ::close(listener_);
  }
  EchoServer(const EchoServer&) = delete;
  EchoServer& operator=(const EchoServer&) = delete;
  std::uint16_t port() const { return port_.number(); }

 private:
  void serve(const std::stop_token& stop) const {
    std::vector<pollfd> waits = {{listener_, POLLIN, 0}};
    while (!stop.stop_requested()) {
      ::poll(waits.data(), waits.size(), 5);
      if ((waits[0].revents & POLLIN) != 0) {
        waits.push_back({::accept(listener_, nullptr, nullptr), POLLIN, 0});
      }
      for (std::size_t i = 1; i < waits.size(); ++i) {
        if (waits[i].revents == 0) continue;
        std::array<char, 4096> bytes{};
        const auto count = ::recv(waits[i].fd, bytes.data(), bytes.size(), 0);
        if (count <= 0) {
          ::close(waits[i].fd);
          waits[i].fd = -1;
        } else {
          ::send(waits[i].fd, bytes.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL);
        }
      }
    }
    for (std::size_t i = 1; i < waits.size(); ++i) ::close(waits[i].fd);
  }

  FreePort port_;
  int listener_;
  std::jthread thread_;
};

class Client {
 public:
  explicit Client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const auto address = loopback(port);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      error_ = errno;
    }
  }
  ~Client() { ::close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  int error() const { return error_; }
  void send(const std::string& text) const { ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL); }

  // What arrives until `size` bytes are there, the connection ends, or the time is over.
  std::string receive(std::size_t size, milliseconds deadline = milliseconds(5000)) {
    std::string result;
    while (result.size() < size) {
      pollfd wait{fd_, POLLIN, 0};
      if (::poll(&wait, 1, static_cast<int>(deadline.count())) <= 0) break;
      std::array<char, 4096> bytes{};
      const auto count = ::recv(fd_, bytes.data(), bytes.size(), 0);
      if (count < 0) error_ = errno;
      if (count <= 0) break;
      result.append(bytes.data(), static_cast<std::size_t>(count));
    }
    return result;
  }

 private:
  int fd_;
  int error_ = 0;
};

TEST(FaultProxy, ForwardsAndCounts) {
  const EchoServer server;
  const FaultProxy proxy(server.port());
  Client client(proxy.port());
  client.send("hello");
  EXPECT_EQ(client.receive(5), "hello");
  EXPECT_EQ(proxy.connection_count(), 1U);
  EXPECT_EQ(proxy.bytes(Direction::to_server), 5U);
  EXPECT_TRUE(eventually([&] { return proxy.bytes(Direction::to_client) == 5U; }));
}

TEST(FaultProxy, CutResetsWhatIsOpenAndWelcomesTheNext) {
  const EchoServer server;
  FaultProxy proxy(server.port());
  Client first(proxy.port());
  first.send("a");
  ASSERT_EQ(first.receive(1), "a");
  proxy.cut();
  EXPECT_EQ(first.receive(1), "");
  EXPECT_EQ(first.error(), ECONNRESET);
  Client second(proxy.port());
  second.send("b");
  EXPECT_EQ(second.receive(1), "b");
  EXPECT_EQ(proxy.cut_count(), 1U);
}

TEST(FaultProxy, RefusesUntilHealed) {
  const EchoServer server;
  FaultProxy proxy(server.port());
  proxy.refuse(true);
  EXPECT_EQ(Client(proxy.port()).error(), ECONNREFUSED);
  proxy.heal();
  Client client(proxy.port());
  client.send("a");
  EXPECT_EQ(client.receive(1), "a");
}

TEST(FaultProxy, DelaysBothWays) {
  const EchoServer server;
  FaultProxy proxy(server.port());
  proxy.delay(milliseconds(60));
  Client client(proxy.port());
  const auto start = std::chrono::steady_clock::now();
  client.send("a");
  EXPECT_EQ(client.receive(1), "a");
  EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(120));
}

TEST(FaultProxy, CutsAtAnExactPlaceOnce) {
  const EchoServer server;
  FaultProxy proxy(server.port());
  proxy.cut_after(3);
  Client client(proxy.port());
  client.send("abcdef");
  // The reset may overtake bytes that were delivered, so the place is seen in the counter.
  EXPECT_LE(client.receive(6).size(), 3U);
  ASSERT_TRUE(eventually([&] { return proxy.cut_count() == 1U; }));
  EXPECT_EQ(proxy.bytes(Direction::to_client), 3U);
  Client next(proxy.port());
  next.send("abcdef");
  EXPECT_EQ(next.receive(6), "abcdef");
}

TEST(FaultProxy, BlackholeLooksAliveAndSaysNothing) {
  const EchoServer server;
  FaultProxy proxy(server.port());
  Client client(proxy.port());
  proxy.blackhole(true);
  client.send("a");
  EXPECT_EQ(client.receive(1, milliseconds(100)), "");
  EXPECT_EQ(client.error(), 0);
  EXPECT_EQ(proxy.open_connections(), 1U);
  proxy.blackhole(false);
  EXPECT_EQ(client.receive(1), "a");
}

TEST(FaultProxy, MovesMoreThanItHolds) {
  const EchoServer server;
  const FaultProxy proxy(server.port());
  Client client(proxy.port());
  const std::string text(4 << 20, 'x');
  std::jthread sender([&] { client.send(text); });
  EXPECT_EQ(client.receive(text.size()).size(), text.size());
}

}  // namespace
}  // namespace tailrace::testing
