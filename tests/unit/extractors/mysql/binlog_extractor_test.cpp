#include "extractors/mysql/binlog_extractor.h"

#include <cstring>
#include <deque>

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "extractors/mysql/options.h"

// The state machine over hand-made events, in the layouts of event.h. No checksums: those are
// event_test's.

namespace tailrace::mysql {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kUuid = "00000000-0000-0000-0000-000000000001";
constexpr std::uint32_t kTimestamp = 1'700'000'000;
constexpr std::int64_t kNow = 1'700'000'100'000'000;

std::int64_t fixed_time() {
  return kNow;
}

// Writes a log as a server sends it. Offsets are kept as a server keeps them.
class LogWriter {
 public:
  std::deque<std::string> events;

  LogWriter& start(const std::string& file = "b.000001") {
    offset_ = 4;
    file_ = file;
    ByteWriter body;
    body.u64_le(4);
    body.text(file);
    return add(4, body, kEventArtificial, 0, 0).format_description();
  }
  LogWriter& format_description() {
    ByteWriter body;
    put16(body, 4);
    body.text("9.7.4");
    body.fill('\0', 45);
    body.u32_le(kTimestamp);
    body.u8(19);
    constexpr std::size_t kTypes = 42;
    for (std::size_t type = 1; type <= kTypes; ++type) {
      const bool rows = type >= 30 && type <= 32;
      body.u8(type == 19 ? 8 : rows ? 10 : 0);
    }
    body.u8(0);  // no checksums
    body.u32_le(0);
    return add(15, body);
  }
  LogWriter& gtid(std::uint64_t number) {
    ByteWriter body;
    body.u8(0);
    body.fill('\0', 15);
    body.u8(1);
    body.u64_le(number);
    body.u8(2);
    body.u64_le(number - 1);
    body.u64_le(number);
    return add(33, body);
  }
  LogWriter& mariadb_gtid(std::uint64_t sequence, std::uint8_t flags) {
    ByteWriter body;
    body.u64_le(sequence);
    body.u32_le(0);
    body.u8(flags);
    body.fill('\0', 6);
    return add(162, body);
  }
  LogWriter& query(const std::string& sql, const std::string& database = "shop") {
    ByteWriter body;
    body.u32_le(1);
    body.u32_le(0);
    body.u8(static_cast<std::uint8_t>(database.size()));
    put16(body, 0);
    put16(body, 0);
    body.text(database);
    body.u8(0);
    body.text(sql);
    return add(2, body);
  }
  LogWriter& xid() {
    ByteWriter body;
    body.u64_le(77);
    return add(16, body);
  }
  // One INT column named id, the primary key.
  LogWriter& table_map(std::uint64_t id, const std::string& schema, const std::string& table) {
    ByteWriter body;
    put48(body, id);
    put16(body, 1);
    body.u8(static_cast<std::uint8_t>(schema.size()));
    body.text(schema);
    body.u8(0);
    body.u8(static_cast<std::uint8_t>(table.size()));
    body.text(table);
    for (const int byte : {0, 1, 3, 0, 0}) body.u8(static_cast<std::uint8_t>(byte));
    for (const int byte : {1, 1, 0, 4, 3, 2}) body.u8(static_cast<std::uint8_t>(byte));
    body.text("id");
    for (const int byte : {8, 1, 0}) body.u8(static_cast<std::uint8_t>(byte));
    return add(19, body);
  }
  LogWriter& insert(std::uint64_t table, std::uint32_t id, std::uint16_t flags = 1) {
    ByteWriter body;
    put48(body, table);
    put16(body, flags);
    put16(body, 2);
    body.u8(1);
    body.u8(1);
    body.u8(0);
    body.u32_le(id);
    return add(30, body);
  }
  LogWriter& heartbeat() {
    ByteWriter body;
    body.text(file_);
    events.push_back(event(27, body, 0, 0, static_cast<std::uint32_t>(offset_)));
    return *this;
  }
  LogWriter& raw(std::uint8_t type, const std::string& body_text, std::uint16_t flags = 0) {
    ByteWriter body;
    body.text(body_text);
    return add(type, body, flags);
  }
  LogWriter& row(const std::string& schema, const std::string& table, std::uint32_t id) {
    const std::uint64_t table_id = std::hash<std::string>()(schema + table) & 0xFFFF;
    return table_map(table_id, schema, table).insert(table_id, id);
  }
  // A whole transaction of one row.
  LogWriter& transaction(std::uint64_t number, std::uint32_t id) {
    return gtid(number).query("BEGIN").row("shop", "orders", id).xid();
  }
  std::uint64_t offset() const { return offset_; }

