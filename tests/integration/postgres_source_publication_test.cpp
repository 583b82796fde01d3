// A publication that is missing, or does not hold what it held, ends no stream by itself.
#include <gmock/gmock.h>

#include "tests/integration/postgres_source_bed.h"

namespace tailrace::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PostgresSourcePublication : public PostgresSourceTest {
 protected:
  void expect_refused(const Checkpoint& from, const std::string& part, const std::string& cure) {
    auto opened = source_->open(from);
    ASSERT_FALSE(opened) << part;
    EXPECT_EQ(opened.error().kind(), ErrorKind::source_settings) << opened.error().to_string();
    EXPECT_THAT(opened.error().message(), HasSubstr(part));
    EXPECT_THAT(opened.error().hint(), HasSubstr(cure));
  }
};
TR_POSTGRES_VERSIONS(PostgresSourcePublication);

TEST_P(PostgresSourcePublication, MissingBeforeASession) {
  if (!start()) return;
  const Checkpoint from = begin();
  sql("DROP PUBLICATION tailrace_test");
  expect_refused(from, "no such publication: tailrace_test",
                 "CREATE PUBLICATION \"tailrace_test\"");
}

// The server ends the stream (15), or warns and sends nothing of its tables (18).
TEST_P(PostgresSourcePublication, DroppedDuringASession) {
  if (!start()) return;
  const Checkpoint from = begin();
  SourceReader reader(*source_, from);
  sql("INSERT INTO t VALUES (1, 'seen')");
  ASSERT_TRUE(reader.read_all());
  sql("DROP PUBLICATION tailrace_test; INSERT INTO t VALUES (2, 'never sent')");
  const std::string end = log_end();
  const Error error = reader.read_to_error();
  EXPECT_EQ(error.kind(), ErrorKind::position_lost) << error.to_string();
  EXPECT_THAT(error.to_string(), HasSubstr("tailrace_test"));
  EXPECT_THAT(error.hint(), HasSubstr("--create-slot"));
  EXPECT_THAT(reader.changes(), ElementsAre("insert public.t 1 seen"));
  // Not a byte behind the change that was not sent was taken for read.
  const auto order = source_->compare(Position{reader.position}, Position{end});
  ASSERT_TRUE(order);
  EXPECT_TRUE(*order < 0) << reader.position << " " << end;
}

TEST_P(PostgresSourcePublication, ATableThatIsTakenOutIsNoticed) {
  if (!start()) return;
  sql("CREATE TABLE u (id int PRIMARY KEY)");
  const Checkpoint from = begin();
  { SourceReader reader(*source_, from); }
  sql("ALTER PUBLICATION tailrace_test DROP TABLE u");
  expect_refused(from, "public.u was taken out", "ADD TABLE \"public\".\"u\"");
  expect_refused(from, "public.u was taken out", "ADD TABLE \"public\".\"u\"");
  sql("ALTER PUBLICATION tailrace_test ADD TABLE u");
  EXPECT_FALSE(SourceReader(*source_, from).error);
  // Those that are gone altogether, or have another name, are no concern.
  sql("DROP TABLE u; ALTER TABLE t RENAME TO renamed");
  SourceReader reader(*source_, from);
  EXPECT_FALSE(reader.error) << reader.error->to_string();
}

TEST_P(PostgresSourcePublication, TablesThatAreNamedMustBePublished) {
  if (!start()) return;
  auto named = options();
  named.tables = {"public.t", "public.u"};
  source_ = make_source(named);
  const Checkpoint from = begin();
  EXPECT_FALSE(SourceReader(*source_, from).error);  // there is no u
  sql("CREATE TABLE u (id int PRIMARY KEY)");
  expect_refused(from, "captured, but not published: public.u", "ADD TABLE \"public\".\"u\"");
}

TEST_P(PostgresSourcePublication, PartitionsComeUnderTheNameOfTheirRoot) {
  if (!start()) return;
  sql("CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id);"
      "CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (0) TO (10);"
      "CREATE TABLE p_2 PARTITION OF p FOR VALUES FROM (10) TO (20)");
  const Checkpoint from = begin();
  SourceReader reader(*source_, from);
  sql("INSERT INTO p VALUES (1), (11); CREATE TABLE p_3 PARTITION OF p FOR VALUES FROM (20) TO "
      "(30); INSERT INTO p VALUES (21)");
  ASSERT_TRUE(reader.read_all());
  EXPECT_THAT(reader.changes(),
              ElementsAre("insert public.p 1", "insert public.p 11", "insert public.p 21"));
  reader.close();
  sql("ALTER TABLE p DETACH PARTITION p_2; DROP TABLE p_1");
  SourceReader later(*source_, at(from, reader.position));
  EXPECT_FALSE(later.error) << later.error->to_string();
}

TEST_P(PostgresSourcePublication, ValuesThatHaveNoBinaryFormHereAreAskedForAsText) {
  if (!start()) return;
  const Checkpoint from = begin();
  SourceReader reader(*source_, from);  // all columns have one: binary is asked for
  sql("ALTER TABLE t ADD COLUMN a int[]; INSERT INTO t VALUES (1, 'x', '{1,2}')");
  const Error error = reader.read_to_error();
  EXPECT_EQ(error.kind(), ErrorKind::busy) << error.to_string();
  EXPECT_THAT(reader.changes(), IsEmpty());
  reader.close();
  SourceReader next(*source_, from);
  ASSERT_TRUE(next.read_all());
  EXPECT_THAT(next.changes(), ElementsAre("insert public.t 1 x [1,2]"));
}

}  // namespace
}  // namespace tailrace::testing
