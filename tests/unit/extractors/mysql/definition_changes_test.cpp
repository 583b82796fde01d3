#include "extractors/mysql/definition_changes.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "extractors/mysql/event.h"
#include "extractors/mysql/options.h"

namespace tailrace::mysql {
namespace {

// "alter table shop.t; swap table shop.t shop._t_gho", with what is said about rows.
std::string meaning(std::string_view sql, const std::set<TableName>& existing = {{"shop", "t"}},
                    const std::vector<std::string>& patterns = {"shop.*"}, bool followed = true) {
  const auto filter = CaptureFilter::create(patterns, kReservedSchemas);
  const HelperTables helpers(
      *filter, followed,
      {[&](const TableName& name) -> Result<bool> { return existing.contains(name); },
       [&](const std::string& schema) -> Result<std::vector<TableName>> {
         std::vector<TableName> names;
         std::copy_if(existing.begin(), existing.end(), std::back_inserter(names),
                      [&](const TableName& name) {
                        return name.schema == schema && name.table.starts_with('_');
                      });
         return names;
       }});
  const auto changes =
      definition_changes(classify_statement(sql, "shop", Query::kStrict), sql, *filter, helpers);
  if (!changes) return changes.error().to_string();
  std::string text;
  for (const SchemaChange& change : *changes) {
    if (!text.empty()) text += "; ";
    text += to_string(change.kind);
    for (const TableName& name : change.tables) text += " " + name.to_string();
    if (change.helper) text += " (helper)";
    if (change.rows_changed) text += " (rows)";
    if (change.filled) text += " (filled)";
    if (!change.columns.empty()) text += " columns";
    EXPECT_EQ(change.statement, sql);
  }
  return text;
}

TEST(DefinitionChanges, CapturedTables) {
  EXPECT_EQ(meaning("CREATE TABLE t (a INT)"), "create table shop.t");
  EXPECT_EQ(meaning("CREATE TABLE t LIKE u"), "create table shop.t");
  EXPECT_EQ(meaning("CREATE TABLE IF NOT EXISTS t (a INT)"), "alter table shop.t");
  EXPECT_EQ(meaning("CREATE OR REPLACE TABLE t (a INT)"), "drop table shop.t; create table shop.t");
  EXPECT_EQ(meaning("SET STATEMENT a=1 FOR CREATE OR REPLACE TABLE t (a INT)"),
            "drop table shop.t; create table shop.t");
  EXPECT_EQ(meaning("ALTER TABLE t ADD a INT"), "alter table shop.t columns");
  EXPECT_EQ(meaning("ALTER TABLE t CONVERT TO CHARACTER SET latin1"), "alter table shop.t (rows)");
  EXPECT_EQ(meaning("ALTER TABLE t ADD UNIQUE (a)"), "alter table shop.t");
  EXPECT_EQ(meaning("DROP TABLE o.x, t"), "drop table shop.t");
  EXPECT_EQ(meaning("DROP DATABASE shop"), "drop schema shop.");
  EXPECT_EQ(meaning("TRUNCATE t"), "truncate shop.t");
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
            "rename table shop.t shop.u; alter table shop.u columns");
  EXPECT_EQ(meaning("ALTER TABLE t CONVERT TO CHARACTER SET latin1, RENAME u"),
            "rename table shop.t shop.u; alter table shop.u (rows)");
  EXPECT_EQ(meaning("ALTER TABLE t ADD INDEX (a), RENAME u"),
            "rename table shop.t shop.u; alter table shop.u");
  EXPECT_EQ(meaning("ALTER TABLE t ADD a INT, RENAME TO o.u"), "drop table shop.t");
  EXPECT_EQ(meaning("ALTER TABLE o.t ADD a INT, RENAME TO shop.u"), "alter table shop.u (rows)");
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
            "alter table shop._t_gho (helper) (filled); swap table shop.t shop._t_gho; drop table "
            "shop._t_gho");
  // Without its table it is a table like any other.
  EXPECT_EQ(meaning("CREATE TABLE _u_gho (a INT)"), "create table shop._u_gho");
  EXPECT_EQ(meaning("ALTER TABLE _u_gho ADD a INT"), "alter table shop._u_gho columns");
  // Back again, as with --test-on-replica: what is in there now was never sent.
  EXPECT_EQ(meaning("rename table t to _t_gho, _t_del to t"),
            "drop table shop._t_del; alter table shop.t (rows)");
}

