#include "sinks/sql/schema_follower.h"

#include <map>
#include <sstream>

#include <gtest/gtest.h>

#include "sinks/sql/identifier.h"

namespace tailrace::sql {
namespace {

class PlainDialect : public Dialect {
 public:
  std::string quote(std::string_view name) const override { return std::string(name); }
  std::string shorten(std::string_view name) const override { return std::string(name); }
  std::string table(const TableName& name) const override { return name.table; }
  std::string column_type(const TableSchema&, std::size_t) const override { return "int"; }
  std::string table_suffix() const override { return {}; }
  std::string change_type(const TargetTable&, const TargetColumn&,
                          std::string_view) const override {
    return {};
  }
  std::string allow_missing(const TargetTable&, const TargetColumn&) const override { return {}; }
  bool timestamp_holds_instants() const override { return false; }
};

// A target with one table t (id, a); what is done to it is written down.
class SchemaFollowerTest : public ::testing::Test {
 protected:
  SchemaFollowerTest() { follower_.load({}); }

  TableSchema version(std::vector<std::string> names,
                      SourceEngine engine = SourceEngine::mysql) const {
    TableSchema schema{{"shop", "t"}, engine, {}, {}};
    for (std::string& name : names) {
      schema.columns.push_back({.name = std::move(name), .type = LogicalType::int32});
    }
    return schema;
  }
  SchemaChange change(SchemaChangeKind kind, std::vector<TableName> tables) const {
    SchemaChange made;
    made.kind = kind;
    made.tables = std::move(tables);
    made.columns_known = true;
    return made;
  }
  Status announce(const SchemaChange& made) { return follower_.on_change(made, made.tables); }

