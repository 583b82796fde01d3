#include "app/check_columns.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/column_probes.h"

namespace tailrace::app {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

// A column as the source of a sample describes it.
Column column_of(Engine engine, const std::string& type, const std::string& name) {
  for (const TypeSample& sample : type_samples(engine)) {
    if (sample.type != type) continue;
    Column column = sample.column;
    column.name = name;
    column.nullable = true;
    return column;
  }
  ADD_FAILURE() << "no sample of " << type;
  return {};
}

// The tables of a source that nobody has to start.
class FakeSource final {
 public:
  explicit FakeSource(SourceEngine engine) : engine_(engine) {}
  void add(const std::string& name, std::vector<Column> columns,
           std::vector<std::uint16_t> key = {}) {
    tables_.push_back({.schema = std::make_shared<const TableSchema>(
                           TableSchema{{"public", name}, engine_, std::move(columns), key}),
                       .details = {}});
  }
  const std::vector<SnapshotTable>& tables() const { return tables_; }

 private:
  SourceEngine engine_;
  std::vector<SnapshotTable> tables_;
};

Column postgres(const std::string& type, const std::string& name) {
  return column_of(Engine::postgresql, type, name);
}

ColumnTarget mysql_target() {
  return {.engine = Engine::mysql, .version = recent_version(false)};
}

std::vector<std::string> subjects(const Findings& findings) {
  std::vector<std::string> names;
  for (const Finding& finding : findings) names.push_back(finding.subject);
  return names;
}

Finding only_of(const Column& column, const ColumnTarget& target, SourceEngine engine) {
  FakeSource source(engine);
  source.add("t", {column});
  const Findings findings = check_columns(source.tables(), target);
  EXPECT_THAT(findings, SizeIs(2)) << column.native_type;
  return findings.front();
}

std::vector<std::string> labels(const std::vector<Probe>& probes) {
  std::vector<std::string> names;
  for (const Probe& probe : probes) names.push_back(probe.label);
  return names;
}

TEST(CheckColumns, ListsWhatIsNotHeldAndCountsTheRest) {
  FakeSource source(SourceEngine::postgresql);
  source.add("orders",
             {postgres("integer", "id"), postgres("numeric", "price"),
              postgres("timestamp with time zone", "at")},
             {0});
  source.add("notes", {postgres("integer", "id"), postgres("text", "note")}, {0});
  const Findings findings = check_columns(source.tables(), mysql_target());
  ASSERT_THAT(subjects(findings), ElementsAre("public.orders.price", "public.orders.at", ""));
  const Finding& price = findings[0];
  EXPECT_EQ(price.level, Finding::Level::warning);
  EXPECT_EQ(price.id, "COL-01");
  EXPECT_THAT(price.message, HasSubstr("numeric -> DECIMAL(65,30): refuses more than 35 digits"));
  EXPECT_THAT(price.message, HasSubstr("NaN"));
  EXPECT_THAT(price.fix, HasSubstr("nan=null"));
  EXPECT_THAT(price.fix, HasSubstr("infinity=clamp"));
  EXPECT_THAT(findings[1].message, HasSubstr("infinity, years before 0000"));
  EXPECT_THAT(findings[1].fix, HasSubstr("dates=clamp"));
  EXPECT_EQ(findings[2].level, Finding::Level::ok);
  EXPECT_EQ(findings[2].message, "3 columns of 2 tables are held exactly, 2 not");
}

// Every text of a MySQL source may have the character NUL, which PostgreSQL has not: told once.
TEST(CheckColumns, OneProblemOfManyColumnsIsOneFinding) {
  const auto column = [](const char* type, const char* name) {
    return column_of(Engine::mysql, type, name);
  };
  FakeSource source(SourceEngine::mysql);
  source.add("users", {column("int", "id"), column("varchar(255)", "name"), column("text", "note")},
             {0});
  source.add("days", {column("date", "day"), column("char(10)", "word")});
  const Findings findings = check_columns(source.tables(), {.engine = Engine::postgresql});
  ASSERT_THAT(subjects(findings),
              ElementsAre("public.users (name, note), public.days (word)", "public.days.day", ""));
  EXPECT_EQ(findings[0].message,
            "varchar -> varchar, text -> text, char -> varchar: refuses the character NUL");
  EXPECT_THAT(findings[0].fix, Not(testing::IsEmpty()));
  EXPECT_THAT(findings[1].message, HasSubstr("date -> date: refuses the date 0000-00-00"));
  EXPECT_EQ(findings[2].message, "1 column of 2 tables is held exactly, 4 not");
}

// What cures it is another thing in the key: nobody can say NULL there.
TEST(CheckColumns, ColumnsWithAnotherWayOutAreToldApart) {
  FakeSource source(SourceEngine::postgresql);
  source.add("t", {postgres("double precision", "a"), postgres("double precision", "b")}, {0});
  const Findings findings = check_columns(source.tables(), mysql_target());
  ASSERT_THAT(subjects(findings), ElementsAre("public.t.a", "public.t.b", ""));
  EXPECT_THAT(findings[0].fix, Not(HasSubstr("nan=null")));
  EXPECT_THAT(findings[1].fix, HasSubstr("nan=null"));
}

TEST(CheckColumns, AllExactIsOneFinding) {
  FakeSource source(SourceEngine::postgresql);
  source.add("t", {postgres("numeric", "n"), postgres("public.hstore", "h")});
  const Findings findings = check_columns(source.tables(), {.engine = Engine::postgresql});
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].message, "2 columns of 1 table are held exactly");
}

