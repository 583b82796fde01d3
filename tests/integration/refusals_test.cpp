// What a target cannot take: one clear message, nothing lost, and on by itself once it is repaired.
#include <fstream>

#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/eventually.h"
#include "tests/support/replication/replication_bed.h"

namespace tailrace::testing {
namespace {

using namespace std::chrono_literals;

class RefusalTest : public ::testing::Test {
 protected:
  // The bed's pipeline from a file, which tries again what is blocked every 200 ms.
  static TailraceProcess start(const ReplicationBed& bed, const std::string& target_url) {
    const auto file = bed.folder() / "tailrace.json";
    std::ofstream(file) << R"({ "state_dir": ")" << (bed.folder() / "state").string()
                        << R"(", "pipelines": [{ "name": "bed",
      "source": { "url": ")"
                        << bed.source_url() << R"(", "tables": ["shop.*"], "start": "earliest" },
      "retry": { "blocked": "200ms" },
      "sinks": [{ "name": "copy", "url": ")"
                        << target_url << R"(" }] }] })";
    return TailraceProcess({"run", "-c", file.string()});
  }
  static bool says(const TailraceProcess& tailrace, const std::string& text) {
    return eventually([&] { return tailrace.error_output().find(text) != std::string::npos; }, 20s);
  }
  static void expect_healed(const ReplicationBed& bed, const TailraceProcess& tailrace) {
    EXPECT_TRUE(eventually([&] { return bed.stored_position() == bed.source_position(); }, 20s))
        << tailrace.error_output();
    EXPECT_EQ(bed.differences(), "");
  }
};

TEST_F(RefusalTest, AMissingColumnIsNamedWithItsCure) {
  if (bed_missing(why_unavailable(Engine::mariadb))) return;
  if (bed_missing(why_unavailable(Engine::postgres15))) return;
  ReplicationBed bed(Engine::mariadb, Engine::postgres15);
  bed.target().sql("CREATE SCHEMA shop; CREATE TABLE shop.t (id int PRIMARY KEY)", "copy");
  bed.source().sql(
      "CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(20)); "
      "INSERT INTO t VALUES (1, 'one')",
      "shop");
  const TailraceProcess tailrace = start(bed, bed.target_url());
  EXPECT_TRUE(says(tailrace, "ADD COLUMN")) << tailrace.error_output();
  EXPECT_TRUE(says(tailrace, "shop.t"));
  bed.target().sql("ALTER TABLE shop.t ADD COLUMN name varchar(20)", "copy");
  expect_healed(bed, tailrace);
}

TEST_F(RefusalTest, AnUnsignedValueBeyondASignedColumn) {
  if (bed_missing(why_unavailable(Engine::mariadb))) return;
  if (bed_missing(why_unavailable(Engine::postgres15))) return;
  ReplicationBed bed(Engine::mariadb, Engine::postgres15);
  bed.target().sql("CREATE SCHEMA shop; CREATE TABLE shop.t (id int PRIMARY KEY, n bigint)",
                   "copy");
  bed.source().sql(
      "CREATE TABLE t (id INT PRIMARY KEY, n BIGINT UNSIGNED); "
      "INSERT INTO t VALUES (1, 5), (2, 18446744073709551615), (3, 7)",
      "shop");
  const TailraceProcess tailrace = start(bed, bed.target_url());
  EXPECT_TRUE(says(tailrace, "id=2")) << tailrace.error_output();
  EXPECT_TRUE(says(tailrace, "\\\"n\\\"") || says(tailrace, "column n")) << tailrace.error_output();
  bed.target().sql("ALTER TABLE shop.t ALTER COLUMN n TYPE numeric(20,0)", "copy");
  expect_healed(bed, tailrace);
}

