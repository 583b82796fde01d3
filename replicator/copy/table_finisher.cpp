#include "replicator/copy/table_finisher.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include <spdlog/spdlog.h>

#include "replicator/copy/interrupts.h"

namespace tailrace {
namespace {

// One pass over all tables. Threads: the workers; mutex_ guards what is below it.
class Pass {
 public:
  Pass(const SinkPlan& plan, const Lease& lease, std::vector<TableToFinish>& tables,
       Loader::Finish finish, std::set<std::string>& said, spdlog::logger& log,
       std::stop_token stop)
      : plan_(plan),
        lease_(lease),
        tables_(tables),
        finish_(std::move(finish)),
        said_(said),
        log_(log),
        stop_(stop),
        interrupts_(stop) {}

  Status run() {
    const std::size_t most = std::max<std::size_t>(plan_.target->most_loaders(), 1);
    const std::size_t workers =
        std::min({std::max<std::size_t>(plan_.copy.workers, 1), most, tables_.size()});
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < workers; ++i) threads.emplace_back([this] { work(); });
    }
    if (stop_.stop_requested()) return Error(ErrorKind::cancelled, "stopped");
    return error_ ? Status(*error_) : Status();
  }

 private:
  TableToFinish* take() {
    const std::scoped_lock lock(mutex_);
    if (error_ || stop_.stop_requested() || next_ == tables_.size()) return nullptr;
    return &tables_[next_++];
  }

  void work() {
    std::optional<Interruptible<Loader>> loader;
    while (TableToFinish* table = take()) {
      Status finished;
      try {
        finished = finish(loader, *table);
      } catch (const std::exception& e) {
        finished = Error(ErrorKind::internal, std::string("unexpected exception: ") + e.what());
      }
      table->finished = finished.has_value();
      if (finished) continue;
      table->error = std::move(finished).error().with("finishing table " +
                                                      table->table->schema->name.to_string());
      const std::scoped_lock lock(mutex_);
      if (!error_) error_ = table->error;
    }
  }

  Status finish(std::optional<Interruptible<Loader>>& loader, TableToFinish& table) {
    if (!loader) {
      auto opened = plan_.target->open_loader(lease_);
      if (!opened) return std::move(opened).error();
      loader.emplace(interrupts_, *std::move(opened));
    }
    const SnapshotTable& source = *table.table;
    Loader::Finish finish = finish_;
    finish.given = table.given;
    auto done = (*loader)->finish_table(source.schema, source.details, table.target, finish);
    if (!done) return std::move(done).error();
    for (const Finding& finding : done->cannot) warn(source.schema->name, finding);
    table.given = std::move(done->given);
    table.unfit = std::move(done->unfit);
    return {};
  }

  // Both passes find what the target cannot have; it is said once.
  void warn(const TableName& name, const Finding& finding) {
    std::string text = "table " + name.to_string() + ": " + finding.message;
    if (!finding.fix.empty()) text += "; hint: " + finding.fix;
    const std::scoped_lock lock(mutex_);
    if (said_.insert(text).second) log_.warn("{}", text);
  }

  const SinkPlan& plan_;
  const Lease& lease_;
  std::vector<TableToFinish>& tables_;  // each belongs to the worker that took it
  const Loader::Finish finish_;
  std::set<std::string>& said_;  // guarded by mutex_
  spdlog::logger& log_;
  const std::stop_token stop_;
  Interrupts interrupts_;

  std::mutex mutex_;
  // guarded by mutex_
  std::size_t next_ = 0;
  std::optional<Error> error_;
};

}  // namespace

Status finish_tables(const SinkPlan& plan, const Lease& lease, std::vector<TableToFinish>& tables,
                     const std::map<TableName, TableName>& targets, bool take_away,
                     spdlog::logger& log, std::stop_token stop) {
  std::set<std::string> said;
  Pass indexes(plan, lease, tables, {false, targets, {}, take_away}, said, log, stop);
  Status made = indexes.run();
  if (!plan.copy.foreign_keys) return made;
  for (TableToFinish& table : tables) table.finished = false;
  if (!made) return made;
  Pass foreign_keys(plan, lease, tables, {true, targets, {}, false}, said, log, stop);
  return foreign_keys.run();
}

}  // namespace tailrace
