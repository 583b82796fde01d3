#include "replicator/copy/table_gate.h"

#include <gtest/gtest.h>

#include "../scripted_source.h"

namespace tailrace {
namespace {

using testing::ScriptedSource;

TableName name(const std::string& table) {
  return {"shop", table};
}

// Table b was copied with everything up to transaction 5.
class TableGateTest : public ::testing::Test {
 protected:
  TableGateTest() : source_(std::make_shared<ScriptedSource::Script>()), gate_(source_) {
    TableCopy copied;
    copied.name = name("b");
    copied.state = TableCopy::State::converging;
    copied.from = Position{"5"};
    gate_.set_tables({copied});
  }
  std::vector<TableName> passed(SchemaChangeKind kind, std::vector<TableName> tables,
                                const std::string& transaction = "4") {
    const auto known = gate_.begin(transaction);
    EXPECT_TRUE(known && *known);
    SchemaChange change;
    change.kind = kind;
    change.tables = std::move(tables);
    auto passed = gate_.pass(change);
    EXPECT_TRUE(passed) << passed.error().to_string();
    return passed ? *std::move(passed) : std::vector<TableName>();
  }

  ScriptedSource source_;
  TableGate gate_;
};

TEST_F(TableGateTest, OfSeveralTablesThoseThatWereNotCopiedBehindIt) {
  EXPECT_EQ(passed(SchemaChangeKind::drop_table, {name("a"), name("b"), name("c")}),
            (std::vector{name("a"), name("c")}));
  EXPECT_EQ(passed(SchemaChangeKind::drop_table, {name("a"), name("b")}, "6").size(), 2U);
}

// A part of a pair would make pairs of other tables.
TEST_F(TableGateTest, OfARenamingBothNamesOrNone) {
  EXPECT_EQ(passed(SchemaChangeKind::rename_table, {name("a"), name("b"), name("c"), name("d")}),
            (std::vector{name("c"), name("d")}));
  EXPECT_EQ(passed(SchemaChangeKind::rename_table, {name("b"), name("a"), name("c"), name("d")}),
            (std::vector{name("c"), name("d")}));
  EXPECT_EQ(passed(SchemaChangeKind::rename_table, {name("a"), name("b")}, "6").size(), 2U);
}

TEST_F(TableGateTest, OfASwapBothNamesOrNone) {
  EXPECT_TRUE(passed(SchemaChangeKind::swap_table, {name("b"), name("_b_gho")}).empty());
  EXPECT_EQ(passed(SchemaChangeKind::swap_table, {name("a"), name("_a_gho")}).size(), 2U);
}

}  // namespace
}  // namespace tailrace
