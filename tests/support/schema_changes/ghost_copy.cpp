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
    session_->run("drop /* gh-ost */ table if exists " + named(log_));
    session_->run("create /* gh-ost */ table " + named(log_) +
                  " (id bigint auto_increment, last_update timestamp not null DEFAULT"
                  " CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, hint varchar(64) charset ascii"
                  " not null, value varchar(4096) charset ascii not null, primary key(id),"
                  " unique key hint_uidx(hint)) auto_increment=256");
    session_->run("create /* gh-ost */ table " + named(ghost_) + " like " + named(table_));
    session_->run("alter /* gh-ost */ table " + named(ghost_) + " " + alter);
    say_state(*session_, "GhostTableMigrated");
    {
      const auto pulse = SqlSession::open(source_);
      const std::jthread heart([&](const std::stop_token& stop) { beat(*pulse, stop); });
      columns_ = shared_columns(*session_, table_, ghost_);
      copy_in_chunks(*session_, table_, ghost_, [&] { follow_writers(); });
      while (!cut_over()) {
      }
    }
    if (!heart_stopped_.empty()) throw std::runtime_error(heart_stopped_);
    session_->run("drop /* gh-ost */ table if exists " + named(log_));
    session_->run("drop /* gh-ost */ table if exists " + named(old_));
  }

 private:
  static std::string named(const std::string& table) { return "`shop`.`" + table + "`"; }

  void say(SqlSession& session, int id, const std::string& hint, const std::string& value) {
    run_again(session, "insert /* gh-ost */ into " + named(log_) + " (id, hint, value) values (" +
                           "NULLIF(" + std::to_string(id) + ", 0), '" + hint + "', '" + value +
                           "') on duplicate key update last_update=NOW(), value=VALUES(value)");
  }

  void say_state(SqlSession& session, const std::string& value) {
    say(session, 2, "state", value);
    say(session, 0, "state at " + std::to_string(++states_), value);
  }

  // Also while the table is locked, and after the names were swapped.
  void beat(SqlSession& session, const std::stop_token& stop) {
    try {
      for (int beats = 0; !stop.stop_requested(); ++beats) {
        say(session, 1, "heartbeat", std::to_string(beats));
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
    } catch (const std::exception& error) {
      heart_stopped_ = error.what();
    }
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
    session_->run("create /* gh-ost */ table " + named(old_) +
                  " (id int auto_increment primary key) engine=InnoDB"
                  " comment='ghost-cut-over-sentry'");
    const std::string lock = "lock /* gh-ost */ tables " + named(table_) + " write, ";
    if (!session_->attempt(lock + named(old_) + " write").empty()) {
      session_->run("drop /* gh-ost */ table if exists " + named(old_));
      return false;
    }
    const auto renamer = SqlSession::open(source_);
    say_state(*renamer, "AllEventsUpToLockProcessed");
    follow_last(*renamer);
    const std::string id = *renamer->rows("SELECT CONNECTION_ID()")[0][0];
    auto renamed = std::async(std::launch::async, [&] {
      return renamer->attempt("rename /* gh-ost */ table " + named(table_) + " to " + named(old_) +
                              ", " + named(ghost_) + " to " + named(table_));
    });
    wait_until_it_waits(id);
    session_->run("drop /* gh-ost */ table if exists " + named(old_));
    // It takes its locks one by one: it waits for this one only now, and must be the first to.
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    wait_until_it_waits(id);
    session_->run("unlock tables");
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
  int states_ = 0;             // told so far
  std::string heart_stopped_;  // why; of the thread that beats, as long as there is one
};

}  // namespace

void copy_as_ghost(const DatabaseServer& source, const std::string& table, const std::string& alter,
                   WrittenKeys& keys) {
  GhostCopy(source, table, keys).run(alter);
}

}  // namespace tailrace::testing
