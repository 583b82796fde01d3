#include <chrono>
#include <future>
#include <stdexcept>
#include <thread>

#include "tests/support/eventually.h"
#include "tests/support/schema_changes/change_tables.h"
#include "tests/support/schema_changes/table_copy.h"

namespace tailrace::testing {
namespace {

class GhostCopy {
 public:
  GhostCopy(const DatabaseServer& source, const std::string& table, WrittenKeys& keys)
      : source_(source),
        session_(SqlSession::open(source)),
        table_(table),
        ghost_("_" + table + "_gho"),
        log_("_" + table + "_ghc"),
        old_("_" + table + "_del"),
        key_(key_column(*session_, table)),
        keys_(keys) {
    keys_.watch(table_);
  }
  ~GhostCopy() { keys_.forget(table_); }
  GhostCopy(const GhostCopy&) = delete;
  GhostCopy& operator=(const GhostCopy&) = delete;

  void run(const std::string& alter) {
    session_->run("CREATE TABLE " + log_ +
                  " (id BIGINT AUTO_INCREMENT, last_update TIMESTAMP NOT NULL DEFAULT"
                  " CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, hint VARCHAR(64) CHARSET ascii"
                  " NOT NULL, value VARCHAR(4096) CHARSET ascii NOT NULL, PRIMARY KEY (id),"
                  " UNIQUE KEY hint_uidx (hint)) AUTO_INCREMENT=256");
    session_->run("CREATE TABLE " + ghost_ + " LIKE " + table_);
    session_->run("ALTER TABLE " + ghost_ + " " + alter);
    say("state", "GhostTableMigrated");
    columns_ = shared_columns(*session_, table_, ghost_);
    copy_in_chunks(*session_, table_, ghost_, [&] {
      say("heartbeat", "now");
      follow_writers();
    });
    say("state", "AllEventsUpToLockProcessed");
    while (!cut_over()) {
    }
    session_->run("DROP TABLE IF EXISTS " + old_);
    session_->run("DROP TABLE IF EXISTS " + log_);
  }

 private:
  void say(const std::string& hint, const std::string& value) {
    session_->run("INSERT INTO " + log_ + " (hint, value) VALUES ('" + hint + "', '" + value +
                  "') ON DUPLICATE KEY UPDATE value = VALUES(value)");
  }

  // The reads lock, so that they wait for the transaction that has told its keys and not ended.
  void follow_writers() {
    const auto keys = keys_.take(table_);
    if (keys.empty()) return;
    std::string list;
    for (const std::string& key : keys) list += (list.empty() ? "" : ", ") + key;
    const std::string these = key_ + " IN (" + list + ")";
    run_again(*session_, "REPLACE INTO " + ghost_ + " (" + columns_ + ") SELECT " + columns_ +
                             " FROM " + table_ + " WHERE " + these + " LOCK IN SHARE MODE");
    run_again(*session_, "DELETE FROM " + ghost_ + " WHERE " + these + " AND " + key_ +
                             " NOT IN (SELECT " + key_ + " FROM " + table_ + " WHERE " + these +
                             ")");
  }

  // While the table is locked only the session with the lock can read it, and it can write to no
  // other one: like gh-ost, another one writes the values.
  void follow_last(SqlSession& writer) {
    for (const std::string& key : keys_.take(table_)) {
      const auto rows =
          session_->rows("SELECT " + columns_ + " FROM " + table_ + " WHERE " + key_ + " = " + key);
      if (rows.empty()) {
        run_again(writer, "DELETE FROM " + ghost_ + " WHERE " + key_ + " = " + key);
      } else {
        run_again(writer, "REPLACE INTO " + ghost_ + " (" + columns_ + ") VALUES (" +
                              literals_of(rows.front()) + ")");
      }
    }
  }

  static std::string literals_of(const std::vector<std::optional<std::string>>& row) {
    std::string list;
    for (const auto& value : row) {
      list += list.empty() ? "" : ", ";
      if (!value) {
        list += "NULL";
        continue;
      }
      list += "'";
      for (const char c : *value) {
        if (c == '\'' || c == '\\') list += '\\';
        list += c;
      }
      list += "'";
    }
    return list;
  }

  // The table put away stands in the way of RENAME until the last rows are over, and a writer who
  // comes meanwhile waits behind RENAME. False: a lock was not to be had.
  bool cut_over() {
    session_->run("CREATE TABLE " + old_ +
                  " (id INT AUTO_INCREMENT PRIMARY KEY) COMMENT='ghost-cut-over-sentry'");
    if (!session_->attempt("LOCK TABLES " + table_ + " WRITE, " + old_ + " WRITE").empty()) {
      session_->run("DROP TABLE " + old_);
      return false;
    }
    const auto renamer = SqlSession::open(source_);
    follow_last(*renamer);
    const std::string id = *renamer->rows("SELECT CONNECTION_ID()")[0][0];
    auto renamed = std::async(std::launch::async, [&] {
      return renamer->attempt("RENAME TABLE " + table_ + " TO " + old_ + ", " + ghost_ + " TO " +
                              table_);
    });
    wait_until_it_waits(id);
    session_->run("DROP TABLE " + old_);
    // It takes its locks one by one: it waits for this one only now, and must be the first to.
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    wait_until_it_waits(id);
    session_->run("UNLOCK TABLES");
    const std::string refused = renamed.get();
    if (!refused.empty()) throw std::runtime_error("RENAME TABLE: " + refused);
    return true;
  }

  // Not from information_schema: MySQL cannot say there what a statement with an emoji does.
  static std::string state_of(SqlSession& watcher, const std::string& id) {
    for (const auto& row : watcher.rows("SHOW PROCESSLIST")) {
      if (row[0] == id) return row[6].value_or("");
    }
    return "";
  }

  void wait_until_it_waits(const std::string& id) {
    const auto watcher = SqlSession::open(source_);
    const bool waits = eventually(
        [&] { return state_of(*watcher, id).find("metadata lock") != std::string::npos; },
        std::chrono::seconds(20));
    if (!waits) throw std::runtime_error("RENAME TABLE does not wait for the lock");
  }

  const DatabaseServer& source_;
  const std::unique_ptr<SqlSession> session_;
  const std::string table_;
  const std::string ghost_;
  const std::string log_;
  const std::string old_;
  const std::string key_;
  WrittenKeys& keys_;
  std::string columns_;
};

}  // namespace

void copy_as_ghost(const DatabaseServer& source, const std::string& table, const std::string& alter,
                   WrittenKeys& keys) {
  GhostCopy(source, table, keys).run(alter);
}

}  // namespace tailrace::testing
