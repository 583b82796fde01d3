// What two versions of a table of a PostgreSQL source say about its columns.
#include "sinks/sql/column_identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tailrace::sql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = ColumnChange::Kind;

Column column(std::string name, std::uint32_t identity, LogicalType type = LogicalType::int32) {
  return {.name = std::move(name),
          .type = type,
          .identity = identity,
          .edition = 100,
          .fill = {.kind = ColumnFill::Kind::null}};
}

TableSchema version(std::vector<Column> columns) {
  TableSchema schema{{"shop", "t"}, SourceEngine::postgresql, std::move(columns), {}};
  schema.traits = {.identity = 7, .last_identity = 3, .storage = "7:70"};
  return schema;
}

TableSchema before() {
  return version({column("a", 1), column("b", 3)});
}

TEST(ColumnIdentity, NothingDiffers) {
  EXPECT_TRUE(identified_changes(before(), before()).empty());
}

TEST(ColumnIdentity, AnotherNameIsARename) {
  const auto changes = identified_changes(before(), version({column("x", 1), column("b", 3)}));
  EXPECT_THAT(changes.columns, ElementsAre(ColumnChange{Kind::rename, "a", "x", {}}));
  EXPECT_EQ(changes.stale, "");
}

// The names are taken over at once; announcements go one after the other.
TEST(ColumnIdentity, ANameThatIsTakenOverIsGivenUpFirst) {
  auto changes = identified_changes(before(), version({column("b", 1), column("c", 3)}));
  EXPECT_THAT(changes.columns, ElementsAre(ColumnChange{Kind::rename, "b", "c", {}},
                                           ColumnChange{Kind::rename, "a", "b", {}}));
  const std::string nobody = std::string("a") + '\0';
  changes = identified_changes(before(), version({column("b", 1), column("a", 3)}));
  EXPECT_THAT(changes.columns, ElementsAre(ColumnChange{Kind::rename, "a", nobody, {}},
                                           ColumnChange{Kind::rename, "b", "a", {}},
                                           ColumnChange{Kind::rename, nobody, "b", {}}));
}

TEST(ColumnIdentity, ADroppedColumn) {
  const auto changes = identified_changes(before(), version({column("b", 3)}));
  EXPECT_THAT(changes.columns, ElementsAre(ColumnChange{Kind::drop, "a", {}, {}}));
  EXPECT_EQ(changes.stale, "");
}

TEST(ColumnIdentity, AColumnThatIsOnlyNotSentIsNotDropped) {
  TableSchema after = version({column("b", 3)});
  after.traits.partial = true;
  EXPECT_TRUE(identified_changes(before(), after).empty());
}

TEST(ColumnIdentity, AnAddedColumnIsFilledWithWhatItsRowsHave) {
  TableSchema after = version({column("a", 1), column("b", 3), column("c", 4)});
  ColumnFill& fill = after.columns[2].fill;
  auto changes = identified_changes(before(), after);
  EXPECT_THAT(changes.columns, ElementsAre(ColumnChange{Kind::add, "c", {}, fill}));
  EXPECT_EQ(changes.stale, "");
  // A value that is stored with the column is there as long as no row was rewritten since.
  fill = {.kind = ColumnFill::Kind::canonical, .text = "5"};
  after.traits.storage = "7:71";
  changes = identified_changes(before(), after);
  EXPECT_THAT(changes.columns, ElementsAre(ColumnChange{Kind::add, "c", {}, fill}));
  // Without one, other files may have been written with anything.
  fill = {.kind = ColumnFill::Kind::null};
  changes = identified_changes(before(), after);
  EXPECT_THAT(changes.columns, ElementsAre(ColumnChange{Kind::add, "c", {}, {}}));
}

// A mark that may be of a moment behind the version proves nothing of what came then.
TEST(ColumnIdentity, FilesThatMayBeLaterThanTheVersion) {
  TableSchema known = before();
  known.traits.storage_later = true;
  const auto changes =
      identified_changes(known, version({column("a", 1), column("b", 3), column("c", 4)}));
  EXPECT_THAT(changes.columns, ElementsAre(ColumnChange{Kind::add, "c", {}, {}}));
}

TEST(ColumnIdentity, AColumnThatWasThereBeforeIsNotNew) {
  // Unpublished before; or of unknown identity.
  for (const std::uint32_t identity : {2U, 0U}) {
    const auto changes = identified_changes(
        before(), version({column("a", 1), column("b", 3), column("c", identity)}));
    EXPECT_THAT(changes.columns, ElementsAre(ColumnChange{Kind::add, "c", {}, {}}));
    EXPECT_THAT(changes.stale, HasSubstr("\"c\""));
  }
}

TEST(ColumnIdentity, DroppedAndMadeAgain) {
  auto changes = identified_changes(before(), version({column("a", 1), column("b", 4)}));
  EXPECT_THAT(changes.stale, HasSubstr("dropped and made again"));
  // The type shows that these rows are behind it.
  changes =
      identified_changes(before(), version({column("a", 1), column("b", 4, LogicalType::string)}));
  EXPECT_EQ(changes.stale, "");
  EXPECT_EQ(changes.columns.size(), 2U);
  EXPECT_EQ(changes.columns[0].kind, Kind::drop);
  EXPECT_EQ(changes.columns[1].kind, Kind::add);
}

