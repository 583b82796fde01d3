#include "extractors/mysql/event.h"

#include <gmock/gmock.h>

#include "binlog_replay.h"
#include "core/crc32.h"

namespace tailrace::mysql::recorded {
namespace {

using ::testing::HasSubstr;

// Bytes of an event, header and (valid) checksum made up around the body.
std::string event_bytes(EventType type, std::string_view body, bool checksum = false,
                        std::uint16_t flags = 0) {
  ByteWriter out;
  out.u32_le(1700000000);
  out.u8(static_cast<std::uint8_t>(type));
  out.u32_le(7);
  out.u32_le(static_cast<std::uint32_t>(EventHeader::kBytes + body.size() + (checksum ? 4 : 0)));
  out.u32_le(1234);
  out.u8(static_cast<std::uint8_t>(flags & 0xFF));
  out.u8(static_cast<std::uint8_t>(flags >> 8));
  out.text(body);
  if (checksum) out.u32_le(crc32(out.view()));
  return std::string(out.text());
}

EventView view_of(EventType type, std::string_view body) {
  EventView view;
  view.header.type = type;
  view.header.server_id = 7;
  view.header.next_position = 1234;
  view.body = as_bytes(body);
  return view;
}

using namespace std::string_literals;
using namespace std::string_view_literals;

TEST(ParseEvent, ReadsTheHeaderAndTakesTheChecksumOff) {
  const std::string bytes = event_bytes(EventType::xid, "12345678", true, kEventIgnorable);
  const auto view = parse_event(as_bytes(bytes), true);
  ASSERT_TRUE(view) << view.error().to_string();
  EXPECT_EQ(view->header.timestamp, 1700000000U);
  EXPECT_EQ(view->header.type, EventType::xid);
  EXPECT_EQ(view->header.server_id, 7U);
  EXPECT_EQ(view->header.next_position, 1234U);
  EXPECT_TRUE(view->header.has(kEventIgnorable));
  EXPECT_EQ(as_text(view->body), "12345678");
}

TEST(ParseEvent, EveryFlippedBitAndEveryCutIsFound) {
  const std::string bytes = event_bytes(EventType::query, "some body of an event", true);
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    std::string damaged = bytes;
    damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ (1 << i % 8));
    // A type that changes into FORMAT_DESCRIPTION is checked by that event's own rules.
    if (static_cast<EventType>(damaged[4]) == EventType::format_description) continue;
    EXPECT_FALSE(parse_event(as_bytes(damaged), true)) << "bit " << i;
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto view = parse_event(as_bytes(bytes).first(size), true);
    ASSERT_FALSE(view);
    EXPECT_EQ(view.error().kind(), ErrorKind::stream_corrupt);
  }
}

TEST(ParseEvent, ErrorsNameTypeAndFirstBytes) {
  std::string bytes = event_bytes(EventType::xid, "\x01\x02\xff"s, true);
  bytes.back() ^= 1;
  const auto view = parse_event(as_bytes(bytes), true);
  ASSERT_FALSE(view);
  EXPECT_THAT(view.error().message(), HasSubstr("XID event (type 16) is malformed"));
  EXPECT_THAT(view.error().message(), HasSubstr("first bytes 0102ff"));
  const Error unknown =
      unsupported_event(view_of(static_cast<EventType>(200), "\x0a"), "what is it");
  EXPECT_EQ(unknown.kind(), ErrorKind::unsupported_protocol);
  EXPECT_THAT(unknown.message(), HasSubstr("event of type 200: what is it; first bytes 0a"));
}

TEST(FormatDescription, OfRealServers) {
  for (const auto& [name, mariadb] : {std::pair{"mariadb-10.11-types.binlog", true},
                                      std::pair{"mysql-9.7-types.binlog", false}}) {
    const std::string bytes = fixture(name);
    BinlogFile file(as_bytes(bytes));
    const auto event = file.next();
    ASSERT_TRUE(event) << event.error().to_string();
    ASSERT_EQ(event->header.type, EventType::format_description);
    const auto description = decode_format_description(*event);
    ASSERT_TRUE(description);
    EXPECT_EQ(description->is_mariadb(), mariadb) << description->server_version;
    EXPECT_TRUE(description->has_checksum);
    EXPECT_EQ(description->post_header_bytes.at(18), 8);  // TABLE_MAP
  }
}