TEST_F(RefusalTest, AZeroDateIsNeverTurnedIntoSomethingElse) {
  if (bed_missing(why_unavailable(Engine::mariadb))) return;
  if (bed_missing(why_unavailable(Engine::postgres15))) return;
  ReplicationBed bed(Engine::mariadb, Engine::postgres15);
  bed.source().sql(
      "SET sql_mode=''; CREATE TABLE t (id INT PRIMARY KEY, d DATE NULL); "
      "INSERT INTO t VALUES (1, '2024-01-31'), (2, '0000-00-00')",
      "shop");
  const TailraceProcess tailrace = start(bed, bed.target_url());
  EXPECT_TRUE(says(tailrace, "id=2")) << tailrace.error_output();
  EXPECT_TRUE(says(tailrace, "zero or partial date")) << tailrace.error_output();
  bed.target().sql(
      "CREATE SCHEMA IF NOT EXISTS shop; CREATE TABLE shop.t (id int PRIMARY KEY, "
      "d text)",
      "copy");
  expect_healed(bed, tailrace);
}

TEST_F(RefusalTest, ANulByteCannotBeTextInPostgres) {
  if (bed_missing(why_unavailable(Engine::mariadb))) return;
  if (bed_missing(why_unavailable(Engine::postgres15))) return;
  ReplicationBed bed(Engine::mariadb, Engine::postgres15);
  bed.source().sql(
      "CREATE TABLE t (id INT PRIMARY KEY, body TEXT); "
      "INSERT INTO t VALUES (1, 'fine'), (2, CONCAT('a', CHAR(0), 'b'))",
      "shop");
  const TailraceProcess tailrace = start(bed, bed.target_url());
  EXPECT_TRUE(says(tailrace, "id=2")) << tailrace.error_output();
  EXPECT_TRUE(says(tailrace, "body"));
  EXPECT_EQ(tailrace.error_output().find("fine"), std::string::npos);
}

TEST_F(RefusalTest, ATargetThatRefusesThePasswordIsTriedAgain) {
  if (bed_missing(why_unavailable(Engine::mariadb))) return;
  ReplicationBed bed(Engine::mariadb, Engine::mariadb);
  bed.source().sql("CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1)", "shop");
  bed.target().sql("CREATE USER app@'%' IDENTIFIED BY 'right'; GRANT ALL ON *.* TO app@'%'");
  ServerUrl url = bed.target().address();
  url.user = "app";
  url.password = "wrong";
  const TailraceProcess tailrace = start(bed, to_string(url));
  EXPECT_TRUE(says(tailrace, "blocked")) << tailrace.error_output();
  EXPECT_TRUE(says(tailrace, "1045"));
  EXPECT_EQ(tailrace.error_output().find("wrong"), std::string::npos);
  bed.target().sql("ALTER USER app@'%' IDENTIFIED BY 'wrong'");
  expect_healed(bed, tailrace);
}

TEST_F(RefusalTest, ARowThatTheTargetRefusesBlocksThatSinkAndNamesTheRow) {
  if (bed_missing(why_unavailable(Engine::mariadb))) return;
  if (bed_missing(why_unavailable(Engine::postgres15))) return;
  ReplicationBed bed(Engine::mariadb, Engine::postgres15);
  bed.target().sql(
      "CREATE SCHEMA shop; CREATE TABLE shop.t (id int PRIMARY KEY, n int "
      "CHECK (n < 100))",
      "copy");
  bed.source().sql(
      "CREATE TABLE t (id INT PRIMARY KEY, n INT); "
      "INSERT INTO t SELECT seq, seq % 50 FROM seq_1_to_500; "
      "INSERT INTO t VALUES (777, 100); INSERT INTO t VALUES (778, 1)",
      "shop");
  const TailraceProcess tailrace = start(bed, bed.target_url());
  EXPECT_TRUE(says(tailrace, "id=777")) << tailrace.error_output();
  EXPECT_EQ(bed.target().sql("SELECT count(*) FROM shop.t", "copy"), "500");
  bed.target().sql("ALTER TABLE shop.t DROP CONSTRAINT t_n_check", "copy");
  expect_healed(bed, tailrace);
}

}  // namespace
}  // namespace tailrace::testing
