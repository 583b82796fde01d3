#include "clients/mysql/connection.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <mysql.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#ifdef MARIADB_PACKAGE_VERSION_ID
#include <errmsg.h>
#include <ma_pvio.h>
#endif

#include "clients/mysql/classify.h"

// Debian's libmysqlclient is MariaDB Connector/C; Oracle's library differs in TLS options and in
// how a dump is started. Everything else is common.

namespace tailrace::mysql {
namespace {

// What the server is sent when it asks for a file.
struct LocalContent {
  bool offered = false;
  std::string_view rest;
};

}  // namespace

struct Connection::Library {
  MYSQL mysql;
  LocalContent local;
#ifndef MARIADB_PACKAGE_VERSION_ID
  MYSQL_RPL dump{};
  std::string dump_file;
  std::vector<std::byte> dump_gtid_set;
#endif
};

namespace {

constexpr unsigned long kMaxPacketBytes = 1UL << 30;  // an event can be 1 GiB

unsigned seconds(std::chrono::milliseconds duration) {
  return static_cast<unsigned>(std::chrono::ceil<std::chrono::seconds>(duration).count());
}

void set_timeout(MYSQL* mysql, mysql_option option, std::chrono::milliseconds duration) {
  const unsigned value = seconds(duration);
  if (value != 0) mysql_options(mysql, option, &value);
}

const char* text_or_null(const std::string& text) {
  return text.empty() ? nullptr : text.c_str();
}

void set_tls_files(MYSQL* mysql, const TlsOptions& tls) {
  const auto set = [&](mysql_option option, const std::filesystem::path& path) {
    if (!path.empty()) mysql_options(mysql, option, path.c_str());
  };
  set(MYSQL_OPT_SSL_CA, tls.ca_file);
  set(MYSQL_OPT_SSL_CERT, tls.certificate_file);
  set(MYSQL_OPT_SSL_KEY, tls.key_file);
}

#ifdef MARIADB_PACKAGE_VERSION_ID
void set_tls(MYSQL* mysql, const TlsOptions& tls, TlsMode mode) {
  // Connector/C answers whatever method the peer asks for, before we can look at the connection: a
  // server in disguise must not get the password in clear text.
  mysql_options(mysql, MARIADB_OPT_RESTRICTED_AUTH,
                "mysql_native_password,caching_sha2_password,sha256_password,client_ed25519");
  if (mode == TlsMode::disabled) return;
  set_tls_files(mysql, tls);
  my_bool on = 1;
  mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &on);
  my_bool verify = mode == TlsMode::verify_identity ? 1 : 0;
  mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
}
#else
void set_tls(MYSQL* mysql, const TlsOptions& tls, TlsMode mode) {
  unsigned ssl_mode = SSL_MODE_DISABLED;
  if (mode == TlsMode::preferred) ssl_mode = SSL_MODE_PREFERRED;
  if (mode == TlsMode::required) {
    ssl_mode = tls.ca_file.empty() ? SSL_MODE_REQUIRED : SSL_MODE_VERIFY_CA;
  }
  if (mode == TlsMode::verify_identity) ssl_mode = SSL_MODE_VERIFY_IDENTITY;
  mysql_options(mysql, MYSQL_OPT_SSL_MODE, &ssl_mode);
  if (mode == TlsMode::disabled || mode == TlsMode::preferred) {
    // caching_sha2_password without TLS: the password travels under the server's RSA key.
    bool fetch_key = true;
    mysql_options(mysql, MYSQL_OPT_GET_SERVER_PUBLIC_KEY, &fetch_key);
  }
  if (mode != TlsMode::disabled) set_tls_files(mysql, tls);
}
#endif

int socket_of(MYSQL* mysql) {
#ifdef MARIADB_PACKAGE_VERSION_ID
  return static_cast<int>(mysql_get_socket(mysql));
#else
  return static_cast<int>(mysql->net.fd);
#endif
}

// A peer that vanished without a word is noticed within about a minute; small packets go at once.
void tune_socket(int fd) {
  const auto set = [fd](int level, int option, int value) {
    // Fails on unix sockets, which need neither.
    static_cast<void>(setsockopt(fd, level, option, &value, sizeof value));
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 20);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set(IPPROTO_TCP, TCP_KEEPCNT, 4);
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  static_cast<void>(fcntl(fd, F_SETFD, FD_CLOEXEC));
}

void set_options(MYSQL* mysql, const ConnectionOptions& options, TlsMode mode) {
  set_timeout(mysql, MYSQL_OPT_CONNECT_TIMEOUT, options.connect_timeout);
  set_timeout(mysql, MYSQL_OPT_READ_TIMEOUT, options.read_timeout);
  set_timeout(mysql, MYSQL_OPT_WRITE_TIMEOUT, options.write_timeout);
  const unsigned local_infile = options.local_infile ? 1 : 0;
  mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &local_infile);
  const unsigned long packet_bytes = kMaxPacketBytes;
  mysql_options(mysql, MYSQL_OPT_MAX_ALLOWED_PACKET, &packet_bytes);
  mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  mysql_options4(mysql, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", options.program_name.c_str());
  // The library would take "localhost" for the default socket path.
  const unsigned protocol =
      options.unix_socket.empty() ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
  mysql_options(mysql, MYSQL_OPT_PROTOCOL, &protocol);
  set_tls(mysql, options.tls, mode);
}

int open_local(void** reader, const char* /*file*/, void* content) {
  *reader = content;
  return static_cast<const LocalContent*>(content)->offered ? 0 : 1;
}

int read_local(void* reader, char* to, unsigned int room) {
  std::string_view& rest = static_cast<LocalContent*>(reader)->rest;
  const std::size_t count = std::min<std::size_t>(room, rest.size());
  std::memcpy(to, rest.data(), count);
  rest.remove_prefix(count);
  return static_cast<int>(count);
}

void close_local(void* /*reader*/) {}

int explain_local(void* /*reader*/, char* to, unsigned int room) {
  constexpr int kUnknownError = 2000;
  constexpr std::string_view kText = "the server asks for a file that it was not offered";
  if (room > 0) to[kText.copy(to, room - 1)] = '\0';
  return kUnknownError;
}

unsigned long client_flags(const ConnectionOptions& options) {
  unsigned long flags = 0;
  if (options.found_rows) flags |= CLIENT_FOUND_ROWS;
  if (options.multi_statements) flags |= CLIENT_MULTI_STATEMENTS;
  return flags;
}

Error error_of(MYSQL* mysql, std::source_location where = std::source_location::current()) {
  return make_error(mysql_errno(mysql), mysql_sqlstate(mysql), mysql_error(mysql), where);
}

void append_row(MYSQL_ROW row, const unsigned long* lengths, std::size_t columns,
                std::vector<Cell>& cells) {
  for (std::size_t i = 0; i < columns; ++i) {
    cells.push_back(row[i] ? Cell(std::string_view(row[i], lengths[i])) : Cell());
  }
}

std::vector<std::string> column_names(MYSQL_RES* result) {
  std::vector<std::string> names;
  const unsigned count = mysql_num_fields(result);
  const MYSQL_FIELD* fields = mysql_fetch_fields(result);
  for (unsigned i = 0; i < count; ++i) names.emplace_back(fields[i].name, fields[i].name_length);
  return names;
}

}  // namespace