// A sink adds labels to an ENUM, which is the column's, and not to a type of PostgreSQL.
TEST(CheckColumns, LabelsThatAreAddedLater) {
  FakeSource source(SourceEngine::postgresql);
  source.add("t", {postgres("public.mood (enum)", "mood")});
  EXPECT_THAT(check_columns(source.tables(), mysql_target()), SizeIs(1));
  const Findings findings = check_columns(source.tables(), {.engine = Engine::postgresql});
  ASSERT_THAT(findings, SizeIs(2));
  EXPECT_THAT(findings[0].message, HasSubstr("refuses a label that was added later"));
  EXPECT_THAT(findings[0].fix, HasSubstr("ADD VALUE"));
}

TEST(CheckColumns, AnOptionOfTheUrlReplacesInsteadOfRefusing) {
  ColumnTarget target = mysql_target();
  target.policy.infinity = sql::ValuePolicy::Answer::clamp;
  target.policy.dates = sql::ValuePolicy::Answer::null;
  const Finding date = only_of(postgres("date", "d"), target, SourceEngine::postgresql);
  EXPECT_EQ(date.id, "COL-03");
  EXPECT_THAT(date.message, HasSubstr("date -> DATE: replaces \xC2\xB1infinity, years before"));
  EXPECT_EQ(date.fix, "");
}

TEST(CheckColumns, NullIsNoWayOutOfAColumnWithoutNulls) {
  Column column = postgres("double precision", "d");
  column.nullable = false;
  const Finding finding = only_of(column, mysql_target(), SourceEngine::postgresql);
  EXPECT_THAT(finding.fix, HasSubstr("infinity=clamp"));
  EXPECT_THAT(finding.fix, Not(HasSubstr("=null")));
}

// The key of MySQL has 3072 octets for all its columns: texts of 255 characters fit alone, not four
// of them.
TEST(CheckColumns, TheColumnsOfAKeyShareItsRoom) {
  std::vector<Column> columns;
  for (const char* name : {"a", "b", "c", "d"}) {
    columns.push_back(column_of(Engine::postgresql, "character varying(255)", name));
  }
  FakeSource alone(SourceEngine::postgresql);
  alone.add("t", {columns[0]}, {0});
  EXPECT_THAT(check_columns(alone.tables(), mysql_target()), SizeIs(1));
  FakeSource four(SourceEngine::postgresql);
  four.add("t", columns, {0, 1, 2, 3});
  const Findings findings = check_columns(four.tables(), mysql_target());
  ASSERT_THAT(findings, SizeIs(5));  // each with the statement that cures it
  EXPECT_EQ(findings[0].subject, "public.t.a");
  EXPECT_THAT(findings[0].message, HasSubstr("refuses longer texts"));
  EXPECT_THAT(findings[0].fix, Not(HasSubstr("URL")));
}