  std::string done_;
  PlainDialect dialect_;
  SchemaFollower follower_{
      dialect_,
      {.load = [](const TableName& name) -> Result<std::optional<TargetTable>> {
         if (name.table != "t") return std::optional<TargetTable>();
         TargetTable table;
         table.name = name;
         for (const char* column : {"id", "a"}) {
           table.columns.push_back({});
           table.columns.back().name = column;
           table.columns.back().type = TargetType::any;
         }
         return std::optional(table);
       },
       .execute =
           [this](const std::string& sql, const TableName&) {
             done_ += sql + ";";
             return Status();
           },
       .clear =
           [this](const TableName&) {
             done_ += "clear;";
             return Status();
           }}};
  const TableName target_{"shop", "t"};
};

TEST_F(SchemaFollowerTest, DropsOnlyWhatItKnowsToBeTheSources) {
  ASSERT_TRUE(follower_.before_rows(version({"id"}), target_));
  EXPECT_EQ(done_, "");  // the column a may be anybody's
  // Rows have values in a new one that nobody announced; what cannot be made right is said.
  const Status said = follower_.before_rows(version({"id", "a"}), target_);
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().kind(), ErrorKind::schema_mismatch);
  EXPECT_EQ(done_, "");
}

TEST_F(SchemaFollowerTest, AColumnThatWasDroppedGoesAtOnce) {
  ASSERT_TRUE(follower_.before_rows(version({"id", "a"}), target_));
  SchemaChange altered = change(SchemaChangeKind::alter_table, {{"shop", "t"}});
  altered.columns = {{ColumnChange::Kind::drop, "a", {}, {}}};
  ASSERT_TRUE(announce(altered));
  EXPECT_EQ(done_, "ALTER TABLE t DROP COLUMN a;");
}

// The version was looked up while rows were copied, before the stream came to what led to it.
TEST_F(SchemaFollowerTest, AColumnThatWasDroppedWhileRowsWereCopied) {
  for (const bool converging : {false, true}) {
    done_.clear();
    follower_.load({});
    follower_.set_converging(converging ? std::set{target_} : std::set<TableName>());
    ASSERT_TRUE(follower_.before_rows(version({"id"}), target_));
    SchemaChange altered = change(SchemaChangeKind::alter_table, {{"shop", "t"}});
    altered.columns = {{ColumnChange::Kind::drop, "a", {}, {}}};
    ASSERT_TRUE(announce(altered));
    EXPECT_EQ(done_, converging ? "ALTER TABLE t DROP COLUMN a;" : "");
  }
}

// Without identities nothing is certain of a PostgreSQL source: a column that it sends no more may
// have left its publication only.
TEST_F(SchemaFollowerTest, NothingIsTakenAwayForASourceThatIsNotCertain) {
  ASSERT_TRUE(follower_.before_rows(version({"id", "a"}, SourceEngine::postgresql), target_));
  ASSERT_TRUE(follower_.before_rows(version({"id"}, SourceEngine::postgresql), target_));
  EXPECT_EQ(done_, "");
}

TEST_F(SchemaFollowerTest, IdentitiesTellWhatHappenedToColumns) {
  TableSchema before = version({"id", "a"}, SourceEngine::postgresql);
  before.traits = {.identity = 7, .last_identity = 2, .storage = "7:1"};
  before.columns[0].identity = 1;
  before.columns[1].identity = 2;
  ASSERT_TRUE(follower_.before_rows(before, target_));
  TableSchema after = before;
  after.columns[1].name = "b";
  ASSERT_TRUE(follower_.before_rows(after, target_));
  EXPECT_EQ(done_, "ALTER TABLE t RENAME COLUMN a TO b;");
  done_.clear();
  follower_.rolled_back();
  follower_.load({});
  ASSERT_TRUE(follower_.before_rows(before, target_));
  after.columns.pop_back();
  ASSERT_TRUE(follower_.before_rows(after, target_));
  EXPECT_EQ(done_, "ALTER TABLE t DROP COLUMN a;");
}

// Values would be taken for those of the other column.
TEST_F(SchemaFollowerTest, ColumnsThatSwapTheirNamesAreCopied) {
  TableSchema before = version({"id", "a"}, SourceEngine::postgresql);
  before.traits = {.identity = 7, .last_identity = 2, .storage = "7:1"};
  before.columns[0].identity = 1;
  before.columns[1].identity = 2;
  ASSERT_TRUE(follower_.before_rows(before, target_));
  TableSchema after = before;
  std::swap(after.columns[0].name, after.columns[1].name);
  const Status said = follower_.before_rows(after, target_);
  ASSERT_FALSE(said);
  EXPECT_NE(said.error().message().find("have to be copied again"), std::string::npos);
  follower_.rolled_back();
  follower_.load({});
  ASSERT_TRUE(follower_.before_rows(before, target_));
  follower_.set_copies_again(true);
  ASSERT_TRUE(follower_.before_rows(after, target_));
  EXPECT_EQ(done_, "clear;");
  EXPECT_EQ(follower_.take_stale().size(), 1U);
}

// What a catalogue says that is asked without a row may be older than what rows have shown.
TEST_F(SchemaFollowerTest, AVersionWithoutIdentitiesTakesNothingBack) {
  TableSchema shown = version({"id", "a"}, SourceEngine::postgresql);
  shown.traits = {.identity = 7, .last_identity = 3, .storage = "7:1"};
  shown.columns[0].identity = 1;
  shown.columns[1].identity = 3;
  ASSERT_TRUE(follower_.before_rows(shown, target_));
  follower_.set_copies_again(true);
  ASSERT_TRUE(follower_.before_rows(version({"id", "x"}, SourceEngine::postgresql), target_));
  ASSERT_TRUE(follower_.before_rows(shown, target_));
  EXPECT_EQ(done_, "");
  EXPECT_TRUE(follower_.take_stale().empty());
}

// The rows that it had under its other name were sent under that one.
TEST_F(SchemaFollowerTest, ATableThatHadAnotherNameIsCopied) {
  TableSchema before = version({"id", "a"}, SourceEngine::postgresql);
  before.traits.identity = 7;
  before.name.table = "old";
  ASSERT_TRUE(follower_.before_rows(before, {"shop", "old"}));
  TableSchema after = before;
  after.name.table = "t";
  follower_.set_copies_again(true);
  ASSERT_TRUE(follower_.before_rows(after, target_));
  EXPECT_EQ(done_, "clear;");
  const std::vector<StaleTable> stale = follower_.take_stale();
  ASSERT_EQ(stale.size(), 1U);
  EXPECT_EQ(stale[0].table, (TableName{"shop", "t"}));
}

TEST_F(SchemaFollowerTest, ASwapIsWhatWasDoneToTheHelper) {
  ASSERT_TRUE(follower_.before_rows(version({"id", "a"}), target_));
  const TableName helper{"shop", "_t_gho"};
  SchemaChange made = change(SchemaChangeKind::create_table, {helper});
  made.helper = true;
  ASSERT_TRUE(announce(made));
  made = change(SchemaChangeKind::alter_table, {helper});
  made.helper = true;
  made.columns = {{ColumnChange::Kind::rename, "a", "b", {}}};
  ASSERT_TRUE(announce(made));
  made.columns = {};
  made.filled = true;
  ASSERT_TRUE(announce(made));
  EXPECT_EQ(done_, "");
  ASSERT_TRUE(announce(change(SchemaChangeKind::swap_table, {target_, helper})));
  EXPECT_EQ(done_, "ALTER TABLE t RENAME COLUMN a TO b;");
}

// A table with the name of a helper was swapped in by hand: what is in it nobody has said.
TEST_F(SchemaFollowerTest, ASwapOfAHelperThatNoToolHasFilled) {
  ASSERT_TRUE(follower_.before_rows(version({"id", "a"}), target_));
  const TableName helper{"shop", "_t_new"};
  SchemaChange made = change(SchemaChangeKind::create_table, {helper});
  made.helper = true;
  ASSERT_TRUE(announce(made));
  follower_.set_copies_again(true);
  ASSERT_TRUE(announce(change(SchemaChangeKind::swap_table, {target_, helper})));
  EXPECT_EQ(done_, "clear;");
  EXPECT_TRUE(follower_.is_stale(target_));
}

// Its rows cannot be proven to be those of the table: never assumed, and never cleared in silence.
TEST_F(SchemaFollowerTest, ASwapOfAHelperThatWasNotSeenFromItsBeginning) {
  ASSERT_TRUE(follower_.before_rows(version({"id", "a"}), target_));
  const SchemaChange swap = change(SchemaChangeKind::swap_table, {target_, {"shop", "_t_gho"}});
  const Status blocked = announce(swap);
  ASSERT_FALSE(blocked);
  EXPECT_EQ(blocked.error().kind(), ErrorKind::schema_mismatch);
  EXPECT_EQ(done_, "");
  follower_.rolled_back();
  follower_.set_copies_again(true);
  ASSERT_TRUE(announce(swap));
  EXPECT_EQ(done_, "clear;");
  EXPECT_TRUE(follower_.is_stale(target_));
  const std::vector<StaleTable> stale = follower_.take_stale();
  ASSERT_EQ(stale.size(), 1U);
  EXPECT_EQ(stale[0], (StaleTable{target_, "rows changed that were not logged"}));
}

// A target where every definition commits at once, and whose session may end at any of them.
class CommittingDialect : public PlainDialect {
 public:
  bool definitions_commit() const override { return true; }
  std::vector<std::string> rename_tables(std::span<const TableName> pairs) const override {
    std::string sql;
    for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
      sql += (sql.empty() ? "RENAME " : ", ") + pairs[i].table + " " + pairs[i + 1].table;
    }
    return {sql};
  }
};

