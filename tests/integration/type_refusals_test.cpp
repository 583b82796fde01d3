// What `tailrace check` says is what happens: every value that the listing refuses is refused by
// name, copied and streamed, and goes on once the way out was taken; no other one is refused; an
// option does what it says.
//
// Of each kind of trouble one type is taken, at random. TAILRACE_TEST_SEED repeats a run,
// TAILRACE_TEST_ALL_TYPES=1 takes every line of docs/types.md, TAILRACE_TEST_ALL_SOURCES=1 has
// MySQL and PostgreSQL 15 as sources too.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <regex>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/integration/refusal_bed.h"
#include "tests/support/beds.h"
#include "tests/support/compare/compare.h"
#include "tests/support/eventually.h"

namespace tailrace::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kTablesOfOneCopy = 6;  // which is made again after each refusal
constexpr auto kDeadline = 90s;

struct Blocked {
  std::string pipeline;
  std::string sink;
  std::string kind;
  std::string error;
};

// A longer key than the target's can be: no other type of the target has it either.
bool has_no_cure(const RefusalCase& one) {
  return one.in_key && one.label.starts_with("longer ");
}

// Tables of the source, by the letters before the case's name: c_ has its row before tailrace runs,
// s_ and xs_ get it later. Of cases without a cure each xs_ has a pipeline of its own.
class TypeRefusals : public ::testing::TestWithParam<Engine> {
 protected:
  static void TearDownTestSuite() { servers_.reset(); }
  void TearDown() override {
    tailrace_.reset();
    bed_.reset();
  }

