// Sorts any number of records in bounded memory.
#pragma once

#include <cstddef>
#include <cstdio>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

namespace tailrace::testing {

// Records are byte strings and are sorted as such. What does not fit into the budget goes to files
// without a name, one sorted run each, which are merged when the records are taken out.
class RowSorter {
 public:
  explicit RowSorter(std::size_t budget_bytes = std::size_t{64} << 20) : budget_(budget_bytes) {}

  void add(std::string record);
  std::size_t count() const { return count_; }

  // The smallest record that was not taken yet. No add() after the first take().
  std::optional<std::string> take();

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  using File = std::unique_ptr<std::FILE, CloseFile>;

  // The next record of a run; runs_.size() stands for what is left in memory.
  struct Head {
    std::string record;
    std::size_t run;
    bool operator>(const Head& other) const { return record > other.record; }
  };

  void spill();
  void start_taking();
  void refill(std::size_t run);

  std::size_t budget_;
  std::size_t count_ = 0;
  std::size_t held_bytes_ = 0;
  std::vector<std::string> held_;
  std::size_t next_held_ = 0;
  std::vector<File> runs_;
  bool taking_ = false;
  std::priority_queue<Head, std::vector<Head>, std::greater<>> heads_;
};

}  // namespace tailrace::testing
