// Every message that servers sent, whole and damaged, and the ones that they would not send.

#include "extractors/postgres/pgoutput.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "recording.h"

namespace tailrace::postgres::recorded {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string described(const TupleView& tuple) {
  if (!tuple.present()) return "-";
  std::string text = "(";
  TupleView::Reader fields(tuple);
  for (std::uint16_t i = 0; i < tuple.column_count(); ++i) {
    const TupleView::Field field = fields.next();
    switch (field.form) {
      case TupleView::Form::null:
        text += "NULL";
        break;
      case TupleView::Form::unchanged:
        text += "unchanged";
        break;
      case TupleView::Form::text:
        text += field.bytes.size() < 40 ? std::string(field.bytes)
                                        : fmt::format("{} bytes", field.bytes.size());
        break;
      case TupleView::Form::binary:
        text += "x";
        for (const char byte : field.bytes) {
          text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
        }
    }
    text += i + 1 == tuple.column_count() ? "" : ", ";
  }
  return text + ")";
}

// Without oids, xids, times and places in the log, which differ from server to server.
struct Description {
  std::string operator()(const BeginMessage&) const { return "begin"; }
  std::string operator()(const CommitMessage&) const { return "commit"; }
  std::string operator()(const OriginMessage& origin) const {
    return fmt::format("origin {}", origin.name);
  }
  std::string operator()(const RelationMessage& relation) const {
    std::string text = fmt::format("relation {}.{} {}", relation.schema, relation.name,
                                   static_cast<char>(relation.identity));
    for (const RelationColumn& column : relation.columns) {
      text += fmt::format(" {}{}", column.name, column.key ? "*" : "");
    }
    return text;
  }
  std::string operator()(const TypeMessage& type) const {
    return fmt::format("type {}.{}", type.schema, type.name);
  }
  std::string operator()(const InsertMessage& insert) const {
    return "insert " + described(insert.row);
  }
  std::string operator()(const UpdateMessage& update) const {
    return fmt::format("update key {} old {} new {}", described(update.old_key),
                       described(update.old_row), described(update.row));
  }
  std::string operator()(const DeleteMessage& remove) const {
    return fmt::format("delete key {} old {}", described(remove.old_key),
                       described(remove.old_row));
  }
  std::string operator()(const TruncateMessage& truncate) const {
    return fmt::format("truncate {}{}{}", truncate.relations.size(),
                       truncate.cascade ? " cascade" : "",
                       truncate.restart_identity ? " restart identity" : "");
  }
  std::string operator()(const LogicalMessage& message) const {
    return fmt::format("message{} {} {}", message.transactional ? "" : " at once", message.prefix,
                       message.content.size());
  }
  std::string operator()(const StreamStartMessage& start) const {
    return start.first_segment ? "stream start first" : "stream start";
  }
  std::string operator()(const StreamStopMessage&) const { return "stream stop"; }
  std::string operator()(const StreamCommitMessage&) const { return "stream commit"; }
  std::string operator()(const StreamAbortMessage& abort) const {
    return fmt::format("stream abort {}{}", abort.xid == abort.subxid ? "all" : "part",
                       abort.abort_lsn.valid() ? " with place" : "");
  }
  std::string operator()(const BeginPrepareMessage& begin) const {
    return fmt::format("begin prepare {}", begin.gid);
  }
  std::string operator()(const PrepareMessage& prepare) const {
    return fmt::format("prepare{} {}", prepare.streamed ? " streamed" : "", prepare.gid);
  }
  std::string operator()(const CommitPreparedMessage& commit) const {
    return fmt::format("commit prepared {}", commit.gid);
  }
  std::string operator()(const RollbackPreparedMessage& rollback) const {
    return fmt::format("rollback prepared {}", rollback.gid);
  }
};

// Follows Stream Start and Stream Stop, as a session does.
class Decoder {
 public:
  explicit Decoder(bool parallel) { context_.parallel_abort = parallel; }
  Result<PgoutputMessage> decode(const std::string& message) {
    auto decoded = decode_message(as_bytes(message), context_);
    if (decoded && std::holds_alternative<StreamStartMessage>(*decoded)) context_.in_stream = true;
    if (decoded && std::holds_alternative<StreamStopMessage>(*decoded)) context_.in_stream = false;
    return decoded;
  }
  const PgoutputContext& context() const { return context_; }