// The server marks an open file after it took the checksum.
TEST(FormatDescription, InUseFlagIsOutsideTheChecksum) {
  std::string bytes = fixture("mariadb-10.11-types.binlog").substr(4);
  ByteReader in(as_bytes(bytes));
  in.skip(9);
  bytes.resize(in.u32_le());
  bytes[17] ^= 1;
  EXPECT_TRUE(parse_event(as_bytes(bytes), false));
  bytes[17] ^= 2;
  EXPECT_FALSE(parse_event(as_bytes(bytes), false));
}

TEST(Rotate, PositionAndFile) {
  const auto rotate = decode_rotate(view_of(EventType::rotate, "\4\0\0\0\1\0\0\0binlog.000002"sv));
  ASSERT_TRUE(rotate);
  EXPECT_EQ(rotate->position, (std::uint64_t{1} << 32) + 4);
  EXPECT_EQ(rotate->file, "binlog.000002");
  EXPECT_FALSE(decode_rotate(view_of(EventType::rotate, "\4\0\0\0\0\0\0\0"sv)));
}

TEST(Query, StatusVariables) {
  const std::string status =
      "\0\1\2\3\4"              // flags2
      "\1\4\0\0\0\0\0\0\0"      // sql_mode: ANSI_QUOTES
      "\6\3std"                 // catalogue
      "\4\x2d\0\x08\0\xff\0"    // client, connection, server collation
      "\x0c\2a\0b\0"            // updated databases
      "\x0d\x40\x42\x0f"        // microseconds
      "\x11\x09\0\0\0\0\0\0\0"  // ddl_xid
      "\xfa\1\2\3"s;            // unknown: ends the list
  std::string body = "\x0a\0\0\0\1\0\0\0\2\0\0"s;
  body += static_cast<char>(status.size());
  body += "\0"s + status + "db\0DROP TABLE t"s;
  const auto query = decode_query(view_of(EventType::query, body));
  ASSERT_TRUE(query) << query.error().to_string();
  EXPECT_EQ(query->thread_id, 10U);
  EXPECT_EQ(query->database, "db");
  EXPECT_EQ(query->sql_text(), "DROP TABLE t");
  EXPECT_EQ(query->flags2, 0x04030201U);
  EXPECT_EQ(query->sql_mode, Query::kAnsiQuotes);
  EXPECT_EQ(query->client_collation, 45);
  EXPECT_EQ(query->connection_collation, 8);
  EXPECT_EQ(query->server_collation, 255);
  EXPECT_EQ(query->microseconds, 1000000U);
  EXPECT_EQ(query->ddl_xid, 9U);
  for (std::size_t size = 0; size + std::size("DROP TABLE t") <= body.size(); ++size) {
    EXPECT_FALSE(decode_query(view_of(EventType::query, body.substr(0, size)))) << size;
  }
}

TEST(Gtid, OfMysql57And8) {
  const std::string head =
      "\1\x3e\x11\xfa\x47\x71\xca\x11\xe1\x9e\x33\xc8\x0a\xa9\x42\x95\x62"
      "\x17\0\0\0\0\0\0\0"s;
  const std::string clock = "\2\5\0\0\0\0\0\0\0\6\0\0\0\0\0\0\0"s;
  const auto old = decode_gtid(view_of(EventType::gtid, head + clock));
  ASSERT_TRUE(old);
  EXPECT_EQ(old->source.to_string(), "3e11fa47-71ca-11e1-9e33-c80aa9429562");
  EXPECT_EQ(old->number, 23U);
  EXPECT_EQ(old->last_committed, 5);
  EXPECT_EQ(old->sequence_number, 6);
  EXPECT_EQ(old->immediate_commit_us, 0U);
  const auto whole = decode_gtid(view_of(
      EventType::gtid,
      head + clock + "\1\0\0\0\0\0\x80\2\0\0\0\0\0\0\xfc\x2c\1\x81\x38\1\x80\x80\x38\1\0"s));
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->immediate_commit_us, 1U);
  EXPECT_EQ(whole->original_commit_us, 2U);
  EXPECT_EQ(whole->transaction_bytes, 300U);
  EXPECT_EQ(whole->immediate_server_version, 80001U);
  EXPECT_EQ(whole->original_server_version, 80000U);
  EXPECT_FALSE(decode_gtid(view_of(EventType::gtid, head.substr(0, 20))));
  // A number of zero belongs to ANONYMOUS_GTID only.
  const std::string anonymous = std::string(25, '\0') + clock;
  EXPECT_TRUE(decode_gtid(view_of(EventType::anonymous_gtid, anonymous)));
  EXPECT_FALSE(decode_gtid(view_of(EventType::gtid, anonymous)));
}

