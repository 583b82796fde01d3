#include "clients/postgres/classify.h"

#include <vector>

#include <gtest/gtest.h>

namespace tailrace::postgres {
namespace {

struct Case {
  std::string_view sqlstate;
  ErrorKind kind;
};

TEST(PostgresClassify, EveryCodeHasItsKind) {
  const std::vector<Case> cases = {
      {"", ErrorKind::unreachable},
      {"08000", ErrorKind::unreachable},
      {"08006", ErrorKind::unreachable},
      {"08P01", ErrorKind::unreachable},
      {"0A000", ErrorKind::schema_mismatch},
      {"21000", ErrorKind::internal},
      {"22001", ErrorKind::unsupported_value},
      {"22003", ErrorKind::unsupported_value},
      {"22007", ErrorKind::unsupported_value},
      {"22008", ErrorKind::unsupported_value},
      {"22021", ErrorKind::unsupported_value},
      {"22P02", ErrorKind::unsupported_value},
      {"22P05", ErrorKind::unsupported_value},
      {"23502", ErrorKind::row_rejected},
      {"23503", ErrorKind::row_rejected},
      {"23505", ErrorKind::row_rejected},
      {"23514", ErrorKind::row_rejected},
      {"23P01", ErrorKind::row_rejected},
      {"25006", ErrorKind::shutting_down},
      {"25P03", ErrorKind::timeout},
      {"26000", ErrorKind::unreachable},
      {"28000", ErrorKind::auth},
      {"28P01", ErrorKind::auth},
      {"2BP01", ErrorKind::schema_mismatch},
      {"3D000", ErrorKind::schema_mismatch},
      {"40001", ErrorKind::busy},
      {"40P01", ErrorKind::busy},
      {"42501", ErrorKind::permission},
      {"42703", ErrorKind::schema_mismatch},
      {"42804", ErrorKind::schema_mismatch},
      {"428C9", ErrorKind::schema_mismatch},
      {"42P01", ErrorKind::schema_mismatch},
      {"42P10", ErrorKind::schema_mismatch},
      {"53100", ErrorKind::disk_full},
      {"53200", ErrorKind::busy},
      {"53300", ErrorKind::busy},
      {"54000", ErrorKind::unsupported_value},
      {"55006", ErrorKind::busy},
      {"55P03", ErrorKind::busy},
      {"57014", ErrorKind::timeout},
      {"57P01", ErrorKind::shutting_down},
      {"57P02", ErrorKind::shutting_down},
      {"57P03", ErrorKind::shutting_down},
      {"57P05", ErrorKind::timeout},
      {"58030", ErrorKind::busy},
      {"P0001", ErrorKind::row_rejected},
      {"XX000", ErrorKind::busy},
      {"XX001", ErrorKind::unclassified},
      {"99999", ErrorKind::unclassified},
  };
  for (const Case& c : cases) EXPECT_EQ(classify(c.sqlstate), c.kind) << c.sqlstate;
}

TEST(PostgresClassify, ConnectMessagesCarryTheirCode) {
  const std::string at = "connection to server at \"127.0.0.1\", port 5432 failed: ";
  EXPECT_EQ(classify_connect(at + "FATAL:  28P01: password authentication failed for user \"x\""),
            ErrorKind::auth);
  EXPECT_EQ(classify_connect(at + "FATAL:  3D000: database \"x\" does not exist"),
            ErrorKind::schema_mismatch);
  EXPECT_EQ(classify_connect(at + "FATAL:  57P03: the database system is starting up"),
            ErrorKind::shutting_down);
  EXPECT_EQ(classify_connect(at + "FATAL:  53300: sorry, too many clients already"),
            ErrorKind::busy);
  EXPECT_EQ(classify_connect(at + "Connection refused"), ErrorKind::unreachable);
  EXPECT_EQ(classify_connect(at + "server does not support SSL, but SSL was required"),
            ErrorKind::auth);
  EXPECT_EQ(classify_connect("fe_sendauth: no password supplied"), ErrorKind::auth);
}

TEST(PostgresClassify, ValuesOfRowsAreTakenOutOfMessages) {
  EXPECT_EQ(without_values("22P02", "invalid input syntax for type integer: \"secret\""),
            "invalid input syntax for type integer");
  EXPECT_EQ(without_values("22003", "value \"99999\" is out of range for type smallint"),
            "value *** is out of range for type smallint");
  EXPECT_EQ(without_values("42703", "column \"c\" does not exist"), "column \"c\" does not exist");
  EXPECT_EQ(make_error("22P02", "invalid input value for enum mood: \"secret\"").hint(),
            "ALTER TYPE mood ADD VALUE, for the labels that the source's type has got");
  const Error error = make_error("23505", "duplicate key value violates unique constraint \"u\"");
  EXPECT_EQ(error.native(), "23505");
  EXPECT_EQ(error.kind(), ErrorKind::row_rejected);
}

}  // namespace
}  // namespace tailrace::postgres
