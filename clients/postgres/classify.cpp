#include "clients/postgres/classify.h"

#include <algorithm>
#include <array>

namespace tailrace::postgres {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

struct Code {
  std::string_view sqlstate;
  ErrorKind kind;
};

// Sorted by SQLSTATE; what is not here follows its class below.
constexpr std::array kCodes = {
    Code{"0A000", ErrorKind::schema_mismatch},  // cached plan must not change result type
    Code{"20000", ErrorKind::internal},         // no case matched: our own statements have none
    Code{"21000", ErrorKind::internal},         // a key twice in one ON CONFLICT statement
    Code{"25006", ErrorKind::shutting_down},    // read-only: a standby, failover under way
    Code{"25P02", ErrorKind::internal},         // statement in a failed transaction
    Code{"25P03", ErrorKind::timeout},          // idle in transaction
    Code{"25P04", ErrorKind::timeout},          // transaction_timeout
    Code{"26000", ErrorKind::unreachable},      // prepared statement is gone: a pooler in between
    Code{"28000", ErrorKind::auth},
    Code{"28P01", ErrorKind::auth},
    Code{"2BP01", ErrorKind::schema_mismatch},  // other objects depend on it
    Code{"3D000", ErrorKind::schema_mismatch},  // no such database
    Code{"3F000", ErrorKind::schema_mismatch},  // no such schema
    Code{"40001", ErrorKind::busy},             // serialization failure
    Code{"40002", ErrorKind::row_rejected},     // deferred constraint
    Code{"40003", ErrorKind::commit_in_doubt},  // statement completion unknown
    Code{"40P01", ErrorKind::busy},             // deadlock
    Code{"42501", ErrorKind::permission},
    Code{"42601", ErrorKind::internal},  // syntax error
    Code{"42602", ErrorKind::schema_mismatch},
    Code{"42622", ErrorKind::schema_mismatch},  // name too long
    Code{"42701", ErrorKind::schema_mismatch},
    Code{"42703", ErrorKind::schema_mismatch},  // no such column
    Code{"42704", ErrorKind::schema_mismatch},  // no such object
    Code{"42710", ErrorKind::schema_mismatch},
    Code{"42804", ErrorKind::schema_mismatch},  // type differs
    Code{"42809", ErrorKind::schema_mismatch},  // not a table
    Code{"42830", ErrorKind::schema_mismatch},
    Code{"42846", ErrorKind::schema_mismatch},  // cannot cast
    Code{"42883", ErrorKind::schema_mismatch},  // no such function or operator
    Code{"428C9", ErrorKind::schema_mismatch},  // generated or identity column
    Code{"42939", ErrorKind::schema_mismatch},
    Code{"42P01", ErrorKind::schema_mismatch},  // no such table
    Code{"42P06", ErrorKind::busy},             // schema exists: made by another session just now
    Code{"42P07", ErrorKind::busy},             // table exists: the same
    Code{"42P10", ErrorKind::schema_mismatch},  // no unique index for ON CONFLICT
    Code{"42P16", ErrorKind::schema_mismatch},
    Code{"42P17", ErrorKind::schema_mismatch},
    Code{"42P18", ErrorKind::schema_mismatch},
    Code{"44000", ErrorKind::row_rejected},  // view's check option
    Code{"53000", ErrorKind::busy},
    Code{"53100", ErrorKind::disk_full},
    Code{"53200", ErrorKind::busy},               // out of memory
    Code{"53300", ErrorKind::busy},               // too many connections
    Code{"53400", ErrorKind::busy},               // configuration limit
    Code{"54000", ErrorKind::unsupported_value},  // index row or other limit exceeded
    Code{"54001", ErrorKind::unsupported_value},
    Code{"54011", ErrorKind::schema_mismatch},  // too many columns
    Code{"55000", ErrorKind::unclassified},
    Code{"55006", ErrorKind::busy},             // object in use
    Code{"55P03", ErrorKind::busy},             // lock not available
    Code{"55P04", ErrorKind::busy},             // new enum value not yet committed
    Code{"57014", ErrorKind::timeout},          // cancelled, statement timeout
    Code{"57P01", ErrorKind::shutting_down},    // administrator's shutdown, killed session
    Code{"57P02", ErrorKind::shutting_down},    // crash of another backend
    Code{"57P03", ErrorKind::shutting_down},    // starting up, recovering
    Code{"57P04", ErrorKind::schema_mismatch},  // database dropped
    Code{"57P05", ErrorKind::timeout},          // idle session
    Code{"58030", ErrorKind::busy},             // I/O error
    Code{"58P01", ErrorKind::busy},             // file missing
    Code{"P0001", ErrorKind::row_rejected},     // raised by a trigger
    Code{"XX000", ErrorKind::busy},             // "cache lookup failed" around concurrent DDL
};

ErrorKind classify_class(std::string_view code_class) {
  if (code_class == "08") return ErrorKind::unreachable;
  if (code_class == "22") return ErrorKind::unsupported_value;
  if (code_class == "23") return ErrorKind::row_rejected;
  if (code_class == "25") return ErrorKind::internal;
  if (code_class == "28") return ErrorKind::auth;
  if (code_class == "40") return ErrorKind::busy;
  if (code_class == "53") return ErrorKind::busy;
  if (code_class == "57") return ErrorKind::shutting_down;
  return ErrorKind::unclassified;
}

bool is_code_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
}

