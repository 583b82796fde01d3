#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "clients/postgres/connection_options.h"
#include "clients/postgres/establish.h"
#include "clients/postgres/query_result.h"
#include "clients/postgres/socket_cut.h"
#include "core/byte_reader.h"
#include "core/result.h"

namespace tailrace::postgres {

// Parameters in text form, zero-terminated as the library wants them; a null pointer is NULL.
using Parameters = std::span<const char* const>;

// Frees what the library allocated for a row of COPY.
struct CopiedDeleter {
  void operator()(char* copied) const;
};

// An open connection to PostgreSQL, the only place that knows libpq. It belongs to the thread that
// opened it, with everything made from it; only interrupt() may be called from another one, by
// whoever makes sure that the object still lives. Never reconnects.
class Connection {
 public:
  static Result<Connection> connect(const ConnectionOptions& options);

  Connection(Connection&&) noexcept = default;
  Connection& operator=(Connection&&) noexcept = default;
  ~Connection() = default;

  // Simple protocol: one or several statements, the answer to the last one. Not in a pipeline.
  Result<QueryResult> exec(const std::string& sql);
  // One statement. In a pipeline, everything that was sent before must have been taken.
  Result<QueryResult> exec_params(const std::string& sql, Parameters parameters);
  Status prepare(const std::string& name, const std::string& sql);
  Result<QueryResult> exec_prepared(const std::string& name, Parameters parameters);
  // The rows are read one by one. Not in a pipeline.
  Result<RowStream> stream(const std::string& sql);

  // COPY ... FROM STDIN: start, any number of chunks, finish (answers the number of rows) or abort.
  // Not in a pipeline.
  Status start_copy(const std::string& sql);
  Status put_copy(std::string_view chunk);
  Result<std::uint64_t> finish_copy();
  void abort_copy();

  // COPY ... TO STDOUT: start (other statements may stand in front of it), then row by row. A copy
  // that is left before its end leaves the connection unusable. Not in a pipeline.
  Status start_copy_out(const std::string& sql);
  // The next row, as a view that lives until the next call; nothing when all were sent, and the
  // statement ended well. In binary form the header comes with the first row.
  Result<std::optional<Bytes>> next_copied();

  // A pipeline: statements are sent without waiting for answers, and the answers are taken in the
  // same order. A statement that fails makes the server skip all others up to the next sync; those
  // answer with `cancelled`. There is no way back to the other mode.
  Status enter_pipeline();
  Status send(const std::string& sql, Parameters parameters);
  Status send_prepare(const std::string& name, const std::string& sql);
  Status send_prepared(const std::string& name, Parameters parameters);
  Status sync();
  // Asks the server to hand over answers as it has them, not only at a sync.
  Status request_answers();
  // The answer to the oldest statement that was sent and not taken yet; waits for it.
  Result<QueryResult> take();
  // Whether take() would not wait.
  Result<bool> answer_ready();
  std::size_t answers_due() const { return answers_due_; }

  // Text between single quotes, for statements that take no parameters.
  std::string quoted(std::string_view text) const;

  int server_version() const;  // 150003
  int backend_pid() const;
  bool uses_tls() const;
  // False once the connection is lost.
  bool alive() const;

  // Cuts the connection: a call that waits for the server fails at once, and so do all later ones.
  // Any thread.
  void interrupt() const { cut_.cut(); }
  // The same for whoever may outlive this object.
  SocketCut make_cut() const { return SocketCut(socket_); }

 private:
  explicit Connection(ConnectionHandle handle);
  Result<QueryResult> finish(void* result);
  Result<ResultHandle> next_result();
  Status push();

  ConnectionHandle handle_;
  SocketCut cut_;
  int socket_ = -1;
  std::unique_ptr<char, CopiedDeleter> copied_;  // of the last next_copied()
  bool pipeline_ = false;
  std::size_t answers_due_ = 0;
  std::size_t syncs_due_ = 0;
};

}  // namespace tailrace::postgres