TEST(MariadbGtid, PlainGroupCommitAndXa) {
  const std::string head = "\x64\0\0\0\0\0\0\0\5\0\0\0"s;
  const auto standalone =
      decode_mariadb_gtid(view_of(EventType::mariadb_gtid, head + "\x21\0\0\0\0\0\0"s));
  ASSERT_TRUE(standalone);
  EXPECT_EQ(standalone->gtid.to_string(), "5-7-100");
  EXPECT_TRUE(standalone->has(MariadbGtidEvent::kStandalone));
  EXPECT_TRUE(standalone->has(MariadbGtidEvent::kDdl));
  const auto group =
      decode_mariadb_gtid(view_of(EventType::mariadb_gtid, head + "\x06\x09\0\0\0\0\0\0\0"s));
  ASSERT_TRUE(group);
  EXPECT_EQ(group->group_commit_id, 9U);
  const std::string xa_body = head + "\x44\1\0\0\0\2\1abc\2"s;
  const auto xa = decode_mariadb_gtid(view_of(EventType::mariadb_gtid, xa_body));
  ASSERT_TRUE(xa);
  EXPECT_TRUE(xa->has(MariadbGtidEvent::kPreparedXa));
  EXPECT_EQ(as_text(xa->xid), "\1\0\0\0\2\1abc"s);
  EXPECT_EQ(xa->extra_flags, MariadbGtidEvent::kExtraStartAlter);
}

TEST(MariadbGtidList, Entries) {
  const std::string body =
      "\2\0\0\x10\0\0\0\0\1\0\0\0\x64\0\0\0\0\0\0\0\1\0\0\0\7\0\0\0\3\0\0\0\0\0\0\0"s;
  const auto list = decode_mariadb_gtid_list(view_of(EventType::mariadb_gtid_list, body));
  ASSERT_TRUE(list);
  ASSERT_EQ(list->gtids.size(), 2U);
  EXPECT_TRUE(list->until_reached);
  EXPECT_EQ(list->gtids[0].to_string(), "0-1-100");
  EXPECT_EQ(list->gtids[1].to_string(), "1-7-3");
  EXPECT_FALSE(decode_mariadb_gtid_list(
      view_of(EventType::mariadb_gtid_list, body.substr(0, body.size() - 1))));
}

TEST(Heartbeat, BothVersions) {
  const auto old = decode_heartbeat(view_of(EventType::heartbeat, "binlog.000001"));
  ASSERT_TRUE(old);
  EXPECT_EQ(old->file, "binlog.000001");
  EXPECT_EQ(old->position, 1234U);
  const auto large =
      decode_heartbeat(view_of(EventType::heartbeat_v2, "\1\5bin.1\2\x09\xfe\0\0\0\0\1\0\0\0\0"sv));
  ASSERT_TRUE(large);
  EXPECT_EQ(large->file, "bin.1");
  EXPECT_EQ(large->position, std::uint64_t{1} << 32);
  EXPECT_FALSE(decode_heartbeat(view_of(EventType::heartbeat_v2, "\1\5bin"sv)));
}

TEST(Incident, KindAndMessage) {
  const auto incident = decode_incident(view_of(EventType::incident, "\1\0\4lost"sv));
  ASSERT_TRUE(incident);
  EXPECT_EQ(incident->kind, 1);
  EXPECT_EQ(incident->message, "lost");
}

}  // namespace
}  // namespace tailrace::mysql::recorded
