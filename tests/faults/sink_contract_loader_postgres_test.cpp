// Loaders of PostgreSQL targets: what only these servers have.
#include "sink_contract_loader.h"

namespace tailrace::testing {
namespace {

class PostgresLoaderContract : public LoaderContract {
 protected:
  SchemaPtr postgres_schema(std::string table, std::vector<Column> columns,
                            std::vector<std::uint16_t> key = {0}) {
    TableSchema made = *schema(std::move(table), std::move(columns), std::move(key));
    made.engine = SourceEngine::postgresql;
    return std::make_shared<const TableSchema>(std::move(made));
  }
  Findings finish(const SchemaPtr& shape, const TableDetails& details,
                  const Loader::Finish& finish = {}) {
    return must(open_loader()->finish_table(shape, details, name(shape->name.table), finish))
        .cannot;
  }
};

TEST_P(PostgresLoaderContract, MoneyIsNotReadByTheLocale) {
  if (skipped()) return;
  bed_->sql("CREATE TABLE t (id int PRIMARY KEY, m money, list money[])");
  Column list = column("list", LogicalType::array, "money[]");
  const SchemaPtr shape =
      postgres_schema("t", {column("id", LogicalType::int32, "integer"),
                            column("m", LogicalType::decimal, "money"), std::move(list)});
  Batch rows(shape);
  rows.insert({"1", "-1234567.89", "[\"0.05\",\"1234.50\"]"}).insert({"2", std::nullopt, "[]"});
  auto loader = open_loader();
  EXPECT_OK(loader->prepare(shape, name("t")));
  EXPECT_OK(load(*loader, rows));
  EXPECT_EQ(bed_->sql("SELECT id, m::numeric, list::numeric[] FROM t ORDER BY id"),
            "1\t-1234567.89\t{0.05,1234.50}\n2\tNULL\t{}");
}

TEST_P(PostgresLoaderContract, IdentityAlwaysAndGeneratedColumns) {
  if (skipped()) return;
  bed_->sql(
      "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name varchar(50),"
      " twice int GENERATED ALWAYS AS (id * 2) STORED, extra text DEFAULT 'mine')");
  for (const auto mode : {Loader::Mode::append, Loader::Mode::upsert}) {
    Batch rows(id_and_text("t"));
    rows.insert({"5", "five"});
    auto loader = open_loader();
    EXPECT_OK(load(*loader, rows, {}, mode));
    EXPECT_EQ(bed_->sql("SELECT * FROM t"), "5\tfive\t10\tmine");
    if (mode == Loader::Mode::append) bed_->sql("DELETE FROM t");
  }
}

// The server names another line for it; and its words may be in any language.
TEST_P(PostgresLoaderContract, RowThatIsTooWideIsNamed) {
  if (skipped()) return;
  std::vector<Column> columns = {column("id", LogicalType::int32, "int")};
  for (int i = 0; i < 1200; ++i) {
    columns.push_back(column("c" + std::to_string(i), LogicalType::int64, "bigint"));
  }
  const SchemaPtr shape = schema("t", columns);
  Batch rows(shape);
  for (int id = 1; id <= 20; ++id) {
    Row row(columns.size(), id == 7 ? Text("1") : std::nullopt);
    row[0] = std::to_string(id);
    rows.insert(row);
  }
  auto loader = open_loader();
  EXPECT_OK(loader->prepare(shape, name("t")));
  const Status refused = load(*loader, rows);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::unsupported_value);
  EXPECT_MENTIONS(refused.error().to_string(), "id=7");
  loader->rollback();
}

// Larger than a batch, so that the row is not in the first.
TEST_P(PostgresLoaderContract, RefusedRowOfALaterBatchIsNamed) {
  if (skipped()) return;
  bed_->sql("CREATE TABLE t (id int PRIMARY KEY, name varchar(50), UNIQUE (name))");
  Batch rows(id_and_text("t"));
  for (int id = 1; id <= 120'000; ++id) {
    rows.insert({std::to_string(id), id == 110'001 ? Text("n3") : "n" + std::to_string(id)});
  }
  auto loader = open_loader();
  const Status refused = load(*loader, rows);
  ASSERT_FALSE(refused);
  EXPECT_MENTIONS(refused.error().to_string(), "id=110001");
  loader->rollback();
  EXPECT_EQ(bed_->sql("SELECT count(*) FROM t"), "0");
}

TEST_P(PostgresLoaderContract, DetailsOfTheSameKindGoOverAsTheyAre) {
  if (skipped()) return;
  bed_->sql("CREATE TABLE taken (id int); CREATE INDEX by_name ON taken (id)");
  const SchemaPtr parent = postgres_schema("parent", {column("id", LogicalType::int32, "integer")});
  const SchemaPtr shape =
      postgres_schema("t", {column("id", LogicalType::int32, "integer"),
                            column("name", LogicalType::string, "text"),
                            column("at", LogicalType::timestamptz, "timestamp with time zone"),
                            column("p", LogicalType::int32, "integer")});
  Batch parents(parent);
  parents.insert({"1"});
  Batch rows(shape);
  rows.insert({"41", "a", std::nullopt, "1"}).insert({"42", "b", std::nullopt, "2"});
  auto loader = open_loader();
  for (Batch* batch : {&parents, &rows}) {
    EXPECT_OK(loader->prepare(batch->changes().front().schema, name(table_of(*batch))));
    EXPECT_OK(load(*loader, *batch));
  }
  TableDetails details;
  details.columns.resize(4);
  details.columns[0].auto_increment = true;
  details.columns[1].default_value = {ColumnDefault::Kind::expression, "upper('x'::text)"};
  details.columns[2].default_value = {ColumnDefault::Kind::current_timestamp, ""};
  details.columns[3].default_value = {ColumnDefault::Kind::expression, "missing.function(1)"};
  details.indexes = {
      {"by_name", false, {{1}}, "btree", {}, "CREATE INDEX by_name ON x.t USING btree (name)"},
      {"low",
       true,
       {},
       "btree",
       "expression",
       "CREATE UNIQUE INDEX low ON x.t USING btree (lower(name)) WHERE (id > 0)"}};
  details.foreign_keys = {{"fk", {3}, {"x", "parent"}, {"id"}, "CASCADE", "NO ACTION"},
                          {"gone", {3}, {"x", "elsewhere"}, {"id"}, "", ""}};
  Loader::Finish with_keys{true, {{{"x", "parent"}, name("parent")}}};
  EXPECT_OK(loader->finish_rows(parent, name("parent")));
  const Findings first = finish(shape, details, with_keys);
  // A function that is not here, rows without their parent, a table that is not copied.
  ASSERT_EQ(first.size(), 3U);
  for (const Finding& finding : first) EXPECT_EQ(finding.level, Finding::Level::warning);
  EXPECT_EQ(bed_->sql("SELECT indexdef FROM pg_indexes WHERE schemaname = 'shop'"
                      " AND tablename = 't' ORDER BY indexname"),
            "CREATE UNIQUE INDEX low ON shop.t USING btree (lower(name)) WHERE (id > 0)\n"
            "CREATE INDEX t_by_name ON shop.t USING btree (name)\n"
            "CREATE UNIQUE INDEX t_pkey ON shop.t USING btree (id)");
  EXPECT_EQ(bed_->sql("SELECT confdeltype, convalidated FROM pg_constraint WHERE conname = 'fk'"),
            "c\tf");
  EXPECT_EQ(bed_->sql("INSERT INTO t (p) VALUES (1) RETURNING id, name, at IS NOT NULL"),
            "43\tX\tt");
  // What is there is not made again.
  EXPECT_EQ(finish(shape, details, with_keys).size(), 2U);
}

INSTANTIATE_TEST_SUITE_P(Targets, PostgresLoaderContract,
                         ::testing::Values(Kind::postgres15, Kind::postgres18),
                         [](const auto& test) { return name_of(test.param); });

}  // namespace
}  // namespace tailrace::testing
