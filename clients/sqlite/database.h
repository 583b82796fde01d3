#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/byte_reader.h"
#include "core/result.h"

namespace tailrace::sqlite {

struct OpenOptions {
  std::filesystem::path path;
  bool read_only = false;
  // How long a statement waits for another writer; interrupt() does not end that wait.
  std::chrono::milliseconds busy_timeout = std::chrono::seconds(1);
};

enum class ValueClass { null, integer, real, text, blob };

// A prepared statement. Belongs to its Database, which must outlive it.
class Statement {
 public:
  // Parameters are numbered from 1. Text and blob are not copied: they must live until step() or
  // run() has returned.
  void bind_null(int parameter);
  void bind(int parameter, std::int64_t value);
  void bind(int parameter, double value);
  void bind_text(int parameter, std::string_view value);
  void bind_blob(int parameter, Bytes value);

  // True: a row is there; false: the end.
  Result<bool> step();
  // Runs a statement without rows to its end, and makes it ready for the next run.
  Status run();
  void reset();

  int column_count() const;
  std::string column_name(int column) const;
  // Columns are numbered from 0. The views live until the next step() or reset().
  ValueClass value_class(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string_view text(int column) const;  // also the octets of a blob
  std::optional<std::string_view> text_or_null(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(void* statement) const;
  };
  explicit Statement(void* statement) : handle_(statement) {}
  std::unique_ptr<void, Finalize> handle_;  // sqlite3_stmt
};

// An open database file: WAL journal, every commit on the disk before it returns. The only place
// that knows SQLite's library. Belongs to the thread that opened it, but for interrupt().
class Database {
 public:
  // Makes the file when it is not there (not when read_only).
  static Result<Database> open(const OpenOptions& options);

  Result<Statement> prepare(std::string_view sql) const;
  // One or several statements without rows.
  Status exec(const std::string& sql) const;
  // Rows changed by the last statement.
  std::uint64_t changed_rows() const;
  bool in_transaction() const;

  // Ends a statement that runs at this moment, with `cancelled`. Any thread, while this lives.
  void interrupt() const;

 private:
  struct Close {
    void operator()(void* database) const;
  };
  explicit Database(void* database) : handle_(database) {}
  std::unique_ptr<void, Close> handle_;  // sqlite3
};

}  // namespace tailrace::sqlite