TEST(CheckColumns, TheSameTypeAtTheSameEngineIsExact) {
  for (const TypeSample& sample : type_samples(Engine::mysql)) {
    FakeSource source(SourceEngine::mysql);
    source.add("t", {sample.column});
    const bool has_invalid_label = sample.column.type == LogicalType::enumeration;
    EXPECT_THAT(check_columns(source.tables(), mysql_target()), SizeIs(has_invalid_label ? 2 : 1))
        << sample.type;
  }
}

TEST(CheckColumns, OddLabelsAreReadBack) {
  Column column = column_of(Engine::mysql, "enum('a','b')", "e");
  column.labels = {"it's", "back\\slash", "(", ",", " CHARACTER SET x"};
  const Finding finding = only_of(column, mysql_target(), SourceEngine::mysql);
  EXPECT_THAT(finding.message, HasSubstr("refuses the error value (index 0)"));
  EXPECT_THAT(finding.message, Not(HasSubstr("a label")));
  column.labels = {"a", ""};
  EXPECT_THAT(only_of(column, mysql_target(), SourceEngine::mysql).message,
              HasSubstr("refuses the error value (index 0)"));
}

TEST(CheckColumns, OtherSensesAreTold) {
  const Finding json = only_of(postgres("jsonb", "j"), mysql_target(), SourceEngine::postgresql);
  EXPECT_THAT(json.message, HasSubstr("; holds the rest as JSON value"));
  ColumnTarget mariadb{.engine = Engine::mariadb, .version = recent_version(true)};
  const Column number = column_of(Engine::mysql, "double", "d");
  const Finding minus = only_of(number, mariadb, SourceEngine::mysql);
  EXPECT_EQ(minus.id, "COL-02");
  EXPECT_EQ(minus.message, "double -> DOUBLE: held exactly, but -0 may become 0");
  mariadb.assumed = "taken for MariaDB 11.8.2, because it did not answer";
  FakeSource source(SourceEngine::mysql);
  source.add("t", {column_of(Engine::mysql, "int", "i")});
  const Findings assumed = check_columns(source.tables(), mariadb);
  ASSERT_THAT(assumed, SizeIs(1));
  EXPECT_EQ(assumed[0].level, Finding::Level::info);
  EXPECT_THAT(assumed[0].message, HasSubstr("did not answer"));
}

TEST(ColumnProbes, AreCutToTheColumn) {
  Column text = column_of(Engine::mysql, "varchar(255)", "v");
  text.length = 3;
  for (const Probe& probe : probes_for(text, SourceEngine::mysql)) {
    EXPECT_LE(sql::count_characters(probe.value), 3U) << probe.label;
  }
  EXPECT_THAT(labels(probes_for(text, SourceEngine::mysql)), Contains("the character NUL"));
  Column time = postgres("timestamp with time zone", "t");
  time.scale = 0;
  time.native_type = "timestamp(0) with time zone";
  for (const Probe& probe : probes_for(time, SourceEngine::postgresql)) {
    EXPECT_THAT(probe.value, Not(HasSubstr("."))) << probe.label;
  }
}

TEST(ColumnProbes, DecimalsHaveTheirOwnGreatest) {
  const auto greatest = [](std::uint16_t precision, std::int16_t scale) {
    Column column = postgres("numeric(10,2)", "n");
    column.precision = precision;
    column.scale = scale;
    const auto probes = probes_for(column, SourceEngine::postgresql);
    EXPECT_THAT(labels(probes), Contains("NaN"));
    EXPECT_THAT(labels(probes), Not(Contains("100 digits")));
    return probes.front().value;
  };
  EXPECT_EQ(greatest(5, 2), "999.99");
  EXPECT_EQ(greatest(3, -2), "99900");
  EXPECT_EQ(greatest(3, 5), "0.00999");
  EXPECT_EQ(greatest(3, 0), "999");
}

TEST(ColumnProbes, ATypeThatNoSampleHasIsTriedAsItsKin) {
  Column tree = postgres("xml", "x");
  tree.native_type = "public.ltree";
  EXPECT_THAT(labels(probes_for(tree, SourceEngine::postgresql)), Contains("longer texts"));
  Column times = postgres("integer[]", "a");
  times.native_type = "timestamp(3) without time zone[]";
  EXPECT_THAT(labels(probes_for(times, SourceEngine::postgresql)),
              Contains("lower bounds other than 1"));
}

}  // namespace
}  // namespace tailrace::app
