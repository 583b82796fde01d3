// Rows events that are damaged, or hold what must not be passed on.

#include "extractors/mysql/row_decoder.h"

#include <gmock/gmock.h>

#include "binlog_replay.h"

namespace tailrace::mysql::recorded {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::string_literals;

// t (id INT UNSIGNED PRIMARY KEY, name VARCHAR(20) CHARACTER SET utf8mb4)
TableMap table_map() {
  TableMap map;
  map.name = {"db", "t"};
  map.has_names = true;
  map.key = {0};
  TableMapColumn id;
  id.type = ColumnType::long_;
  id.name = "id";
  id.is_unsigned = true;
  TableMapColumn name;
  name.type = ColumnType::varchar;
  name.name = "name";
  name.size = 80;
  name.collation = 45;
  map.columns = {id, name};
  return map;
}

class RowDecoding : public ::testing::Test {
 protected:
  Status decode(ChangeKind kind, const std::string& rows, const std::string& used = "\x03",
                const std::string& used_after = "\x03", std::uint64_t columns = 2) {
    const TableMap map = table_map();
    auto schema = to_table_schema(map, charsets_, nullptr);
    EXPECT_TRUE(schema) << schema.error().to_string();
    auto decoder = RowDecoder::create(map, *schema, charsets_);
    RowsEvent event;
    event.kind = kind;
    event.column_count = columns;
    event.used = as_bytes(used);
    event.used_after = as_bytes(used_after);
    event.rows = as_bytes(rows);
    builder_.begin({});
    Status decoded = decoder->decode_rows(event, builder_);
    EXPECT_TRUE(builder_.flush());
    return decoded;
  }

  Status collect(const BlockPtr& block) {
    ByteWriter copy;
    copy.bytes(block->payload());
    EXPECT_TRUE(Block::decode(block->header(), std::move(copy)));
    BlockCursor cursor(*block);
    while (const auto record = cursor.next()) {
      const auto* change = std::get_if<Change>(&*record);
      if (change == nullptr) continue;
      std::string line(to_string(change->kind));
      if (!change->before.empty()) line += printed(change->before, *change->schema);
      line += " ->";
      if (!change->after.empty()) line += printed(change->after, *change->schema);
      changes_.push_back(line);
    }
    return {};
  }

  CharsetTable charsets_;
  std::vector<std::string> changes_;
  BlockBuilder builder_{1, [this](BlockPtr block) { return collect(block); }};
};

TEST_F(RowDecoding, InsertUpdateDelete) {
  EXPECT_TRUE(decode(ChangeKind::insert, "\0\1\0\0\0\2ab\2\xff\xff\xff\xff"s));
  EXPECT_TRUE(builder_.abort());
  EXPECT_TRUE(decode(ChangeKind::update, "\0\1\0\0\0\1a\0\1\0\0\0\0"s));
  EXPECT_TRUE(builder_.abort());
  EXPECT_TRUE(decode(ChangeKind::update, "\0\1\0\0\0\1"s, "\x01", "\x02"));
  EXPECT_TRUE(builder_.abort());
  EXPECT_TRUE(decode(ChangeKind::remove, "\0\7\0\0\0\1x"s));
  EXPECT_THAT(changes_,
              ElementsAre("insert ->\t1\tab", "insert ->\t4294967295\tNULL", "update\t1\ta ->\t1\t",
                          "update\t1\t(unchanged) ->\t(unchanged)\tNULL", "delete\t7\tx ->"));
}

TEST_F(RowDecoding, RowsBeforeTheDamageStayWhole) {
  const Status decoded = decode(ChangeKind::insert, "\0\1\0\0\0\2ab\0\2\0\0\0\5abc"s);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().kind(), ErrorKind::stream_corrupt);
  EXPECT_THAT(decoded.error().to_string(), HasSubstr("table db.t, column \"name\", row at byte 8"));
  EXPECT_THAT(changes_, ElementsAre("insert ->\t1\tab"));
}

TEST_F(RowDecoding, EveryCutIsFound) {
  const std::string rows = "\0\1\0\0\0\1a\0\1\0\0\0\1b"s;
  for (std::size_t size = 1; size < rows.size(); ++size) {
    EXPECT_FALSE(decode(ChangeKind::update, rows.substr(0, size))) << size;
    EXPECT_TRUE(builder_.abort());
  }
  EXPECT_THAT(changes_, ElementsAre());
}

TEST_F(RowDecoding, InvalidTextNamesTheColumnAndTheByteNotTheValue) {
  const Status decoded = decode(ChangeKind::insert, "\0\1\0\0\0\4qq\xc3("s);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().kind(), ErrorKind::unsupported_value);
  EXPECT_THAT(decoded.error().to_string(), HasSubstr("column \"name\""));
  EXPECT_THAT(decoded.error().to_string(), HasSubstr("text is not valid utf8mb4 at its byte 2"));
  EXPECT_THAT(decoded.error().to_string(), ::testing::Not(HasSubstr("qq")));
}

TEST_F(RowDecoding, ColumnsThatDoNotFitTheTableMap) {
  EXPECT_FALSE(decode(ChangeKind::insert, "\0\1\0\0\0\1a"s, "\x07", "\x07", 3));
  EXPECT_TRUE(builder_.abort());
  EXPECT_FALSE(decode(ChangeKind::insert, ""s, "\0"s, "\0"s));
}

EventView rows_view(EventType type, std::string_view body) {
  EventView view;
  view.header.type = type;
  view.body = as_bytes(body);
  return view;
}

TEST(RowsEvent, ExtraDataIsSkippedByItsLength) {
  using namespace std::string_view_literals;
  const auto rows = decode_rows_event(
      rows_view(EventType::write_rows, "\x2a\0\0\0\0\0\1\0\5\0\1\7\0\2\x03rows"sv));
  ASSERT_TRUE(rows) << rows.error().to_string();
  EXPECT_EQ(rows->table_id, 42U);
  EXPECT_TRUE(rows->ends_statement());
  EXPECT_EQ(rows->column_count, 2U);
  EXPECT_EQ(as_text(rows->rows), "rows");
  EXPECT_FALSE(decode_rows_event(rows_view(EventType::write_rows, "\x2a\0\0\0\0\0\1\0\1\0\2\3"sv)));
}

TEST(RowsEvent, DummyOnlyEndsAStatement) {
  using namespace std::string_view_literals;
  const auto rows =
      decode_rows_event(rows_view(EventType::write_rows_v1, "\xff\xff\xff\0\0\0\1\0\0"sv));
  ASSERT_TRUE(rows);
  EXPECT_TRUE(rows->is_dummy());
  EXPECT_TRUE(rows->ends_statement());
}

TEST(RowsEvent, KindsThatAreNotDecodedAreNamed) {
  for (const EventType type :
       {EventType::partial_update_rows, EventType::mariadb_write_rows_compressed_v1,
        EventType::pre_ga_write_rows, EventType::transaction_payload}) {
    const auto rows = decode_rows_event(rows_view(type, "0123456789012345"));
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().kind(), ErrorKind::unsupported_protocol);
    EXPECT_THAT(rows.error().message(), HasSubstr(std::string(name_of(type))));
  }
}

}  // namespace
}  // namespace tailrace::mysql::recorded