void ResultDeleter::operator()(void* result) const {
  mysql_free_result(static_cast<MYSQL_RES*>(result));
}

void Connection::LibraryDeleter::operator()(Library* library) const {
  mysql_close(&library->mysql);
  delete library;
}

Connection::Connection(std::unique_ptr<Library, LibraryDeleter> library)
    : library_(std::move(library)) {}

Result<Connection> Connection::connect(const ConnectionOptions& options) {
  // mysql_init() would do it too, but not safely from two threads at once.
  static const int initialised = mysql_library_init(0, nullptr, nullptr);
  if (initialised != 0) return Error(ErrorKind::internal, "cannot initialise the client library");
  auto connection = connect_once(options, options.tls.mode);
#ifdef MARIADB_PACKAGE_VERSION_ID
  // Connector/C knows no "preferred". Clear text is tried only when the server says that it has no
  // TLS, never when TLS failed.
  if (!connection && options.tls.mode == TlsMode::preferred &&
      connection.error().native().starts_with("2026/") &&
      connection.error().message().find("does not support") != std::string::npos) {
    connection = connect_once(options, TlsMode::disabled);
  }
#endif
  if (!connection) return std::move(connection).error().with("server " + options.address());
  return connection;
}

Result<Connection> Connection::connect_once(const ConnectionOptions& options, TlsMode mode) {
  std::unique_ptr<Library, LibraryDeleter> library(new Library());
  MYSQL* mysql = &library->mysql;
  if (mysql_init(mysql) == nullptr) return Error(ErrorKind::internal, "out of memory");
  set_options(mysql, options, mode);
  mysql_set_local_infile_handler(mysql, open_local, read_local, close_local, explain_local,
                                 &library->local);
  const std::string socket_path = options.unix_socket.string();
  if (mysql_real_connect(mysql, options.host.c_str(), options.user.c_str(),
                         options.password.reveal().c_str(), text_or_null(options.database),
                         options.port, text_or_null(socket_path),
                         client_flags(options)) == nullptr) {
    return error_of(mysql);
  }
  Connection connection(std::move(library));
  const bool must_have_tls = mode == TlsMode::required || mode == TlsMode::verify_identity;
  if (must_have_tls && !connection.uses_tls()) {
    return Error(ErrorKind::auth, "server does not offer TLS, which the configuration requires")
        .hint(
            "give the server a certificate (ssl_cert, ssl_key), or set the TLS mode to preferred");
  }
  connection.socket_ = socket_of(mysql);
  tune_socket(connection.socket_);
  auto version = connection.query("SELECT VERSION(), @@version_comment");
  if (!version) return std::move(version).error();
  const Row row = version->row(0);
  connection.version_ = ServerVersion::parse(row[0].value_or(""), row[1].value_or(""));
  return connection;
}

