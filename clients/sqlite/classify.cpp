#include "clients/sqlite/classify.h"

#include <string>

#include <sqlite3.h>

namespace tailrace::sqlite {

ErrorKind classify(int code) {
  if (code == SQLITE_IOERR_NOMEM) return ErrorKind::busy;
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:  // contention on the WAL
    case SQLITE_NOMEM:
      return ErrorKind::busy;
    case SQLITE_FULL:
      return ErrorKind::disk_full;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return ErrorKind::permission;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:  // not an integer for an integer primary key
      return ErrorKind::row_rejected;
    case SQLITE_TOOBIG:
    case SQLITE_RANGE:
      return ErrorKind::unsupported_value;
    case SQLITE_SCHEMA:
      return ErrorKind::busy;  // changed under us: the next session prepares anew
    case SQLITE_ERROR:
      return ErrorKind::schema_mismatch;  // no such table or column
    case SQLITE_INTERRUPT:
      return ErrorKind::cancelled;
    case SQLITE_IOERR:
      return ErrorKind::unreachable;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorKind::unclassified;  // a person must look at the file; it is retried slowly
    case SQLITE_MISUSE:
    case SQLITE_INTERNAL:
      return ErrorKind::internal;
    default:
      return ErrorKind::unclassified;
  }
}

Error make_error(int code, std::string_view message, std::source_location where) {
  return Error(classify(code), std::string(message), where)
      .native("SQLite " + std::to_string(code));
}

}  // namespace tailrace::sqlite
