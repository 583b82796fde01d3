// A server that cannot be captured, or a log that cannot be followed, is refused in one message
// with place and way out.
#include <gmock/gmock.h>

#include "tests/integration/mysql_source_bed.h"

namespace tailrace::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class MysqlSourceRefusal : public MysqlSourceTest {
 protected:
  void expect_unusable(mysql::MySqlSource& source, ErrorKind kind, const std::string& message) {
    auto resolved = source.resolve({StartPoint::Kind::now, {}});
    ASSERT_FALSE(resolved);
    EXPECT_EQ(resolved.error().kind(), kind) << resolved.error().to_string();
    EXPECT_THAT(resolved.error().to_string(), HasSubstr(message));
    bool found = false;
    for (const Finding& finding : source.check()) {
      found = found || (finding.level == Finding::Level::error &&
                        finding.message.find(message) != std::string::npos);
    }
    EXPECT_TRUE(found) << "the preflight does not say it";
  }
  // Captures what these statements log; they must end the stream.
  void expect_stopped(const std::string& statements, const std::string& message) {
    const Checkpoint now = resolve(*source_, StartPoint::Kind::now);
    sql(statements);
    const Captured stopped = capture(*source_, now);
    ASSERT_TRUE(stopped.error) << statements;
    EXPECT_EQ(stopped.error->kind(), ErrorKind::unsupported_protocol) << stopped.error->to_string();
    EXPECT_THAT(stopped.error->to_string(), HasSubstr(message));
    EXPECT_THAT(stopped.error->to_string(), HasSubstr("position binlog.0000"));
    EXPECT_THAT(stopped.error->to_string(), HasSubstr("first bytes"));
    EXPECT_FALSE(stopped.error->hint().empty());
  }
};
INSTANTIATE_TEST_SUITE_P(Servers, MysqlSourceRefusal, ::testing::Values(Kind::mariadb, Kind::mysql),
                         kind_suffix);

TEST_P(MysqlSourceRefusal, WrongPassword) {
  if (!start()) return;
  auto options = source_options(*server_);
  options.connection.password = Secret("sesame");
  const auto source = make_source(options);
  expect_unusable(*source, ErrorKind::auth, "Access denied");
  auto resolved = source->resolve({StartPoint::Kind::now, {}});
  EXPECT_THAT(resolved.error().to_string(), ::testing::Not(HasSubstr("sesame")));
}

TEST_P(MysqlSourceRefusal, MissingPrivileges) {
  if (!start()) return;
  sql("CREATE USER 'poor'@'%' IDENTIFIED BY 'p'; GRANT SELECT ON *.* TO 'poor'@'%'");
  auto options = source_options(*server_);
  options.connection.user = "poor";
  options.connection.password = Secret("p");
  auto source = make_source(options);
  expect_unusable(*source, ErrorKind::permission, "GRANT");
  // The log status may be read, the log itself not.
  sql("GRANT REPLICATION CLIENT ON *.* TO 'poor'@'%'");
  source = make_source(options);
  auto extractor = source->open(resolve(*source, StartPoint::Kind::now));
  ASSERT_TRUE(extractor) << extractor.error().to_string();
  const Captured stopped = read_until(*source, **extractor, Position{"binlog.999999:4"});
  ASSERT_TRUE(stopped.error);
  EXPECT_EQ(stopped.error->kind(), ErrorKind::permission) << stopped.error->to_string();
  EXPECT_THAT(stopped.error->to_string(), HasSubstr("GRANT REPLICATION SLAVE"));
  bool found = false;
  for (const Finding& finding : source->check()) {
    found = found || finding.message.find("REPLICATION SLAVE") != std::string::npos;
  }
  EXPECT_TRUE(found) << "the preflight does not say it";
}

TEST_P(MysqlSourceRefusal, BinaryLogIsOff) {
  if (!start({"--skip-log-bin"})) return;
  expect_unusable(*source_, ErrorKind::source_settings, "binary logging is disabled on 127.0.0.1");
}

TEST_P(MysqlSourceRefusal, FormatIsNotRow) {
  if (!start()) return;
  sql("SET GLOBAL binlog_format='STATEMENT'");
  expect_unusable(*source_, ErrorKind::source_settings,
                  "binlog_format is STATEMENT; tailrace needs ROW");
}

TEST_P(MysqlSourceRefusal, RowImageIsPartial) {
  if (!start()) return;
  sql("SET GLOBAL binlog_row_image='MINIMAL'");
  expect_unusable(*source_, ErrorKind::source_settings, "binlog_row_image is MINIMAL");
  auto options = source_options(*server_);
  options.row_image = "MINIMAL";
  source_ = make_source(options);
  const Checkpoint now = resolve(*source_, StartPoint::Kind::now);
  sql("INSERT INTO shop.orders VALUES (1, 'a'); UPDATE shop.orders SET v = 'b'");
  const Captured captured = capture(*source_, now);
  EXPECT_FALSE(captured.error) << captured.error->to_string();
  EXPECT_THAT(captured.changes(),
              ElementsAre("insert shop.orders 1 a", "update shop.orders <unchanged> b"));
}

TEST_P(MysqlSourceRefusal, NobodyListens) {
  if (!start()) return;
  auto options = source_options(*server_);
  server_->stop();
  const auto source = make_source(options);
  expect_unusable(*source, ErrorKind::unreachable, "127.0.0.1");
}

TEST_P(MysqlSourceRefusal, StatementFormatOfOneSession) {
  if (!start()) return;
  expect_stopped("SET SESSION binlog_format='STATEMENT'; INSERT INTO shop.orders VALUES (1, 'a')",
                 "statement-format change found for schema");
}

TEST_P(MysqlSourceRefusal, XaTransaction) {
  if (!start()) return;
  expect_stopped(
      "XA START 'x'; INSERT INTO shop.orders VALUES (1, 'a'); XA END 'x'; XA PREPARE 'x';"
      "XA COMMIT 'x'",
      "XA transactions");
}

TEST_P(MysqlSourceRefusal, CompressedTransaction) {
  if (!start()) return;
  // MariaDB compresses events, from a size on; MySQL whole transactions.
  const std::string compression =
      is_mariadb() ? "SET GLOBAL log_bin_compress=ON; SET GLOBAL log_bin_compress_min_len=10"
                   : "SET SESSION binlog_transaction_compression=ON";
  const Checkpoint now = resolve(*source_, StartPoint::Kind::now);
  sql(compression + "; INSERT INTO shop.orders VALUES (1, REPEAT('a', 100))");
  if (is_mariadb()) sql("SET GLOBAL log_bin_compress=OFF");
  const Captured stopped = capture(*source_, now);
  ASSERT_TRUE(stopped.error);
  EXPECT_EQ(stopped.error->kind(), ErrorKind::unsupported_protocol) << stopped.error->to_string();
  EXPECT_THAT(stopped.error->hint(), HasSubstr("OFF"));
}

}  // namespace
}  // namespace tailrace::testing