 private:
  static void put16(ByteWriter& out, std::uint16_t value) {
    out.u8(static_cast<std::uint8_t>(value));
    out.u8(static_cast<std::uint8_t>(value >> 8));
  }
  static void put48(ByteWriter& out, std::uint64_t value) {
    out.u32_le(static_cast<std::uint32_t>(value));
    put16(out, static_cast<std::uint16_t>(value >> 32));
  }
  LogWriter& add(std::uint8_t type, const ByteWriter& body, std::uint16_t flags = 0,
                 std::uint32_t timestamp = kTimestamp, std::optional<std::uint32_t> next = {}) {
    if ((flags & kEventArtificial) == 0) offset_ += EventHeader::kBytes + body.size();
    events.push_back(
        event(type, body, flags, timestamp, next.value_or(static_cast<std::uint32_t>(offset_))));
    return *this;
  }
  static std::string event(std::uint8_t type, const ByteWriter& body, std::uint16_t flags,
                           std::uint32_t timestamp, std::uint32_t next) {
    ByteWriter out;
    out.u32_le(timestamp);
    out.u8(type);
    out.u32_le(5);  // server id
    out.u32_le(static_cast<std::uint32_t>(EventHeader::kBytes + body.size()));
    out.u32_le(next);
    put16(out, flags);
    out.bytes(body.view());
    return std::string(out.text());
  }

  std::string file_;
  std::uint64_t offset_ = 4;
};

class ReplayedStream final : public EventStream {
 public:
  explicit ReplayedStream(std::deque<std::string> events) : events_(std::move(events)) {}
  Result<std::optional<Bytes>> next() override {
    if (events_.empty()) return std::optional<Bytes>();
    current_ = std::move(events_.front());
    events_.pop_front();
    return std::optional<Bytes>(as_bytes(current_));
  }
  bool pending() const override { return !events_.empty(); }
  void interrupt() override {}