TEST(ColumnIdentity, UnknownIdentitiesAreNames) {
  EXPECT_TRUE(identified_changes(before(), version({column("a", 0), column("b", 0)})).empty());
  // Which may have been dropped, or be the other one now.
  const auto changes = identified_changes(before(), version({column("a", 0)}));
  EXPECT_THAT(changes.columns, ElementsAre(ColumnChange{Kind::drop, "b", {}, {}}));
  EXPECT_THAT(changes.stale, HasSubstr("another name"));
}

// A column of which nothing is known lies behind all that it could have been taken for.
TEST(ColumnIdentity, ADroppedColumnBesideOneThatIsNotKnown) {
  const auto changes =
      identified_changes(version({column("a", 1), column("b", 2), column("c", 3)}),
                         version({column("a", 1), column("c", 3), column("d", 0)}));
  EXPECT_THAT(changes.columns, ElementsAre(ColumnChange{Kind::drop, "b", {}, {}},
                                           ColumnChange{Kind::add, "d", {}, {}}));
  EXPECT_THAT(changes.stale, HasSubstr("\"d\""));
  const auto without =
      identified_changes(version({column("a", 1), column("b", 2), column("c", 3), column("d", 4)}),
                         version({column("a", 1), column("c", 3), column("d", 0)}));
  EXPECT_THAT(without.columns, ElementsAre(ColumnChange{Kind::drop, "b", {}, {}}));
  EXPECT_EQ(without.stale, "");
}

TEST(ColumnIdentity, AnotherTypeInOtherFilesMayBeOtherValues) {
  TableSchema after = version({column("a", 1, LogicalType::int64), column("b", 3)});
  EXPECT_TRUE(identified_changes(before(), after).empty());  // compared where types are
  after.traits.storage = "7:71";
  EXPECT_THAT(identified_changes(before(), after).stale, HasSubstr("\"a\""));
  after.traits.storage.clear();
  EXPECT_THAT(identified_changes(before(), after).stale, HasSubstr("\"a\""));
}

// ALTER COLUMN a TYPE int USING a + 1; but not what VACUUM FULL does.
TEST(ColumnIdentity, TheSameTypeWrittenDownAgainInOtherFiles) {
  TableSchema after = before();
  after.traits.storage = "7:71";
  EXPECT_TRUE(identified_changes(before(), after).empty());
  after.columns[0].edition = 101;
  EXPECT_THAT(identified_changes(before(), after).stale, HasSubstr("\"a\""));
  after.traits.storage = before().traits.storage;  // SET NOT NULL
  EXPECT_TRUE(identified_changes(before(), after).empty());
}

TEST(ColumnIdentity, AnotherTableOfThatName) {
  TableSchema after = before();
  after.traits.identity = 8;
  const auto changes = identified_changes(before(), after);
  EXPECT_THAT(changes.columns, IsEmpty());
  EXPECT_THAT(changes.stale, HasSubstr("another table"));
}

TEST(ColumnIdentity, WhatWasKnownStays) {
  TableSchema after = version({column("a", 0), column("b", 0)});
  after.columns[0].edition = 0;
  after.columns[0].nullable = false;
  after.traits = {.identity = 7, .storage = "7:71", .storage_later = true};
  const TableSchema known = with_known_identities(before(), after);
  EXPECT_EQ(known.columns[0].identity, 1U);
  EXPECT_EQ(known.columns[0].edition, 100U);
  EXPECT_TRUE(known.columns[0].nullable);
  EXPECT_EQ(known.traits, before().traits);
  // A mark of that very moment is taken.
  after.traits.storage_later = false;
  EXPECT_EQ(with_known_identities(before(), after).traits.storage, "7:71");
}

TEST(ColumnIdentity, WithoutColumnsTheKeyIsTheSame) {
  TableSchema schema = version({column("a", 1), column("b", 2), column("c", 3)});
  schema.key = {2};
  const TableSchema rest = without_columns(schema, {"b"});
  ASSERT_EQ(rest.columns.size(), 2U);
  EXPECT_EQ(rest.columns[1].name, "c");
  EXPECT_THAT(rest.key, ElementsAre(1));
}

TEST(ColumnIdentity, ACatalogueThatHasNotSeenAColumnYet) {
  TableSchema read = version({column("a", 1)});
  read.traits.last_identity = 2;
  EXPECT_TRUE(is_older(read, before()));
  EXPECT_FALSE(is_older(before(), read));
  read.traits.last_identity = 0;  // not certain
  EXPECT_FALSE(is_older(read, before()));
  read.traits = {.identity = 8, .last_identity = 1};  // another table
  EXPECT_FALSE(is_older(read, before()));
}

}  // namespace
}  // namespace tailrace::sql
