#include "tests/support/schema_changes/written_keys.h"

#include <utility>

namespace tailrace::testing {

void WrittenKeys::watch(const std::string& table) {
  const std::scoped_lock lock(mutex_);
  keys_[table];
}

void WrittenKeys::forget(const std::string& table) {
  const std::scoped_lock lock(mutex_);
  keys_.erase(table);
}

void WrittenKeys::add(const std::string& table, const std::set<std::string>& keys) {
  const std::scoped_lock lock(mutex_);
  const auto found = keys_.find(table);
  if (found != keys_.end()) found->second.insert(keys.begin(), keys.end());
}

std::set<std::string> WrittenKeys::take(const std::string& table) {
  const std::scoped_lock lock(mutex_);
  const auto found = keys_.find(table);
  return found == keys_.end() ? std::set<std::string>() : std::exchange(found->second, {});
}

}  // namespace tailrace::testing