TEST(DefinitionChanges, CopyAndSwapOfPtOnlineSchemaChange) {
  EXPECT_EQ(meaning("CREATE TABLE `shop`.`__t_new` (a INT)"), "create table shop.__t_new (helper)");
  EXPECT_EQ(meaning("RENAME TABLE `shop`.`t` TO `shop`.`_t_old`, `shop`.`__t_new` TO `shop`.`t`"),
            "swap table shop.t shop.__t_new; drop table shop.__t_new");
  EXPECT_EQ(meaning("DROP TABLE IF EXISTS `shop`.`_t_old`"), "drop table shop._t_old");
}

// Names prove nothing: who keeps a log table short by swapping in an empty one calls it so, too.
TEST(DefinitionChanges, OnlyTheToolsSayThatAHelperIsFilled) {
  EXPECT_EQ(meaning("ANALYZE TABLE `shop`.`_t_new` /* pt-online-schema-change */"),
            "alter table shop._t_new (helper) (filled)");
  EXPECT_EQ(meaning("ANALYZE TABLE `shop`.`_u_new` /* pt-online-schema-change */"), "");
  EXPECT_EQ(meaning("ANALYZE TABLE _t_new"), "");
  EXPECT_EQ(meaning("ANALYZE TABLE t, _t_new"), "");
  EXPECT_EQ(meaning("RENAME TABLE t TO _t_del, _t_gho TO t"),
            "swap table shop.t shop._t_gho; drop table shop._t_gho");
}

// The copy is of the table that the same statement put away, or it is of nothing that we know.
TEST(DefinitionChanges, SwapsThatAreNone) {
  for (const std::set<TableName>& existing :
       {std::set<TableName>{}, std::set<TableName>{{"shop", "t"}}}) {
    // In two steps: when the first is read, the second may have happened or not.
    EXPECT_EQ(meaning("RENAME TABLE _t_gho TO t", existing),
              "drop table shop._t_gho; alter table shop.t (rows)");
    EXPECT_EQ(meaning("RENAME TABLE t TO _t_del, _t_gho TO t", existing),
              std::string("") + (existing.empty() ? "alter table shop._t_del (rows); " : "") +
                  "swap table shop.t shop._t_gho; "
                  "drop table shop._t_gho");
    EXPECT_EQ(meaning("RENAME TABLE _t_new TO u", existing),
              "drop table shop._t_new; alter table shop.u (rows)");
    EXPECT_EQ(meaning("RENAME TABLE t TO _t_x, _t_old TO t", existing),
              "rename table shop.t shop._t_x; drop table shop._t_old; alter table shop.t (rows)");
  }
  EXPECT_EQ(meaning("RENAME TABLE t TO _t_del"), "drop table shop.t");
  EXPECT_EQ(meaning("RENAME TABLE t TO _t_del", {}), "rename table shop.t shop._t_del");
  // T is kept under a name that is replicated.
  EXPECT_EQ(meaning("rename /* gh-ost */ table `shop`.`t` to `shop`.`backup`, "
                    "`shop`.`_t_gho` to `shop`.`t`"),
            "alter table shop.backup (rows); alter table shop._t_gho (helper) (filled); swap table "
            "shop.t shop._t_gho; "
            "drop table shop._t_gho");
}

