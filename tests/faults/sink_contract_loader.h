// What the tests of loaders, ledger and convergence (sinks/sink.h) share.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "sink_contract.h"

namespace tailrace::testing {

class LoaderContract : public SinkContract {
 protected:
  void SetUp() override {
    SinkContract::SetUp();
    if (!skipped()) sink_ = open();
  }

  std::unique_ptr<Loader> open_loader() { return must(target_->open_loader(lease_)); }
  static LedgerEntry chunk(int n, const std::string& text = "done") {
    return {"chunk shop.t " + std::to_string(n), text};
  }
  // One chunk; the error of whichever call it shows at.
  Status load(Loader& loader, Batch& batch, const std::vector<LedgerEntry>& entries = {},
              Loader::Mode mode = Loader::Mode::append) {
    const TableName target = name(table_of(batch));
    auto begun = loader.begin(batch.changes().front().schema, target, mode);
    if (!begun) return begun;
    if (auto loaded = loader.load(batch.net(target).inserts); !loaded) return loaded;
    return loader.commit(entries);
  }
  std::vector<LedgerEntry> ledger(Sink& sink) {
    auto entries = must(sink.read_ledger());
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return a.key < b.key; });
    return entries;
  }
  Status write_ledger(Sink& sink, const std::vector<LedgerEntry>& entries, int position) {
    if (auto begun = sink.begin(); !begun) return begun;
    if (auto written = sink.write_ledger(entries); !written) return written;
    auto committed = sink.commit(checkpoint(position));
    return committed ? Status() : Status(std::move(committed).error());
  }

  std::unique_ptr<Sink> sink_;  // holds the lease
};

}  // namespace tailrace::testing
