#include "sinks/mysql/statement_sender.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "sinks/sql/checkpoint_row.h"
#include "sinks/sql/ledger.h"

namespace tailrace::mysql {
namespace {

using Sent = StatementBatch::Sent;

constexpr std::size_t kMostBatchBytes = std::size_t{1} << 20;
constexpr std::size_t kMostStatements = 200;

// Warnings that mean: what is stored is not what was sent.
bool is_serious(std::string_view code) {
  constexpr std::array<std::string_view, 10> kCodes = {"1048", "1264", "1265", "1292", "1300",
                                                       "1364", "1366", "1406", "1411", "1452"};
  return std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

}  // namespace

// "Duplicate entry 'x' for key 'u'", "Incorrect integer value:
// 'x' for column 'c' at row 1".
std::string without_values(const std::string& message) {
  for (const auto& [before, after] :
       {std::pair{"entry '", "' for key"}, std::pair{": '", "' for column"}}) {
    const auto start = message.find(before);
    if (start == std::string::npos) continue;
    const auto end = message.rfind(after);
    if (end == std::string::npos || end < start) return message.substr(0, start);
    return message.substr(0, start + std::string_view(before).size()) + "***" + message.substr(end);
  }
  return message;
}

bool is_lost(const Error& error) {
  return error.kind() == ErrorKind::unreachable || error.kind() == ErrorKind::shutting_down;
}

bool is_about_values(ErrorKind kind) {
  return kind == ErrorKind::row_rejected || kind == ErrorKind::unsupported_value;
}

StatementSender::StatementSender(Connection connection, const Lease& lease,
                                 std::size_t max_packet_bytes)
    : connection_(std::move(connection)),
      lease_(lease),
      max_packet_bytes_(max_packet_bytes),
      batch_bytes_(std::min(max_packet_bytes / 2, kMostBatchBytes)) {}

Error StatementSender::explain(Error error, const Sent& sent) const {
  if (interrupted_) return Error(ErrorKind::cancelled, "interrupted");
  if (is_about_values(error.kind())) {
    Error clean(error.kind(), without_values(error.message()), error.where());
    error = std::move(clean).native(error.native()).hint(error.hint());
  }
  // Of many rows: the applier repeats them one by one, and that names the row.
  if (sent.row.empty() && error.kind() == ErrorKind::unsupported_value) {
    error = std::move(error).as(ErrorKind::row_rejected);
  }
  if (!sent.row.empty()) error = std::move(error).with(sent.row);
  if (!sent.table.empty()) error = std::move(error).with("table " + sent.table);
  return error;
}

Status StatementSender::end(Sent sent) {
  batch_.end(std::move(sent));
  const bool large =
      batch_.size_bytes() >= batch_bytes_ || batch_.statement_count() >= kMostStatements;
  return large ? flush() : Status();
}

Status StatementSender::make_room(std::size_t row_bytes) {
  // Escaping at most doubles the size.
  const bool large = 2 * row_bytes >= batch_bytes_;
  return large ? flush() : Status();
}

Status StatementSender::flush() {
  if (batch_.empty()) return {};
  if (batch_.size_bytes() >= max_packet_bytes_) {
    return explain(Error(ErrorKind::unsupported_value, "row is larger than max_allowed_packet")
                       .hint(fmt::format("SET GLOBAL max_allowed_packet = {} at the target",
                                         batch_.size_bytes() * 2)),
                   batch_.sent().back());
  }
  std::size_t answered = 0;
  auto answers = connection_.query_all(batch_.text(), &answered);
  Status status;
  if (!answers) {
    const std::size_t failed = std::min(answered / 2, batch_.statement_count() - 1);
    status = explain(std::move(answers).error(), batch_.sent()[failed]);
  } else {
    status = check_answers(*answers);
  }
  batch_.clear();
  return status;
}

// Answers come in pairs: that of the statement, and its warnings.
Status StatementSender::check_answers(const std::vector<QueryResult>& answers) {
  const auto& sent = batch_.sent();
  if (answers.size() != 2 * sent.size()) {
    return Error(ErrorKind::internal, "server answered another number of statements");
  }
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const QueryResult& warnings = answers[2 * i + 1];
    for (std::size_t row = 0; row < warnings.row_count(); ++row) {
      const Row warning = warnings.row(row);
      const std::string_view code = warning[1].value_or("");
      if (!is_serious(code)) continue;
      return explain(Error(ErrorKind::unsupported_value, std::string(warning[2].value_or("")))
                         .native(std::string(code)),
                     sent[i]);
    }
    if (!sent[i].expected || *sent[i].expected == answers[2 * i].affected_rows()) continue;
    return unexpected_count(sent[i]);
  }
  return {};
}

Error StatementSender::unexpected_count(const Sent& sent) const {
  if (sent.otherwise == Sent::Otherwise::lost_lease) return sql::lost_lease(lease_.sink);
  const bool lost = sent.otherwise == Sent::Otherwise::lost_row;
  const TableName source = sent.source ? sent.source->name : TableName{};
  return explain(lost ? sql::lost_row(lease_, source) : sql::missing_row(lease_, source), sent);
}

Status StatementSender::commit() {
  auto committed = connection_.query("COMMIT");
  if (committed) return {};
  Error error = std::move(committed).error();
  if (!is_lost(error)) return error;
  return Error(ErrorKind::commit_in_doubt, "connection lost during commit: " + error.message());
}

void StatementSender::rollback() {
  batch_.clear();
  if (interrupted_) return;  // the connection is cut
  static_cast<void>(connection_.query("ROLLBACK"));
}

void StatementSender::interrupt() {
  interrupted_ = true;
  connection_.interrupt();
}

}  // namespace tailrace::mysql
