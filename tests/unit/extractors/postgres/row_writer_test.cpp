// From tuples to row images: what was sent, what was not, and what cannot be read.

#include "extractors/postgres/row_writer.h"

#include <gmock/gmock.h>

#include "assembling.h"

namespace tailrace::postgres::recorded {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

using Tuple = std::vector<std::string>;

class RowWriting : public ::testing::Test {
 protected:
  void SetUp() override { collector_.builder().begin({}); }

  RelationPtr relation(char identity, const std::vector<std::string>& columns) {
    RelationPlanner planner(catalogue_, planner_of(catalogue_));
    auto planned = planner.plan(definition_of(1, identity, columns));
    EXPECT_TRUE(planned);
    return *planned;
  }

  // kind 'K' or 'O' in front of the old tuple, or 0 for none.
  Status insert(const RelationPtr& relation, const Tuple& row) {
    const std::string bytes = insert_message(1, row);
    return writer_.insert(*relation, decoded<InsertMessage>(bytes), collector_.builder());
  }
  Status update(const RelationPtr& relation, char kind, const Tuple& old, const Tuple& row) {
    MessageBytes message('U');
    message.u32(1);
    if (kind != 0) message.letter(kind).tuple(old);
    const std::string bytes = message.letter('N').tuple(row);
    return writer_.update(*relation, decoded<UpdateMessage>(bytes), collector_.builder());
  }
  Status remove(const RelationPtr& relation, char kind, const Tuple& old) {
    const std::string bytes = MessageBytes('D').u32(1).letter(kind).tuple(old);
    return writer_.remove(*relation, decoded<DeleteMessage>(bytes), collector_.builder());
  }
  template <typename Message>
  Message decoded(const std::string& bytes) {
    const auto message = decode_message(as_bytes(bytes), {});
    EXPECT_TRUE(message);
    return std::get<Message>(*message);
  }
  std::vector<std::string> lines() {
    auto lines = collector_.lines();
    if (!lines.empty() && lines.front() == "begin") lines.erase(lines.begin());
    return lines;
  }

  MemoryCatalogue catalogue_;
  RowWriter writer_;
  Collector collector_{false};
};

TEST_F(RowWriting, ByKey) {
  const auto t = relation('d', {"id*", "v", "w"});
  EXPECT_TRUE(insert(t, {"1", "a", "n"}));
  EXPECT_TRUE(update(t, 0, {}, {"1", "b", "n"}));
  EXPECT_TRUE(update(t, 0, {}, {"1", "u", "x"}));
  EXPECT_TRUE(update(t, 'K', {"1", "n", "n"}, {"2", "u", "n"}));
  EXPECT_TRUE(remove(t, 'K', {"2", "n", "n"}));
  EXPECT_THAT(lines(),
              ElementsAre("insert public.t (1, a, NULL)", "update public.t - -> (1, b, NULL)",
                          "update public.t - -> (1, unchanged, x)",
                          "update public.t (1, unchanged, unchanged) -> "
                          "(2, unchanged, NULL)",
                          "delete public.t (2, unchanged, unchanged)"));
}

// A key that is stored out of line is sent as old key, although it did not change.
TEST_F(RowWriting, UnchangedKeyIsInTheOldKey) {
  const auto t = relation('d', {"id*", "v"});
  EXPECT_TRUE(update(t, 'K', {"1", "n"}, {"u", "x"}));
  EXPECT_THAT(lines(), ElementsAre("update public.t (1, unchanged) -> (1, x)"));
}

TEST_F(RowWriting, ByRow) {
  const auto t = relation('f', {"a", "b"});
  EXPECT_TRUE(update(t, 'O', {"long", "n"}, {"u", "n"}));
  EXPECT_TRUE(update(t, 'O', {"x", "n"}, {"y", "z"}));
  EXPECT_TRUE(remove(t, 'O', {"n", "z"}));
  EXPECT_THAT(lines(),
              ElementsAre("update public.t (long, NULL) -> (long, NULL)",
                          "update public.t (x, NULL) -> (y, z)", "delete public.t (NULL, z)"));
}

TEST_F(RowWriting, NothingIdentifiesTheRow) {
  const auto t = relation('n', {"a", "b"});
  const auto updated = update(t, 0, {}, {"x", "y"});
  ASSERT_FALSE(updated);
  EXPECT_EQ(updated.error().kind(), ErrorKind::schema_mismatch);
  EXPECT_THAT(updated.error().to_string(),
              AllOf(HasSubstr("table public.t"), HasSubstr("REPLICA IDENTITY FULL")));
  const auto removed = writer_.remove(*t, DeleteMessage{}, collector_.builder());
  ASSERT_FALSE(removed);
  EXPECT_THAT(removed.error().to_string(), HasSubstr("delete of a row that nothing identifies"));
  // Of which columns is this the key?
  const auto key = remove(relation('d', {"a", "b"}), 'K', {"x", "n"});
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().kind(), ErrorKind::schema_mismatch);
  EXPECT_THAT(lines(), ElementsAre());
}