// Which tables are helpers depends on others, which come and go.
TEST(DefinitionChanges, HelpersThatOutliveTheirTable) {
  const std::set<TableName> left = {{"shop", "_t_new"}, {"shop", "_t_ghc"}, {"shop", "_x_new"}};
  const std::string copied = "; alter table shop._t_ghc (rows); alter table shop._t_new (rows)";
  EXPECT_EQ(meaning("DROP TABLE t", left), "drop table shop.t" + copied);
  EXPECT_EQ(meaning("RENAME TABLE t TO u", left), "rename table shop.t shop.u" + copied);
  EXPECT_EQ(meaning("RENAME TABLE t TO o.u", left), "drop table shop.t" + copied);
  EXPECT_EQ(meaning("DROP TABLE t, _t_new", left),
            "drop table shop.t shop._t_new; alter table shop._t_ghc (rows)");
  // It is there again by now: what follows says so.
  std::set<TableName> all = left;
  all.insert({"shop", "t"});
  EXPECT_EQ(meaning("DROP TABLE t", all), "drop table shop.t");
  EXPECT_EQ(meaning("RENAME TABLE t TO x, u TO t", all),
            "rename table shop.t shop.x shop.u shop.t");
  EXPECT_EQ(meaning("TRUNCATE t", left), "truncate shop.t");
  EXPECT_EQ(meaning("DROP TABLE t", left, {"shop.t"}), "drop table shop.t");
  EXPECT_EQ(meaning("DROP TABLE t", left, {"shop.*"}, false), "drop table shop.t");
}

TEST(DefinitionChanges, TablesThatBecomeHelpers) {
  const std::set<TableName> all = {{"shop", "_t_new"}, {"shop", "_t_ghc"}, {"shop", "t"}};
  const std::string left_out = "; drop table shop._t_ghc; drop table shop._t_new";
  EXPECT_EQ(meaning("CREATE TABLE t (a INT)", all), "create table shop.t" + left_out);
  EXPECT_EQ(meaning("RENAME TABLE u TO t", all), "rename table shop.u shop.t" + left_out);
  EXPECT_EQ(meaning("RENAME TABLE o.u TO t", all), "alter table shop.t (rows)" + left_out);
  EXPECT_EQ(meaning("RENAME TABLE t TO u, u TO t", all),
            "rename table shop.t shop.u shop.u shop.t");
  EXPECT_EQ(meaning("RENAME TABLE t TO _t_old, _t_gho TO t", all),
            "swap table shop.t shop._t_gho; drop table shop._t_gho");
  EXPECT_EQ(meaning("CREATE TABLE t (a INT)", all, {"shop.*"}, false), "create table shop.t");
  // Gone again by now.
  EXPECT_EQ(meaning("CREATE TABLE t (a INT)", {{"shop", "_t_new"}}), "create table shop.t");
}

TEST(DefinitionChanges, HelpersThatAreNotFollowed) {
  const auto plain = [](std::string_view sql) {
    return meaning(sql, {{"shop", "t"}, {"shop", "_t_gho"}}, {"shop.*"}, false);
  };
  EXPECT_EQ(plain("CREATE TABLE _t_gho LIKE t"), "create table shop._t_gho");
  EXPECT_EQ(plain("RENAME TABLE t TO _t_del, _t_gho TO t"),
            "rename table shop.t shop._t_del shop._t_gho shop.t");
  EXPECT_EQ(plain("TRUNCATE _t_gho"), "truncate shop._t_gho");
  EXPECT_EQ(plain("DROP TABLE t"), "drop table shop.t");
}

