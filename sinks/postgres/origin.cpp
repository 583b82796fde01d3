#include "sinks/postgres/origin.h"

#include <array>

#include "sinks/sql/identifier.h"

namespace tailrace::postgres {
namespace {

constexpr std::size_t kMaxNameBytes = 512;
// Until 13 the functions were for superusers, whatever was granted.
constexpr const char* kMayUse =
    "SELECT (current_setting('server_version_num')::int >= 140000"
    "  OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user))"
    " AND has_function_privilege('pg_replication_origin_create(text)', 'EXECUTE')"
    " AND has_function_privilege('pg_replication_origin_session_setup(text)', 'EXECUTE')"
    " AND has_function_privilege('pg_replication_origin_session_reset()', 'EXECUTE')"
    " AND has_function_privilege('pg_replication_origin_xact_setup(pg_lsn, timestamptz)',"
    "  'EXECUTE')";

bool is_held(const Error& error) {
  return error.native() == "55006";
}

// Not a matter of waiting: no privilege, no free origin, origins switched off, a standby.
bool is_refusal(const Error& error) {
  return error.native() == "42501" || error.native() == "53400" || error.native() == "55000";
}

// "... is already active for PID 4711"
std::string holder_of(const Error& busy) {
  const std::string& message = busy.message();
  const auto at = message.rfind("PID ");
  if (at == std::string::npos) return {};
  const auto end = message.find_first_not_of("0123456789", at + 4);
  return message.substr(at + 4, end == std::string::npos ? end : end - at - 4);
}

}  // namespace

std::string Origin::name_for(std::string_view pipeline, std::string_view sink) {
  const std::string name = "tailrace_" + std::string(pipeline) + "_" + std::string(sink);
  return sql::shorten_identifier(name, kMaxNameBytes);
}

Result<Origin> Origin::open(Connection& connection, OriginMode mode, std::string name) {
  Origin origin(mode, std::move(name));
  if (mode == OriginMode::off) return origin;
  auto allowed = may_use_origins(connection);
  if (!allowed) return std::move(allowed).error();
  Status opened;
  if (!*allowed) {
    opened = origin.refused(
        Error(ErrorKind::permission, "user may not use replication origins").native("42501"));
  } else {
    opened = origin.set_up(connection);
  }
  // An older session may take a moment to end: the first transaction waits for it.
  if (!opened && origin.state_ == State::waiting) return origin;
  if (!opened) return std::move(opened).error().with("replication origin " + origin.name_);
  return origin;
}

Status Origin::set_up(Connection& connection) {
  const std::array parameters = {name_.c_str()};
  auto known =
      connection.exec_params("SELECT 1 FROM pg_replication_origin WHERE roname = $1", parameters);
  if (!known) return std::move(known).error();
  if (known->row_count() == 0) {
    auto made = connection.exec_params("SELECT pg_replication_origin_create($1)", parameters);
    const bool there =
        !made && (made.error().native() == "42710" || made.error().native() == "23505");
    if (!made && !there) return refused(std::move(made).error());
  }
  auto taken = connection.exec_params("SELECT pg_replication_origin_session_setup($1)", parameters);
  if (!taken && is_held(taken.error())) {
    state_ = State::waiting;
    return std::move(taken).error();
  }
  if (!taken) return refused(std::move(taken).error());
  state_ = State::marking;
  return {};
}

Status Origin::refused(Error error) {
  if (!is_refusal(error)) return error;
  state_ = State::unavailable;
  reason_ = error.message();
  if (mode_ != OriginMode::on) return {};
  const bool forbidden = error.kind() == ErrorKind::permission;
  return std::move(error).hint(forbidden ? kGrantOrigins
                                         : "raise max_replication_slots (PostgreSQL 18: "
                                           "max_active_replication_origins), or give the target "
                                           "the option origin=auto");
}

Status Origin::take(Connection& connection) {
  if (state_ != State::waiting) return {};
  constexpr int kAttempts = 100;
  constexpr int kPatience = 40;  // attempts before the other session is ended
  Status taken;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    taken = set_up(connection);
    if (taken || !is_held(taken.error())) return taken;
    if (attempt == kPatience) {
      if (auto ended = end_holder(connection, taken.error()); !ended) return ended;
      if (state_ != State::waiting) return {};
    }
    // The server waits for us, so that an interrupt ends the wait.
    if (auto waited = connection.exec_params("SELECT pg_sleep(0.05)", {}); !waited) {
      return std::move(waited).error();
    }
  }
  return std::move(taken).error().with("replication origin " + name_);
}

// Origins belong to the whole server: a sink of the same name in another database is none of ours.
Status Origin::end_holder(Connection& connection, const Error& busy) {
  const std::string holder = holder_of(busy);
  if (holder.empty()) return {};
  const std::array parameters = {holder.c_str()};
  auto ended = connection.exec_params(
      "SELECT CASE WHEN h.datname <> current_database() THEN 'elsewhere'"
      " WHEN h.usename = current_user AND h.application_name = me.application_name"
      "  AND h.backend_start < me.backend_start THEN pg_terminate_backend(h.pid)::text END"
      " FROM pg_stat_activity h, pg_stat_activity me"
      " WHERE h.pid = $1::int AND me.pid = pg_backend_pid()",
      parameters);
  if (!ended) return std::move(ended).error();
  if (ended->scalar() != "elsewhere") return {};
  return refused(Error(ErrorKind::source_settings,
                       "a sink of this name writes into another database of the server")
                     .native("55000"));
}

void Origin::release(Connection& connection) {
  if (state_ != State::marking) return;
  state_ = State::off;
  static_cast<void>(connection.exec_params("SELECT pg_replication_origin_session_reset()", {}));
}

std::string lsn_of(const Position& position) {
  const std::string text = position.text.substr(0, position.text.find('@'));
  const auto slash = text.find('/');
  const auto is_hex = [](std::string_view part) {
    return !part.empty() && part.size() <= 8 &&
           part.find_first_not_of("0123456789ABCDEFabcdef") == std::string_view::npos;
  };
  const bool valid =
      slash != std::string::npos && is_hex(text.substr(0, slash)) && is_hex(text.substr(slash + 1));
  return valid ? text : "0/0";
}

Result<bool> may_use_origins(Connection& connection) {
  auto allowed = connection.exec_params(kMayUse, {});
  if (!allowed) return std::move(allowed).error();
  return allowed->scalar() == "t";
}

}  // namespace tailrace::postgres
