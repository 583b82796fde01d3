#include "clients/mysql/classify.h"

#include <gtest/gtest.h>

namespace tailrace::mysql {
namespace {

struct Case {
  unsigned code;
  const char* sqlstate;
  const char* message;
  ErrorKind kind;
};

class Classify : public testing::TestWithParam<Case> {};

TEST_P(Classify, GivesTheKind) {
  const Case& given = GetParam();
  EXPECT_EQ(classify(given.code, given.sqlstate, given.message), given.kind)
      << given.code << " " << given.message << ": "
      << to_string(classify(given.code, given.sqlstate, given.message));
}

Case plain(unsigned code, ErrorKind kind) {
  return {code, "HY000", "", kind};
}

std::vector<Case> plain_cases() {
  const std::vector<std::pair<ErrorKind, std::vector<unsigned>>> kinds = {
      {ErrorKind::busy,
       {1020, 1180, 1205, 1213, 1402, 1613, 1614, 1689, 3058, 3101, 3572, 1037, 1038,
        1040, 1041, 1203, 1206, 1226, 1243, 1412, 1615, 1637, 1946, 2056, 4052}},
      {ErrorKind::shutting_down, {1053, 1077, 1079, 3169, 1927, 1290, 1792, 1836, 3098, 3100}},
      {ErrorKind::unreachable, {1158, 1159, 1160, 1161, 1152, 1184, 1042, 1043, 2001, 2002, 2003,
                                2004, 2005, 2006, 2011, 2012, 2013, 2055, 4031, 5013, 5014}},
      {ErrorKind::timeout, {1317, 1969, 3024}},
      {ErrorKind::disk_full, {1021, 1114, 3675}},
      {ErrorKind::row_rejected,
       {1022, 1032, 1048, 1062, 1169, 1216, 1217, 1364, 1451, 1452, 1467, 1557, 1586, 1761, 1762,
        3819, 4025}},
      {ErrorKind::unsupported_value,
       {1153, 2020, 1118, 1264, 1265, 1292, 1300, 1366, 1367, 1406, 1416, 1690, 3140, 3141, 3144,
        3157, 4038, 4079}},
      {ErrorKind::schema_mismatch,
       {1008, 1046, 1049, 1051, 1054, 1072, 1109, 1136, 1146, 1906, 3105}},
      {ErrorKind::auth,
       {1045, 1129, 1130, 1251, 1524, 1698, 1820, 1862, 2049, 2059, 2061, 3118, 3159, 3955, 4151}},
      {ErrorKind::permission, {1044, 1095, 1142, 1143, 1227, 1370, 1410}},
      {ErrorKind::source_settings, {1381}},
      {ErrorKind::position_lost, {1789, 1951}},
      {ErrorKind::source_changed, {1945, 1955}},
      {ErrorKind::stream_corrupt, {1194, 5017, 5018, 2027}},
      {ErrorKind::unclassified, {1064, 1193, 9999}},
  };
  std::vector<Case> cases;
  for (const auto& [kind, codes] : kinds) {
    for (const unsigned code : codes) cases.push_back(plain(code, kind));
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Codes, Classify, testing::ValuesIn(plain_cases()));

INSTANTIATE_TEST_SUITE_P(
    DumpMessages, Classify,
    testing::Values(
        Case{1236, "HY000", "Could not find first log file name in binary log index file",
             ErrorKind::position_lost},
        Case{1236, "HY000",
             "Cannot replicate because the source purged required binary logs. Replicate the "
             "missing transactions from elsewhere",
             ErrorKind::position_lost},
        Case{1236, "HY000",
             "Could not find GTID state requested by slave in any binlog files. Probably the slave "
             "state is too old and required binlog files have been purged.",
             ErrorKind::position_lost},
        Case{1236, "HY000",
             "Replica has more GTIDs than the source has, using the source's SERVER_UUID.",
             ErrorKind::source_changed},
        Case{1236, "HY000",
             "Client requested source to start replication from position > file size",
             ErrorKind::source_changed},
        Case{1236, "HY000", "Client requested source to start replication from impossible position",
             ErrorKind::source_changed},
        Case{1236, "HY000",
             "A replica with the same server_uuid/server_id as this replica has connected",
             ErrorKind::busy},
        Case{1236, "HY000", "Binary log is not open", ErrorKind::source_settings},
        Case{1236, "HY000",
             "log event entry exceeded max_allowed_packet; Increase max_allowed_packet on source",
             ErrorKind::source_settings},
        Case{1236, "HY000", "bogus data in log event", ErrorKind::stream_corrupt},
        Case{1236, "HY000", "event read from binlog did not pass crc check",
             ErrorKind::stream_corrupt},
        Case{1236, "HY000", "something new", ErrorKind::unclassified}));

INSTANTIATE_TEST_SUITE_P(
    TlsMessages, Classify,
    testing::Values(
        Case{2026, "HY000", "TLS/SSL error: self-signed certificate in certificate chain",
             ErrorKind::auth},
        Case{2026, "HY000", "TLS/SSL error: SSL is required, but the server does not support it",
             ErrorKind::auth},
        Case{2026, "HY000", "TLS/SSL error: Validation of SSL server certificate failed",
             ErrorKind::auth},
        Case{2026, "HY000", "TLS/SSL error: unexpected eof while reading", ErrorKind::unreachable},
        Case{2026, "HY000", "TLS/SSL error: Connection reset by peer", ErrorKind::unreachable}));

INSTANTIATE_TEST_SUITE_P(UnknownCodes, Classify,
                         testing::Values(Case{7777, "40001", "", ErrorKind::busy},
                                         Case{7777, "08S01", "", ErrorKind::unreachable},
                                         Case{7777, "23000", "", ErrorKind::row_rejected},
                                         Case{7777, "22003", "", ErrorKind::row_rejected},
                                         Case{7777, "42000", "", ErrorKind::unclassified}));

TEST(MakeError, CarriesTheNativeCode) {
  const Error error = make_error(1062, "23000", "Duplicate entry");
  EXPECT_EQ(error.native(), "1062/23000");
  EXPECT_EQ(error.kind(), ErrorKind::row_rejected);
  EXPECT_EQ(error.to_string(), "Duplicate entry [1062/23000]");
}

}  // namespace
}  // namespace tailrace::mysql