TEST_F(RowWriting, OtherNumberOfColumns) {
  const auto t = relation('f', {"a*", "b*"});
  for (const auto& refused :
       {insert(t, {"1"}), insert(t, {"1", "2", "3"}), update(t, 'O', {"1"}, {"1", "2"}),
        update(t, 'O', {"1", "2"}, {"1"}), remove(t, 'O', {"1"}),
        update(relation('d', {"a*", "b"}), 'K', {"1"}, {"1", "2"})}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::stream_corrupt);
    EXPECT_THAT(refused.error().to_string(), HasSubstr("table public.t"));
  }
  EXPECT_THAT(lines(), ElementsAre());
}

TEST_F(RowWriting, RefusedValueIsNotTold) {
  const auto t = relation('d', {"id*", "v"});
  EXPECT_TRUE(insert(t, {"1", "before"}));
  const auto text = insert(t, {"secret", "x"});
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().kind(), ErrorKind::unsupported_value);
  EXPECT_THAT(text.error().to_string(), AllOf(HasSubstr("table public.t, column \"id\""),
                                              HasSubstr("integer"), Not(HasSubstr("secret"))));
  const std::string bytes =
      MessageBytes('I').u32(1).letter('N').u16(2).letter('b').u32(3).raw("bad").letter('n');
  const auto binary = writer_.insert(*t, decoded<InsertMessage>(bytes), collector_.builder());
  ASSERT_FALSE(binary);
  EXPECT_EQ(binary.error().kind(), ErrorKind::stream_corrupt);
  EXPECT_FALSE(writer_.met_unread_binary());
  EXPECT_THAT(lines(), ElementsAre("insert public.t (1, before)"));
}

TEST_F(RowWriting, BinaryFormThatIsNotRead) {
  auto definition = definition_of(1, 'd', {"id*", "v"});
  definition.columns[1].type_oid = type_oid::inet;
  RelationPlanner planner(catalogue_, planner_of(catalogue_));
  const auto t = *planner.plan(definition);
  const std::string bytes =
      MessageBytes('I').u32(1).letter('N').u16(2).letter('b').u32(4).u32(7).letter('b').u32(8).u64(
          0);
  const auto written = writer_.insert(*t, decoded<InsertMessage>(bytes), collector_.builder());
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind(), ErrorKind::busy);
  EXPECT_TRUE(writer_.met_unread_binary());
  EXPECT_THAT(lines(), ElementsAre());
}

// A column that reads binary values gets one, the other the text that was asked for.
TEST_F(RowWriting, CopiedRows) {
  using std::string_literals::operator""s;
  const auto table = relation('d', {"id*", "v"});
  Relation as_text = *table;
  as_text.columns[0].reads_binary = false;
  const auto copied = [&](const Relation& given, const std::string& row) {
    return writer_.copied(given, CopiedRow(as_bytes(row)), collector_.builder());
  };
  const std::string id = "\0\0\0\4\0\0\0\7"s;
  EXPECT_TRUE(copied(*table, "\0\2"s + id + "\0\0\0\2ab"s));
  EXPECT_TRUE(copied(*table, "\0\2"s + id + "\377\377\377\377"s));
  EXPECT_TRUE(copied(as_text, "\0\2\0\0\0\2-8\0\0\0\0"s));
  for (const std::string& wrong : {"\0\1"s + id, "\0\2"s + id, "\0\2"s + id + "\0\0\0\2abc"s,
                                   "\0\2"s + id + "\0\0\0\3ab"s, "\0\2\0\0\0\1x\0\0\0\0"s}) {
    const auto refused = copied(*table, wrong);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::stream_corrupt) << refused.error().to_string();
  }
  const auto unread = copied(as_text, "\0\2\0\0\0\1x\0\0\0\0"s);
  ASSERT_FALSE(unread);
  EXPECT_EQ(unread.error().kind(), ErrorKind::unsupported_value);
  EXPECT_THAT(lines(), ElementsAre("insert public.t (7, ab)", "insert public.t (7, NULL)",
                                   "insert public.t (-8, )"));
}

}  // namespace
}  // namespace tailrace::postgres::recorded