// Rows that went, at a target where what follows commits by itself and the unit may never end.
class GivenUpRowsTest : public ::testing::Test {
 protected:
  TableSchema version(std::vector<std::string> names,
                      SourceEngine engine = SourceEngine::mysql) const {
    TableSchema schema{{"shop", "t"}, engine, {}, {}};
    for (std::string& name : names) {
      schema.columns.push_back({.name = std::move(name), .type = LogicalType::int32});
    }
    return schema;
  }
  // A session that sees these rows; committed: its unit ends. What it says has to be copied again.
  std::string session(const TableSchema& rows, bool committed) {
    SchemaFollower follower(
        dialect_, {.load = [&](const TableName& name) -> Result<std::optional<TargetTable>> {
                     if (!there_) return std::optional<TargetTable>();
                     TargetTable table;
                     table.name = name;
                     for (const Column& column : rows.columns) {
                       table.columns.push_back({});
                       table.columns.back().name = column.name;
                       table.columns.back().type = TargetType::any;
                     }
                     return std::optional(table);
                   },
                   .execute = [](const std::string&, const TableName&) { return Status(); },
                   .clear = [](const TableName&) { return Status(); },
                   .remember =
                       [&](const LedgerEntry& entry) {
                         ledger_[entry.key] = entry.text;
                         return Status();
                       },
                   .sink = "pipeline/sink"});
    std::vector<LedgerEntry> entries;
    for (const auto& [key, text] : ledger_) entries.push_back({key, text});
    follower.load(entries);
    follower.set_copies_again(true);
    const Status done = follower.before_rows(rows, {"shop", "t"});
    if (!done) return done.error().to_string();
    std::string said;
    for (const StaleTable& stale : follower.take_stale()) said += stale.why;
    if (committed) {
      for (const LedgerEntry& entry : follower.ledger_changes()) ledger_[entry.key] = entry.text;
    }
    return said;
  }

  const CommittingDialect dialect_;
  bool there_ = true;
  std::map<std::string, std::string> ledger_;
};

TEST_F(GivenUpRowsTest, ATableMadeAnewIsCopiedWhereverTheSessionEnds) {
  for (const SourceEngine engine : {SourceEngine::mysql, SourceEngine::postgresql}) {
    ledger_.clear();
    there_ = true;
    const TableSchema rows = version({"id"}, engine);
    ASSERT_EQ(session(rows, true), "");
    there_ = false;
    EXPECT_EQ(session(rows, false), "the target's table is gone");
    there_ = true;  // it was made anew, and is empty
    EXPECT_EQ(session(rows, false), "rows changed that were not logged");
    EXPECT_EQ(session(rows, true), "rows changed that were not logged");
    EXPECT_EQ(session(rows, true), "");
  }
}

