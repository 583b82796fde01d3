#include "core/block.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "core/block_builder.h"
#include "core/crc32.h"

namespace tailrace {
namespace {

SchemaPtr orders() {
  TableSchema schema;
  schema.name = {"shop", "orders"};
  schema.columns = {
      {.name = "id", .type = LogicalType::int64, .nullable = false, .native_type = "bigint"},
      {.name = "note", .type = LogicalType::string, .length = 20, .charset = "utf8mb4"},
      {.name = "state",
       .type = LogicalType::enumeration,
       .native_type = "enum",
       .labels = {"new", "sent"},
       .identity = 7,
       .edition = 4'000'000'000,
       .fill = {.kind = ColumnFill::Kind::canonical, .text = "new"}}};
  schema.key = {0};
  schema.traits = {.identity = 16'384,
                   .last_identity = 9,
                   .partial = true,
                   .storage = "16384:16390",
                   .storage_later = true};
  return std::make_shared<const TableSchema>(schema);
}

class Collected {
 public:
  BlockBuilder builder(std::size_t block_bytes = BlockBuilder::kDefaultBlockBytes) {
    return BlockBuilder(
        1,
        [this](BlockPtr block) {
          blocks.push_back(std::move(block));
          return Status();
        },
        block_bytes);
  }
  std::vector<BlockPtr> blocks;
};

void insert(BlockBuilder& builder, const SchemaPtr& schema, std::string_view id) {
  builder.start_change(ChangeKind::insert, schema);
  builder.skip_image();
  builder.start_image();
  builder.put(id);
  builder.put_null();
  builder.put_unchanged();
  builder.end_image();
  ASSERT_TRUE(builder.end_change());
}

BlockPtr reread(const Block& block, std::span<const SchemaPtr> known = {}) {
  ByteWriter payload;
  payload.bytes(block.payload());
  auto decoded = Block::decode(block.header(), std::move(payload), known);
  EXPECT_TRUE(decoded) << decoded.error().to_string();
  return decoded ? *decoded : nullptr;
}

TEST(Block, GivesBackWhatWasBuilt) {
  Collected out;
  auto builder = out.builder();
  builder.begin({.id = "0-1-7", .commit_time_us = 42, .origin = "1"});
  builder.start_change(ChangeKind::update, orders());
  builder.start_image();
  builder.put("1");
  builder.put("old");
  builder.put("new");
  builder.end_image();
  builder.start_image();
  builder.put("1");
  builder.start_value();
  builder.out().text("fresh");
  builder.end_value();
  builder.put("sent");
  builder.end_image();
  ASSERT_TRUE(builder.end_change());
  ASSERT_TRUE(builder.commit({.position = "0-1-7", .commit_time_us = 42, .received_time_us = 43}));
  ASSERT_TRUE(builder.flush());

  const BlockPtr block = reread(*out.blocks.at(0));
  BlockCursor cursor(*block);
  EXPECT_EQ(std::get<TransactionBegin>(*cursor.next()).id, "0-1-7");
  const auto change = std::get<Change>(*cursor.next());
  EXPECT_EQ(*change.schema, *orders());
  std::vector<Value> before(3), after(3);
  ASSERT_TRUE(change.before.split(before));
  ASSERT_TRUE(change.after.split(after));
  EXPECT_EQ(before[1].text(), "old");
  EXPECT_EQ(after[1].text(), "fresh");
  const auto commit = std::get<TransactionCommit>(*cursor.next());
  EXPECT_EQ(commit.position, "0-1-7");
  EXPECT_EQ(commit.received_time_us, 43);
  EXPECT_FALSE(cursor.next());
}

BlockPtr block_with(Collected& out, const SchemaChange& change) {
  auto builder = out.builder();
  builder.begin({});
  EXPECT_TRUE(builder.schema_change(change));
  EXPECT_TRUE(builder.commit({.position = "p"}));
  EXPECT_TRUE(builder.flush());
  return out.blocks.at(0);
}

TEST(Block, CarriesWhatASchemaChangeDid) {
  SchemaChange altered{SchemaChangeKind::alter_table, {{"shop", "orders"}}, "ALTER TABLE orders"};
  altered.helper = altered.columns_known = altered.rows_changed = altered.filled = true;
  altered.columns = {{ColumnChange::Kind::add, "a", {}, {ColumnFill::Kind::value, "5"}},
                     {ColumnChange::Kind::rename, "b", "c", {}},
                     {ColumnChange::Kind::drop, "d", {}, {}}};
  altered.after = orders();
  Collected out;
  const BlockPtr block = reread(*block_with(out, altered));
  BlockCursor cursor(*block);
  cursor.next();
  const auto change = std::get<SchemaChange>(*cursor.next());
  EXPECT_EQ(change.kind, SchemaChangeKind::alter_table);
  EXPECT_EQ(change.statement, "ALTER TABLE orders");
  EXPECT_TRUE(change.helper && change.columns_known && change.rows_changed && change.filled);
  EXPECT_FALSE(change.cascade || change.restart_identity);
  EXPECT_EQ(change.columns, altered.columns);
  ASSERT_NE(change.after, nullptr);
  EXPECT_EQ(*change.after, *orders());
}

// What an earlier version wrote has no columns behind the statement: it is refused by its number.
TEST(Block, RefusesTheFormatBefore) {
  Collected out;
  const BlockPtr block = block_with(out, {SchemaChangeKind::drop_table, {{"a", "b"}}, {}});
  std::vector<std::byte> header = block->header();
  header[4] = std::byte{2};
  ByteWriter sum;
  sum.u32_le(crc32(Bytes(header).first(Block::kHeaderBytes - 4)));
  std::copy(sum.view().begin(), sum.view().end(), header.end() - 4);
  ByteWriter payload;
  payload.bytes(block->payload());
  const auto decoded = Block::decode(header, std::move(payload), {});
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().kind(), ErrorKind::unsupported_protocol);
}

TEST(Block, RefusesASchemaChangeWithUnknownParts) {
  SchemaChange altered{SchemaChangeKind::alter_table, {{"a", "b"}}, {}};
  altered.columns = {{static_cast<ColumnChange::Kind>(9), "a", {}, {}}};
  Collected out;
  const BlockPtr block = block_with(out, altered);
  ByteWriter payload;
  payload.bytes(block->payload());
  EXPECT_FALSE(Block::decode(block->header(), std::move(payload), {}));
}

TEST(Block, CarriesMessagesAndTheFlagsOfOtherRecords) {
  Collected out;
  auto builder = out.builder();
  builder.begin({});
  SchemaChange truncate{SchemaChangeKind::truncate, {{"a", "x"}, {"b", "y"}}, {}};
  truncate.restart_identity = true;
  ASSERT_TRUE(builder.schema_change(truncate));
  const std::string octets("\0\xff", 2);
  ASSERT_TRUE(builder.message({.prefix = "app", .content = octets, .transactional = false}));
  EXPECT_EQ(builder.changes_in_transaction(), 2U);
  ASSERT_TRUE(builder.commit({.position = "p"}));
  ASSERT_TRUE(builder.progress({.position = "q", .source_time_us = 7, .wanted = true}));
  ASSERT_TRUE(builder.flush());
  const BlockPtr block = reread(*out.blocks.at(0));
  BlockCursor cursor(*block);
  EXPECT_TRUE(std::holds_alternative<TransactionBegin>(*cursor.next()));
  const auto change = std::get<SchemaChange>(*cursor.next());
  EXPECT_EQ(change.tables, truncate.tables);
  EXPECT_TRUE(change.restart_identity);
  EXPECT_FALSE(change.cascade);
  const auto message = std::get<Message>(*cursor.next());
  EXPECT_EQ(message.prefix, "app");
  EXPECT_EQ(message.content, octets);
  EXPECT_FALSE(message.transactional);
  EXPECT_TRUE(std::holds_alternative<TransactionCommit>(*cursor.next()));
  const auto progress = std::get<Progress>(*cursor.next());
  EXPECT_EQ(progress.position, "q");
  EXPECT_EQ(progress.source_time_us, 7);
  EXPECT_TRUE(progress.wanted);
}

TEST(Block, KeepsNullUnchangedAndEmptyApart) {
  Collected out;
  auto builder = out.builder();
  builder.begin({});
  builder.start_change(ChangeKind::insert, orders());
  builder.skip_image();
  builder.start_image();
  builder.put("");
  builder.put_null();
  builder.put_unchanged();
  builder.end_image();
  ASSERT_TRUE(builder.end_change());
  ASSERT_TRUE(builder.flush());
  const BlockPtr block = reread(*out.blocks.at(0));
  BlockCursor cursor(*block);
  cursor.next();
  const auto change = std::get<Change>(*cursor.next());
  EXPECT_TRUE(change.before.empty());
  std::vector<Value> row(3);
  ASSERT_TRUE(change.after.split(row));
  EXPECT_TRUE(row[0].is_present());
  EXPECT_TRUE(row[1].is_null());
  EXPECT_TRUE(row[2].is_unchanged());
}

TEST(Block, CarriesEverySchemaItNames) {
  Collected out;
  auto builder = out.builder(200);
  const SchemaPtr schema = orders();
  builder.begin({});
  for (int i = 0; i < 50; ++i) insert(builder, schema, std::to_string(i));
  ASSERT_TRUE(builder.commit({.position = "x"}));
  ASSERT_TRUE(builder.flush());
  ASSERT_GT(out.blocks.size(), 5U);
  for (const BlockPtr& block : out.blocks) {
    const BlockPtr read = reread(*block);
    ASSERT_NE(read, nullptr);
    BlockCursor cursor(*read);
    while (const auto record = cursor.next()) {
      if (const auto* change = std::get_if<Change>(&*record)) {
        EXPECT_EQ(*change->schema, *schema);
      }
    }
  }
}

TEST(Block, ReusesKnownSchemas) {
  Collected out;
  auto builder = out.builder();
  const SchemaPtr schema = orders();
  builder.begin({});
  insert(builder, schema, "1");
  ASSERT_TRUE(builder.flush());
  const BlockPtr read = reread(*out.blocks.at(0), out.blocks.at(0)->schemas());
  EXPECT_EQ(read->schemas().at(0), schema);
}

TEST(Block, DetectsEveryFlippedByte) {
  Collected out;
  auto builder = out.builder();
  builder.begin({.id = "gtid"});
  insert(builder, orders(), "1");
  ASSERT_TRUE(builder.commit({.position = "p"}));
  ASSERT_TRUE(builder.flush());
  const Block& block = *out.blocks.at(0);
  const auto header = block.header();
  for (std::size_t i = 0; i < header.size() + block.payload().size(); ++i) {
    auto damaged_header = header;
    ByteWriter damaged;
    damaged.bytes(block.payload());
    std::byte& at = i < header.size() ? damaged_header[i] : *damaged.at(i - header.size());
    at ^= std::byte{0x10};
    EXPECT_FALSE(Block::decode(damaged_header, std::move(damaged))) << "byte " << i;
  }
}

TEST(Block, DetectsEveryTruncation) {
  Collected out;
  auto builder = out.builder();
  builder.begin({});
  insert(builder, orders(), "1");
  ASSERT_TRUE(builder.flush());
  const Block& block = *out.blocks.at(0);
  for (std::size_t size = 0; size < block.payload().size(); ++size) {
    ByteWriter shorter;
    shorter.bytes(block.payload().first(size));
    EXPECT_FALSE(Block::decode(block.header(), std::move(shorter))) << size;
  }
}

TEST(BlockBuilder, CancelsAHalfBuiltChange) {
  Collected out;
  auto builder = out.builder();
  const SchemaPtr schema = orders();
  builder.begin({});
  builder.start_change(ChangeKind::insert, schema);
  builder.skip_image();
  builder.start_image();
  builder.put("1");
  builder.cancel_change();
  ASSERT_TRUE(builder.abort());
  ASSERT_EQ(out.blocks.size(), 1U);
  const BlockPtr read = reread(*out.blocks[0]);
  BlockCursor cursor(*read);
  EXPECT_TRUE(std::holds_alternative<TransactionBegin>(*cursor.next()));
  EXPECT_TRUE(std::holds_alternative<TransactionAbort>(*cursor.next()));
  EXPECT_FALSE(cursor.next());
}

TEST(BlockBuilder, EmitsNothingAfterABlockWasLost) {
  BlockBuilder builder(1, [](BlockPtr) { return Status(Error(ErrorKind::cancelled, "full")); });
  builder.begin({});
  EXPECT_FALSE(builder.abort());
  ASSERT_FALSE(builder.progress({.position = "p"}) && builder.flush());
}

}  // namespace
}  // namespace tailrace