// The SQLSTATE in "FATAL:  28P01: password authentication failed".
std::string_view sqlstate_in(std::string_view message) {
  for (std::size_t at = message.find(":  "); at != std::string_view::npos;
       at = message.find(":  ", at + 1)) {
    const std::string_view code = message.substr(at + 3, 5);
    const bool is_code =
        code.size() == 5 && std::all_of(code.begin(), code.end(), is_code_character);
    if (is_code && message.substr(at + 8, 1) == ":") return code;
  }
  return {};
}

}  // namespace

ErrorKind classify(std::string_view sqlstate) {
  if (sqlstate.empty()) return ErrorKind::unreachable;
  const auto* found = std::find_if(kCodes.begin(), kCodes.end(),
                                   [&](const Code& code) { return code.sqlstate == sqlstate; });
  return found != kCodes.end() ? found->kind : classify_class(sqlstate.substr(0, 2));
}

ErrorKind classify_connect(std::string_view message) {
  const std::string_view sqlstate = sqlstate_in(message);
  if (!sqlstate.empty()) return classify(sqlstate);
  constexpr std::array<std::string_view, 8> kNeedsPerson = {
      "certificate",     "does not support SSL", "no password supplied",
      "root.crt",        "does not match host",  "private key file",
      "invalid sslmode", "authentication method"};
  const bool needs_person = std::any_of(kNeedsPerson.begin(), kNeedsPerson.end(),
                                        [&](auto part) { return contains(message, part); });
  return needs_person ? ErrorKind::auth : ErrorKind::unreachable;
}

std::string without_values(std::string_view sqlstate, std::string_view message) {
  if (!sqlstate.starts_with("22")) return std::string(message);
  // 22P02 'invalid input syntax for type integer: "abc"', 22003 'value "999" is out of range'
  if (const auto at = message.find(": \""); at != std::string_view::npos) {
    return std::string(message.substr(0, at));
  }
  const auto open = message.find('"');
  const auto close = message.rfind('"');
  if (open == close) return std::string(message);
  return std::string(message.substr(0, open)) + "***" + std::string(message.substr(close + 1));
}

Error make_error(std::string_view sqlstate, std::string_view message, std::source_location where) {
  Error error = Error(classify(sqlstate), without_values(sqlstate, message), where)
                    .native(std::string(sqlstate));
  constexpr std::string_view kEnum = "invalid input value for enum ";
  if (error.message().starts_with(kEnum)) {
    return std::move(error).hint("ALTER TYPE " + error.message().substr(kEnum.size()) +
                                 " ADD VALUE, for the labels that the source's type has got");
  }
  return error;
}

}  // namespace tailrace::postgres
