// Reads the binlog of a MySQL server from its oldest file to its end and counts events and bytes:
// no decoding, no checksums, nothing kept. It is the yardstick of the capture benchmark: what the
// server, TLS and the client library cost by themselves.
//
//   bare_reader HOST PORT USER      the user has no password, or one in MYSQL_PWD
//
// Talks to the client library directly (MariaDB Connector/C), not through clients/mysql, so that
// nothing of tailrace is in the yardstick.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <mysql.h>

namespace {

constexpr int kComBinlogDumpGtid = 30;
constexpr unsigned kDumpNonBlock = 1;  // the server ends the dump at the end of the log
constexpr unsigned long kPacketError = 0xFFFFFFFFUL;

void append(std::string& out, std::uint64_t number, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(number >> (8 * i) & 0xFF);
}

// From the very beginning: an empty set of GTIDs.
std::string dump_command() {
  std::string out;
  append(out, kDumpNonBlock, 2);
  append(out, 4'294'960'001, 4);  // our server id
  append(out, 0, 4);              // length of the file's name
  append(out, 4, 8);              // offset
  append(out, 8, 4);              // length of the set
  append(out, 0, 8);              // sources in the set
  return out;
}

bool fail(MYSQL* mysql, const char* what) {
  std::fprintf(stderr, "bare_reader: %s: %s\n", what, mysql_error(mysql));
  return false;
}

bool connect(MYSQL* mysql, char** argv) {
  my_bool enforce_tls = 1;
  my_bool verify = 0;
  mysql_optionsv(mysql, MYSQL_OPT_SSL_ENFORCE, &enforce_tls);
  mysql_optionsv(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
  const auto port = static_cast<unsigned>(std::atoi(argv[2]));
  if (mysql_real_connect(mysql, argv[1], argv[3], std::getenv("MYSQL_PWD"), nullptr, port, nullptr,
                         0) == nullptr) {
    return fail(mysql, "cannot connect");
  }
  if (mysql_query(mysql, "SET @source_binlog_checksum='NONE', @master_binlog_checksum='NONE'") !=
      0) {
    return fail(mysql, "cannot prepare the session");
  }
  const std::string command = dump_command();
  if (mysql->methods->db_command(mysql, static_cast<enum_server_command>(kComBinlogDumpGtid),
                                 command.data(), command.size(), 1, nullptr) != 0) {
    return fail(mysql, "cannot start the dump");
  }
  return true;
}

bool read_all(MYSQL* mysql) {
  const auto start = std::chrono::steady_clock::now();
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
  while (true) {
    const unsigned long length = mysql_net_read_packet(mysql);
    if (length == kPacketError) return fail(mysql, "the stream broke off");
    if (length == 0 || (mysql->net.read_pos[0] == 0xFE && length < 9)) break;
    ++events;
    bytes += length - 1;
  }
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  std::printf("seconds=%.3f events=%llu bytes=%llu cipher=%s\n", time.count(),
              static_cast<unsigned long long>(events), static_cast<unsigned long long>(bytes),
              mysql_get_ssl_cipher(mysql));
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: bare_reader HOST PORT USER\n", stderr);
    return 2;
  }
  MYSQL* mysql = mysql_init(nullptr);
  const bool done = mysql != nullptr && connect(mysql, argv) && read_all(mysql);
  mysql_close(mysql);
  return done ? 0 : 1;
}
