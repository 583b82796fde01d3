#include "clients/postgres/connection.h"

#include <cstdlib>
#include <utility>

#include <poll.h>

#include "clients/postgres/libpq.h"

namespace tailrace::postgres {

Result<Connection> Connection::connect(const ConnectionOptions& options) {
  auto handle = establish(options, ConnectionUse::statements);
  if (!handle) return std::move(handle).error();
  return Connection(*std::move(handle));
}

Connection::Connection(ConnectionHandle handle)
    : handle_(std::move(handle)),
      cut_(PQsocket(raw(handle_.get()))),
      socket_(PQsocket(raw(handle_.get()))) {}

Result<QueryResult> Connection::finish(void* result) {
  ResultHandle owned(result);
  const auto* answer = static_cast<const PGresult*>(result);
  switch (PQresultStatus(answer)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
      return QueryResult(std::move(owned));
    default:
      return error_of(raw(handle_.get()), answer);
  }
}

Result<QueryResult> Connection::exec(const std::string& sql) {
  return finish(PQexec(raw(handle_.get()), sql.c_str()));
}

Result<QueryResult> Connection::exec_params(const std::string& sql, Parameters parameters) {
  if (pipeline_) {
    if (auto sent = send(sql, parameters); !sent) return std::move(sent).error();
    if (auto synced = sync(); !synced) return std::move(synced).error();
    return take();
  }
  return finish(PQexecParams(raw(handle_.get()), sql.c_str(), static_cast<int>(parameters.size()),
                             nullptr, parameters.data(), nullptr, nullptr, 0));
}

Status Connection::prepare(const std::string& name, const std::string& sql) {
  auto result = finish(PQprepare(raw(handle_.get()), name.c_str(), sql.c_str(), 0, nullptr));
  if (!result) return std::move(result).error();
  return {};
}

Result<QueryResult> Connection::exec_prepared(const std::string& name, Parameters parameters) {
  return finish(PQexecPrepared(raw(handle_.get()), name.c_str(),
                               static_cast<int>(parameters.size()), parameters.data(), nullptr,
                               nullptr, 0));
}

Result<RowStream> Connection::stream(const std::string& sql) {
  PGconn* connection = raw(handle_.get());
  if (PQsendQuery(connection, sql.c_str()) == 0) return lost(connection);
  RowStream rows(connection);
  PQsetSingleRowMode(connection);
  rows.handle_.reset(PQgetResult(connection));
  const auto* first = static_cast<const PGresult*>(rows.handle_.get());
  const ExecStatusType status = PQresultStatus(first);
  if (status != PGRES_SINGLE_TUPLE && status != PGRES_TUPLES_OK) return error_of(connection, first);
  for (int i = 0; i < PQnfields(first); ++i) rows.columns_.emplace_back(PQfname(first, i));
  rows.first_pending_ = true;
  return rows;
}

Status Connection::start_copy(const std::string& sql) {
  PGconn* connection = raw(handle_.get());
  ResultHandle result(PQexec(connection, sql.c_str()));
  const auto* answer = static_cast<const PGresult*>(result.get());
  if (PQresultStatus(answer) != PGRES_COPY_IN) return error_of(connection, answer);
  return {};
}

Status Connection::put_copy(std::string_view chunk) {
  PGconn* connection = raw(handle_.get());
  if (PQputCopyData(connection, chunk.data(), static_cast<int>(chunk.size())) != 1) {
    return lost(connection);
  }
  return {};
}

Result<std::uint64_t> Connection::finish_copy() {
  PGconn* connection = raw(handle_.get());
  if (PQputCopyEnd(connection, nullptr) != 1) return lost(connection);
  auto result = finish(PQgetResult(connection));
  while (PGresult* rest = PQgetResult(connection)) PQclear(rest);
  if (!result) return std::move(result).error();
  return result->affected_rows();
}

void Connection::abort_copy() {
  PGconn* connection = raw(handle_.get());
  PQputCopyEnd(connection, "abandoned");
  while (PGresult* rest = PQgetResult(connection)) PQclear(rest);
}

void CopiedDeleter::operator()(char* copied) const {
  PQfreemem(copied);
}

Status Connection::start_copy_out(const std::string& sql) {
  PGconn* connection = raw(handle_.get());
  const ResultHandle result(PQexec(connection, sql.c_str()));
  if (PQresultStatus(raw(result)) != PGRES_COPY_OUT) return error_of(connection, raw(result));
  return {};
}

Result<std::optional<Bytes>> Connection::next_copied() {
  PGconn* connection = raw(handle_.get());
  char* buffer = nullptr;
  const int length = PQgetCopyData(connection, &buffer, 0);
  copied_.reset(buffer);
  if (length > 0) {
    return std::optional(as_bytes({copied_.get(), static_cast<std::size_t>(length)}));
  }
  if (length < -1) return lost(connection);
  auto ended = finish(PQgetResult(connection));
  while (PGresult* rest = PQgetResult(connection)) PQclear(rest);
  if (!ended) return std::move(ended).error();
  return std::optional<Bytes>();
}

Status Connection::enter_pipeline() {
  PGconn* connection = raw(handle_.get());
  if (PQsetnonblocking(connection, 1) != 0 || PQenterPipelineMode(connection) != 1) {
    return lost(connection);
  }
  pipeline_ = true;
  return {};
}

// Hands what was queued to the server. Reads meanwhile: a server that waits for us to take its
// answers would never take our statements.
Status Connection::push() {
  PGconn* connection = raw(handle_.get());
  while (true) {
    const int left = PQflush(connection);
    if (left == 0) return {};
    if (left < 0) return lost(connection);
    short ready = 0;
    if (!wait_for(socket_, POLLIN | POLLOUT, -1, &ready)) return lost(connection);
    if ((ready & ~POLLOUT) != 0 && PQconsumeInput(connection) == 0) return lost(connection);
  }
}

Status Connection::send(const std::string& sql, Parameters parameters) {
  PGconn* connection = raw(handle_.get());
  if (PQsendQueryParams(connection, sql.c_str(), static_cast<int>(parameters.size()), nullptr,
                        parameters.data(), nullptr, nullptr, 0) == 0) {
    return lost(connection);
  }
  ++answers_due_;
  return push();
}

Status Connection::send_prepare(const std::string& name, const std::string& sql) {
  PGconn* connection = raw(handle_.get());
  if (PQsendPrepare(connection, name.c_str(), sql.c_str(), 0, nullptr) == 0) {
    return lost(connection);
  }
  ++answers_due_;
  return push();
}

Status Connection::send_prepared(const std::string& name, Parameters parameters) {
  PGconn* connection = raw(handle_.get());
  if (PQsendQueryPrepared(connection, name.c_str(), static_cast<int>(parameters.size()),
                          parameters.data(), nullptr, nullptr, 0) == 0) {
    return lost(connection);
  }
  ++answers_due_;
  return push();
}

Status Connection::sync() {
  PGconn* connection = raw(handle_.get());
  if (PQpipelineSync(connection) == 0) return lost(connection);
  ++syncs_due_;
  return push();
}

Status Connection::request_answers() {
  PGconn* connection = raw(handle_.get());
  if (PQsendFlushRequest(connection) == 0) return lost(connection);
  return push();
}

Result<bool> Connection::answer_ready() {
  PGconn* connection = raw(handle_.get());
  if (PQconsumeInput(connection) == 0) return lost(connection);
  return answers_due_ > 0 && PQisBusy(connection) == 0;
}

// The next result of the pipeline, null at the end of a statement's. Syncs are passed over.
Result<ResultHandle> Connection::next_result() {
  PGconn* connection = raw(handle_.get());
  while (true) {
    while (PQisBusy(connection) != 0) {
      if (!wait_for(socket_, POLLIN, -1) || PQconsumeInput(connection) == 0) {
        return lost(connection);
      }
    }
    ResultHandle result(PQgetResult(connection));
    if (PQresultStatus(static_cast<const PGresult*>(result.get())) != PGRES_PIPELINE_SYNC) {
      return result;
    }
    --syncs_due_;
    if (answers_due_ == 0) return result;
  }
}

Result<QueryResult> Connection::take() {
  PGconn* connection = raw(handle_.get());
  TR_ASSERT(answers_due_ > 0);
  ResultHandle answer;
  while (true) {
    auto result = next_result();
    if (!result) return std::move(result).error();
    const bool end = *result == nullptr;
    if (!end) answer = *std::move(result);
    if (end && answer != nullptr) break;
    if (PQstatus(connection) != CONNECTION_BAD) continue;
    if (answer == nullptr) return lost(connection);
    break;
  }
  --answers_due_;
  // The sync behind the last answer would make the next one look ready.
  while (answers_due_ == 0 && syncs_due_ > 0 && PQstatus(connection) == CONNECTION_OK) {
    if (!next_result()) break;
  }
  if (PQresultStatus(static_cast<const PGresult*>(answer.get())) == PGRES_PIPELINE_ABORTED) {
    return Error(ErrorKind::cancelled, "skipped after an earlier error");
  }
  return finish(answer.release());
}

std::string Connection::quoted(std::string_view text) const {
  char* literal = PQescapeLiteral(raw(handle_.get()), text.data(), text.size());
  std::string out = literal == nullptr ? "''" : literal;
  PQfreemem(literal);
  return out;
}

int Connection::server_version() const {
  return PQserverVersion(raw(handle_.get()));
}

int Connection::backend_pid() const {
  return PQbackendPID(raw(handle_.get()));
}

bool Connection::uses_tls() const {
  return PQsslInUse(raw(handle_.get())) != 0;
}

bool Connection::alive() const {
  return PQstatus(raw(handle_.get())) == CONNECTION_OK;
}

std::size_t QueryResult::row_count() const {
  return static_cast<std::size_t>(PQntuples(static_cast<const PGresult*>(handle_.get())));
}

std::size_t QueryResult::column_count() const {
  return static_cast<std::size_t>(PQnfields(static_cast<const PGresult*>(handle_.get())));
}

std::string QueryResult::column(std::size_t index) const {
  return PQfname(static_cast<const PGresult*>(handle_.get()), static_cast<int>(index));
}

Cell QueryResult::cell(std::size_t row, std::size_t column) const {
  const auto* result = static_cast<const PGresult*>(handle_.get());
  const int r = static_cast<int>(row);
  const int c = static_cast<int>(column);
  if (PQgetisnull(result, r, c) != 0) return {};
  return std::string_view(PQgetvalue(result, r, c),
                          static_cast<std::size_t>(PQgetlength(result, r, c)));
}

std::uint64_t QueryResult::affected_rows() const {
  // The library declares it without const.
  const char* text = PQcmdTuples(static_cast<PGresult*>(handle_.get()));
  return *text == '\0' ? 0 : std::strtoull(text, nullptr, 10);
}

std::string_view QueryResult::tag() const {
  return PQcmdStatus(static_cast<PGresult*>(handle_.get()));
}

RowStream::RowStream(RowStream&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)),
      handle_(std::move(other.handle_)),
      first_pending_(other.first_pending_),
      columns_(std::move(other.columns_)),
      cells_(std::move(other.cells_)) {}

RowStream::~RowStream() {
  if (connection_ == nullptr) return;
  while (PGresult* rest = PQgetResult(raw(connection_))) PQclear(rest);
}

Result<std::optional<Row>> RowStream::next() {
  if (connection_ == nullptr) return std::optional<Row>();
  PGconn* connection = raw(connection_);
  if (!std::exchange(first_pending_, false)) handle_.reset(PQgetResult(connection));
  const auto* result = static_cast<const PGresult*>(handle_.get());
  if (PQresultStatus(result) == PGRES_TUPLES_OK) return std::optional<Row>();
  if (PQresultStatus(result) != PGRES_SINGLE_TUPLE) return error_of(connection, result);
  cells_.clear();
  for (int i = 0; i < PQnfields(result); ++i) {
    const bool null = PQgetisnull(result, 0, i) != 0;
    const auto length = static_cast<std::size_t>(PQgetlength(result, 0, i));
    cells_.push_back(null ? Cell() : Cell(std::string_view(PQgetvalue(result, 0, i), length)));
  }
  return std::optional<Row>(Row(cells_));
}

}  // namespace tailrace::postgres
