#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>

namespace tailrace::testing {

// Which rows writers have touched, for those who copy a table meanwhile: what they would read from
// the log. A row is told before its transaction ends. Any thread.
class WrittenKeys {
 public:
  // From now on, keys of that table are kept until they are taken.
  void watch(const std::string& table);
  void forget(const std::string& table);
  // SQL literals of the table's first key column.
  void add(const std::string& table, const std::set<std::string>& keys);
  std::set<std::string> take(const std::string& table);

 private:
  std::mutex mutex_;
  std::map<std::string, std::set<std::string>> keys_;  // guarded by mutex_
};

}  // namespace tailrace::testing
