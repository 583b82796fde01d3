#include "extractors/mysql/log_cursor.h"

#include <gtest/gtest.h>

namespace tailrace::mysql {
namespace {

EventHeader event(std::uint32_t bytes, std::uint32_t next_position, std::uint16_t flags = 0) {
  EventHeader header;
  header.type = EventType::query;
  header.event_bytes = bytes;
  header.next_position = next_position;
  header.flags = flags;
  return header;
}

TEST(LogCursor, AddsUpSizes) {
  LogCursor cursor;
  cursor.start_file("b.000001", 4);
  cursor.advance(event(120, 124));
  cursor.advance(event(50, 0));  // MariaDB 11.4 inside a transaction
  EXPECT_EQ(cursor.offset(), 174U);
  cursor.advance(event(50, 0, kEventArtificial));
  EXPECT_EQ(cursor.offset(), 174U);
}

TEST(LogCursor, GoesBeyondFourGigabytes) {
  LogCursor cursor;
  cursor.start_file("b.000001", 0xFFFFFF00);
  cursor.advance(event(0x200, 0x100));
  EXPECT_EQ(cursor.offset(), 0x1'0000'0100U);
  cursor.advance(event(0x10, 0));
  cursor.advance(event(0x10, 0x120));
  EXPECT_EQ(cursor.offset(), 0x1'0000'0120U);
}

TEST(LogCursor, FollowsTheServerWhereItLeftEventsOut) {
  LogCursor cursor;
  cursor.start_file("b.000001", 4);
  cursor.advance(event(120, 124));
  cursor.advance(event(80, 9'000));
  EXPECT_EQ(cursor.offset(), 9'000U);
  cursor.start_file("b.000002", 4);
  cursor.advance(event(80, 0xF0000000));  // far into the file, below 4 GiB
  EXPECT_EQ(cursor.offset(), 0xF0000000U);
}

TEST(LogCursor, IgnoresARepeatedFormatDescription) {
  LogCursor cursor;
  cursor.start_file("b.000001", 500);
  EventHeader header = event(120, 0);
  header.type = EventType::format_description;
  cursor.advance(header);
  EXPECT_EQ(cursor.offset(), 500U);
}

TEST(LogCursor, Heartbeats) {
  LogCursor cursor;
  cursor.start_file("b.000001", 0x1'0000'0000);
  cursor.heartbeat({"b.000001", 0x20}, false);
  EXPECT_EQ(cursor.offset(), 0x1'0000'0020U);
  cursor.heartbeat({"b.000001", 0x2'0000'0000}, true);
  EXPECT_EQ(cursor.offset(), 0x2'0000'0000U);
  cursor.heartbeat({"b.000002", 157}, false);
  EXPECT_EQ(cursor.place(), (FilePosition{"b.000002", 157}));
}

}  // namespace
}  // namespace tailrace::mysql
