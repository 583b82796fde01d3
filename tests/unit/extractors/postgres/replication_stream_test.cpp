#include "extractors/postgres/replication_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tailrace::postgres {
namespace {

using ::testing::HasSubstr;

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

// The first message of PostgreSQL 15.18 to a new slot's stream on an idle server, whose log ended
// at 0/1561268; no reply wanted.
constexpr std::string_view kKeepalive = "6b0000000001561268000303c6f339c11400";

TEST(StreamMessages, Keepalive) {
  const auto message = parse_stream_message(as_bytes(from_hex(kKeepalive)));
  ASSERT_TRUE(message);
  const auto& keepalive = std::get<Keepalive>(*message);
  EXPECT_EQ(keepalive.position.to_string(), "0/1561268");
  EXPECT_EQ(keepalive.server_time_us, 0x000303c6f339c114 + 946'684'800'000'000);
  EXPECT_FALSE(keepalive.reply_requested);
  std::string asking = from_hex(kKeepalive);
  asking.back() = 1;
  EXPECT_TRUE(std::get<Keepalive>(parse_stream_message(as_bytes(asking)).value()).reply_requested);
}

TEST(StreamMessages, WalData) {
  const std::string payload = "w" + std::string(24, '\0') + "B12";
  const auto message = parse_stream_message(as_bytes(payload));
  ASSERT_TRUE(message);
  EXPECT_EQ(as_text(std::get<WalData>(*message).message), "B12");
}

TEST(StreamMessages, AnythingElseIsRefused) {
  const std::string keepalive = from_hex(kKeepalive);
  for (const std::string& payload :
       {std::string(), std::string("x"), std::string("w"), "w" + std::string(24, '\0'),
        keepalive.substr(0, 17), keepalive + "x", "s" + keepalive.substr(1)}) {
    const auto message = parse_stream_message(as_bytes(payload));
    ASSERT_FALSE(message) << payload.size();
    EXPECT_EQ(message.error().kind(), ErrorKind::stream_corrupt);
  }
}

TEST(StreamMessages, Status) {
  ByteWriter out;
  encode({.written = Lsn{0x0102030405060708},
          .flushed = Lsn{2},
          .applied = Lsn{1},
          .client_time_us = 946'684'800'000'003,
          .reply_requested = true},
         out);
  EXPECT_EQ(out.text(), from_hex("72"
                                 "0102030405060708"
                                 "0000000000000002"
                                 "0000000000000001"
                                 "0000000000000003"
                                 "01"));
}

TEST(StartCommand, OptionsByVersion) {
  const StreamStart start{.slot = "s",
                          .position = Lsn{0x16B3748},
                          .publications = {"p"},
                          .streaming = true,
                          .binary = true};
  const std::string head = "START_REPLICATION SLOT \"s\" LOGICAL 0/16B3748 (proto_version '";
  const std::string names = "', publication_names '\"p\"'";
  const std::string newer = ", messages 'true', streaming 'on', binary 'true'";
  const std::vector<std::pair<int, std::string>> cases = {
      {120022, head + "1" + names + ")"},
      {130001, head + "1" + names + ")"},
      {140001, head + "2" + names + newer + ")"},
      {150001, head + "3" + names + newer + ")"},
      {160001, head + "4" + names + newer + ", origin 'any')"},
      {180001, head + "4" + names + newer + ", origin 'any')"}};
  for (const auto& [version, command] : cases) EXPECT_EQ(start_command(start, version), command);
  const std::string plain =
      start_command({.slot = "s", .position = {}, .publications = {"p"}}, 150000);
  EXPECT_THAT(plain, Not(HasSubstr("binary")));
  EXPECT_THAT(plain, Not(HasSubstr("streaming")));
}

TEST(StartCommand, PublicationNamesAreIdentifiersInAString) {
  EXPECT_THAT(
      start_command({.slot = "s", .position = {}, .publications = {"a\"b", "it's", "c,d"}}, 150000),
      HasSubstr("publication_names '\"a\"\"b\",\"it''s\",\"c,d\"'"));
}

TEST(StreamHints, AMissingPublicationIsAGap) {
  const Error error = with_stream_hint(
      Error(ErrorKind::schema_mismatch, "publication \"p\" does not exist").native("42704"));
  EXPECT_EQ(error.kind(), ErrorKind::position_lost);
  EXPECT_THAT(error.hint(), HasSubstr("--create-slot"));
  const Error other = with_stream_hint(Error(ErrorKind::unreachable, "gone"));
  EXPECT_EQ(other.kind(), ErrorKind::unreachable);
  EXPECT_EQ(other.hint(), "");
}

}  // namespace
}  // namespace tailrace::postgres
