#include "extractors/postgres/publication.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tailrace::postgres {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

PostgresSourceOptions capturing(std::vector<std::string> tables) {
  PostgresSourceOptions options;
  options.pipeline = "shop";
  options.tables = std::move(tables);
  return options;
}

CaptureFilter filter_of(const PostgresSourceOptions& options) {
  return CaptureFilter::create(options.tables, kReservedSchemas).value();
}

ServerFacts server(int version, bool superuser = false) {
  ServerFacts facts;
  facts.version = version;
  facts.database = "shop";
  facts.is_superuser = superuser;
  return facts;
}

SourceTable table(const std::string& name) {
  return {.name = {"public", name}, .root = {"public", name}, .has_identity = true};
}
SourceTable root(const std::string& name) {
  SourceTable made = table(name);
  made.partitioned = true;
  made.has_identity = false;  // has no rows that would need one
  return made;
}
SourceTable partition(const std::string& name, const std::string& of) {
  SourceTable made = table(name);
  made.root = {"public", of};
  return made;
}

Result<NewPublication> plan(const PostgresSourceOptions& options, const ServerFacts& facts,
                            const std::vector<SourceTable>& tables) {
  return plan_publication(options, filter_of(options), facts, tables);
}

TEST(PlanPublication, CapturedTablesByName) {
  const auto planned = plan(capturing({"public.o*", "!public.old"}), server(150000),
                            {table("orders"), table("old"), table("other\"s"), table("users")});
  ASSERT_TRUE(planned);
  EXPECT_EQ(planned->statement(),
            "CREATE PUBLICATION \"tailrace_shop\" FOR TABLE \"public\".\"orders\", "
            "\"public\".\"other\"\"s\" WITH (publish_via_partition_root = true)");
}

TEST(PlanPublication, EverythingForWhoMay) {
  const std::vector<SourceTable> tables = {table("orders"), table("users")};
  EXPECT_EQ(plan(capturing({}), server(150000, true), tables)->statement(),
            "CREATE PUBLICATION \"tailrace_shop\" FOR ALL TABLES "
            "WITH (publish_via_partition_root = true)");
  EXPECT_THAT(plan(capturing({}), server(150000, false), tables)->tables,
              ElementsAre(TableName{"public", "orders"}, TableName{"public", "users"}));
  EXPECT_FALSE(plan(capturing({"public.*"}), server(150000, true), tables)->all_tables);
  EXPECT_TRUE(plan(capturing({}), server(150000, true), {}));  // tables to come
}

TEST(PlanPublication, PartitionsComeWithTheirRoot) {
  const std::vector<SourceTable> tables = {root("events"), partition("events_1", "events"),
                                           partition("events_2", "events")};
  EXPECT_THAT(plan(capturing({"public.*"}), server(150000), tables)->tables,
              ElementsAre(TableName{"public", "events"}));
  EXPECT_THAT(plan(capturing({"public.events"}), server(150000), tables)->tables,
              ElementsAre(TableName{"public", "events"}));
  EXPECT_THAT(plan(capturing({"public.events_2"}), server(150000), tables)->tables,
              ElementsAre(TableName{"public", "events_2"}));
  // PostgreSQL 12 cannot publish the root.
  const auto old = plan(capturing({"public.*"}), server(120000), tables);
  EXPECT_EQ(old->statement(),
            "CREATE PUBLICATION \"tailrace_shop\" FOR TABLE \"public\".\"events_1\", "
            "\"public\".\"events_2\"");
}

void expect_refused(const Result<NewPublication>& planned, const std::string& names) {
  ASSERT_FALSE(planned) << names;
  EXPECT_EQ(planned.error().kind(), ErrorKind::source_settings);
  EXPECT_THAT(planned.error().message(), HasSubstr(names));
  EXPECT_FALSE(planned.error().hint().empty());
}

TEST(PlanPublication, TablesWithoutIdentityWouldBreakTheSource) {
  SourceTable bare = table("bare");
  bare.has_identity = false;
  SourceTable bare_partition = partition("events_1", "events");
  bare_partition.has_identity = false;
  const std::vector<SourceTable> tables = {bare, root("events"), bare_partition, table("users")};
  expect_refused(plan(capturing({"public.*"}), server(150000), tables),
                 "no replica identity: public.bare, public.events_1;");
  // Captured by its root's name alone.
  expect_refused(plan(capturing({"public.events"}), server(150000), tables),
                 "no replica identity: public.events_1;");
  // All tables: also those that nobody wants.
  expect_refused(plan(capturing({}), server(150000, true), {bare}), "public.bare");
  EXPECT_TRUE(plan(capturing({"public.users"}), server(150000), tables));
}

TEST(PlanPublication, UnloggedTablesAreNotPublished) {
  SourceTable unlogged = table("scratch");
  unlogged.unlogged = true;
  unlogged.has_identity = false;
  EXPECT_THAT(plan(capturing({"public.*"}), server(150000), {unlogged, table("users")})->tables,
              ElementsAre(TableName{"public", "users"}));
}

TEST(PlanPublication, NothingToPublish) {
  expect_refused(plan(capturing({"shop.*"}), server(150000), {table("users")}),
                 "no table of the database \"shop\" is captured");
}

Published published(std::vector<std::string> names, std::vector<std::string> tables) {
  Published made;
  for (const std::string& name : names) made.publications.push_back({.name = name, .left_out = ""});
  for (const std::string& name : tables) made.tables.push_back({.name = {"public", name}});
  return made;
}

TEST(Published, MissingPublications) {
  PostgresSourceOptions options = capturing({});
  options.publications = {"a", "b", "c"};
  EXPECT_TRUE(check_publications(options, published({"c", "b", "a"}, {})));
  const auto status = check_publications(options, published({"a"}, {}));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind(), ErrorKind::source_settings);
  EXPECT_THAT(status.error().message(), HasSubstr("no such publication: b, c"));
  EXPECT_THAT(status.error().hint(), HasSubstr("CREATE PUBLICATION \"b\" FOR TABLE"));
}

TEST(Published, TablesThatAreNamedMustBePublished) {
  const Published has = published({"tailrace_shop"}, {"users"});
  for (const auto& [tables, fine] : std::vector<std::pair<std::vector<std::string>, bool>>{
           {{}, true},
           {{"public.users"}, true},
           {{"public.*", "!public.orders"}, true},
           {{"public.orders", "!public.orders"}, true},
           {{"public.users", "public.orders"}, false}}) {
    const PostgresSourceOptions options = capturing(tables);
    const auto absent = named_but_unpublished(options, filter_of(options), has);
    EXPECT_EQ(absent.empty(), fine) << tables.size();
    if (absent.empty()) continue;
    const Error error = not_published(options, absent);
    EXPECT_EQ(error.message(), "captured, but not published: public.orders");
    EXPECT_THAT(error.hint(),
                HasSubstr("ALTER PUBLICATION \"tailrace_shop\" ADD TABLE \"public\".\"orders\""));
  }
}

}  // namespace
}  // namespace tailrace::postgres
