// What the servers' catalogues say, and when they cannot say it.
#include <chrono>
#include <exception>
#include <thread>

#include <gmock/gmock.h>

#include "extractors/mysql/catalogue.h"
#include "tests/integration/mysql_source_bed.h"
#include "tests/support/eventually.h"

namespace tailrace::testing {
namespace {

using mysql::Connection;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

class MysqlCatalogue : public MysqlSourceTest {
 protected:
  // Until the answer is given away nobody else may look at the table `held`.
  std::jthread hold_table(int seconds) {
    std::jthread holder([this, seconds] {
      try {
        sql("CREATE TABLE shop.held AS SELECT SLEEP(" + std::to_string(seconds) + ") AS a");
      } catch (const std::exception&) {  // ended below
      }
    });
    EXPECT_TRUE(eventually([this] {
      return server_->sql(
                 "SELECT COUNT(*) FROM information_schema.PROCESSLIST"
                 " WHERE STATE = 'User sleep'") == "1";
    }));
    return holder;
  }
  void end_hold() {
    const std::string id =
        server_->sql("SELECT ID FROM information_schema.PROCESSLIST WHERE STATE = 'User sleep'");
    if (!id.empty()) sql("KILL " + id);
  }
};
INSTANTIATE_TEST_SUITE_P(Servers, MysqlCatalogue, ::testing::Values(Kind::mariadb, Kind::mysql),
                         kind_suffix);

TEST_P(MysqlCatalogue, ColumnsThatDifferByAnAccentAreNotTheKey) {
  if (!start()) return;
  sql("CREATE TABLE shop.t (`é` INT, e INT PRIMARY KEY, E2 INT, UNIQUE INDEX (E2))");
  auto connection = Connection::connect(source_options(*server_).connection);
  ASSERT_TRUE(connection) << connection.error().to_string();
  const auto table = mysql::read_catalogue_table(*connection, {"shop", "t"});
  ASSERT_TRUE(table && *table);
  std::vector<std::string> shown;
  for (const mysql::CatalogueColumn& column : (*table)->columns) {
    shown.push_back(column.name + " " + std::to_string(column.key_ordinal));
  }
  EXPECT_THAT(shown, ::testing::ElementsAre("é 0", "e 1", "E2 0"));
}

// MariaDB leaves it out of information_schema. MySQL's has no locks.
TEST_P(MysqlCatalogue, ALockedTableIsNotMissing) {
  if (!is_mariadb()) return;
  if (!start()) return;
  const auto holder = hold_table(30);
  auto connection = Connection::connect(source_options(*server_).connection);
  ASSERT_TRUE(connection) << connection.error().to_string();
  ASSERT_TRUE(connection->query("SET SESSION lock_wait_timeout=1"));
  const auto table = mysql::read_catalogue_table(*connection, {"shop", "held"});
  end_hold();
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().kind(), ErrorKind::busy) << table.error().to_string();
}

TEST_P(MysqlCatalogue, AStreamIsInterruptedWhileItWaitsForALock) {
  if (!is_mariadb()) return;
  if (!start()) return;
  const auto holder = hold_table(30);
  mysql::ServerCatalogue catalogue(source_options(*server_).connection);
  const auto started = steady_clock::now();
  std::jthread interrupter([&] {
    std::this_thread::sleep_for(milliseconds(500));
    catalogue.interrupt();
  });
  EXPECT_FALSE(catalogue.find({"shop", "held"}));
  EXPECT_LT(steady_clock::now() - started, milliseconds(3000));
  // And not asked again.
  EXPECT_FALSE(catalogue.find({"shop", "orders"}));
  end_hold();
}

}  // namespace
}  // namespace tailrace::testing