 private:
  std::deque<std::string> events_;
  std::string current_;
};

class NoCatalogue final : public Catalogue {
 public:
  Result<const CatalogueTable*> find(const TableName&) override { return nullptr; }
  Result<std::vector<TableName>> underscored(const std::string&) override {
    return std::vector<TableName>();
  }
  void forget() override {}
};

std::string print(const Record& record) {
  struct Print {
    std::string operator()(const TransactionBegin& r) const {
      return fmt::format("begin {} by {}", r.id, r.origin);
    }
    std::string operator()(const Change& r) const {
      std::vector<Value> values(r.schema->columns.size());
      EXPECT_TRUE(r.after.split(values));
      return fmt::format("{} {} {}", to_string(r.kind), r.schema->name.to_string(),
                         values.front().text());
    }
    std::string operator()(const SchemaChange& r) const {
      std::string text(to_string(r.kind));
      for (const TableName& name : r.tables) text += " " + name.to_string();
      return text;
    }
    std::string operator()(const Message& r) const { return fmt::format("message {}", r.prefix); }
    std::string operator()(const TransactionCommit& r) const {
      return fmt::format("commit {}", r.position);
    }
    std::string operator()(const TransactionAbort&) const { return "abort"; }
    std::string operator()(const Progress& r) const {
      return fmt::format("progress {}", r.position);
    }
  };
  return std::visit(Print(), record);
}

// What a replayed log becomes, up to its end or the first error.
struct Replay {
  std::vector<std::string> records;
  std::vector<SchemaPtr> schemas;  // of the changes
  std::optional<Error> error;
};

Replay replay(const LogWriter& log, const std::string& from = "beginning",
              std::shared_ptr<DamageRecord> damage = nullptr) {
  std::vector<BlockPtr> blocks;
  BlockBuilder builder(1, [&](BlockPtr block) {
    blocks.push_back(std::move(block));
    return Status();
  });
  BinlogExtractor extractor(std::make_unique<ReplayedStream>(log.events),
                            std::make_unique<NoCatalogue>(),
                            {.position = parse_position(from).value(),
                             .filter = CaptureFilter::create({"shop.*"}, kReservedSchemas).value(),
                             .charsets = {},
                             .damage = std::move(damage),
                             .now_us = fixed_time});
  Replay result;
  while (true) {
    auto received = extractor.next(builder);
    if (received) continue;
    if (received.error().message() != "the server ended the stream") {
      result.error = std::move(received).error();
    }
    break;
  }
  EXPECT_TRUE(builder.abort());
  EXPECT_TRUE(builder.flush());
  for (const BlockPtr& block : blocks) {
    BlockCursor cursor(*block);
    while (auto record = cursor.next()) {
      result.records.push_back(print(*record));
      if (const auto* change = std::get_if<Change>(&*record)) {
        result.schemas.push_back(change->schema);
      }
    }
  }
  return result;
}

std::string at(const std::string& numbers) {
  return std::string(kUuid) + ":" + numbers;
}

TEST(BinlogExtractor, MakesTransactionsOfGroups) {
  const Replay result = replay(LogWriter().start().transaction(1, 10).transaction(2, 11));
  EXPECT_FALSE(result.error);
  EXPECT_THAT(result.records, ElementsAre("begin " + at("1") + " by 5", "insert shop.orders 10",
                                          "commit " + at("1"), "begin " + at("2") + " by 5",
                                          "insert shop.orders 11", "commit " + at("1-2")));
  ASSERT_EQ(result.schemas.size(), 2U);
  EXPECT_EQ(result.schemas[0], result.schemas[1]);
}

TEST(BinlogExtractor, ContinuesAGivenSet) {
  const Replay result = replay(LogWriter().start().transaction(8, 10), at("1-5:7"));
  EXPECT_EQ(result.records.back(), "commit " + at("1-5:7-8"));
}

TEST(BinlogExtractor, FilePositionsEndBehindTheGroup) {
  LogWriter log;
  log.start().transaction(1, 10);
  const std::string end = fmt::format("commit b.000001:{}", log.offset());
  const Replay result = replay(log, "b.000001:4");
  EXPECT_EQ(result.records.back(), end);
}

TEST(BinlogExtractor, UncapturedGroupsAreProgressOnly) {
  LogWriter log;
  log.start();
  for (std::uint64_t i = 1; i <= 5; ++i) {
    log.gtid(i).query("BEGIN", "crm").row("crm", "leads", 1).xid();
  }
  EXPECT_THAT(replay(log).records, ElementsAre("progress " + at("1-5")));
}

TEST(BinlogExtractor, MixedGroupKeepsOnlyWhatIsCaptured) {
  const Replay result = replay(LogWriter()
                                   .start()
                                   .gtid(1)
                                   .query("BEGIN")
                                   .row("crm", "leads", 1)
                                   .row("shop", "orders", 2)
                                   .xid());
  EXPECT_THAT(result.records, ElementsAre("begin " + at("1") + " by 5", "insert shop.orders 2",
                                          "commit " + at("1")));
}

TEST(BinlogExtractor, HeartbeatsAreProgressOutsideOfGroupsOnly) {
  const Replay result = replay(LogWriter()
                                   .start()
                                   .gtid(1)
                                   .query("BEGIN")
                                   .heartbeat()
                                   .row("shop", "orders", 1)
                                   .xid()
                                   .heartbeat());
  EXPECT_THAT(result.records, ElementsAre("begin " + at("1") + " by 5", "insert shop.orders 1",
                                          "commit " + at("1"), "progress " + at("1")));
}

TEST(BinlogExtractor, RemovalsAreTransactionsOfTheirOwn) {
  const Replay result = replay(LogWriter()
                                   .start()
                                   .gtid(1)
                                   .query("TRUNCATE TABLE orders")
                                   .gtid(2)
                                   .query("DROP TABLE `shop`.`orders`, crm.leads")
                                   .gtid(3)
                                   .query("DROP DATABASE shop")
                                   .gtid(4)
                                   .query("DROP TABLE leads", "crm"));
  EXPECT_FALSE(result.error) << result.error->to_string();
  EXPECT_THAT(result.records,
              ElementsAre("begin " + at("1") + " by 5", "truncate shop.orders", "commit " + at("1"),
                          "begin " + at("2") + " by 5", "drop table shop.orders",
                          "commit " + at("1-2"), "begin " + at("3") + " by 5", "drop schema shop.",
                          "commit " + at("1-3"), "progress " + at("1-4")));
}

TEST(BinlogExtractor, HarmlessDefinitionsAreProgress) {
  const Replay result = replay(LogWriter()
                                   .start()
                                   .transaction(1, 1)
                                   .gtid(2)
                                   .query("ALTER TABLE elsewhere.orders ADD COLUMN note TEXT")
                                   .gtid(3)
                                   .query("CREATE INDEX i ON orders (id)")
                                   .gtid(4)
                                   .query("GRANT SELECT ON *.* TO someone")
                                   .gtid(5)
                                   .query("DROP TEMPORARY TABLE IF EXISTS `orders`")
                                   .transaction(6, 2));
  EXPECT_FALSE(result.error) << result.error->to_string();
  EXPECT_EQ(result.records.back(), "commit " + at("1-6"));
  // Equal definitions stay one object, although they were forgotten in between.
  EXPECT_EQ(result.schemas.front(), result.schemas.back());
}

TEST(BinlogExtractor, DefinitionsStandInOrderWithRows) {
  const Replay result = replay(LogWriter()
                                   .start()
                                   .transaction(1, 1)
                                   .gtid(2)
                                   .query("ALTER TABLE orders ADD COLUMN note TEXT")
                                   .gtid(3)
                                   .query("RENAME TABLE orders TO older, fresh TO orders")
                                   .transaction(4, 2));
  EXPECT_FALSE(result.error) << result.error->to_string();
  EXPECT_THAT(result.records,
              ElementsAre("begin " + at("1") + " by 5", "insert shop.orders 1", "commit " + at("1"),
                          "begin " + at("2") + " by 5", "alter table shop.orders",
                          "commit " + at("1-2"), "begin " + at("3") + " by 5",
                          "rename table shop.orders shop.older shop.fresh shop.orders",
                          "commit " + at("1-3"), "begin " + at("4") + " by 5",
                          "insert shop.orders 2", "commit " + at("1-4")));
}

TEST(BinlogExtractor, MariadbGroups) {
  constexpr std::uint8_t kStandalone = 1;
  LogWriter log;
  log.start().mariadb_gtid(7, 0).row("shop", "orders", 1).xid();
  log.mariadb_gtid(8, kStandalone).query("TRUNCATE orders");
  log.mariadb_gtid(9, kStandalone).query("CREATE OR REPLACE TABLE orders (id INT)");
  // CREATE TABLE ... SELECT: definition and rows in one group
  log.mariadb_gtid(10, 0).query("CREATE TABLE fresh (id INT)").row("shop", "fresh", 2).xid();
  const Replay result = replay(log, "0-1-6");
  EXPECT_FALSE(result.error) << result.error->to_string();
  EXPECT_THAT(result.records,
              ElementsAre("begin 0-5-7 by 5", "insert shop.orders 1", "commit 0-5-7",
                          "begin 0-5-8 by 5", "truncate shop.orders", "commit 0-5-8",
                          "begin 0-5-9 by 5", "drop table shop.orders", "create table shop.orders",
                          "commit 0-5-9", "begin 0-5-10 by 5", "create table shop.fresh",
                          "insert shop.fresh 2", "commit 0-5-10"));
}

TEST(BinlogExtractor, CrashedTailIsDropped) {
  LogWriter log;
  log.start().transaction(1, 1).gtid(2).query("BEGIN").row("shop", "orders", 2);
  log.start("b.000002").transaction(2, 3);
  const Replay result = replay(log);
  EXPECT_FALSE(result.error);
  EXPECT_THAT(
      result.records,
      ElementsAre("begin " + at("1") + " by 5", "insert shop.orders 1", "commit " + at("1"),
                  "begin " + at("2") + " by 5", "insert shop.orders 2", "abort",
                  "begin " + at("2") + " by 5", "insert shop.orders 3", "commit " + at("1-2")));
}

TEST(BinlogExtractor, RollbackWithoutCapturedRowsIsProgress) {
  const Replay result =
      replay(LogWriter().start().gtid(1).query("BEGIN").row("crm", "t", 1).query("ROLLBACK"));
  EXPECT_FALSE(result.error);
  EXPECT_THAT(result.records, ElementsAre("progress " + at("1")));
}

TEST(BinlogExtractor, SkipsWhatMayBeSkipped) {
  constexpr std::uint8_t kFuture = 99;
  const Replay result =
      replay(LogWriter().start().raw(kFuture, "x", kEventIgnorable).transaction(1, 1));
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.records.size(), 3U);
}

