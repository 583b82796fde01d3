#include "clients/mysql/classify.h"

#include <algorithm>
#include <array>

namespace tailrace::mysql {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// 2026 is said both for a certificate that we do not accept and for a connection cut under TLS.
ErrorKind classify_tls(std::string_view message) {
  constexpr std::array<std::string_view, 8> kNeedsPerson = {
      "ertificate", "alidation", "required", "ost name",
      "ostname",    "self",      "finger",   "unsupported protocol"};
  const bool needs_person = std::any_of(kNeedsPerson.begin(), kNeedsPerson.end(),
                                        [&](auto part) { return contains(message, part); });
  return needs_person ? ErrorKind::auth : ErrorKind::unreachable;
}

// 1236: everything that goes wrong in a binlog dump, told apart by text only.
ErrorKind classify_dump(std::string_view message) {
  if (contains(message, "Could not find first log file") ||
      contains(message, "purged required binary logs") ||
      contains(message, "Could not find GTID state requested") ||
      contains(message, "has been purged") || contains(message, "have been purged")) {
    return ErrorKind::position_lost;
  }
  if (contains(message, "has more GTIDs than") || contains(message, "> file size") ||
      contains(message, "impossible position") || contains(message, "position < 4") ||
      contains(message, "which is not in the master's binlog") ||
      contains(message, "binlog state is corrupt") || contains(message, "diverged")) {
    return ErrorKind::source_changed;
  }
  // Another client took our place; it may be on its way out (a daemon that was replaced).
  if (contains(message, "same server_uuid/server_id")) return ErrorKind::busy;
  if (contains(message, "GTID_MODE") || contains(message, "inary log is not open") ||
      contains(message, "can not handle replication events with the checksum") ||
      contains(message, "exceeded max_allowed_packet") ||
      contains(message, "Misconfigured master") || contains(message, "server_id is not set")) {
    return ErrorKind::source_settings;
  }
  if (contains(message, "bogus data in log event") ||
      contains(message, "truncated in the middle") || contains(message, "event truncated") ||
      contains(message, "did not pass crc check") ||
      contains(message, "event read from binlog did not pass") ||
      contains(message, "I/O error reading log event") || contains(message, "memory allocation")) {
    return ErrorKind::stream_corrupt;
  }
  return ErrorKind::unclassified;
}

ErrorKind classify_sqlstate(std::string_view sqlstate) {
  if (sqlstate == "40001") return ErrorKind::busy;
  if (sqlstate.starts_with("08")) return ErrorKind::unreachable;
  if (sqlstate.starts_with("23") || sqlstate.starts_with("22")) return ErrorKind::row_rejected;
  return ErrorKind::unclassified;
}

}  // namespace

