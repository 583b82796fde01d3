#include "extractors/mysql/definition_changes.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "extractors/mysql/options.h"

namespace tailrace::mysql {
namespace {

// "alter table shop.t; swap table shop.t shop._t_gho", with what is said about rows.
std::string meaning(std::string_view sql, const std::set<TableName>& existing = {{"shop", "t"}},
                    const std::vector<std::string>& patterns = {"shop.*"}) {
  const auto filter = CaptureFilter::create(patterns, kReservedSchemas);
  const HelperTables helpers(
      *filter, [&](const TableName& name) -> Result<bool> { return existing.contains(name); });
  const auto changes =
      definition_changes(classify_statement(sql, "shop", 0), sql, *filter, helpers);
  if (!changes) return changes.error().to_string();
  std::string text;
  for (const SchemaChange& change : *changes) {
    if (!text.empty()) text += "; ";
    text += to_string(change.kind);
    for (const TableName& name : change.tables) text += " " + name.to_string();
    if (change.helper) text += " (helper)";
    if (change.rows_changed) text += " (rows)";
    if (!change.columns.empty()) text += " columns";
    EXPECT_EQ(change.statement, sql);
  }
  return text;
}

TEST(DefinitionChanges, CapturedTables) {
  EXPECT_EQ(meaning("CREATE TABLE t (a INT)"), "create table shop.t");
  EXPECT_EQ(meaning("CREATE TABLE t LIKE u"), "create table shop.t");
  EXPECT_EQ(meaning("CREATE OR REPLACE TABLE t (a INT)"), "drop table shop.t; create table shop.t");
  EXPECT_EQ(meaning("ALTER TABLE t ADD a INT"), "alter table shop.t columns");
  EXPECT_EQ(meaning("ALTER TABLE t CONVERT TO CHARACTER SET latin1"), "alter table shop.t (rows)");
  EXPECT_EQ(meaning("ALTER TABLE t ADD UNIQUE (a)"), "alter table shop.t");
  EXPECT_EQ(meaning("DROP TABLE o.x, t"), "drop table shop.t");
  EXPECT_EQ(meaning("DROP DATABASE shop"), "drop schema shop.");
  EXPECT_EQ(meaning("CREATE UNIQUE INDEX i ON t (a)"), "");
  for (const std::string_view sql :
       {"CREATE TABLE o.t (a INT)", "ALTER TABLE o.t ADD a INT", "DROP TABLE o.t", "TRUNCATE o.t",
        "DROP DATABASE o", "RENAME TABLE o.a TO o.b", "CREATE TABLE o.t LIKE t"}) {
    EXPECT_EQ(meaning(sql), "") << sql;
  }
}

TEST(DefinitionChanges, RenamedTables) {
  EXPECT_EQ(meaning("RENAME TABLE t TO u"), "rename table shop.t shop.u");
  EXPECT_EQ(meaning("RENAME TABLE t TO x, u TO t, x TO u"),
            "rename table shop.t shop.x shop.u shop.t shop.x shop.u");
  EXPECT_EQ(meaning("ALTER TABLE t RENAME TO u, ADD a INT"),
            "alter table shop.t columns; rename table shop.t shop.u");
  EXPECT_EQ(meaning("ALTER TABLE t RENAME TO u"), "rename table shop.t shop.u");
  // Out of what is captured, and into it: those rows were never sent.
  EXPECT_EQ(meaning("RENAME TABLE t TO o.t"), "drop table shop.t");
  EXPECT_EQ(meaning("RENAME TABLE o.t TO u"), "alter table shop.u (rows)");
  EXPECT_EQ(meaning("RENAME TABLE t TO o.t, o.u TO t"), "alter table shop.t (rows)");
}

TEST(DefinitionChanges, CopyAndSwapOfGhost) {
  EXPECT_EQ(meaning("create /* gh-ost */ table `shop`.`_t_gho` like `shop`.`t`"),
            "create table shop._t_gho (helper)");
  EXPECT_EQ(meaning("alter /* gh-ost */ table `shop`.`_t_gho` add column a int"),
            "alter table shop._t_gho (helper) columns");
  EXPECT_EQ(meaning("alter table _t_gho add unique (a)"),
            "alter table shop._t_gho (helper) (rows)");
  EXPECT_EQ(meaning("create unique index i on _t_gho (a)"),
            "alter table shop._t_gho (helper) (rows)");
  EXPECT_EQ(meaning("rename /* gh-ost */ table `shop`.`t` to `shop`.`_t_del`, "
                    "`shop`.`_t_gho` to `shop`.`t`"),
            "swap table shop.t shop._t_gho");
  // Without its table it is a table like any other.
  EXPECT_EQ(meaning("CREATE TABLE _u_gho (a INT)"), "create table shop._u_gho");
  EXPECT_EQ(meaning("RENAME TABLE _u_gho TO u"), "rename table shop._u_gho shop.u");
  // Back again, as with --test-on-replica: what is in there now was never sent.
  EXPECT_EQ(meaning("rename table t to _t_gho, _t_del to t"),
            "drop table shop.t; rename table shop._t_del shop.t");
  EXPECT_EQ(meaning("RENAME TABLE _t_gho TO u"), "alter table shop.u (rows)");
}

TEST(DefinitionChanges, CopyAndSwapOfPtOnlineSchemaChange) {
  EXPECT_EQ(meaning("CREATE TABLE `shop`.`__t_new` (a INT)"), "create table shop.__t_new (helper)");
  EXPECT_EQ(meaning("RENAME TABLE `shop`.`t` TO `shop`.`_t_old`, `shop`.`__t_new` TO `shop`.`t`"),
            "swap table shop.t shop.__t_new");
  EXPECT_EQ(meaning("DROP TABLE IF EXISTS `shop`.`_t_old`"), "drop table shop._t_old");
}

// Their rows are not captured in any case; what is done to them is.
TEST(DefinitionChanges, HelpersOfASingleCapturedTable) {
  const auto only_t = [](std::string_view sql) {
    return meaning(sql, {{"shop", "t"}}, {"shop.t"});
  };
  EXPECT_EQ(only_t("CREATE TABLE _t_gho LIKE t"), "create table shop._t_gho (helper)");
  EXPECT_EQ(only_t("ALTER TABLE _t_gho ADD a INT"), "alter table shop._t_gho (helper) columns");
  EXPECT_EQ(only_t("RENAME TABLE t TO _t_del, _t_gho TO t"), "swap table shop.t shop._t_gho");
  EXPECT_EQ(only_t("RENAME TABLE t TO x, mine TO t"), "alter table shop.t (rows)");
  EXPECT_EQ(only_t("RENAME TABLE t TO x"), "drop table shop.t");
}

}  // namespace
}  // namespace tailrace::mysql
