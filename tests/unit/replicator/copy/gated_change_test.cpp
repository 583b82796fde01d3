#include "replicator/copy/gated_change.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace tailrace {
namespace {

// "drop table a; alter table b (rows)" of what is left when the rows of some tables have it, and of
// others it is not known.
std::string left(SchemaChangeKind kind, const std::vector<std::string>& tables,
                 const std::set<std::string>& later, const std::set<std::string>& unknown = {}) {
  SchemaChange change;
  change.kind = kind;
  std::vector<CopiedAs> copied;
  for (const std::string& name : tables) {
    change.tables.push_back({"s", name});
    copied.push_back({later.contains(name), unknown.contains(name)});
  }
  const auto rest = still_concerned(change, copied);
  if (!rest) return "as it is";
  std::string text;
  for (const SchemaChange& one : *rest) {
    text += (text.empty() ? "" : "; ") + std::string(to_string(one.kind));
    for (const TableName& name : one.tables) text += " " + name.table;
    if (one.rows_changed) text += " (rows)";
  }
  return text;
}

using Kind = SchemaChangeKind;

TEST(GatedChange, ConcernsTheTablesThatWereNotCopiedLater) {
  EXPECT_EQ(left(Kind::truncate, {"a", "b"}, {}), "as it is");
  EXPECT_EQ(left(Kind::drop_table, {"a", "b"}, {"a"}), "drop table b");
  EXPECT_EQ(left(Kind::alter_table, {"a"}, {"a"}), "");
  EXPECT_EQ(left(Kind::truncate, {"a"}, {}, {"a"}), "as it is");
}

TEST(GatedChange, RenamesArePairs) {
  EXPECT_EQ(left(Kind::rename_table, {"a", "b"}, {}), "as it is");
  // b was listed under its new name; what the stream has made of a is of no use any more.
  EXPECT_EQ(left(Kind::rename_table, {"a", "b"}, {"b"}), "drop table a");
  // Another a has come, and was copied. Nobody has copied b.
  EXPECT_EQ(left(Kind::rename_table, {"a", "b"}, {"a"}), "alter table b (rows)");
  EXPECT_EQ(left(Kind::rename_table, {"a", "b"}, {"a", "b"}), "");
  EXPECT_EQ(left(Kind::rename_table, {"a", "b", "c", "d"}, {"d"}),
            "rename table a b; drop table c");
}

TEST(GatedChange, ChainsAndCycles) {
  EXPECT_EQ(left(Kind::rename_table, {"a", "x", "b", "a", "x", "b"}, {}), "as it is");
  EXPECT_EQ(left(Kind::rename_table, {"a", "x", "b", "a", "x", "b"}, {"a", "b"}), "");
  EXPECT_EQ(left(Kind::rename_table, {"a", "x", "b", "a", "x", "b"}, {"b"}),
            "alter table a (rows)");
  EXPECT_EQ(left(Kind::rename_table, {"b", "c", "a", "b"}, {"c"}), "alter table b (rows)");
}

// Read before it or behind it, or in part: nobody knows which table a name meant.
TEST(GatedChange, WhoWasReadWhenIsNotKnown) {
  EXPECT_EQ(left(Kind::rename_table, {"a", "b"}, {}, {"a"}), "drop table a; alter table b (rows)");
  EXPECT_EQ(left(Kind::rename_table, {"a", "b"}, {}, {"b"}), "drop table a; alter table b (rows)");
  EXPECT_EQ(left(Kind::rename_table, {"a", "x", "b", "a", "x", "b"}, {}, {"a"}),
            "alter table b (rows); alter table a (rows)");
  EXPECT_EQ(left(Kind::rename_table, {"b", "c", "a", "b"}, {}, {"c"}),
            "drop table a; alter table b (rows); alter table c (rows)");
}

TEST(GatedChange, SwapsConcernTheFirstAlone) {
  EXPECT_EQ(left(Kind::swap_table, {"t", "_t_new"}, {}), "as it is");
  EXPECT_EQ(left(Kind::swap_table, {"t", "_t_new"}, {"t"}), "");
  EXPECT_EQ(left(Kind::swap_table, {"t", "_t_new"}, {"_t_new"}), "as it is");
}

}  // namespace
}  // namespace tailrace