struct Refusal {
  const char* name;
  void (*write)(LogWriter&);
  const char* message;
  ErrorKind kind = ErrorKind::unsupported_protocol;
};

class Refused : public testing::TestWithParam<Refusal> {};

// Nothing is skipped because it is unknown: each stops with name, number, place, bytes, way out.
TEST_P(Refused, StopsAndSaysWhere) {
  LogWriter log;
  log.start();
  GetParam().write(log);
  const Replay result = replay(log);
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->kind(), GetParam().kind) << result.error->to_string();
  EXPECT_THAT(result.error->to_string(), HasSubstr(GetParam().message));
  EXPECT_THAT(result.error->to_string(), HasSubstr("position b.000001:"));
  EXPECT_FALSE(result.error->hint().empty()) << result.error->to_string();
}

LogWriter& with_rows(LogWriter& log) {
  return log.gtid(1).query("BEGIN").row("shop", "orders", 1);
}

INSTANTIATE_TEST_SUITE_P(
    BinlogExtractor, Refused,
    testing::Values(
        Refusal{"unknown_type", [](LogWriter& log) { log.raw(99, "abc"); }, "type 99"},
        Refusal{"unknown_flag", [](LogWriter& log) { log.raw(28, "abc", 0x1000); },
                "unknown flags 0x1000"},
        Refusal{"payload", [](LogWriter& log) { log.gtid(1).raw(40, "abc"); }, "type 40"},
        Refusal{"tagged", [](LogWriter& log) { log.raw(42, "abc"); }, "type 42"},
        Refusal{"incident", [](LogWriter& log) { log.raw(26, "abc"); }, "type 26",
                ErrorKind::position_lost},
        Refusal{"xa_start", [](LogWriter& log) { log.gtid(1).query("XA START 'a','',1"); },
                "XA transactions"},
        Refusal{"xa_commit", [](LogWriter& log) { log.gtid(1).query("XA COMMIT 'a','',1"); },
                "XA transactions"},
        Refusal{"xa_prepare", [](LogWriter& log) { log.gtid(1).raw(38, "abc"); }, "type 38"},
        Refusal{"mariadb_xa", [](LogWriter& log) { log.mariadb_gtid(1, 0x40); }, "XA transactions"},
        Refusal{"mariadb_compressed_query", [](LogWriter& log) { log.gtid(1).raw(165, "abc"); },
                "type 165"},
        Refusal{"load_data", [](LogWriter& log) { log.raw(17, "abc"); }, "type 17"},
        Refusal{"rollback", [](LogWriter& log) { with_rows(log).query("ROLLBACK"); },
                "ROLLBACK behind captured rows"},
        Refusal{"rollback_to", [](LogWriter& log) { with_rows(log).query("ROLLBACK TO `s`"); },
                "ROLLBACK TO"},
        Refusal{"statement",
                [](LogWriter& log) { log.gtid(1).query("BEGIN").query("DELETE FROM orders"); },
                "statement-format change found for schema shop"},
        Refusal{"statement_elsewhere",
                [](LogWriter& log) {
                  log.gtid(1).query("BEGIN").query("DELETE FROM shop . orders", "crm");
                },
                "statement-format change"},
        Refusal{"partial_update",
                [](LogWriter& log) {
                  with_rows(log)
                      .table_map(9, "shop", "orders")
                      .raw(39, std::string("\x09\0\0\0\0\0\0\0", 8));
                },
                "type 39"}),
    [](const auto& given) { return std::string(given.param.name); });

