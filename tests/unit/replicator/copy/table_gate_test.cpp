#include "replicator/copy/table_gate.h"

#include <gtest/gtest.h>

#include "../scripted_source.h"

namespace tailrace {
namespace {

using testing::ScriptedSource;

TableName name(const std::string& table) {
  return {"shop", table};
}

// Table b was copied with everything up to transaction 5, table m in pieces between 5 and 8, and of
// table p a part is there.
class TableGateTest : public ::testing::Test {
 protected:
  TableGateTest() : source_(std::make_shared<ScriptedSource::Script>()), gate_(source_) {
    TableCopy copied;
    copied.name = name("b");
    copied.state = TableCopy::State::converging;
    copied.from = copied.until = Position{"5"};
    TableCopy pieces = copied;
    pieces.name = name("m");
    pieces.until = Position{"8"};
    TableCopy part;
    part.name = name("p");
    part.mode = TableCopy::Mode::again;
    gate_.set_tables({copied, pieces, part});
  }
  // Of a renaming of these; "as it is" or how many statements.
  std::string rest(std::vector<TableName> tables, const std::string& transaction) {
    const auto known = gate_.begin(transaction);
    EXPECT_TRUE(known && *known);
    SchemaChange change;
    change.kind = SchemaChangeKind::rename_table;
    change.tables = std::move(tables);
    const auto rest = gate_.rest(change);
    EXPECT_TRUE(rest) << rest.error().to_string();
    if (!rest || !*rest) return "as it is";
    std::string text;
    for (const SchemaChange& one : **rest) {
      text += (text.empty() ? "" : ", ") + std::string(to_string(one.kind));
      for (const TableName& table : one.tables) text += " " + table.table;
    }
    return text;
  }

  ScriptedSource source_;
  TableGate gate_;
};

TEST_F(TableGateTest, WhatTheRowsHaveIsLeftOut) {
  EXPECT_EQ(rest({name("a"), name("b")}, "4"), "drop table a");
  EXPECT_EQ(rest({name("a"), name("b")}, "6"), "as it is");
  EXPECT_EQ(rest({name("a"), name("c")}, "4"), "as it is");
}

TEST_F(TableGateTest, WhatWasReadInPiecesIsNotKnownToHaveIt) {
  EXPECT_EQ(rest({name("m"), name("c")}, "6"), "drop table m, alter table c");
  EXPECT_EQ(rest({name("a"), name("m")}, "6"), "drop table a, alter table m");
  EXPECT_EQ(rest({name("p"), name("c")}, "9"), "drop table p, alter table c");
}

TEST_F(TableGateTest, NothingIsLeftOutOnceAllAreExact) {
  TableCopy exact;
  exact.name = name("m");
  exact.state = TableCopy::State::exact;
  gate_.set_tables({exact});
  EXPECT_EQ(rest({name("m"), name("c")}, "6"), "as it is");
}

}  // namespace
}  // namespace tailrace
