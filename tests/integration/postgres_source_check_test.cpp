// The preflight against real servers.
#include <algorithm>

#include <gmock/gmock.h>

#include "tests/integration/postgres_source_bed.h"

namespace tailrace::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PostgresSourceCheck : public PostgresSourceTest {
 protected:
  // "PG-SRC-22 public.bare: no replica identity ... | cure", of this level.
  std::vector<std::string> found(Finding::Level level) {
    std::vector<std::string> lines;
    for (const Finding& finding : source_->check()) {
      if (finding.level != level) continue;
      lines.push_back(finding.id + " " + finding.subject + ": " + finding.message + " | " +
                      finding.fix);
    }
    return lines;
  }
};
TR_POSTGRES_VERSIONS(PostgresSourceCheck);

TEST_P(PostgresSourceCheck, AServerThatIsReady) {
  if (!start()) return;
  begin();
  EXPECT_THAT(found(Finding::Level::error), IsEmpty());
  EXPECT_THAT(found(Finding::Level::warning), IsEmpty());
  EXPECT_THAT(found(Finding::Level::ok), Contains(HasSubstr("replication slot tailrace_test")));
}

TEST_P(PostgresSourceCheck, BeforeTheSlotIsMade) {
  if (!start()) return;
  EXPECT_THAT(found(Finding::Level::error), IsEmpty());
  auto plain = options();
  plain.create_slot = false;
  source_ = make_source(plain);
  EXPECT_THAT(found(Finding::Level::error),
              AllOf(Contains(HasSubstr("--create-slot")), Contains(HasSubstr("PG-SRC-16"))));
  EXPECT_EQ(admin("SELECT count(*) FROM pg_replication_slots"), "0");
}

TEST_P(PostgresSourceCheck, EveryTableIsLookedAt) {
  if (!start()) return;
  sql("CREATE TABLE filtered (id int PRIMARY KEY, v text, w text);"
      "CREATE TABLE computed (id int PRIMARY KEY, d int GENERATED ALWAYS AS (id * 2) STORED,"
      "                       p point);"
      "CREATE TABLE bare (id int); CREATE UNLOGGED TABLE scratch (id int);"
      "CREATE TABLE absent (id int PRIMARY KEY);"
      "CREATE PUBLICATION mine FOR TABLE t, filtered (id, v) WHERE (id > 5), computed, bare"
      "  WITH (publish = 'insert, update, delete')");
  auto named = options();
  named.publications = {"mine"};
  source_ = make_source(named);
  EXPECT_THAT(found(Finding::Level::error), Contains(HasSubstr("PG-SRC-22 public.bare")));
  EXPECT_THAT(found(Finding::Level::warning),
              AllOf(Contains(HasSubstr("PG-SRC-17 publication mine: it does not publish truncate")),
                    Contains(HasSubstr("PG-SRC-20 public.absent: not published")),
                    Contains(HasSubstr("PG-SRC-21 public.scratch"))));
  EXPECT_THAT(found(Finding::Level::info), AllOf(Contains(HasSubstr("PG-SRC-23 public.filtered")),
                                                 Contains(HasSubstr("PG-SRC-24 public.filtered")),
                                                 Contains(HasSubstr("PG-SRC-25 public.computed")),
                                                 Contains(HasSubstr("PG-SRC-26 public.computed"))));
}

TEST_P(PostgresSourceCheck, ARoleThatMayNothing) {
  if (!start()) return;
  admin("CREATE ROLE nobody LOGIN");
  auto other = options();
  other.connection.user = "nobody";
  source_ = make_source(other);
  EXPECT_THAT(found(Finding::Level::error),
              Contains(HasSubstr("ALTER ROLE \"nobody\" REPLICATION")));
}

TEST_P(PostgresSourceCheck, NobodyAnswers) {
  if (!start()) return;
  server_->stop();
  EXPECT_THAT(found(Finding::Level::error), Contains(HasSubstr("PG-SRC-00")));
}

}  // namespace
}  // namespace tailrace::testing
