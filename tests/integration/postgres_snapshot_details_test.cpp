// What is described of a table beside its rows.
#include <gmock/gmock.h>

#include "tests/integration/postgres_snapshot_bed.h"
#include "tests/integration/postgres_source_bed.h"

namespace tailrace::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = ColumnDefault::Kind;

class PostgresSnapshotDetails : public PostgresSnapshotTest {
 protected:
  SnapshotTable describe(const std::string& name) { return described(*snapshot(begin()), name); }
};
TR_POSTGRES_VERSIONS(PostgresSnapshotDetails);

TEST_P(PostgresSnapshotDetails, DefaultsAsValuesOfTheirColumns) {
  if (!start()) return;
  sql(R"(CREATE TYPE mood AS ENUM ('new', 'it''s odd');
      CREATE TABLE t (id int PRIMARY KEY, a text DEFAULT 'it''s', b numeric(10,2) DEFAULT 0,
        c boolean DEFAULT true, d timestamptz DEFAULT now(), e timestamp(3) DEFAULT localtimestamp(3),
        f date DEFAULT current_date, g jsonb DEFAULT '{"a": 1}', h int[] DEFAULT '{1,2}',
        i bytea DEFAULT '\x00ff', j mood DEFAULT 'it''s odd', k bigint DEFAULT -5,
        l text DEFAULT NULL, m uuid DEFAULT gen_random_uuid(), n date DEFAULT '2024-02-29',
        o char(5) DEFAULT 'ab', p text DEFAULT upper('x'), q money DEFAULT 12.5,
        r timestamptz DEFAULT '2024-02-29 12:00:00+02', s bit(3) DEFAULT B'101',
        t interval DEFAULT '1 day', u text DEFAULT E'tab\t\\',
        v timestamptz DEFAULT clock_timestamp()))");
  const SnapshotTable table = describe("public.t");
  const auto literal = [](const char* text) { return ColumnDefault{Kind::literal, text}; };
  const auto value = [&](const char* name) {
    return table.details.columns.at(*table.schema->find_column(name)).default_value;
  };
  EXPECT_EQ(value("id"), std::nullopt);
  EXPECT_EQ(value("a"), literal("it's"));
  EXPECT_EQ(value("b"), literal("0.00"));
  EXPECT_EQ(value("c"), literal("1"));
  EXPECT_EQ(value("d"), (ColumnDefault{Kind::current_timestamp, ""}));
  EXPECT_EQ(value("e"), (ColumnDefault{Kind::current_timestamp, ""}));
  EXPECT_EQ(value("v"), (ColumnDefault{Kind::current_timestamp, "clock_timestamp()"}));
  EXPECT_EQ(value("f"), (ColumnDefault{Kind::expression, "CURRENT_DATE"}));
  EXPECT_EQ(value("g"), literal("{\"a\": 1}"));
  EXPECT_EQ(value("h"), literal("[1,2]"));
  EXPECT_EQ(value("i"), (ColumnDefault{Kind::literal, std::string("\0\xff", 2)}));
  EXPECT_EQ(value("j"), literal("it's odd"));
  EXPECT_EQ(value("k"), literal("-5"));
  EXPECT_EQ(value("l"), std::nullopt);
  EXPECT_EQ(value("m"), (ColumnDefault{Kind::expression, "gen_random_uuid()"}));
  EXPECT_EQ(value("n"), literal("2024-02-29"));
  EXPECT_EQ(value("o"), literal("ab"));
  EXPECT_EQ(value("p"), (ColumnDefault{Kind::expression, "upper('x'::text)"}));
  EXPECT_EQ(value("q"), literal("12.50"));
  EXPECT_EQ(value("r"), literal("2024-02-29 10:00:00.000000Z"));
  EXPECT_EQ(value("s"), literal("101"));
  EXPECT_EQ(value("t"), literal("P1D"));
  EXPECT_EQ(value("u"), literal("tab\t\\"));
}

TEST_P(PostgresSnapshotDetails, CountersAndComments) {
  if (!start()) return;
  sql("CREATE TABLE a (id serial PRIMARY KEY); INSERT INTO a VALUES (DEFAULT), (DEFAULT);"
      "CREATE TABLE b (id int GENERATED ALWAYS AS IDENTITY (START 100 INCREMENT 10) PRIMARY KEY);"
      "CREATE SEQUENCE s; CREATE TABLE c (id int PRIMARY KEY DEFAULT nextval('s'));"
      "COMMENT ON TABLE a IS 'the first'; COMMENT ON COLUMN a.id IS 'its key'");
  const auto shop = snapshot(begin());
  const TableDetails a = described(*shop, "public.a").details;
  EXPECT_TRUE(a.columns.at(0).auto_increment);
  EXPECT_EQ(a.columns.at(0).default_value, std::nullopt);
  EXPECT_EQ(a.columns.at(0).comment, "its key");
  EXPECT_EQ(a.comment, "the first");
  EXPECT_EQ(a.next_auto_value, 3U);
  const TableDetails b = described(*shop, "public.b").details;
  EXPECT_TRUE(b.columns.at(0).auto_increment);
  EXPECT_EQ(b.next_auto_value, 100U);
  const TableDetails c = described(*shop, "public.c").details;
  EXPECT_FALSE(c.columns.at(0).auto_increment);
  ASSERT_TRUE(c.columns.at(0).default_value);
  EXPECT_EQ(c.columns.at(0).default_value->kind, Kind::expression);
  EXPECT_EQ(c.next_auto_value, 0U);
}