Result<QueryResult> Connection::query(std::string_view sql) {
  auto results = query_all(sql);
  if (!results) return std::move(results).error();
  return std::move(results->back());
}

Result<std::vector<QueryResult>> Connection::query_all(std::string_view sql,
                                                       std::size_t* answered) {
  MYSQL* mysql = &library_->mysql;
  if (answered != nullptr) *answered = 0;
  if (mysql_real_query(mysql, sql.data(), static_cast<unsigned long>(sql.size())) != 0) {
    return last_error();
  }
  std::vector<QueryResult> results;
  while (true) {
    auto result = take_result();
    if (!result) return std::move(result).error();
    results.push_back(std::move(*result));
    if (answered != nullptr) *answered = results.size();
    const int more = mysql_next_result(mysql);
    // Connector/C answers "no more" when the connection is lost among the columns of a result.
    if (more < 0 && mysql_errno(mysql) == 0) return results;
    if (more != 0) return last_error();
  }
}

Result<QueryResult> Connection::load_local(std::string_view sql, std::string_view content) {
  library_->local = {true, content};
  auto loaded = query(sql);
  library_->local = {};
  return loaded;
}

Result<QueryResult> Connection::take_result() {
  MYSQL* mysql = &library_->mysql;
  QueryResult result;
  result.handle_.reset(mysql_store_result(mysql));
  auto* rows = static_cast<MYSQL_RES*>(result.handle_.get());
  // A connection that is lost among the rows leaves the number of columns at 0, as if the statement
  // had none: only the error tells.
  const bool lost = mysql_field_count(mysql) != 0 || mysql_errno(mysql) != 0;
  if (rows == nullptr && lost) return last_error();
  result.affected_rows_ = mysql_affected_rows(mysql);
  result.insert_id_ = mysql_insert_id(mysql);
  result.warning_count_ = mysql_warning_count(mysql);
  if (const char* message = mysql_info(mysql)) result.message_ = message;
  if (rows == nullptr) return result;
  result.columns_ = column_names(rows);
  result.cells_.reserve(result.columns_.size() * mysql_num_rows(rows));
  while (MYSQL_ROW row = mysql_fetch_row(rows)) {
    append_row(row, mysql_fetch_lengths(rows), result.columns_.size(), result.cells_);
  }
  return result;
}

