// Schema changes of MySQL and MariaDB that are rare, and easily read wrongly: the target ends with
// the source's rows all the same.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/replication/replication_bed.h"

namespace tailrace::testing {
namespace {

enum class On { both, mariadb, mysql };

struct Oddity {
  std::string before;  // tables and rows
  std::string change;
  On on = On::both;
};

const std::string kLenient = "SET SESSION sql_mode='';";

const std::vector<Oddity> kOddities = {
    // Two columns exchange their names.
    {"CREATE TABLE swapped (id INT PRIMARY KEY, a INT, b INT); INSERT INTO swapped VALUES (1, 2, "
     "3)",
     "ALTER TABLE swapped RENAME COLUMN a TO b, RENAME COLUMN b TO a"},
    {"CREATE TABLE moved (id INT PRIMARY KEY, a INT, b INT); INSERT INTO moved VALUES (1, 2, 3)",
     "ALTER TABLE moved CHANGE a b INT, CHANGE b c INT"},
    {"CREATE TABLE moved2 (id INT PRIMARY KEY, a INT, b INT); INSERT INTO moved2 VALUES (1, 2, 3)",
     "ALTER TABLE moved2 RENAME COLUMN a TO b, DROP COLUMN b, ADD COLUMN a INT DEFAULT 7"},
    // Names of columns are the same in any case.
    {"CREATE TABLE spelled (id INT PRIMARY KEY, total INT); INSERT INTO spelled VALUES (1, 2)",
     "ALTER TABLE spelled DROP COLUMN Total, ADD COLUMN total INT DEFAULT 5"},
    {"CREATE TABLE spelled2 (id INT PRIMARY KEY, total INT); INSERT INTO spelled2 VALUES (1, 2)",
     "ALTER TABLE spelled2 DROP COLUMN Total; ALTER TABLE spelled2 ADD COLUMN total INT DEFAULT 5"},
    {"CREATE TABLE spelled3 (id INT PRIMARY KEY, total INT); INSERT INTO spelled3 VALUES (1, 2)",
     "ALTER TABLE spelled3 RENAME COLUMN TOTAL TO Total; INSERT INTO spelled3 VALUES (2, 2)"},
    // Without strict mode NULL becomes something else.
    {"CREATE TABLE lenient (id INT PRIMARY KEY, a INT); INSERT INTO lenient VALUES (1, NULL)",
     kLenient + "ALTER TABLE lenient MODIFY a INT NOT NULL"},
    {"CREATE TABLE lenient2 (id INT PRIMARY KEY, a VARCHAR(9)); INSERT INTO lenient2 VALUES (1, "
     "NULL)",
     kLenient + "ALTER TABLE lenient2 CHANGE a b VARCHAR(20) NOT NULL DEFAULT 'x'"},
    {"CREATE TABLE lenient3 (id INT, a INT); INSERT INTO lenient3 VALUES (1, NULL)",
     kLenient + "ALTER TABLE lenient3 ADD PRIMARY KEY (a)"},
    {"CREATE TABLE lenient4 (id INT PRIMARY KEY, a INT) ; INSERT INTO lenient4 VALUES (1, NULL)",
     kLenient + "ALTER TABLE lenient4 MODIFY a INT PRIMARY KEY, DROP PRIMARY KEY"},
    {"CREATE TABLE lenient5 (id INT PRIMARY KEY, a VARCHAR(9) CHARACTER SET utf8mb4);"
     "INSERT INTO lenient5 VALUES (1, '漢')",
     kLenient + "ALTER TABLE lenient5 MODIFY a VARCHAR(9) CHARACTER SET latin1"},
    {"CREATE TABLE stamped (id INT PRIMARY KEY, a TIMESTAMP NULL); INSERT INTO stamped VALUES (1, "
     "NULL)",
     "ALTER TABLE stamped MODIFY a TIMESTAMP NOT NULL DEFAULT '2024-01-02 03:04:05'", On::mariadb},
    {"CREATE TABLE stamped2 (id INT PRIMARY KEY, a TIMESTAMP NULL); INSERT INTO stamped2 VALUES "
     "(1, NULL)",
     kLenient + "ALTER TABLE stamped2 MODIFY a TIMESTAMP NOT NULL DEFAULT '2024-01-02 03:04:05'"},
    // Defaults as the servers read them.
    {"CREATE TABLE defaults (id INT PRIMARY KEY); INSERT INTO defaults VALUES (1)",
     "ALTER TABLE defaults ADD a VARCHAR(9) DEFAULT 007, ADD b VARCHAR(9) DEFAULT -0, "
     "ADD c CHAR(9) DEFAULT 'x  ', ADD d VARCHAR(9) DEFAULT 1.50, ADD e INT DEFAULT '12', "
     "ADD f DECIMAL(5,1) DEFAULT 1.25, ADD g VARCHAR(9) DEFAULT TRUE, ADD h DATE DEFAULT 20240102,"
     "ADD i TIME DEFAULT '1:2', ADD j DATETIME DEFAULT '2024-1-2', ADD k FLOAT DEFAULT 1.1, "
     "ADD l ENUM('1','2') DEFAULT '2', ADD m SET('a','b') DEFAULT 'b,a', ADD n BIT(3) DEFAULT 5, "
     "ADD o VARCHAR(9) DEFAULT 'a\\\\b', ADD p VARCHAR(30) DEFAULT 123456789012345678901234567890, "
     "ADD q BINARY(3) DEFAULT 'a', ADD r INT UNSIGNED DEFAULT 5, ADD s YEAR DEFAULT 24"},
    {"CREATE TABLE nothing (id INT PRIMARY KEY); INSERT INTO nothing VALUES (1)",
     kLenient + "ALTER TABLE nothing ADD a INT NOT NULL, ADD b VARCHAR(9) NOT NULL, "
                "ADD c DATE NOT NULL, ADD d BINARY(4) NOT NULL, ADD e BIT(5) NOT NULL, ADD f YEAR "
                "NOT NULL, "
                "ADD g SET('a','b') NOT NULL, ADD h TIME(3) NOT NULL, ADD i FLOAT NOT NULL, "
                "ADD j ENUM('q','p') NOT NULL, ADD k DECIMAL(5,2) NOT NULL, ADD l BLOB NOT NULL, "
                "ADD m TEXT NOT NULL, ADD n DATETIME NOT NULL"},
    // Names that look alike.
    {"CREATE TABLE accents (`é` INT, e INT PRIMARY KEY, f INT);"
     "INSERT INTO accents VALUES (1, 1, 1), (1, 2, 1)",
     "UPDATE accents SET f = 3 WHERE e = 2; DELETE FROM accents WHERE e = 1"},
    {"CREATE TABLE Cased (id INT PRIMARY KEY, a INT); CREATE TABLE cased (id INT, b INT PRIMARY "
     "KEY);"
     "INSERT INTO Cased VALUES (1, 1); INSERT INTO cased VALUES (1, 1)",
     "ALTER TABLE Cased ADD c INT DEFAULT 2; INSERT INTO Cased VALUES (2, 2, 2);"
     "INSERT INTO cased VALUES (1, 2)"},
    {"CREATE TABLE `o``d.d ü` (id INT PRIMARY KEY, `a``b.c d` INT);"
     "INSERT INTO `o``d.d ü` VALUES (1, 1)",
     "ALTER TABLE `o``d.d ü` CHANGE `a``b.c d` `,` BIGINT, ADD ```` INT DEFAULT 3"},
    // A temporary table hides the other one.
    {"CREATE TABLE hidden (id INT PRIMARY KEY, a INT); INSERT INTO hidden VALUES (1, 1)",
     "CREATE TEMPORARY TABLE hidden (z INT); INSERT INTO hidden VALUES (9);"
     "ALTER TABLE hidden ADD y INT; TRUNCATE hidden; DROP TABLE hidden;"
     "INSERT INTO hidden VALUES (2, 2)"},
    {"CREATE TABLE hidden2 (id INT PRIMARY KEY, a INT); INSERT INTO hidden2 VALUES (1, 1);"
     "CREATE TABLE gone (id INT PRIMARY KEY)",
     "CREATE TEMPORARY TABLE hidden2 (z INT); DROP TABLE hidden2, gone;"
     "INSERT INTO hidden2 VALUES (2, 2)"},
    // Only one of them exists.
    {"CREATE TABLE lonely (id INT PRIMARY KEY); INSERT INTO lonely VALUES (1)",
     "DROP TABLE IF EXISTS nobody, lonely; CREATE TABLE lonely (id INT PRIMARY KEY, b INT);"
     "INSERT INTO lonely VALUES (2, 2)"},
    {"CREATE TABLE replaced (id INT PRIMARY KEY, a INT); INSERT INTO replaced VALUES (1, 1)",
     "CREATE OR REPLACE TABLE replaced AS SELECT 5 AS b, 'x' AS c", On::mariadb},
    {"CREATE TABLE kept (id INT PRIMARY KEY, a INT); INSERT INTO kept VALUES (1, 1)",
     "RENAME TABLE IF EXISTS nobody TO kept, kept TO kept2; INSERT INTO kept2 VALUES (2, 2)",
     On::mariadb},
    {"CREATE TABLE block (id INT PRIMARY KEY, a INT); INSERT INTO block VALUES (1, 1)",
     "ALTER TABLE IF EXISTS block WAIT 5 DROP COLUMN IF EXISTS nobody, "
     "ADD COLUMN IF NOT EXISTS a INT DEFAULT 9, ADD COLUMN IF NOT EXISTS b INT DEFAULT 9",
     On::mariadb},
    // By way of a schema that is not captured.
    {"CREATE TABLE ring_a (id INT PRIMARY KEY, a INT); INSERT INTO ring_a VALUES (1, 1);"
     "CREATE TABLE ring_b (id INT PRIMARY KEY, b INT); INSERT INTO ring_b VALUES (2, 2);"
     "CREATE DATABASE elsewhere",
     "RENAME TABLE ring_a TO elsewhere.x, ring_b TO ring_a, elsewhere.x TO ring_b;"
     "INSERT INTO ring_a VALUES (3, 3); INSERT INTO ring_b VALUES (4, 4)"},
    {"CREATE TABLE aside (id INT PRIMARY KEY); INSERT INTO aside VALUES (1)",
     "USE elsewhere; ALTER TABLE shop.aside RENAME aside2; USE shop"},
    {"CREATE TABLE unseen (id INT PRIMARY KEY, a INT); INSERT INTO unseen VALUES (1, 1)",
     "ALTER TABLE unseen ADD b INT INVISIBLE DEFAULT 3; INSERT INTO unseen (id, b) VALUES (2, 4)"},
    {"CREATE TABLE computed (id INT PRIMARY KEY, a INT, g INT AS (a + 1) STORED, v INT AS (a + 2));"
     "INSERT INTO computed (id, a) VALUES (1, 1)",
     "ALTER TABLE computed MODIFY g INT AS (a + 5) STORED, ADD w INT AS (a * 2) STORED;"
     "ALTER TABLE computed MODIFY a BIGINT; INSERT INTO computed (id, a) VALUES (2, 2)"},
    {"CREATE TABLE blanks (id INT PRIMARY KEY, a VARCHAR(9), b CHAR(9));"
     "INSERT INTO blanks VALUES (1, 'x  ', 'y')",
     "ALTER TABLE blanks MODIFY a CHAR(9), MODIFY b VARCHAR(9) FIRST"},
    {"CREATE TABLE instant (id INT PRIMARY KEY, a INT); INSERT INTO instant VALUES (1, 1)",
     "ALTER TABLE instant ADD COLUMN b INT DEFAULT 2 FIRST, ALGORITHM=INSTANT;"
     "ALTER TABLE instant DROP COLUMN a, ALGORITHM=INSTANT;"
     "ALTER TABLE instant ADD COLUMN a INT AFTER b, ALGORITHM=INSTANT"},
    {"CREATE TABLE commented (id INT PRIMARY KEY, a INT); INSERT INTO commented VALUES (1, 1)",
     "ALTER /*!50000 TABLE */ commented /* DROP a, */ ADD /*!50000 COLUMN */ b INT "
     "/*! DEFAULT 4 */ -- DROP a\n, ADD c INT # x\n DEFAULT 5"},
};

class SchemaOdditiesTest : public ::testing::TestWithParam<EnginePair> {};

TEST_P(SchemaOdditiesTest, TheTargetEndsWithTheSameRows) {
  if (bed_missing(why_unavailable(GetParam().source))) return;
  if (bed_missing(why_unavailable(GetParam().target))) return;
  ReplicationBed bed(GetParam().source, GetParam().target);
  const On here = GetParam().source == Engine::mariadb ? On::mariadb : On::mysql;
  std::string before;
  for (const Oddity& oddity : kOddities) {
    if (oddity.on == On::both || oddity.on == here) before += oddity.before + ";";
  }
  bed.source().sql(before, "shop");
  bed.catch_up();
  for (const Oddity& oddity : kOddities) {
    if (oddity.on != On::both && oddity.on != here) continue;
    try {
      bed.source().sql(oddity.change, "shop");
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
  }
  bed.catch_up();
  EXPECT_EQ(bed.differences(), "");
}

INSTANTIATE_TEST_SUITE_P(Pairs, SchemaOdditiesTest,
                         ::testing::Values(EnginePair{Engine::mysql, Engine::mariadb},
                                           EnginePair{Engine::mariadb, Engine::mysql}),
                         [](const auto& instance) { return name_of(instance.param); });

}  // namespace
}  // namespace tailrace::testing