ErrorKind classify(unsigned code, std::string_view sqlstate, std::string_view message) {
  switch (code) {
    case 1020:  // record has changed since last read (innodb_snapshot_isolation)
    case 1180:  // error during commit
    case 1205:  // lock wait timeout; only the statement was rolled back
    case 1213:  // deadlock
    case 1402:  // XA_RBROLLBACK
    case 1613:  // XA_RBTIMEOUT
    case 1614:  // XA_RBDEADLOCK
    case 1689:  // waiting for a lock was aborted
    case 3058:  // deadlock of user-level locks
    case 3101:  // group replication: transaction rolled back
    case 3572:  // NOWAIT
    case 1037:  // out of memory
    case 1038:  // out of sort memory
    case 1040:  // too many connections
    case 1041:  // out of resources
    case 1203:  // too many user connections
    case 1206:  // lock table full
    case 1226:  // user's quota used up
    case 1243:  // unknown prepared statement handler
    case 1412:  // table definition has changed
    case 1615:  // prepared statement needs to be re-prepared
    case 1637:  // too many active concurrent transactions
    case 1946:  // MariaDB: could not load the replica's GTID state
    case 4052:  // MariaDB: another client streams with our server_id
    case 2056:  // statement closed indirectly because of a preceding call
      return ErrorKind::busy;

    case 1053:  // server shutdown in progress
    case 1077:
    case 1079:
    case 3169:  // session was killed
    case 1927:  // MariaDB: connection was killed
    case 1290:  // running with --read-only: failover under way, or a replica behind this address
    case 1792:  // read-only transaction
    case 1836:  // running in read-only mode
    case 3098:  // refused by the replication plugin
    case 3100:
      return ErrorKind::shutting_down;

    case 1158:  // network read and write errors, as the server sees them
    case 1159:
    case 1160:
    case 1161:
    case 1152:  // aborted connection
    case 1184:
    case 1042:  // server cannot resolve our host name
    case 1043:  // bad handshake
    case 2001:
    case 2002:
    case 2003:
    case 2004:
    case 2005:
    case 2006:
    case 2011:
    case 2012:
    case 2013:
    case 2055:
    case 4031:  // disconnected for inactivity
    case 5013:  // Connector/C: read error
    case 5014:  // Connector/C: write error
      return ErrorKind::unreachable;

    case 1317:  // query execution was interrupted
    case 1969:  // MariaDB: max_statement_time
    case 3024:  // MySQL: max_execution_time
      return ErrorKind::timeout;

    case 1021:  // disk full
    case 1114:  // table is full
    case 3675:  // MySQL: tablespace full
      return ErrorKind::disk_full;

    case 1022:  // cannot write; duplicate key
    case 1032:  // key not found
    case 1048:  // column cannot be null
    case 1062:  // duplicate entry
    case 1169:  // unique constraint
    case 1216:
    case 1217:
    case 1364:  // field has no default value
    case 1451:
    case 1452:
    case 1467:  // auto-increment exhausted
    case 1557:
    case 1586:
    case 1761:
    case 1762:
    case 3819:  // MySQL: check constraint
    case 4025:  // MariaDB: check constraint
      return ErrorKind::row_rejected;

    case 1153:  // packet bigger than max_allowed_packet
    case 2020:
    case 1118:  // row size too large
    case 1264:  // out of range
    case 1265:  // data truncated
    case 1292:  // truncated incorrect value
    case 1300:  // invalid character string
    case 1366:  // incorrect value
    case 1367:  // illegal value during parsing
    case 1406:  // too long
    case 1416:  // not geometry
    case 1690:  // out of range value in expression
    case 3140:  // invalid JSON text
    case 3141:
    case 3144:  // JSON from binary character set
    case 3157:  // JSON too deep
    case 4038:  // MariaDB: JSON syntax
    case 4079:  // MariaDB: cannot cast
      return ErrorKind::unsupported_value;

    case 1008:  // database does not exist
    case 1046:  // no database selected
    case 1049:  // unknown database
    case 1051:  // unknown table
    case 1054:  // unknown column
    case 1072:
    case 1109:
    case 1136:  // column count
    case 1146:  // no such table
    case 1906:  // MariaDB: value for a generated column
    case 3105:  // MySQL: value for a generated column
      return ErrorKind::schema_mismatch;

    case 1045:  // access denied for user
    case 1129:  // host blocked after connection errors
    case 1130:  // host is not allowed
    case 1251:  // client does not support the authentication protocol
    case 1524:  // authentication plugin is not loaded
    case 1698:  // access denied without password
    case 1820:  // password must be changed
    case 1862:  // password has expired
    case 2049:
    case 2059:  // authentication plugin cannot be loaded
    case 2061:  // authentication requires a secure connection
    case 3118:  // account is locked
    case 3159:  // secure transport required
    case 3955:  // account blocked by failed logins
    case 4151:  // MariaDB: account is locked
      return ErrorKind::auth;

    case 1044:  // access denied to database
    case 1095:
    case 1142:  // command denied on table
    case 1143:  // command denied on column
    case 1227:  // privilege needed
    case 1370:
    case 1410:
      return ErrorKind::permission;

    case 2026:
      return classify_tls(message);

    case 1236:
      return classify_dump(message);

    case 1381:  // binary logging is off
      return ErrorKind::source_settings;
    case 1789:  // purged required GTIDs
    case 1951:  // MariaDB: start position lies in a hole of the binlog
      return ErrorKind::position_lost;
    case 1945:  // MariaDB: requested GTID is not in the binlog
    case 1955:
      return ErrorKind::source_changed;
    case 1194:  // table is marked as crashed
    case 5017:
    case 5018:
    case 2027:  // malformed packet
      return ErrorKind::stream_corrupt;

    default:
      return classify_sqlstate(sqlstate);
  }
}

Error make_error(unsigned code, std::string_view sqlstate, std::string_view message,
                 std::source_location where) {
  return Error(classify(code, sqlstate, message), std::string(message), where)
      .native(std::to_string(code) + "/" + std::string(sqlstate));
}

}  // namespace tailrace::mysql