 private:
  PgoutputContext context_;
};

std::vector<std::string> described(const std::string& recording) {
  Decoder decoder(recording.starts_with("parallel"));
  std::vector<std::string> lines;
  for (const std::string& message : messages_of(recording)) {
    const auto decoded = decoder.decode(message);
    lines.push_back(decoded ? std::visit(Description(), *decoded) : decoded.error().to_string());
  }
  return lines;
}

class PgoutputOfVersion : public ::testing::TestWithParam<std::string> {
 protected:
  std::vector<std::string> recorded(const std::string& name) {
    return described(name + "-" + GetParam());
  }
};

TEST_P(PgoutputOfVersion, RowsAsText) {
  EXPECT_THAT(
      recorded("rows"),
      ElementsAre("begin", "relation shop.items d id* name price sold added picture",
                  "insert (1, Žluťoučký kůň ☎, 12.50, t, 2024-02-29 10:34:56.789+00, \\x00ff10)",
                  "insert (2, , NULL, NULL, NULL, NULL)", "commit", "begin",
                  "update key - old - new (1, Žluťoučký kůň ☎, 13.00, t, "
                  "2024-02-29 10:34:56.789+00, \\x00ff10)",
                  "commit", "begin", "update key - old - new (2, two, NULL, f, NULL, NULL)",
                  "delete key (1, NULL, NULL, NULL, NULL, NULL) old -", "commit"));
}

TEST_P(PgoutputOfVersion, RowsInBinaryForm) {
  EXPECT_THAT(recorded("binary")[2],
              "insert (x00000001, xc5bd6c75c5a56f75c48d6bc3bd206bc5afc58820e2988e, "
              "x0002000000000002000c1388, x01, x0002b581944b3e08, x00ff10, postgres=r/postgres)");
}

TEST_P(PgoutputOfVersion, ReplicaIdentities) {
  EXPECT_THAT(
      recorded("identity"),
      ElementsAre(
          "begin", "relation public.by_key d b* a* v", "insert (1, 2, x)", "commit", "begin",
          "update key - old - new (1, 2, y)", "commit", "begin",
          "update key (1, 2, NULL) old - new (7, 2, y)", "commit", "begin",
          "delete key (7, 2, NULL) old -", "commit", "begin", "relation public.by_index i x y* v",
          "insert (1, one, x)", "commit", "begin", "update key - old - new (2, one, x)", "commit",
          "begin", "update key (NULL, one, NULL) old - new (2, two, x)", "commit", "begin",
          "delete key (NULL, two, NULL) old -", "commit", "begin",
          "relation public.by_row f id* v*", "insert (1, NULL)", "commit", "begin",
          "update key - old (1, NULL) new (1, x)", "commit", "begin", "delete key - old (1, x)",
          "commit", "begin", "relation public.no_key f v* w*", "insert (same, NULL)",
          "insert (same, NULL)", "commit", "begin", "update key - old (same, NULL) new (same, set)",
          "commit", "begin", "delete key - old (same, NULL)", "commit", "begin",
          "relation public.inserts_only d v", "insert (a)", "commit"));
}

TEST_P(PgoutputOfVersion, ValuesOutOfLine) {
  EXPECT_THAT(
      recorded("toast"),
      ElementsAre("begin", "relation public.by_key d id* long n", "insert (1, 2100 bytes, 1)",
                  "commit", "begin", "update key - old - new (1, unchanged, 2)", "commit", "begin",
                  "update key (1, NULL, NULL) old - new (5, unchanged, 2)", "commit", "begin",
                  "update key - old - new (5, short, 2)", "commit", "begin",
                  "relation public.by_row f id* long* n*", "insert (1, 2100 bytes, 1)", "commit",
                  "begin", "update key - old (1, 2100 bytes, 1) new (1, unchanged, 2)", "commit",
                  "begin", "delete key - old (1, 2100 bytes, 2)", "commit", "begin",
                  "relation public.long_key d long* n", "insert (2100 bytes, 1)", "commit", "begin",
                  "update key (2100 bytes, NULL) old - new (unchanged, 2)", "commit"));
}

TEST_P(PgoutputOfVersion, MessagesTruncatesOriginsTypes) {
  EXPECT_THAT(recorded("messages"),
              ElementsAre("begin", "message alone 8", "commit", "message at once beat 2",
                          "message at once before the commit 1", "begin", "relation public.t d id*",
                          "insert (1)", "message inside 0", "insert (2)", "commit",
                          "message at once not rolled back 1"));
  const auto truncates = recorded("truncate");
  EXPECT_THAT(truncates[6], "truncate 1");
  EXPECT_THAT(truncates[11], "truncate 2 restart identity");
  EXPECT_THAT(truncates[16], "truncate 2 cascade");
  EXPECT_THAT(recorded("origin")[5], "origin tailrace_other");
  EXPECT_THAT(recorded("types"),
              ElementsAre("begin", "type pg_catalog.int4", "type public.mood", "type public._mood",
                          "type public.pair", "relation public.t d id* m moods p n",
                          "insert (1, ok, {sad,NULL}, (1,\"x y\"), {1.500,NULL})", "commit"));
}

TEST_P(PgoutputOfVersion, Streams) {
  EXPECT_THAT(
      recorded("streamed_schema"),
      ElementsAre("begin", "relation public.t d id* v", "insert (1, v)", "commit",
                  "stream start first", "relation public.t d id* v", "insert (2, two columns)",
                  "stream stop", "stream start", "type public.mood", "relation public.t d id* v w",
                  "insert (3, rolled back, sad)", "stream stop", "stream abort part",
                  "stream start", "relation public.t d id* v", "insert (4, two columns)",
                  "stream stop", "stream start", "stream stop", "stream commit", "begin",
                  "relation public.t d id* v", "insert (5, v)", "commit", "stream start first",
                  "relation public.t d id* v", "insert (6, two columns)", "stream stop",
                  "stream start", "relation public.t d id* v n", "insert (7, three columns, 7)",
                  "stream stop", "stream start", "stream stop", "stream commit", "begin",
                  "relation public.t d id* v n", "insert (8, three columns, 8)", "commit"));
}

TEST_P(PgoutputOfVersion, PreparedTransactions) {
  EXPECT_THAT(
      recorded("two_phase"),
      ElementsAre("begin prepare one", "relation public.t d id*", "insert (1)", "prepare one",
                  "commit prepared one", "begin prepare two", "insert (2)", "prepare two",
                  "rollback prepared two", "stream start first", "relation public.t d id*",
                  "insert (3)", "stream stop", "stream start", "insert (4)", "stream stop",
                  "prepare streamed three", "commit prepared three"));
}

INSTANTIATE_TEST_SUITE_P(Servers, PgoutputOfVersion, ::testing::Values("15", "18"));

const std::vector<std::string>& recordings() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all = {"parallel-18"};
    for (const char* name : {"rows", "binary", "identity", "toast", "messages", "truncate",
                             "origin", "types", "partitions", "schema_changes", "streamed",
                             "streamed_schema", "streamed_messages", "two_phase", "prepared"}) {
      for (const char* version : {"-15", "-18"}) all.push_back(std::string(name) + version);
    }
    return all;
  }();
  return names;
}