TEST(BinlogExtractor, StatementsOnOtherSchemasPass) {
  const Replay result = replay(LogWriter()
                                   .start()
                                   .gtid(1)
                                   .query("BEGIN", "crm")
                                   .query("DELETE FROM leads", "crm")
                                   .query("COMMIT"));
  EXPECT_FALSE(result.error) << result.error->to_string();
  EXPECT_THAT(result.records, ElementsAre("progress " + at("1")));
}

TEST(BinlogExtractor, DamageIsReadOnceMoreThenFinal) {
  LogWriter log;
  log.start().gtid(1);
  log.events.back().resize(log.events.back().size() - 3);
  const auto damage = std::make_shared<DamageRecord>();
  const Replay first = replay(log, "beginning", damage);
  ASSERT_TRUE(first.error);
  EXPECT_EQ(first.error->kind(), ErrorKind::unreachable);
  const Replay second = replay(log, "beginning", damage);
  ASSERT_TRUE(second.error);
  EXPECT_EQ(second.error->kind(), ErrorKind::stream_corrupt);
}

TEST(BinlogExtractor, RowsNeedATransactionAndATable) {
  const Replay no_table = replay(LogWriter().start().gtid(1).query("BEGIN").insert(7, 1));
  ASSERT_TRUE(no_table.error);
  EXPECT_EQ(no_table.error->kind(), ErrorKind::stream_corrupt);
  const Replay no_group = replay(LogWriter().start().row("shop", "orders", 1));
  ASSERT_TRUE(no_group.error);
  EXPECT_EQ(no_group.error->kind(), ErrorKind::stream_corrupt);
  const Replay two_begins = replay(LogWriter().start().gtid(1).gtid(2));
  ASSERT_TRUE(two_begins.error);
  EXPECT_EQ(two_begins.error->kind(), ErrorKind::stream_corrupt);
}

}  // namespace
}  // namespace tailrace::mysql