Result<RowStream> Connection::stream(std::string_view sql) {
  MYSQL* mysql = &library_->mysql;
  if (mysql_real_query(mysql, sql.data(), static_cast<unsigned long>(sql.size())) != 0) {
    return last_error();
  }
  RowStream rows;
  rows.connection_ = mysql;
  rows.handle_.reset(mysql_use_result(mysql));
  if (rows.handle_ == nullptr) {
    if (mysql_errno(mysql) != 0) return last_error();
    return Error(ErrorKind::internal, "statement does not answer rows");
  }
  rows.columns_ = column_names(static_cast<MYSQL_RES*>(rows.handle_.get()));
  return rows;
}

Result<std::optional<Row>> RowStream::next() {
  auto* result = static_cast<MYSQL_RES*>(handle_.get());
  MYSQL_ROW row = mysql_fetch_row(result);
  if (row == nullptr) {
    auto* mysql = static_cast<MYSQL*>(connection_);
    if (mysql_errno(mysql) != 0) return error_of(mysql);
    return std::optional<Row>();
  }
  cells_.clear();
  append_row(row, mysql_fetch_lengths(result), columns_.size(), cells_);
  return std::optional<Row>(Row(cells_));
}

namespace {

unsigned long escape_into(MYSQL* mysql, char* to, std::string_view text) {
  const auto length = static_cast<unsigned long>(text.size());
#ifdef MARIADB_PACKAGE_VERSION_ID
  return mysql_real_escape_string(mysql, to, text.data(), length);
#else
  return mysql_real_escape_string_quote(mysql, to, text.data(), length, '\'');
#endif
}

}  // namespace

void Connection::escape(std::string_view text, ByteWriter& out) const {
  const std::size_t start = out.size();
  char* to = reinterpret_cast<char*>(out.extend(2 * text.size() + 1));
  out.truncate(start + escape_into(&library_->mysql, to, text));
}

void Connection::escape(std::string_view text, std::string& out) const {
  const std::size_t start = out.size();
  out.resize(start + 2 * text.size() + 1);
  out.resize(start + escape_into(&library_->mysql, out.data() + start, text));
}

std::string Connection::quoted(std::string_view text) const {
  std::string out = "'";
  escape(text, out);
  out += '\'';
  return out;
}

std::uint64_t Connection::thread_id() const {
  return mysql_thread_id(&library_->mysql);
}

bool Connection::uses_tls() const {
  return mysql_get_ssl_cipher(&library_->mysql) != nullptr;
}

void Connection::interrupt() const {
  static_cast<void>(::shutdown(socket_, SHUT_RDWR));
}

Error Connection::last_error(std::source_location where) const {
  return error_of(&library_->mysql, where);
}

#ifdef MARIADB_PACKAGE_VERSION_ID

// Connector/C has no dump of its own that knows MySQL's commands and events (mariadb_rpl_* refuses
// or misreads those of MySQL 8): the command is sent raw, and packets are read raw.
namespace {

constexpr int kComBinlogDump = 18;
constexpr int kComBinlogDumpGtid = 30;

void put_u16(ByteWriter& out, std::uint16_t value) {
  out.u8(static_cast<std::uint8_t>(value));
  out.u8(static_cast<std::uint8_t>(value >> 8));
}

ByteWriter dump_command(const DumpRequest& request) {
  ByteWriter out;
  if (!request.by_gtid) {
    out.u32_le(static_cast<std::uint32_t>(request.offset));
    put_u16(out, request.flags);
    out.u32_le(request.server_id);
    out.text(request.file);
    return out;
  }
  put_u16(out, request.flags);
  out.u32_le(request.server_id);
  out.u32_le(static_cast<std::uint32_t>(request.file.size()));
  out.text(request.file);
  out.u64_le(request.offset);
  out.u32_le(static_cast<std::uint32_t>(request.gtid_set.size()));
  out.bytes(request.gtid_set);
  return out;
}

}  // namespace

