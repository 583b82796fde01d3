#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "clients/mysql/connection.h"
#include "core/result.h"
#include "sinks/mysql/statement_batch.h"
#include "sinks/sink.h"

namespace tailrace::mysql {

// The connection of one session, and the statements that are on their way to it: they are gathered
// in one buffer and sent together. Hence an error may show at a later call than the one that caused
// it; its text names the table all the same, and the row where a statement is about one. Belongs to
// the session's thread.
class StatementSender {
 public:
  // lease: for what errors say.
  StatementSender(Connection connection, const Lease& lease, std::size_t max_packet_bytes);

  Connection& connection() { return connection_; }
  const Connection& connection() const { return connection_; }
  std::size_t batch_bytes() const { return batch_bytes_; }
  std::size_t max_packet_bytes() const { return max_packet_bytes_; }
  // Of the batch as it is.
  std::size_t size_bytes() const { return batch_.size_bytes(); }

  // Where the next statement is to be written; then end(), which sends a batch that is large.
  ByteWriter& start() { return batch_.start(); }
  Status end(StatementBatch::Sent sent);
  // Before a row of that many octets that is large by itself.
  Status make_room(std::size_t row_bytes);
  Status flush();
  // Forgets what was not sent.
  void discard() { batch_.clear(); }

  // The error without values of the row, and with the table and row that it is about.
  Error explain(Error error, const StatementBatch::Sent& sent) const;
  // COMMIT; commit_in_doubt when its answer is lost.
  Status commit();
  void rollback();

  bool interrupted() const { return interrupted_; }
  void interrupt();  // any thread

 private:
  Status check_answers(const std::vector<QueryResult>& answers);
  Error unexpected_count(const StatementBatch::Sent& sent) const;

  Connection connection_;
  const Lease lease_;
  const std::size_t max_packet_bytes_;
  const std::size_t batch_bytes_;
  StatementBatch batch_;
  std::atomic<bool> interrupted_ = false;  // set by any thread
};

// The connection is gone, so what the server did last is not known.
bool is_lost(const Error& error);
// A server's message quotes values of the row: they are left away.
std::string without_values(const std::string& message);
// About what a row holds, not about the table or the server.
bool is_about_values(ErrorKind kind);

}  // namespace tailrace::mysql