  bool missing() {
    // MySQL's types are MariaDB's, but for a few.
    const bool is_extra = GetParam() == Engine::postgres15 || GetParam() == Engine::mysql;
    if (is_extra && std::getenv("TAILRACE_TEST_ALL_SOURCES") == nullptr) {
      std::puts("left out without TAILRACE_TEST_ALL_SOURCES=1");
      return true;
    }
    if (bed_missing(why_unavailable(GetParam()))) return true;
    for (const Engine target : kRefusalTargets) {
      if (bed_missing(why_unavailable(target))) return true;
    }
    if (!servers_) servers_ = std::make_unique<RefusalServers>();
    const char* given = std::getenv("TAILRACE_TEST_SEED");
    const std::uint64_t seed = given == nullptr ? std::random_device{}() : std::stoull(given);
    std::printf("TAILRACE_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed));
    const bool whole = std::getenv("TAILRACE_TEST_ALL_TYPES") != nullptr;
    bed_ = std::make_unique<RefusalBed>(*servers_, GetParam(), whole, seed);
    for (const RefusalCase& one : bed_->cases()) cases_.emplace(one.name, one);
    return false;
  }

  static std::string streamed_prefix(const RefusalCase& one) {
    return has_no_cure(one) ? "xs_" : "s_";
  }

  void create_tables() {
    for (const RefusalCase& one : bed_->cases()) {
      const bool copied = one.value.before.empty();
      bed_->create("c_", one);
      bed_->create(streamed_prefix(one), one);
      if (copied) bed_->insert("c_", one);
      for (const Engine target : kRefusalTargets) {
        if (!bed_->refuses(target, one)) continue;
        expected_.insert({name_of(target), streamed_prefix(one) + one.name});
        if (copied) expected_.insert({name_of(target), "c_" + one.name});
      }
    }
    for (const char* answer : {"null", "clamp"}) {
      for (const RefusalCase& one : replaced_by(answer)) {
        bed_->create(std::string(answer) + "_", one);
        bed_->insert(std::string(answer) + "_", one);
      }
    }
  }

  // Cases for which some option with this answer is listed: "infinity=null".
  std::vector<std::string> options_with(const std::string& answer) const {
    std::vector<std::string> options = bed_->options();
    std::erase_if(options, [&](const auto& option) { return !option.ends_with("=" + answer); });
    return options;
  }
  std::vector<RefusalCase> replaced_by(const std::string& answer) const {
    std::vector<RefusalCase> some;
    for (const RefusalCase& one : bed_->cases()) {
      for (const std::string& option : options_with(answer)) {
        if (one.in_key || !bed_->has_option(Engine::mysql, one, option)) continue;
        EXPECT_TRUE(bed_->has_option(Engine::mariadb, one, option)) << one.type << one.label;
        some.push_back(one);
      }
    }
    return some;
  }

  void start() {
    std::map<std::string, std::string> all;
    for (const Engine target : kRefusalTargets) all[name_of(target)] = bed_->target_url(target);
    pipeline_names_ = {"streamed"};
    std::vector<std::string> pipelines = {bed_->pipeline("streamed", {"s_*"}, all)};
    const auto add = [&](const char* name, const std::vector<std::string>& tables,
                         const std::map<std::string, std::string>& sinks) {
      pipeline_names_.push_back(name + std::to_string(pipelines.size()));
      pipelines.push_back(bed_->pipeline(pipeline_names_.back(), tables, sinks));
    };
    std::vector<std::string> tables;
    for (const RefusalCase& one : bed_->cases()) {
      if (has_no_cure(one)) add("streamed", {"xs_" + one.name}, all);
      tables.push_back("c_" + one.name);
      if (tables.size() < kTablesOfOneCopy) continue;
      add("copied", tables, all);
      tables.clear();
    }
    if (!tables.empty()) add("copied", tables, all);
    for (const char* answer : {"null", "clamp"}) {
      if (options_with(answer).empty()) continue;
      const std::string options = fmt::format("?{}", fmt::join(options_with(answer), "&"));
      std::map<std::string, std::string> sinks;
      for (const Engine target : {Engine::mysql, Engine::mariadb}) {
        sinks[name_of(target)] = bed_->target_url(target) + options;
      }
      add("option", {std::string(answer) + "_*"}, sinks);
    }
    tailrace_ = std::make_unique<TailraceProcess>(
        std::vector<std::string>{"run", "-c", bed_->write_config(pipelines)});
  }

  // Whether all that has nothing to copy follows the stream.
  bool follows() const {
    std::size_t sinks = kRefusalTargets.size();
    for (const auto& [name, one] : cases_) sinks += has_no_cure(one) ? kRefusalTargets.size() : 0;
    static const std::regex kExact(R"(pipeline=streamed\S* sink=\S+ msg="exact )");
    const std::string log = tailrace_->error_output();
    return std::distance(std::sregex_iterator(log.begin(), log.end(), kExact), {}) ==
           static_cast<std::ptrdiff_t>(sinks);
  }

  void write_streamed() {
    for (const RefusalCase& one : bed_->cases()) {
      bed_->prepare(one);
      bed_->insert(streamed_prefix(one), one);
    }
    for (const char* answer : {"null", "clamp"}) {
      for (const RefusalCase& one : replaced_by(answer)) {
        bed_->insert(std::string(answer) + "_", one, 3);
      }
    }
  }

  // What the daemon says of its sinks now. Not from the log, which leaves out some of many errors.
  std::vector<Blocked> blocked_now() const {
    std::vector<Blocked> found;
    for (const std::string& pipeline : pipeline_names_) {
      std::ifstream in(bed_->folder() / ("state/" + pipeline + "/status.json"));
      if (!in) continue;
      const auto status = nlohmann::json::parse(in);
      for (const auto& sink : status.at("sinks")) {
        const auto& error = sink.at("error");
        if (error.is_null() || sink.at("state") != "blocked") continue;
        found.push_back({pipeline, sink.at("name"), error.at("kind"), error.at("message")});
      }
    }
    return found;
  }

  // Names what a person needs.
  void expect_named(const Blocked& blocked, const std::string& table, const RefusalCase& one,
                    Engine target) {
    const auto has = [&](const std::string& text) {
      return blocked.error.find(text) != std::string::npos;
    };
    EXPECT_EQ(blocked.kind, "unsupported_value") << blocked.error;
    EXPECT_TRUE(has(bed_->target_table(target, table))) << blocked.error;
    // The server refuses a label of a type of its own, and does not say of which column.
    const bool by_server = one.type.ends_with("(enum)") && is_postgres(target);
    EXPECT_TRUE(by_server || has("column \"c\"")) << blocked.error;
    EXPECT_TRUE(has(one.in_key ? "row c=" : "row id=2")) << blocked.error;
    EXPECT_TRUE(has("; hint: ")) << blocked.error;
    if (table.find("s_") != std::string::npos) {
      EXPECT_TRUE(has("behind position ")) << blocked.error;
    }
  }

  // A refusal that the listing foresaw, whose way out is taken then.
  void follow(const Blocked& blocked) {
    static const std::regex kTable(R"(\b(c_|x?s_)([vk][0-9]+)\b)");
    const auto target =
        std::find_if(kRefusalTargets.begin(), kRefusalTargets.end(),
                     [&](const Engine engine) { return name_of(engine) == blocked.sink; });
    std::smatch name;
    if (target == kRefusalTargets.end() || !std::regex_search(blocked.error, name, kTable)) {
      ADD_FAILURE() << blocked.pipeline << " " << blocked.sink << ": " << blocked.error;
      return;
    }
    const RefusalCase& one = cases_.at(name[2]);
    const std::string table = name[0];
    SCOPED_TRACE(fmt::format("{} at {}: {}", one.type, blocked.sink, one.label));
    // The status is written every second: it may be of before the cure.
    if (!followed_.insert({blocked.sink, table}).second) return;
    EXPECT_EQ(expected_.erase({blocked.sink, table}), 1U) << "not listed: " << blocked.error;
    expect_named(blocked, table, one, *target);
    if (!has_no_cure(one)) {
      bed_->cure(*target, table, one);
    } else if (table.starts_with("c_") && refusals_left(table) == 0) {
      bed_->remove(table);  // at the source, where it is read again
    }
  }
  std::ptrdiff_t refusals_left(const std::string& table) const {
    return std::count_if(expected_.begin(), expected_.end(),
                         [&](const auto& one) { return one.second == table; });
  }

  // Tables that lack the row that they should have in the end.
  std::vector<std::string> lacking(Engine target) {
    std::vector<std::string> tables;
    for (const auto& [name, one] : cases_) {
      const bool takes_all = has_no_cure(one) && !bed_->refuses(target, one);
      if (!has_no_cure(one) || takes_all) tables.push_back(streamed_prefix(one) + name);
      if (!has_no_cure(one) && one.value.before.empty()) tables.push_back("c_" + name);
    }
    try {
      std::vector<std::string> counts;
      for (const std::string& table : tables) {
        counts.push_back(fmt::format("SELECT '{}' AS t, count(*) AS n FROM {}", table,
                                     bed_->target_table(target, table)));
      }
      const std::string missing =
          bed_->target_sql(target, fmt::format("SELECT t FROM ({}) AS counted WHERE n <> 1",
                                               fmt::join(counts, " UNION ALL ")));
      return missing.empty() ? std::vector<std::string>() : std::vector<std::string>{missing};
    } catch (const std::runtime_error& error) {
      return {error.what()};  // one is not there yet
    }
  }

  void expect_everything_as_listed() {
    bool has_written = false;
    const auto done = [&] {
      for (const Blocked& blocked : blocked_now()) follow(blocked);
      if (!has_written && follows()) {
        has_written = true;
        write_streamed();
      }
      return has_written && expected_.empty() &&
             std::all_of(kRefusalTargets.begin(), kRefusalTargets.end(),
                         [&](const Engine target) { return lacking(target).empty(); });
    };
    const bool was_done = eventually(done, kDeadline);
    for (const auto& [sink, table] : expected_) {
      const RefusalCase& one = cases_.at(table.substr(table.find('_') + 1));
      ADD_FAILURE() << fmt::format("{}{} at {}: {} is listed and was not refused: {}", one.type,
                                   one.in_key ? " in the key" : "", sink, one.label, table);
    }
    if (was_done) return;
    for (const Engine target : kRefusalTargets) {
      ADD_FAILURE() << name_of(target) << " lacks "
                    << fmt::format("{}", fmt::join(lacking(target), ", "));
    }
    ADD_FAILURE() << tailrace_->error_output();
  }

  // Rows 2 (copied) and 3 (streamed) have what the option says.
  void expect_replaced(Engine target, const std::string& answer, const RefusalCase& one) {
    SCOPED_TRACE(fmt::format("{} at {}: {} by {}", one.type, name_of(target), one.label, answer));
    const std::string table = bed_->target_table(target, answer + "_" + one.name);
    const auto value = [&](int id) {
      return bed_->target_sql(target, fmt::format("SELECT c FROM {} WHERE id = {}", table, id));
    };
    EXPECT_TRUE(eventually([&] { return !value(3).empty(); }, kDeadline))
        << tailrace_->error_output();
    for (const int id : {2, 3}) {
      if (answer == "null") {
        EXPECT_EQ(value(id), "NULL");
      } else {
        EXPECT_FALSE(one.value.clamped.empty());
        EXPECT_TRUE(value(id).starts_with(one.value.clamped)) << value(id);
      }
    }
  }

  static std::unique_ptr<RefusalServers> servers_;
  std::unique_ptr<RefusalBed> bed_;
  std::map<std::string, RefusalCase> cases_;
  std::set<std::pair<std::string, std::string>> expected_;  // sink, table
  std::set<std::pair<std::string, std::string>> followed_;
  std::unique_ptr<TailraceProcess> tailrace_;
  std::vector<std::string> pipeline_names_;
};

std::unique_ptr<RefusalServers> TypeRefusals::servers_;

TEST_P(TypeRefusals, ComeAsListed) {
  if (missing()) return;
  for (const std::string& line : bed_->unknown()) {
    ADD_FAILURE() << "odd_values.cpp has no value for " << line;
  }
  EXPECT_GT(bed_->cases().size(), 10U);
  EXPECT_EQ(bed_->lines_against_listing(), "");
  create_tables();
  start();
  expect_everything_as_listed();
  for (const std::string answer : {"null", "clamp"}) {
    const auto cases = replaced_by(answer);
    EXPECT_EQ(cases.empty(), !is_postgres(GetParam()));
    for (const RefusalCase& one : cases) {
      expect_replaced(Engine::mysql, answer, one);
      expect_replaced(Engine::mariadb, answer, one);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sources, TypeRefusals,
                         ::testing::Values(Engine::mariadb, Engine::mysql, Engine::postgres18,
                                           Engine::postgres15),
                         [](const auto& instance) { return name_of(instance.param); });

}  // namespace
}  // namespace tailrace::testing