Status Connection::start_dump(const DumpRequest& request) {
  if (!request.by_gtid && request.offset > 0xFFFFFFFF) {
    return Error(ErrorKind::source_settings, "cannot start at a binlog offset beyond 4 GiB")
        .hint("use GTID positions");
  }
  MYSQL* mysql = &library_->mysql;
  const ByteWriter command = dump_command(request);
  const int code = request.by_gtid ? kComBinlogDumpGtid : kComBinlogDump;
  // The enumeration lacks the GTID command, but every value is sent as it is.
  if (mysql->methods->db_command(mysql, static_cast<enum_server_command>(code),
                                 command.text().data(), command.size(), 1, nullptr) != 0) {
    return last_error();
  }
  return {};
}

Connection::Fetched Connection::next_event(Bytes& event) {
  MYSQL* mysql = &library_->mysql;
  // packet_error is an unsigned int, the length an unsigned long.
  constexpr unsigned long kPacketError = 0xFFFFFFFFUL;
  const unsigned long length = mysql_net_read_packet(mysql);
  if (length == kPacketError) return Fetched::error;
  const auto* packet = reinterpret_cast<const std::byte*>(mysql->net.read_pos);
  if (length == 0) return Fetched::end;
  if (packet[0] == std::byte{0xFE} && length < 9) return Fetched::end;
  event = Bytes(packet + 1, length - 1);
  return Fetched::event;
}

namespace {

// What the library has read ahead.
bool has_buffered_bytes(const MYSQL& mysql) {
  const auto* pvio = mysql.net.pvio;
  if (pvio == nullptr || pvio->cache == nullptr) return false;
  return pvio->cache_pos < pvio->cache + pvio->cache_size;
}

}  // namespace

bool Connection::pending() const {
  if (has_buffered_bytes(library_->mysql)) return true;
  pollfd readable{socket_, POLLIN, 0};
  return ::poll(&readable, 1, 0) > 0;
}

#else

Status Connection::start_dump(const DumpRequest& request) {
  constexpr unsigned kByGtid = 1U << 16;
  Library& library = *library_;
  library.dump_file = request.file;
  library.dump_gtid_set = request.gtid_set;
  MYSQL_RPL& dump = library.dump;
  dump = {};
  dump.file_name = library.dump_file.c_str();
  dump.file_name_length = library.dump_file.size();
  dump.start_position = request.offset;
  dump.server_id = request.server_id;
  dump.flags = request.flags | (request.by_gtid ? kByGtid : 0U);
  if (request.by_gtid) {
    dump.gtid_set_encoded_size = library.dump_gtid_set.size();
    dump.gtid_set_arg = library.dump_gtid_set.data();
  }
  if (mysql_binlog_open(&library.mysql, &dump) != 0) return last_error();
  return {};
}

Connection::Fetched Connection::next_event(Bytes& event) {
  MYSQL_RPL& dump = library_->dump;
  if (mysql_binlog_fetch(&library_->mysql, &dump) != 0) return Fetched::error;
  if (dump.size == 0) return Fetched::end;
  event = Bytes(reinterpret_cast<const std::byte*>(dump.buffer) + 1, dump.size - 1);
  return Fetched::event;
}

// The library keeps no bytes beyond the packet that it was asked for, except inside OpenSSL: a
// wrong "no" costs a block that could have been fuller, nothing else.
bool Connection::pending() const {
  pollfd readable{socket_, POLLIN, 0};
  return ::poll(&readable, 1, 0) > 0;
}

#endif

}  // namespace tailrace::mysql