TEST(DefinitionChanges, IndexesAndDetails) {
  for (const std::string_view sql :
       {"CREATE UNIQUE INDEX i ON t (a)",
        "CREATE INDEX IF NOT EXISTS i ON shop.t (a)",
        "DROP INDEX i ON t",
        "DROP INDEX IF EXISTS i ON t",
        "ALTER TABLE t ADD UNIQUE (a)",
        "ALTER TABLE t ADD PRIMARY KEY (a)",
        "ALTER TABLE t DROP PRIMARY KEY",
        "ALTER TABLE t DROP FOREIGN KEY f",
        "ALTER TABLE t COMMENT 'x'",
        "ALTER TABLE t ALTER a SET DEFAULT 5",
        "ALTER TABLE t ALTER a DROP DEFAULT",
        "ALTER TABLE t AUTO_INCREMENT=7",
        "ALTER TABLE t ENGINE=InnoDB, ALGORITHM=COPY, LOCK=NONE",
        "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4",
        "ALTER TABLE t ORDER BY a, b DESC",
        "ALTER TABLE t COALESCE PARTITION 2",
        "ALTER TABLE IF EXISTS t FORCE",
        "ALTER TABLE t REORGANIZE PARTITION p INTO (PARTITION q VALUES LESS THAN (1))",
        "ALTER TABLE t REBUILD PARTITION ALL",
        "ALTER TABLE t REMOVE PARTITIONING"}) {
    EXPECT_EQ(meaning(sql), "alter table shop.t") << sql;
  }
  EXPECT_EQ(meaning("DROP INDEX i ON o.t"), "");
  EXPECT_EQ(meaning("DROP INDEX i ON _t_gho"), "alter table shop._t_gho (helper)");
}

TEST(DefinitionChanges, RowsThatAreNotLogged) {
  for (const std::string_view sql :
       {"ALTER TABLE t DROP PARTITION p0, p1", "ALTER TABLE t TRUNCATE PARTITION ALL",
        "ALTER TABLE t DROP PARTITION IF EXISTS p", "ALTER TABLE t DISCARD TABLESPACE",
        "ALTER TABLE t IMPORT PARTITION p TABLESPACE", "ALTER TABLE t ENGINE = BLACKHOLE",
        "ALTER IGNORE TABLE t ADD UNIQUE (a)", "ALTER TABLE t FROBNICATE a",
        "ALTER TABLE t EXCHANGE PARTITION p WITH TABLE o.u"}) {
    EXPECT_EQ(meaning(sql), "alter table shop.t (rows)") << sql;
  }
  EXPECT_EQ(meaning("ALTER TABLE t EXCHANGE PARTITION p WITH TABLE u WITHOUT VALIDATION"),
            "alter table shop.t (rows); alter table shop.u (rows)");
  EXPECT_EQ(meaning("ALTER TABLE o.t EXCHANGE PARTITION p WITH TABLE u"),
            "alter table shop.u (rows)");
  EXPECT_EQ(meaning("ALTER TABLE t CONVERT PARTITION p TO TABLE u"),
            "alter table shop.t (rows); alter table shop.u (rows)");
  EXPECT_EQ(meaning("ALTER TABLE t CONVERT TABLE u TO PARTITION p VALUES LESS THAN (5)"),
            "alter table shop.t (rows); drop table shop.u");
  EXPECT_EQ(meaning("ALTER TABLE _t_gho DROP PARTITION p"),
            "alter table shop._t_gho (helper) (rows)");
}

// Their rows are not captured in any case; what is done to them is.
TEST(DefinitionChanges, HelpersOfASingleCapturedTable) {
  const auto only_t = [](std::string_view sql) {
    return meaning(sql, {{"shop", "t"}}, {"shop.t"});
  };
  EXPECT_EQ(only_t("CREATE TABLE _t_gho LIKE t"), "create table shop._t_gho (helper)");
  EXPECT_EQ(only_t("ALTER TABLE _t_gho ADD a INT"), "alter table shop._t_gho (helper) columns");
  EXPECT_EQ(only_t("RENAME TABLE t TO _t_del, _t_gho TO t"), "swap table shop.t shop._t_gho");
  EXPECT_EQ(only_t("TRUNCATE _t_gho"), "");
  EXPECT_EQ(only_t("CREATE OR REPLACE TABLE _t_gho (a INT)"), "create table shop._t_gho (helper)");
  EXPECT_EQ(only_t("RENAME TABLE t TO x, mine TO t"), "alter table shop.t (rows)");
  EXPECT_EQ(only_t("RENAME TABLE t TO x"), "drop table shop.t");
}

}  // namespace
}  // namespace tailrace::mysql
