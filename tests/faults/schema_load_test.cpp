// More than thirty changes of the source's tables, one after the other, while they are written to,
// with several targets: the daemon is killed in the middle of changes, one target cannot be reached
// and another one is down for as many as six of them. All end equal, in rows and definitions.
//
// TAILRACE_SCHEMA_LOAD_SEED=n repeats an interleaving as far as servers do,
// TAILRACE_SCHEMA_LOAD_ALL=1 takes every source that there is,
// TAILRACE_SCHEMA_LOAD_ROWS and TAILRACE_SCHEMA_LOAD_PAUSE_MS (between changes) make it longer.
#include <algorithm>
#include <cstdlib>
#include <future>
#include <iostream>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/eventually.h"
#include "tests/support/schema_changes/change_list.h"
#include "tests/support/schema_changes/change_tables.h"
#include "tests/support/schema_changes/many_targets_bed.h"
#include "tests/support/schema_changes/table_writers.h"
#include "tests/support/tailrace_process.h"

namespace tailrace::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kOutage = 7;  // changes that a target misses

std::uint32_t from_environment(const char* name, std::uint32_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : static_cast<std::uint32_t>(std::stoul(text));
}

struct Fleet {
  Engine source;
  std::vector<Engine> targets;
  int kills;
};

void PrintTo(const Fleet& fleet, std::ostream* out) {
  *out << name_of(fleet.source);
}

class SchemaLoad : public ::testing::TestWithParam<Fleet> {
 protected:
  void SetUp() override {
    skip_ = bed_missing(why_unavailable(GetParam().source));
    for (const Engine engine : GetParam().targets) skip_ |= bed_missing(why_unavailable(engine));
  }

  // Kills the daemon at a moment of that change, or lets it be.
  void maybe_kill(TailraceProcess& tailrace, std::future<void>& change, bool kill) {
    if (kill) {
      std::this_thread::sleep_for(std::chrono::milliseconds(random_() % 60));
      tailrace.kill();
      std::this_thread::sleep_for(std::chrono::milliseconds(random_() % 100));
      tailrace.start();
    }
    change.get();
  }

  bool skip_ = false;
  std::mt19937 random_;
};

// A stretch of changes that one sink misses, and how.
struct Outage {
  std::string sink;
  std::size_t from = 0;
  std::size_t to = 0;
  bool crash = false;  // the server itself goes, else the way to it
};

void begin(ManyTargetsBed& bed, const Outage& outage) {
  std::cout << "  " << outage.sink << (outage.crash ? " crashes\n" : " is out of reach\n");
  if (outage.crash) return bed.server(outage.sink).stop(StopMode::crash);
  bed.proxy(outage.sink).refuse(true);
  bed.proxy(outage.sink).cut();
}

void end(ManyTargetsBed& bed, const Outage& outage) {
  std::cout << "  " << outage.sink << " is back\n";
  if (outage.crash) return bed.server(outage.sink).start();
  bed.proxy(outage.sink).heal();
}

TEST_P(SchemaLoad, AllTargetsEndEqual) {
  if (skip_) return;
  const auto seed = from_environment("TAILRACE_SCHEMA_LOAD_SEED", std::random_device{}());
  const auto rows = from_environment("TAILRACE_SCHEMA_LOAD_ROWS", 800);
  const auto pause = from_environment("TAILRACE_SCHEMA_LOAD_PAUSE_MS", 150);
  std::cout << "seed " << seed << std::endl;
  SCOPED_TRACE("seed " + std::to_string(seed));
  random_.seed(seed);

  ManyTargetsBed bed(GetParam().source, GetParam().targets);
  create_changing_tables(bed.source());
  fill_tables(bed.source(), seed, static_cast<int>(rows));
  const auto changes = table_changes(bed.source().kind());

  // Two outages of different targets, one behind the other; the daemon is killed at some changes.
  std::vector<std::string> servers;
  for (const auto& sink : bed.sinks()) {
    if (bed.has_server(sink)) servers.push_back(sink);
  }
  std::shuffle(servers.begin(), servers.end(), random_);
  const std::size_t half = changes.size() / 2;
  std::vector<Outage> outages;
  for (std::size_t i = 0; i < 2; ++i) {
    const std::size_t from = i * half + 1 + random_() % (half - kOutage - 1);
    outages.push_back({servers[i], from, from + kOutage, i == 1});
  }
  std::set<std::size_t> kills;
  while (kills.size() < static_cast<std::size_t>(GetParam().kills)) {
    kills.insert(random_() % changes.size());
  }

  TableWriters writers(bed.source(), seed, 3, 4ms);
  TailraceProcess tailrace(bed.run_arguments());
  for (const std::string& sink : bed.sinks()) {
    ASSERT_TRUE(bed.finishes_copy(sink, 60s)) << bed.describe() << tailrace.error_output();
  }
  for (std::size_t i = 0; i < changes.size(); ++i) {
    for (const Outage& outage : outages) {
      if (outage.from == i) begin(bed, outage);
      if (outage.to == i) end(bed, outage);
    }
    std::cout << changes[i].name << (kills.contains(i) ? " (killed)" : "") << std::endl;
    auto done = std::async(std::launch::async,
                           [&] { change_table(bed.source(), changes[i], writers.keys()); });
    ASSERT_NO_THROW(maybe_kill(tailrace, done, kills.contains(i))) << changes[i].name;
    std::this_thread::sleep_for(std::chrono::milliseconds(random_() % (2 * pause + 1)));
  }
  for (const Outage& outage : outages) {
    if (outage.to >= changes.size()) end(bed, outage);
  }
  writers.stop();
  ASSERT_EQ(writers.failure(), "");
  std::cout << writers.committed() << " transactions, " << writers.refused() << " refused"
            << std::endl;
  EXPECT_GT(writers.committed(), 200);

  for (const std::string& sink : bed.sinks()) {
    SCOPED_TRACE(sink);
    // Definitions that no row shows come behind the rows, and may want a table copied again.
    ASSERT_TRUE(bed.becomes_exact(sink, 60s)) << bed.describe() << tailrace.error_output();
    std::vector<std::string> differences;
    const auto follows = [&] { return (differences = bed.schema_differences(sink, {})).empty(); };
    EXPECT_TRUE(eventually(follows, 20s)) << ::testing::PrintToString(differences);
    ASSERT_TRUE(bed.becomes_exact(sink, 60s)) << bed.describe() << tailrace.error_output();
    EXPECT_EQ(bed.row_differences(sink), "");
  }
}

std::vector<Fleet> fleets() {
  std::vector<Fleet> all{
      {Engine::mariadb, {Engine::postgres15, Engine::mysql, Engine::sqlite}, 4},
      {Engine::mysql, {Engine::postgres18, Engine::mariadb, Engine::sqlite}, 4},
      {Engine::postgres18, {Engine::postgres15, Engine::mysql, Engine::sqlite}, 4},
  };
  if (std::getenv("TAILRACE_SCHEMA_LOAD_ALL") != nullptr) {
    all.push_back({Engine::postgres15, {Engine::postgres18, Engine::mariadb, Engine::sqlite}, 4});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Sources, SchemaLoad, ::testing::ValuesIn(fleets()),
                         [](const auto& instance) { return name_of(instance.param.source); });

}  // namespace
}  // namespace tailrace::testing