// Its first rows, and the table goes before they are there.
TEST_F(GivenUpRowsTest, ATableThatGoesTwice) {
  ASSERT_EQ(session(version({"id"}), true), "");
  there_ = false;
  EXPECT_EQ(session(version({"id", "n"}), false), "the target's table is gone");
  EXPECT_EQ(session(version({"id", "n"}), true), "the target's table is gone");
  there_ = true;
  EXPECT_EQ(session(version({"id", "n"}), true), "");
}

class RenamingTest : public ::testing::Test {
 protected:
  // What the statements above do, all or nothing.
  void do_to_tables(const std::string& sql) {
    std::istringstream words(sql);
    std::string word;
    std::string name;
    words >> word;
    if (word == "CREATE") {
      words >> word >> name;
      tables_[name] = "marker";
    } else if (word == "DROP") {
      words >> word >> word >> word >> name;
      tables_.erase(name);
    } else {
      std::string to;
      while (words >> name >> to) {
        if (to.ends_with(',')) to.pop_back();
        tables_[to] = tables_.at(name);
        tables_.erase(name);
      }
    }
  }
  // One session. fail_at: which statement is done but never answered, 0: none.
  Status rename(std::vector<TableName> pairs, SchemaPolicy policy, int fail_at) {
    int count = 0;
    SchemaFollower follower(
        dialect_, {.load = [&](const TableName& name) -> Result<std::optional<TargetTable>> {
                     if (!tables_.contains(name.table)) return std::optional<TargetTable>();
                     return std::optional(TargetTable());
                   },
                   .execute =
                       [&](const std::string& sql, const TableName&) {
                         do_to_tables(sql);
                         ++statements_;
                         return ++count == fail_at ? Status(Error(ErrorKind::unreachable, "gone"))
                                                   : Status();
                       },
                   .clear = [](const TableName&) { return Status(); },
                   .sink = "pipeline/sink"});
    follower.set_policy(policy);
    follower.load(ledger_);
    SchemaChange change;
    change.kind = SchemaChangeKind::rename_table;
    change.tables = pairs;
    if (auto done = follower.on_change(change, change.tables); !done) return done;
    if (!die_before_commit_) ledger_ = follower.ledger_changes();
    return {};
  }

  const CommittingDialect dialect_;
  std::map<std::string, std::string> tables_{{"a", "A"}, {"b", "B"}};
  std::vector<LedgerEntry> ledger_;
  int statements_ = 0;
  bool die_before_commit_ = false;
  const std::vector<TableName> swap_{{"s", "a"}, {"s", "x"}, {"s", "b"},
                                     {"s", "a"}, {"s", "x"}, {"s", "b"}};
};

TEST_F(RenamingTest, ASwapIsMadeOnceWhereverTheSessionEnds) {
  for (int fail_at = 0; fail_at <= 3; ++fail_at) {
    tables_ = {{"a", "A"}, {"b", "B"}};
    ledger_.clear();
    if (fail_at > 0) static_cast<void>(rename(swap_, SchemaPolicy::apply, fail_at));
    const Status done = rename(swap_, SchemaPolicy::apply, 0);
    ASSERT_TRUE(done) << done.error().to_string();
    EXPECT_EQ(tables_["a"] + tables_["b"], "BA") << fail_at;
    // The same statement another day.
    ASSERT_TRUE(rename(swap_, SchemaPolicy::apply, 0));
    EXPECT_EQ(tables_["a"] + tables_["b"], "AB") << fail_at;
  }
}

TEST_F(RenamingTest, ASwapWhoseCheckpointWasLost) {
  die_before_commit_ = true;
  ASSERT_TRUE(rename(swap_, SchemaPolicy::apply, 0));
  die_before_commit_ = false;
  ASSERT_TRUE(rename(swap_, SchemaPolicy::apply, 0));
  EXPECT_EQ(tables_["a"] + tables_["b"], "BA");
}

TEST_F(RenamingTest, APersonMaySwap) {
  const Status stopped = rename(swap_, SchemaPolicy::stop, 0);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(statements_, 0);
  std::istringstream cure(stopped.error().hint());
  for (std::string sql; std::getline(cure, sql, ';');) do_to_tables(sql);
  ASSERT_TRUE(rename(swap_, SchemaPolicy::stop, 0));
  EXPECT_EQ(tables_["a"] + tables_["b"], "BA");
  EXPECT_EQ(statements_, 0);
}

// Rows never came, or somebody has done it.
TEST_F(RenamingTest, ATableThatIsNotThereIsPassedOver) {
  ASSERT_TRUE(rename({{"s", "c"}, {"s", "d"}, {"s", "b"}, {"s", "e"}}, SchemaPolicy::apply, 0));
  EXPECT_EQ(tables_, (std::map<std::string, std::string>{{"a", "A"}, {"e", "B"}}));
  ASSERT_TRUE(rename({{"s", "b"}, {"s", "e"}}, SchemaPolicy::stop, 0));
}

}  // namespace
}  // namespace tailrace::sql
