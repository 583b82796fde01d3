#include "clients/sqlite/database.h"

#include <sqlite3.h>

#include "clients/sqlite/classify.h"

namespace tailrace::sqlite {
namespace {

sqlite3* database_of(void* handle) {
  return static_cast<sqlite3*>(handle);
}
sqlite3_stmt* raw(void* handle) {
  return static_cast<sqlite3_stmt*>(handle);
}

Error error_of(sqlite3* database, std::source_location where = std::source_location::current()) {
  return make_error(sqlite3_extended_errcode(database), sqlite3_errmsg(database), where);
}

}  // namespace

void Statement::Finalize::operator()(void* statement) const {
  sqlite3_finalize(raw(statement));
}

void Statement::bind_null(int parameter) {
  sqlite3_bind_null(raw(handle_.get()), parameter);
}

void Statement::bind(int parameter, std::int64_t value) {
  sqlite3_bind_int64(raw(handle_.get()), parameter, value);
}

void Statement::bind(int parameter, double value) {
  sqlite3_bind_double(raw(handle_.get()), parameter, value);
}

void Statement::bind_text(int parameter, std::string_view value) {
  // A null pointer would bind NULL.
  const char* text = value.data() == nullptr ? "" : value.data();
  sqlite3_bind_text64(raw(handle_.get()), parameter, text, value.size(), SQLITE_STATIC,
                      SQLITE_UTF8);
}

void Statement::bind_blob(int parameter, Bytes value) {
  const void* octets = value.data() == nullptr ? static_cast<const void*>("") : value.data();
  sqlite3_bind_blob64(raw(handle_.get()), parameter, octets, value.size(), SQLITE_STATIC);
}

Result<bool> Statement::step() {
  sqlite3_stmt* statement = raw(handle_.get());
  const int code = sqlite3_step(statement);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return error_of(sqlite3_db_handle(statement));
}

Status Statement::run() {
  auto stepped = step();
  Status status = stepped ? Status() : Status(std::move(stepped).error());
  reset();
  return status;
}

void Statement::reset() {
  sqlite3_reset(raw(handle_.get()));
}

int Statement::column_count() const {
  return sqlite3_column_count(raw(handle_.get()));
}

std::string Statement::column_name(int column) const {
  return sqlite3_column_name(raw(handle_.get()), column);
}

ValueClass Statement::value_class(int column) const {
  switch (sqlite3_column_type(raw(handle_.get()), column)) {
    case SQLITE_INTEGER:
      return ValueClass::integer;
    case SQLITE_FLOAT:
      return ValueClass::real;
    case SQLITE_TEXT:
      return ValueClass::text;
    case SQLITE_BLOB:
      return ValueClass::blob;
    default:
      return ValueClass::null;
  }
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(raw(handle_.get()), column);
}

double Statement::real(int column) const {
  return sqlite3_column_double(raw(handle_.get()), column);
}

std::string_view Statement::text(int column) const {
  sqlite3_stmt* statement = raw(handle_.get());
  const auto* octets = static_cast<const char*>(sqlite3_column_blob(statement, column));
  if (octets == nullptr) return {};
  return {octets, static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
}

std::optional<std::string_view> Statement::text_or_null(int column) const {
  if (value_class(column) == ValueClass::null) return std::nullopt;
  return text(column);
}

void Database::Close::operator()(void* database) const {
  sqlite3_close_v2(database_of(database));
}

Result<Database> Database::open(const OpenOptions& options) {
  const int flags =
      options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(options.path.c_str(), &handle, flags, nullptr);
  Database database(handle);
  if (handle == nullptr) return Error(ErrorKind::internal, "out of memory");
  if (code != SQLITE_OK) return error_of(handle).with("file " + options.path.string());
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, static_cast<int>(options.busy_timeout.count()));
  if (options.read_only) return database;
  // FULL: in WAL mode NORMAL would lose the newest commits in a power cut, while the source's log
  // may already be confirmed. A cache of 16 MiB, and the WAL is written back at 32 MiB: random
  // updates touch many pages in each unit.
  if (auto set = database.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                               "PRAGMA cache_size=-16384; PRAGMA wal_autocheckpoint=8192");
      !set) {
    return std::move(set).error().with("file " + options.path.string());
  }
  return database;
}

Result<Statement> Database::prepare(std::string_view sql) const {
  sqlite3* database = database_of(handle_.get());
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
    return error_of(database);
  }
  return Statement(statement);
}

Status Database::exec(const std::string& sql) const {
  sqlite3* database = database_of(handle_.get());
  if (sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return error_of(database);
  }
  return {};
}

std::uint64_t Database::changed_rows() const {
  return static_cast<std::uint64_t>(sqlite3_changes64(database_of(handle_.get())));
}

bool Database::in_transaction() const {
  return sqlite3_get_autocommit(database_of(handle_.get())) == 0;
}

void Database::interrupt() const {
  sqlite3_interrupt(database_of(handle_.get()));
}

}  // namespace tailrace::sqlite
