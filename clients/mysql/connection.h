#pragma once

#include <cstdint>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "clients/mysql/connection_options.h"
#include "clients/mysql/query_result.h"
#include "clients/mysql/server_version.h"
#include "core/byte_reader.h"
#include "core/byte_writer.h"
#include "core/result.h"

namespace tailrace::mysql {

// What to ask of a server's dump thread.
struct DumpRequest {
  bool by_gtid = false;  // COM_BINLOG_DUMP_GTID with gtid_set; else COM_BINLOG_DUMP
  std::string file;      // empty: the oldest one
  std::uint64_t offset = 4;
  std::uint32_t server_id = 0;
  std::uint16_t flags = 0;
  std::vector<std::byte> gtid_set;  // in the encoding of the command
};

// An open connection to MySQL or MariaDB, the only place that knows the client library. It belongs
// to the thread that opened it, with everything made from it; only interrupt() may be called from
// another one, by whoever makes sure that the object still lives. Never reconnects.
class Connection {
 public:
  // Opens, authenticates, and sets utf8mb4 as character set.
  static Result<Connection> connect(const ConnectionOptions& options);

  Connection(Connection&&) noexcept = default;
  Connection& operator=(Connection&&) noexcept = default;
  ~Connection() = default;

  // Text protocol. The statement is executed, its rows are read into memory.
  Result<QueryResult> query(std::string_view sql);
  // Several statements in one round trip (ConnectionOptions::multi_statements). The first error
  // ends it: the statements before it took effect; *answered (when given) is their number.
  Result<std::vector<QueryResult>> query_all(std::string_view sql, std::size_t* answered = nullptr);
  // LOAD DATA LOCAL INFILE '...': whatever file the server asks for, it gets `content`. No other
  // statement gives it anything, nor is any file ever read. ConnectionOptions::local_infile.
  Result<QueryResult> load_local(std::string_view sql, std::string_view content);
  // The rows are left on the wire, and read one by one.
  Result<RowStream> stream(std::string_view sql);

  // Appends text, made safe to stand between single quotes, for this connection's character set
  // and sql_mode. Binary strings: prefer X'..' (hex).
  void escape(std::string_view text, ByteWriter& out) const;
  void escape(std::string_view text, std::string& out) const;
  // The same, with the quotes.
  std::string quoted(std::string_view text) const;

  const ServerVersion& version() const { return version_; }
  std::uint64_t thread_id() const;
  bool uses_tls() const;
  int socket() const { return socket_; }

  // Cuts the connection: a call that waits for the server fails at once, and so do all later ones.
  // Any thread.
  void interrupt() const;

  // Turns the connection into a binlog stream. Nothing else can be asked of it from then on.
  Status start_dump(const DumpRequest& request);
  enum class Fetched { event, end, error };
  // Waits for the next event. event: without the status byte, valid until the next call.
  Fetched next_event(Bytes& event);
  // True when bytes of the stream are at hand already, so that next_event() hardly waits.
  bool pending() const;
  // What went wrong in the last call.
  Error last_error(std::source_location where = std::source_location::current()) const;

 private:
  struct Library;  // MYSQL and what belongs to it
  struct LibraryDeleter {
    void operator()(Library* library) const;
  };
  explicit Connection(std::unique_ptr<Library, LibraryDeleter> library);
  static Result<Connection> connect_once(const ConnectionOptions& options, TlsMode mode);
  Result<QueryResult> take_result();

  std::unique_ptr<Library, LibraryDeleter> library_;
  ServerVersion version_;
  int socket_ = -1;
};

}  // namespace tailrace::mysql