// No message has a part that may be missing, or room for more.
TEST(Pgoutput, CutOffOrTooLong) {
  for (const std::string& recording : recordings()) {
    Decoder decoder(recording.starts_with("parallel"));
    for (const std::string& message : messages_of(recording)) {
      const PgoutputContext context = decoder.context();
      ASSERT_TRUE(decoder.decode(message)) << recording;
      for (std::size_t size = 0; size < message.size(); ++size) {
        const std::string part = message.substr(0, size);
        const auto cut = decode_message(as_bytes(part), context);
        ASSERT_FALSE(cut) << recording << " " << message[0] << " " << size;
        EXPECT_EQ(cut.error().kind(), ErrorKind::stream_corrupt);
      }
      const auto longer = decode_message(as_bytes(message + "N"), context);
      ASSERT_FALSE(longer) << recording << " " << message[0];
      EXPECT_THAT(longer.error().to_string(), HasSubstr("1 bytes left over"));
    }
  }
}

TEST(Pgoutput, AbortWithPlaceNeedsItsOption) {
  int count = 0;
  for (const std::string& message : messages_of("parallel-18")) {
    if (message[0] != 'A') continue;
    ++count;
    EXPECT_FALSE(decode_message(as_bytes(message), {}));
    const auto decoded = decode_message(as_bytes(message), {.parallel_abort = true});
    ASSERT_TRUE(decoded);
    EXPECT_TRUE(std::get<StreamAbortMessage>(*decoded).abort_lsn.valid());
  }
  EXPECT_EQ(count, 3);
}