TEST_P(PostgresSnapshotDetails, IndexesThatColumnsDescribeAndOthers) {
  if (!start()) return;
  sql("CREATE TABLE t (id int PRIMARY KEY, a int, b text, c int[], UNIQUE (a));"
      "CREATE INDEX i1 ON t (b, a DESC); CREATE INDEX i2 ON t USING gin (c);"
      "CREATE INDEX i3 ON t (lower(b), a); CREATE UNIQUE INDEX i4 ON t (a) WHERE b IS NULL;"
      "CREATE INDEX i5 ON t (a) INCLUDE (b); CREATE INDEX i6 ON t (b text_pattern_ops);"
      "CREATE INDEX i7 ON t (b COLLATE \"C\"); CREATE INDEX i8 ON t (a NULLS FIRST);"
      "CREATE UNIQUE INDEX i9 ON t (a, b) NULLS NOT DISTINCT; CREATE INDEX h ON t USING hash (b);"
      "ALTER TABLE t ADD CONSTRAINT later UNIQUE (b) DEFERRABLE");
  const SnapshotTable table = describe("public.t");
  std::vector<std::string> described;
  for (const IndexDetails& index : table.details.indexes) {
    std::string line = index.name + (index.unique ? " unique" : "") + " " + index.method + " (";
    for (const IndexColumn& column : index.columns) {
      line += table.schema->columns[column.column].name + (column.descending ? "-" : "+");
    }
    described.push_back(line + ") " + index.special);
    EXPECT_THAT(index.definition, HasSubstr("INDEX " + index.name + " ON public.t"));
  }
  EXPECT_THAT(
      described,
      ElementsAre("h hash (b+) ", "i1 btree (b+a-) ", "i2 gin (c+) ", "i3 btree (a+) expression",
                  "i4 unique btree (a+) partial", "i5 btree (a+) include",
                  "i6 btree (b+) operator class", "i7 btree (b+) collation",
                  "i8 btree (a+) order of nulls", "i9 unique btree (a+b+) nulls not distinct",
                  "later unique btree (b+) deferrable", "t_a_key unique btree (a+) "));
}

// By replica identity, the primary key is one unique index among others.
TEST_P(PostgresSnapshotDetails, TheIndexOfTheKeyIsNotAmongThem) {
  if (!start()) return;
  sql("CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL); CREATE UNIQUE INDEX t_a ON t (a);"
      "ALTER TABLE t REPLICA IDENTITY USING INDEX t_a");
  const SnapshotTable table = describe("public.t");
  EXPECT_THAT(table.schema->key, ElementsAre(1));
  ASSERT_THAT(table.details.indexes, SizeIs(1));
  EXPECT_EQ(table.details.indexes.at(0).name, "t_pkey");
}

TEST_P(PostgresSnapshotDetails, ForeignKeys) {
  if (!start()) return;
  sql("CREATE TABLE p (a int, b int, PRIMARY KEY (a, b)) PARTITION BY LIST (a);"
      "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);"
      "CREATE TABLE c (id int PRIMARY KEY, x int, y int, "
      "CONSTRAINT c_p FOREIGN KEY (y, x) REFERENCES p (a, b) ON DELETE CASCADE "
      "ON UPDATE SET NULL, own int REFERENCES c,"
      "CONSTRAINT d_p FOREIGN KEY (x, y) REFERENCES p ON DELETE SET NULL (y))");
  const SnapshotTable table = describe("public.c");
  using Key = ForeignKeyDetails;
  EXPECT_THAT(
      table.details.foreign_keys,
      ElementsAre(Key{"c_own_fkey", {3}, {"public", "c"}, {"id"}, "NO ACTION", "NO ACTION"},
                  Key{"c_p", {2, 1}, {"public", "p"}, {"a", "b"}, "CASCADE", "SET NULL"},
                  Key{"d_p", {1, 2}, {"public", "p"}, {"a", "b"}, "SET NULL (y)", "NO ACTION"}));
}

}  // namespace
}  // namespace tailrace::testing
