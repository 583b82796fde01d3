// What is told of tables for which the log has no statements.

#include "extractors/postgres/told_tables.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "extractors/postgres/table_memory.h"

namespace tailrace::postgres {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Telling : public ::testing::Test {
 protected:
  static TableName name(const std::string& table) { return {"shop", table}; }
  static SeenTable seen(std::uint32_t oid, const std::string& table,
                        const std::string& definition = "1") {
    return {.oid = oid, .name = name(table), .definition = definition, .captured = true};
  }
  // Of transactions up to 99.
  CatalogueLook look(std::vector<SeenTable> tables, std::uint64_t position = 10) const {
    CatalogueLook look{.position = Lsn{position}, .published = std::move(tables)};
    look.all_tables = true;
    look.next_xid = 100;
    return look;
  }
  // What it does not have is gone.
  std::vector<std::string> tell(CatalogueLook look) {
    told_.look(asking(std::move(look)));
    return tell_at(1'000);
  }
  CatalogueLook asking(CatalogueLook look) const {
    for (const auto& [oid, table] : told_.state().tables) look.gone.insert(oid);
    for (const SeenTable& table : look.published) look.gone.erase(table.oid);
    return look;
  }
  std::vector<std::string> tell_at(std::uint64_t place) {
    std::vector<std::string> lines;
    for (const SchemaChange& change : told_.tell(Lsn{place})) {
      std::string line(to_string(change.kind));
      for (const TableName& table : change.tables) line += " " + table.table;
      if (change.kind == SchemaChangeKind::alter_table) {
        EXPECT_TRUE(change.columns_known);
        if (change.rows_changed) line += " with rows";
      }
      lines.push_back(line);
    }
    return lines;
  }
  // A relation message and a row.
  bool row(std::uint32_t oid, const std::string& table, std::uint32_t xid = 50) {
    told_.announced(oid, name(table));
    return told_.has_rows(oid, name(table), xid).has_value();
  }

  ToldTables told_;
};

TEST_F(Telling, TheFirstLookIsComparedWithNothing) {
  EXPECT_THAT(tell(look({seen(1, "a"), seen(2, "b")})), IsEmpty());
  EXPECT_TRUE(told_.state().looked);
  EXPECT_THAT(tell(look({seen(1, "a"), seen(2, "b")})), IsEmpty());
}

// Rows may be behind the first look and come before its position: it says nothing of their tables,
// and the next one is the first for them. They have not come with rows that were not sent.
TEST_F(Telling, TheFirstLookIsOlderThanRows) {
  EXPECT_FALSE(row(1, "a", 120));
  auto first = look({seen(1, "a"), seen(2, "b")});
  first.all_tables = false;
  EXPECT_THAT(tell(first), IsEmpty());
  EXPECT_TRUE(told_.state().looked);
  auto second = look({seen(1, "a", "2"), seen(2, "b")});
  second.all_tables = false;
  second.next_xid = 200;
  EXPECT_THAT(tell(second), IsEmpty());
  second.published[0].definition = "3";
  EXPECT_THAT(tell(second), ElementsAre("alter table a"));
}

TEST_F(Telling, WhatWasCommittedBeforeItsPositionComesFirst) {
  tell(look({seen(1, "a")}));
  told_.look(asking(look({}, 20)));
  EXPECT_THAT(tell_at(19), IsEmpty());
  EXPECT_TRUE(told_.has_look());
  EXPECT_THAT(tell_at(20), ElementsAre("drop table a"));
  EXPECT_FALSE(told_.has_look());
  EXPECT_THAT(tell_at(30), IsEmpty());
}

TEST_F(Telling, AnotherDefinitionAndANewTable) {
  tell(look({seen(1, "a"), seen(2, "b")}));
  EXPECT_THAT(tell(look({seen(1, "a"), seen(2, "b", "2"), seen(3, "c")})),
              ElementsAre("alter table b", "alter table c"));
}

// Rows that a table had before it was published, or captured, or logged, were not sent.
TEST_F(Telling, ATableThatComesWithRows) {
  auto first = look({seen(1, "a")});
  first.published[0].captured = false;
  tell(first);
  EXPECT_THAT(tell(look({seen(1, "a")})), ElementsAre("alter table a with rows"));
  auto added = look({seen(1, "a"), seen(2, "b")});
  added.all_tables = false;
  row(2, "b");  // nor is it any proof that some of them were
  EXPECT_THAT(tell(added), ElementsAre("alter table b with rows"));
  auto logged = look({seen(1, "a"), seen(2, "b"), seen(3, "c")});
  logged.published[2].rewritten = true;
  EXPECT_THAT(tell(logged), ElementsAre("alter table c with rows"));
}

TEST_F(Telling, ARenamedTable) {
  tell(look({seen(1, "a")}));
  EXPECT_THAT(tell(look({seen(1, "b")})), ElementsAre("rename table a b"));
  EXPECT_FALSE(row(1, "b"));  // is told already
  EXPECT_TRUE(row(1, "c"));   // tells it itself
  EXPECT_THAT(tell(look({seen(1, "c")})), IsEmpty());
}

TEST_F(Telling, OutOfWhatIsCaptured) {
  tell(look({seen(1, "a")}));
  auto away = look({seen(1, "b")});
  away.published[0].captured = false;
  EXPECT_THAT(tell(away), ElementsAre("drop table a"));
  EXPECT_THAT(tell(look({seen(1, "c")})), ElementsAre("alter table c with rows"));
}

// Somebody changed the configuration, or a publication; the table is where it was.
TEST_F(Telling, WhatIsOnlyNotCapturedAnyMoreIsNotDropped) {
  tell(look({seen(1, "a"), seen(2, "b")}));
  auto other = look({seen(1, "a")});
  other.published[0].captured = false;
  told_.look(other);
  EXPECT_THAT(tell_at(1'000), IsEmpty());
}

TEST_F(Telling, ANameThatAnotherTableHasNow) {
  tell(look({seen(1, "a")}));
  EXPECT_THAT(tell(look({seen(2, "a")})), ElementsAre("alter table a with rows"));
  // Its rows came before: their numbers have told.
  row(3, "a");
  EXPECT_THAT(tell(look({seen(3, "a")})), ElementsAre("alter table a"));
}

TEST_F(Telling, SwappedAndPassedOn) {
  tell(look({seen(1, "a"), seen(2, "b")}));
  EXPECT_THAT(tell(look({seen(1, "b"), seen(2, "a")})),
              ElementsAre("alter table b with rows", "alter table a with rows"));
  EXPECT_THAT(tell(look({seen(1, "c"), seen(2, "b")})),
              ElementsAre("drop table a", "alter table c with rows", "alter table b with rows"));
}

// b took the name of a while a was dropped, and its rows told so: then nobody is b.
TEST_F(Telling, ANameThatRowsHaveLeft) {
  tell(look({seen(1, "a"), seen(2, "b")}));
  EXPECT_FALSE(row(2, "a"));
  EXPECT_THAT(tell(look({seen(2, "a")})), ElementsAre("drop table b"));
}

// The look is of the moment between the drop and the table that was made then.
TEST_F(Telling, ATableThatTookTheNameBehindTheLookKeepsItsRows) {
  tell(look({seen(1, "a")}));
  told_.look(asking(look({})));
  row(2, "a", 101);
  EXPECT_THAT(tell_at(1'000), IsEmpty());
  EXPECT_THAT(tell(look({})), IsEmpty());  // still one that has not seen it
}

// A server that waits for a standby sends what nobody else sees yet.
TEST_F(Telling, ALookThatIsOlderThanRowsIsNotBelieved) {
  tell(look({seen(1, "a")}));
  row(2, "b", 90);
  auto older = look({seen(1, "a")});
  older.open = {90};
  EXPECT_THAT(tell(older), IsEmpty());
  row(1, "c", 90);
  older.published[0].definition = "2";
  EXPECT_THAT(tell(older), IsEmpty());
  // Then it has ended, and the table is gone.
  EXPECT_THAT(tell(look({seen(1, "c", "2")})), ElementsAre("drop table b", "alter table c"));
}

TEST_F(Telling, IdsAreACircle) {
  CatalogueLook look;
  look.next_xid = 5;
  EXPECT_TRUE(look.sees(4));
  EXPECT_FALSE(look.sees(5));
  EXPECT_TRUE(look.sees(0xFFFFFF00));
}

// Rows of a partitioned table come under its old name until something else invalidates it.
TEST_F(Telling, ARenamedRootWaitsForItsRows) {
  auto first = look({seen(1, "a")});
  tell(first);
  auto renamed = look({seen(1, "b")});
  renamed.published[0].partitioned = true;
  EXPECT_THAT(tell(renamed), IsEmpty());
  EXPECT_FALSE(row(1, "a"));
  EXPECT_TRUE(row(1, "b"));
}

class Remembering : public Telling {
 protected:
  Remembering() {
    std::filesystem::remove_all(folder_);
    tell(look({seen(1, "a")}));
  }
  ToldTables::State read(const std::string& source = "1/2") const {
    return TableMemory(file_, source).state();
  }

  const std::filesystem::path folder_ =
      std::filesystem::path(::testing::TempDir()) / "tailrace_table_memory";
  const std::filesystem::path file_ = folder_ / "tables.json";
};

TEST_F(Remembering, NothingThatASinkMayStillLack) {
  TableMemory memory(file_, "1/2");
  EXPECT_FALSE(memory.state().looked);
  memory.put(told_.state(), {});
  const auto first = told_.state();
  EXPECT_EQ(read(), first);
  tell(look({seen(1, "b", "2")}));
  memory.put(told_.state(), Lsn{100});
  EXPECT_EQ(memory.state(), told_.state());
  memory.confirmed(Lsn{99});
  EXPECT_EQ(read(), first);
  memory.confirmed(Lsn{100});
  EXPECT_EQ(read(), told_.state());
}

TEST_F(Remembering, NothingOfAnotherSourceNorWhatIsDamaged) {
  TableMemory(file_, "1/2").put(told_.state(), {});
  EXPECT_EQ(read(), told_.state());
  EXPECT_EQ(read("1/3"), ToldTables::State());
  std::filesystem::resize_file(file_, 20);
  EXPECT_EQ(read(), ToldTables::State());
  TableMemory::remove(file_);
  EXPECT_FALSE(std::filesystem::exists(file_));
}

}  // namespace
}  // namespace tailrace::postgres