TEST(Pgoutput, PlacesAndTimes) {
  const auto begin = decode_message(
      as_bytes(MessageBytes('B').u64(0x16B3748).u64(86'400'000'000).u32(743).bytes()), {});
  ASSERT_TRUE(begin);
  EXPECT_EQ(std::get<BeginMessage>(*begin).final_lsn, Lsn{0x16B3748});
  EXPECT_EQ(std::get<BeginMessage>(*begin).commit_time_us, 946'771'200'000'000);  // 2000-01-02
  EXPECT_EQ(std::get<BeginMessage>(*begin).xid, 743U);

  const auto commit =
      decode_message(as_bytes(MessageBytes('C').u8(0).u64(1).u64(2).u64(~0ULL).bytes()), {});
  ASSERT_TRUE(commit);
  EXPECT_EQ(std::get<CommitMessage>(*commit).commit_lsn, Lsn{1});
  EXPECT_EQ(std::get<CommitMessage>(*commit).end_lsn, Lsn{2});
  EXPECT_EQ(std::get<CommitMessage>(*commit).commit_time_us, 946'684'799'999'999);

  const auto insert = decode_message(
      as_bytes(MessageBytes('I').u32(9).u32(16384).letter('N').tuple({"a", "n"}).bytes()),
      {.in_stream = true});
  ASSERT_TRUE(insert);
  EXPECT_EQ(std::get<InsertMessage>(*insert).xid, 9U);
  EXPECT_EQ(std::get<InsertMessage>(*insert).relation, 16384U);
}

TEST(Pgoutput, EmptySchemaIsPgCatalog) {
  const auto relation = decode_message(
      as_bytes(MessageBytes('R').u32(1).string("").string("x").letter('n').u16(0).bytes()), {});
  ASSERT_TRUE(relation);
  EXPECT_EQ(std::get<RelationMessage>(*relation).schema, "pg_catalog");
}

struct Unknown {
  std::string message;
  std::string error;
};

TEST(Pgoutput, UnknownIsNamed) {
  const std::vector<Unknown> cases = {
      {MessageBytes('Z').u32(0xAABBCCDD), "unknown pgoutput message type 0x5a"},
      {MessageBytes('Z').u32(0xAABBCCDD), "5aaabbccdd"},
      {MessageBytes('C').u8(1).u64(1).u64(2).u64(3),
       "Commit message has unknown flags at its byte 1"},
      {MessageBytes('T').u32(0).u8(4), "Truncate message has unknown flags at its byte 5"},
      {MessageBytes('M').u8(2).u64(1).string("p").u32(0), "has unknown flags"},
      {MessageBytes('I').u32(1).letter('X').tuple({}), "Insert message has a row of unknown kind"},
      {MessageBytes('U').u32(1).letter('D').tuple({}), "Update message has a row of unknown kind"},
      {MessageBytes('D').u32(1).letter('N').tuple({}), "Delete message has a row of unknown kind"},
      {MessageBytes('I').u32(1).letter('N').u16(1).letter('x'),
       "Insert message has a column of unknown form at its byte 8"},
      {MessageBytes('R').u32(1).string("s").string("t").letter('z').u16(0),
       "Relation message has an unknown replica identity"},
      {MessageBytes('R').u32(1).string("s").string("t").letter('d').u16(1).u8(2).string("c").u64(0),
       "Relation message has unknown flags"},
  };
  for (const Unknown& unknown : cases) {
    const auto decoded = decode_message(as_bytes(unknown.message), {});
    ASSERT_FALSE(decoded) << unknown.error;
    EXPECT_EQ(decoded.error().kind(), ErrorKind::unsupported_protocol);
    EXPECT_THAT(decoded.error().to_string(), HasSubstr(unknown.error));
  }
}

// Counts and lengths beyond the message must not make us allocate or read.
TEST(Pgoutput, ClaimsBeyondTheEnd) {
  for (const std::string& message :
       {MessageBytes('T').u32(0xFFFFFFFF).u8(0).bytes(),
        MessageBytes('R').u32(1).string("s").string("t").letter('d').u16(0xFFFF).bytes(),
        MessageBytes('I').u32(1).letter('N').u16(0xFFFF).bytes(),
        MessageBytes('I').u32(1).letter('N').u16(1).letter('t').u32(0xFFFFFFFF).bytes(),
        MessageBytes('M').u8(0).u64(1).string("p").u32(0x80000000).bytes(),
        MessageBytes('O').u64(1).raw("no end").bytes()}) {
    const auto decoded = decode_message(as_bytes(message), {});
    ASSERT_FALSE(decoded) << message[0];
    EXPECT_EQ(decoded.error().kind(), ErrorKind::stream_corrupt);
  }
}

TEST(Pgoutput, ErrorsHoldNoValues) {
  const auto decoded = decode_message(
      as_bytes(MessageBytes('I').u32(1).letter('N').tuple({"secret"}).u8(0).bytes()), {});
  ASSERT_FALSE(decoded);
  EXPECT_THAT(decoded.error().to_string(), HasSubstr("49000000014e000174000000..."));
}

}  // namespace
}  // namespace tailrace::postgres::recorded
