// The contract of sinks/sink.h: loaders, kept by every SQL target against a real server.
#include "sink_contract_loader.h"

#include <chrono>
#include <future>

#include "sink_contract_types.h"
#include "tests/support/fault_proxy.h"

namespace tailrace::testing {
namespace {

using namespace std::chrono_literals;

TEST_P(LoaderContract, ChunkIsVisibleWholeOrNot) {
  if (skipped()) return;
  Batch first(id_and_text("t"));
  first.insert({"1", "one"}).insert({"2", std::nullopt});
  Batch second(first.changes().front().schema);
  second.insert({"3", ""});
  const SchemaPtr shape = first.changes().front().schema;
  auto loader = open_loader();
  EXPECT_FALSE(must(loader->prepare(shape, name("t"))));
  EXPECT_FALSE(must(loader->prepare(shape, name("t"))));
  ASSERT_TRUE(loader->begin(shape, name("t"), Loader::Mode::append));
  EXPECT_OK(loader->load(first.net(name("t")).inserts));
  EXPECT_OK(loader->load(second.net(name("t")).inserts));
  EXPECT_EQ(bed_->sql("SELECT count(*) FROM t"), "0");
  loader->rollback();
  EXPECT_EQ(bed_->sql("SELECT count(*) FROM t"), "0");
  EXPECT_TRUE(ledger(*sink_).empty());

  loader = open_loader();
  EXPECT_FALSE(must(loader->prepare(shape, name("t"))));
  ASSERT_TRUE(loader->begin(shape, name("t"), Loader::Mode::append));
  EXPECT_OK(loader->load(first.net(name("t")).inserts));
  EXPECT_OK(loader->load({}));
  EXPECT_OK(loader->load(second.net(name("t")).inserts));
  EXPECT_OK(loader->commit(std::vector<LedgerEntry>{chunk(1)}));
  EXPECT_EQ(bed_->sql("SELECT id, name FROM t ORDER BY id"), "1\tone\n2\tNULL\n3\t");
  EXPECT_EQ(ledger(*sink_), std::vector<LedgerEntry>{chunk(1)});
  EXPECT_TRUE(must(loader->prepare(shape, name("t"))));

  // A chunk may be empty, and one loader loads many.
  ASSERT_TRUE(loader->begin(shape, name("t"), Loader::Mode::append));
  EXPECT_OK(loader->commit(std::vector<LedgerEntry>{chunk(1, ""), chunk(2)}));
  Batch more(shape);
  more.insert({"4", "four"});
  EXPECT_OK(load(*loader, more, {chunk(3)}));
  EXPECT_EQ(ledger(*sink_), (std::vector<LedgerEntry>{chunk(2), chunk(3)}));
  EXPECT_EQ(bed_->sql("SELECT count(*) FROM t"), "4");
}

TEST_P(LoaderContract, SinkGoesOnBehindALoader) {
  if (skipped()) return;
  Batch first(id_and_text("t"));
  first.insert({"1", "one"});
  auto loader = open_loader();
  must(loader->prepare(first.changes().front().schema, name("t")));
  EXPECT_OK(load(*loader, first, {chunk(1)}));
  Batch second(first.changes().front().schema);
  second.update({"1", "one"}, {"1", "ONE"}).insert({"2", "two"});
  EXPECT_OK(apply(*sink_, second, 3));
  EXPECT_EQ(bed_->sql("SELECT id, name FROM t ORDER BY id"), "1\tONE\n2\ttwo");
  // The position may move while a chunk is being filled.
  Batch third(first.changes().front().schema);
  third.insert({"3", "three"});
  if (is_sqlite()) return;  // one writer at a time
  ASSERT_TRUE(loader->begin(third.changes().front().schema, name("t"), Loader::Mode::append));
  EXPECT_OK(loader->load(third.net(name("t")).inserts));
  ASSERT_TRUE(sink_->begin());
  EXPECT_OK(sink_->commit(checkpoint(4)));
  EXPECT_OK(loader->commit(std::vector<LedgerEntry>{chunk(2)}));
  EXPECT_EQ(bed_->sql("SELECT count(*) FROM t"), "3");
}

TEST_P(LoaderContract, UpsertOverwrites) {
  if (skipped()) return;
  Batch rows(id_and_text("t"));
  rows.insert({"1", "one"}).insert({"2", "two"});
  auto loader = open_loader();
  must(loader->prepare(rows.changes().front().schema, name("t")));
  EXPECT_OK(load(*loader, rows, {}, Loader::Mode::upsert));
  Batch again(rows.changes().front().schema);
  again.insert({"2", "zwei"}).insert({"3", std::nullopt});
  EXPECT_OK(load(*loader, again, {chunk(1)}, Loader::Mode::upsert));
  EXPECT_OK(load(*loader, again, {chunk(2)}, Loader::Mode::upsert));
  EXPECT_EQ(bed_->sql("SELECT id, name FROM t ORDER BY id"), "1\tone\n2\tzwei\n3\tNULL");
}

TEST_P(LoaderContract, TablesWithoutKeyAreLoaded) {
  if (skipped()) return;
  Batch rows(id_and_text("t", {}));
  rows.insert({"1", "one"}).insert({"1", "one"}).insert({std::nullopt, std::nullopt});
  auto loader = open_loader();
  must(loader->prepare(rows.changes().front().schema, name("t")));
  EXPECT_OK(load(*loader, rows, {chunk(1)}));
  EXPECT_EQ(bed_->sql("SELECT count(*) FROM t"), "3");
}

TEST_P(LoaderContract, LoaderOfALostLeaseIsFenced) {
  if (skipped()) return;
  Batch rows(id_and_text("t"));
  rows.insert({"1", "one"});
  auto loader = open_loader();
  must(loader->prepare(rows.changes().front().schema, name("t")));
  Lease other{"contract", "sink", "daemon-2", {}};
  auto second = must(target_->open(other));
  const Status refused = load(*loader, rows, {chunk(1)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::fenced) << refused.error().to_string();
  loader->rollback();
  EXPECT_EQ(bed_->sql("SELECT count(*) FROM t"), "0");
  EXPECT_TRUE(ledger(*second).empty());
}

TEST_P(LoaderContract, RejectedRowIsNamed) {
  if (skipped()) return;
  // A key of its own: one of ours may be made when all rows are there.
  bed_->sql("CREATE TABLE t (id " + bed_->bigint() + " NOT NULL PRIMARY KEY, name " +
            (is_sqlite() ? "TEXT)" : "varchar(50))") + bed_->strict());
  Batch there(id_and_text("t"));
  there.insert({"773", "there"});
  auto loader = open_loader();
  must(loader->prepare(there.changes().front().schema, name("t")));
  ASSERT_TRUE(load(*loader, there));
  // Far behind the first, and before the last: it must be named all the same.
  Batch rows(there.changes().front().schema);
  for (int id = 1; id <= 2000; ++id) rows.insert({std::to_string(id), "secret-value"});
  const Status refused = load(*loader, rows, {chunk(1)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::row_rejected) << refused.error().to_string();
  EXPECT_MENTIONS(refused.error().to_string(), "id=773");
  EXPECT_MENTIONS(refused.error().to_string(), "table ");
  EXPECT_EQ(refused.error().to_string().find("secret-value"), std::string::npos);
  loader->rollback();
  EXPECT_EQ(bed_->sql("SELECT id, name FROM t"), "773\tthere");
  EXPECT_TRUE(ledger(*sink_).empty());
}

TEST_P(LoaderContract, ValueThatDoesNotFitIsRefusedByName) {
  if (skipped()) return;
  bed_->sql("CREATE TABLE t (id " + bed_->bigint() + " NOT NULL PRIMARY KEY, name " +
            (is_sqlite() ? "INTEGER)" + bed_->strict() : "varchar(5))"));
  const SchemaPtr shape =
      is_sqlite() ? schema("t", {column("id", LogicalType::int32, "int"),
                                 column("name", LogicalType::uint64, "bigint unsigned")})
                  : id_and_text("t");
  const std::string good = is_sqlite() ? "12345" : "short";
  const std::string bad = is_sqlite() ? "18446744073709551615" : "secret-value";
  auto loader = open_loader();
  if (auto prepared = loader->prepare(shape, name("t")); !prepared) {
    EXPECT_EQ(prepared.error().kind(), ErrorKind::schema_mismatch);
    return;
  }
  Batch rows(shape);
  for (int id = 1; id < 100; ++id) rows.insert({std::to_string(id), id == 42 ? bad : good});
  const Status refused = load(*loader, rows, {chunk(1)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::unsupported_value);
  EXPECT_MENTIONS(refused.error().to_string(), "id=42");
  EXPECT_MENTIONS(refused.error().to_string(), "\"name\"");
  EXPECT_EQ(refused.error().to_string().find(bad), std::string::npos);
  EXPECT_FALSE(refused.error().hint().empty());
  loader->rollback();
  EXPECT_EQ(bed_->sql("SELECT count(*) FROM t"), "0");
}

TEST_P(LoaderContract, PrepareRefusesATableThatCannotHoldTheRows) {
  if (skipped()) return;
  bed_->sql("CREATE TABLE t (id " + bed_->bigint() + " NOT NULL PRIMARY KEY)" + bed_->strict());
  const auto refused = open_loader()->prepare(id_and_text("t"), name("t"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::schema_mismatch);
  EXPECT_MENTIONS(refused.error().hint(), "ADD COLUMN");
  bed_->sql(refused.error().hint());
  EXPECT_OK(open_loader()->prepare(id_and_text("t"), name("t")));
}

TEST_P(LoaderContract, EveryTypeIsLoadedAsTheSinkWritesIt) {
  if (skipped()) return;
  std::vector<Column> columns;
  Row full;
  Row empty;
  for (const auto& [made, value] : every_type()) {
    columns.push_back(made);
    full.push_back(value);
    empty.push_back(std::nullopt);
  }
  empty[0] = "2";
  Batch written(schema("written", columns));
  written.insert(full).insert(empty);
  ASSERT_TRUE(apply(*sink_, written));
  auto loader = open_loader();
  for (const Loader::Mode mode : {Loader::Mode::append, Loader::Mode::upsert}) {
    const std::string table = mode == Loader::Mode::append ? "appended" : "upserted";
    Batch loaded(schema(table, columns));
    loaded.insert(full).insert(empty);
    must(loader->prepare(loaded.changes().front().schema, name(table)));
    EXPECT_OK(load(*loader, loaded, {}, mode));
    EXPECT_EQ(bed_->sql("SELECT * FROM " + table + " ORDER BY id"),
              bed_->sql("SELECT * FROM written ORDER BY id"));
  }
}

TEST_P(LoaderContract, TextOfEverySortIsLoadedAsItIs) {
  if (skipped()) return;
  std::string ascii;
  for (char c = 1; c < 127; ++c) ascii += c;
  const std::vector<std::string> texts = {
      "",      "\\N", "\\.", "NULL", "\\", "\t",  "\n",           "\r\n",
      "a\\tb", "'",   "\"",  "{}",   ",",  " a ", "\xEF\xBB\xBF", "\xF0\x9F\x98\x80",
      ascii};
  Batch rows(schema("t", {column("id", LogicalType::int32, "int"),
                          column("name", LogicalType::string, "text", 65535),
                          column("octets", LogicalType::bytes, "blob", 65535)}));
  Batch same(schema("s", {column("id", LogicalType::int32, "int"),
                          column("name", LogicalType::string, "text", 65535),
                          column("octets", LogicalType::bytes, "blob", 65535)}));
  std::string octets;
  for (int c = 0; c < 256; ++c) octets += static_cast<char>(c);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    rows.insert({std::to_string(i), texts[i], octets});
    same.insert({std::to_string(i), texts[i], octets});
  }
  auto loader = open_loader();
  must(loader->prepare(rows.changes().front().schema, name("t")));
  EXPECT_OK(load(*loader, rows));
  ASSERT_TRUE(apply(*sink_, same));
  EXPECT_EQ(bed_->sql("SELECT count(*) FROM t"), std::to_string(texts.size()));
  EXPECT_EQ(bed_->sql("SELECT count(*) FROM t JOIN s ON t.id = s.id AND t.name = s.name"
                      " AND t.octets = s.octets"),
            std::to_string(texts.size()));
}

TEST_P(LoaderContract, FinishingATableTwiceIsHarmless) {
  if (skipped()) return;
  const SchemaPtr shape = schema("t", {column("id", LogicalType::int32, "int"),
                                       column("name", LogicalType::string, "varchar(50)", 50),
                                       column("n", LogicalType::int32, "int")});
  TableDetails details;
  details.comment = "it's a table";
  details.columns.resize(3);
  details.columns[1].comment = "a \"name\"";
  details.columns[2].default_value = {ColumnDefault::Kind::literal, "42"};
  details.indexes = {{"t_name", true, {{1}}, "btree", {}, {}},
                     {"t_n", false, {{2}, {1, 0, true}}, "btree", {}, {}}};
  Batch rows(shape);
  rows.insert({"1", "one", "1"}).insert({"2", "two", std::nullopt});
  auto loader = open_loader();
  must(loader->prepare(shape, name("t")));
  ASSERT_TRUE(load(*loader, rows));
  for (int i = 0; i < 2; ++i) {
    const auto finished = loader->finish_table(shape, details, name("t"), {});
    ASSERT_TRUE(finished) << finished.error().to_string();
    for (const Finding& finding : finished->cannot)
      EXPECT_EQ(finding.level, Finding::Level::warning);
  }
  if (is_postgres()) {
    EXPECT_EQ(bed_->sql("SELECT count(*) FROM pg_indexes WHERE schemaname = 'shop'"), "3");
  } else if (is_mysql()) {
    EXPECT_EQ(bed_->sql("SELECT COUNT(DISTINCT index_name) FROM information_schema.statistics"
                        " WHERE table_schema = 'shop'"),
              "3");
  } else {
    EXPECT_EQ(bed_->sql("SELECT count(*) FROM sqlite_master WHERE type = 'index'"
                        " AND sql IS NOT NULL"),
              "2");
  }
  EXPECT_ANY_THROW(bed_->sql("INSERT INTO t (id, name) VALUES (3, 'two')"));
  // Rows still go there.
  Batch more(shape);
  more.insert({"3", "three", "3"}).update({"1", "one", "1"}, {"1", "eins", "1"});
  EXPECT_OK(apply(*sink_, more, 5));
}

TEST_P(LoaderContract, KeyIsThereWhenTheRowsAre) {
  if (skipped()) return;
  for (const std::string table : {"asked", "found", "upserted"}) {
    Batch rows(id_and_text(table));
    rows.insert({"1", "one"}).insert({"2", "two"});
    const SchemaPtr shape = rows.changes().front().schema;
    auto loader = open_loader();
    must(loader->prepare(shape, name(table)));
    EXPECT_OK(load(*loader, rows));
    EXPECT_TRUE(must(open_loader()->prepare(shape, name(table))));
    Batch more(shape);
    more.insert({"2", "zwei"});
    if (table == "upserted") {
      EXPECT_OK(load(*loader, more, {}, Loader::Mode::upsert));
    } else {
      // Asked for, or for lack of that when the sink comes to the table.
      for (int i = 0; i < 2 && table == "asked"; ++i) {
        EXPECT_OK(loader->finish_rows(shape, name(table)));
      }
      EXPECT_OK(apply(*sink_, more));
    }
    EXPECT_EQ(bed_->sql("SELECT id, name FROM " + table + " ORDER BY id"), "1\tone\n2\tzwei");
    EXPECT_ANY_THROW(bed_->sql("INSERT INTO " + table + " (id) VALUES (1)"));
    Batch last(shape);
    last.insert({"3", "three"});
    EXPECT_OK(load(*loader, last));
    if (is_postgres()) {
      EXPECT_EQ(bed_->sql("SELECT obj_description('" + table + "'::regclass, 'pg_class')"), "NULL");
    }
  }
}

TEST_P(LoaderContract, WaitingLoaderIsInterrupted) {
  if (skipped() || is_sqlite()) return;
  Batch rows(id_and_text("t"));
  rows.insert({"1", "one"});
  auto loader = open_loader();
  must(loader->prepare(rows.changes().front().schema, name("t")));
  const auto lock = bed_->lock("t");
  auto waiting = std::async(std::launch::async, [&] { return load(*loader, rows, {chunk(1)}); });
  EXPECT_EQ(waiting.wait_for(300ms), std::future_status::timeout);
  loader->interrupt();
  ASSERT_EQ(waiting.wait_for(10s), std::future_status::ready);
  const Status interrupted = waiting.get();
  ASSERT_FALSE(interrupted);
  EXPECT_EQ(interrupted.error().kind(), ErrorKind::cancelled) << interrupted.error().to_string();
}

// Whatever byte of the server's answers the connection is lost at: the rows are there exactly when
// the ledger says so, and once the commit may have taken place, nothing but "in doubt" is said.
TEST_P(LoaderContract, LostConnectionNeverPartsRowsFromLedger) {
  if (skipped() || is_sqlite()) return;
  FaultProxy proxy(bed_->port());
  const auto proxied = bed_->target(proxy.port());
  const SchemaPtr shape = id_and_text("t");
  must(open_loader()->prepare(shape, name("t")));
  int in_doubt = 0;
  int committed = 0;
  std::uint64_t whole = 0;  // what the server answers to a chunk
  constexpr int kLast = 40;
  for (int n = 1; n < kLast; ++n) {
    auto loader = must(proxied->open_loader(lease_));
    Batch batch(shape);
    for (int i = 0; i < 3; ++i) batch.insert({std::to_string(10 * n + i), "row"});
    must(loader->prepare(shape, name("t")));
    const std::uint64_t before = proxy.bytes(Direction::to_client);
    // First everywhere, then about the last answer, that to the commit.
    const auto left = static_cast<std::uint64_t>(kLast - n);
    const std::uint64_t cut = left > 12 ? whole / kLast * (kLast - left) : whole - 3 * left;
    if (n > 1) proxy.cut_after(1 + cut);
    const Status loaded = load(*loader, batch, {chunk(n)});
    if (n == 1) whole = proxy.bytes(Direction::to_client) - before;
    proxy.heal();
    loader.reset();
    const bool doubt = !loaded && loaded.error().kind() == ErrorKind::commit_in_doubt;
    if (!loaded && !doubt) {
      EXPECT_EQ(loaded.error().kind(), ErrorKind::unreachable) << loaded.error().to_string();
    }
    in_doubt += doubt ? 1 : 0;
    // Only a new session of the sink makes sure that nothing of the lost one follows.
    sink_ = open();
    const auto entries = ledger(*sink_);
    const bool stored = std::find(entries.begin(), entries.end(), chunk(n)) != entries.end();
    const std::string found =
        bed_->sql("SELECT count(*) FROM t WHERE id >= " + std::to_string(10 * n));
    EXPECT_EQ(found, stored ? "3" : "0") << "answers cut after " << cut;
    EXPECT_TRUE(doubt || stored == loaded.has_value());
    committed += stored ? 1 : 0;
  }
  EXPECT_GT(in_doubt, 0);
  EXPECT_GT(committed, 0);
}

// Engines that have a loader.
INSTANTIATE_TEST_SUITE_P(Targets, LoaderContract,
                         ::testing::Values(Kind::postgres15, Kind::postgres18, Kind::mariadb,
                                           Kind::mysql, Kind::sqlite),
                         [](const auto& test) { return name_of(test.param); });

}  // namespace
}  // namespace tailrace::testing
