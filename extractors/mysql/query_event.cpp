#include "extractors/mysql/event.h"

namespace tailrace::mysql {

// QUERY (2), mysql-server libs/mysql/binlog/event/statement_events.h (class Query_event):
//   u32 thread_id | u32 exec_time | u8 database length | u16 error_code | u16 status length |
//   status variables | database, 0 | sql to the end
namespace {

// Status variables, `u8 code | value`, in ascending order of code.
enum StatusVariable : std::uint8_t {
  kFlags2 = 0,
  kSqlMode = 1,
  kCatalog = 2,
  kAutoIncrement = 3,
  kCharset = 4,
  kTimeZone = 5,
  kCatalogNoZero = 6,
  kLcTimeNames = 7,
  kCharsetDatabase = 8,
  kTableMapForUpdate = 9,
  kMasterDataWritten = 10,
  kInvoker = 11,
  kUpdatedDatabases = 12,
  kMicroseconds = 13,
  kExplicitDefaultsForTimestamp = 16,
  kDdlXid = 17,
  kDefaultCollationUtf8mb4 = 18,
  kRequirePrimaryKey = 19,
  kDefaultTableEncryption = 20,
  kMariadbMicroseconds = 128,
  kMariadbXid = 129,
  kMariadbGtidFlags = 130,
};

void skip_updated_databases(ByteReader& in) {
  constexpr std::uint8_t kTooMany = 254;
  const std::uint8_t count = in.u8();
  if (count == kTooMany) return;
  for (std::uint8_t i = 0; i < count && in.ok(); ++i) {
    while (in.ok() && in.u8() != 0) continue;
  }
}

void read_charsets(ByteReader& in, Query& query) {
  query.client_collation = in.u16_le();
  query.connection_collation = in.u16_le();
  query.server_collation = in.u16_le();
}

void read_mariadb_gtid_flags(ByteReader& in, Query& query) {
  query.mariadb_gtid_flags = in.u8();
  const unsigned ends_alter =
      MariadbGtidEvent::kExtraCommitAlter | MariadbGtidEvent::kExtraRollbackAlter;
  if ((query.mariadb_gtid_flags & ends_alter) != 0) in.skip(8);
}

// False for a code that is not known: nothing behind it can be read.
bool read_status_variable(std::uint8_t code, ByteReader& in, Query& query) {
  switch (code) {
    case kFlags2:
      query.flags2 = in.u32_le();
      return true;
    case kSqlMode:
      query.sql_mode = in.u64_le();
      return true;
    case kCatalog:
      in.skip(std::size_t{in.u8()} + 1);
      return true;
    case kAutoIncrement:
      in.skip(4);
      return true;
    case kCharset:
      read_charsets(in, query);
      return true;
    case kTimeZone:
    case kCatalogNoZero:
      in.skip(in.u8());
      return true;
    case kLcTimeNames:
      in.skip(2);
      return true;
    case kCharsetDatabase:
      query.database_collation = in.u16_le();
      return true;
    case kTableMapForUpdate:
      in.skip(8);
      return true;
    case kMasterDataWritten:
      in.skip(4);
      return true;
    case kInvoker:
      in.skip(in.u8());
      in.skip(in.u8());
      return true;
    case kUpdatedDatabases:
      skip_updated_databases(in);
      return true;
    case kMicroseconds:
    case kMariadbMicroseconds:
      query.microseconds = in.u24_le();
      return true;
    case kExplicitDefaultsForTimestamp:
    case kRequirePrimaryKey:
    case kDefaultTableEncryption:
      in.skip(1);
      return true;
    case kDdlXid:
      query.ddl_xid = in.u64_le();
      return true;
    case kDefaultCollationUtf8mb4:
      in.skip(2);
      return true;
    case kMariadbXid:
      query.mariadb_xid = in.u64_le();
      return true;
    case kMariadbGtidFlags:
      read_mariadb_gtid_flags(in, query);
      return true;
    default:
      return false;
  }
}

bool read_status_variables(Bytes status, Query& query) {
  ByteReader in(status);
  while (in.ok() && !in.at_end()) {
    if (!read_status_variable(in.u8(), in, query)) return true;
  }
  return in.ok();
}

}  // namespace

Result<Query> decode_query(const EventView& event) {
  ByteReader in(event.body);
  Query query;
  query.thread_id = in.u32_le();
  query.exec_seconds = in.u32_le();
  const std::uint8_t database_bytes = in.u8();
  query.error_code = in.u16_le();
  const Bytes status = in.bytes(in.u16_le());
  query.database = in.text(database_bytes);
  if (in.u8() != 0) in.fail();
  query.sql = in.rest();
  if (!in.ok()) return malformed_event(event, "event cut off", in.offset());
  if (!read_status_variables(status, query)) {
    return malformed_event(event, "status variable cut off", 13);
  }
  return query;
}

}  // namespace tailrace::mysql
