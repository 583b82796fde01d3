// The contract of sinks/sink.h, kept by every SQL sink against a real server.
#include <chrono>
#include <deque>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "clients/mysql/connection.h"
#include "clients/postgres/connection.h"
#include "clients/sqlite/database.h"
#include "sinks/mysql/mysql_target.h"
#include "sinks/postgres/postgres_target.h"
#include "sinks/sqlite/sqlite_target.h"
#include "tests/support/beds.h"
#include "tests/support/fault_proxy.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/mysql_server.h"
#include "tests/support/postgres_server.h"
#include "tests/support/temp_dir.h"

namespace tailrace::testing {
namespace {

using namespace std::chrono_literals;

constexpr const char* kDatabase = "tailrace_contract";

template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().to_string());
  return std::move(result).value();
}

// A target, and a way to look at it that does not go through the sink.
class Bed {
 public:
  virtual ~Bed() = default;
  // port: of a proxy in front of the server; 0: the server's own.
  virtual std::unique_ptr<Target> target(std::uint16_t port = 0) = 0;
  // Rows: values separated by tabs, NULL as NULL, rows by newlines.
  virtual std::string sql(const std::string& statements) = 0;
  virtual std::uint16_t port() { return 0; }
  // A statement that makes a sink wait when it writes to the table, held until released.
  virtual std::shared_ptr<void> lock(const std::string& table) = 0;
  // The engine's word for a column type of the source, in tables that a test creates itself.
  virtual std::string bigint() { return "bigint"; }
  virtual std::string strict() { return ""; }
};

class PostgresBed final : public Bed {
 public:
  explicit PostgresBed(int version) : server_({.version = version}) {
    server_.sql(std::string("DROP DATABASE IF EXISTS ") + kDatabase, "postgres");
    server_.sql(std::string("CREATE DATABASE ") + kDatabase, "postgres");
    server_.sql("CREATE SCHEMA shop", kDatabase);
  }
  std::unique_ptr<Target> target(std::uint16_t port) override {
    auto options =
        must(postgres::TargetOptions::from_url(must(Url::parse(server_.url(kDatabase)))));
    if (port != 0) options.connection.port = port;
    return std::make_unique<postgres::PostgresTarget>(options);
  }
  std::string sql(const std::string& statements) override {
    return server_.sql("SET search_path = shop; SET client_min_messages = error; " + statements,
                       kDatabase);
  }
  std::uint16_t port() override { return server_.port(); }
  std::shared_ptr<void> lock(const std::string& table) override {
    auto options =
        must(postgres::TargetOptions::from_url(must(Url::parse(server_.url(kDatabase)))));
    auto connection = std::make_shared<postgres::Connection>(
        must(postgres::Connection::connect(options.connection)));
    must(connection->exec("BEGIN; LOCK TABLE shop." + table));
    return connection;
  }

 private:
  PostgresServer server_;
};

class MySqlFamilyBed final : public Bed {
 public:
  explicit MySqlFamilyBed(std::unique_ptr<DatabaseServer> server) : server_(std::move(server)) {
    server_->sql(
        "DROP DATABASE IF EXISTS shop; DROP DATABASE IF EXISTS tailrace; "
        "CREATE DATABASE shop");
  }
  std::unique_ptr<Target> target(std::uint16_t port) override {
    auto options = must(mysql::TargetOptions::from_url(must(Url::parse(server_->url()))));
    if (port != 0) options.connection.port = port;
    return std::make_unique<mysql::MySqlTarget>(options);
  }
  std::string sql(const std::string& statements) override {
    return server_->sql(statements, "shop");
  }
  std::uint16_t port() override { return server_->port(); }
  std::shared_ptr<void> lock(const std::string& table) override {
    auto options = must(mysql::TargetOptions::from_url(must(Url::parse(server_->url()))));
    auto connection =
        std::make_shared<mysql::Connection>(must(mysql::Connection::connect(options.connection)));
    must(connection->query("LOCK TABLES shop." + table + " WRITE"));
    return connection;
  }

 private:
  std::unique_ptr<DatabaseServer> server_;
};

class SqliteBed final : public Bed {
 public:
  std::unique_ptr<Target> target(std::uint16_t) override {
    sqlite::TargetOptions options;
    options.path = folder_ / "target.db";
    return std::make_unique<sqlite::SqliteTarget>(options);
  }
  std::string sql(const std::string& statements) override {
    auto database = must(sqlite::Database::open({.path = folder_ / "target.db"}));
    const bool query = statements.starts_with("SELECT");
    if (!query) {
      if (auto done = database.exec(statements); !done) {
        throw std::runtime_error(done.error().to_string());
      }
      return {};
    }
    auto rows = must(database.prepare(statements));
    std::string out;
    while (must(rows.step())) {
      if (!out.empty()) out += '\n';
      for (int i = 0; i < rows.column_count(); ++i) {
        if (i > 0) out += '\t';
        if (rows.value_class(i) == sqlite::ValueClass::integer) {
          out += std::to_string(rows.integer(i));
        } else {
          out += rows.text_or_null(i).value_or("NULL");
        }
      }
    }
    return out;
  }
  std::shared_ptr<void> lock(const std::string&) override { return nullptr; }
  std::string bigint() override { return "INTEGER"; }
  std::string strict() override { return " STRICT"; }

 private:
  TempDir folder_{"sink"};
};

enum class Kind { postgres15, postgres18, mariadb, mysql, sqlite };

std::string name_of(Kind kind) {
  switch (kind) {
    case Kind::postgres15:
      return "postgres15";
    case Kind::postgres18:
      return "postgres18";
    case Kind::mariadb:
      return "mariadb";
    case Kind::mysql:
      return "mysql";
    case Kind::sqlite:
      return "sqlite";
  }
  return "?";
}

std::optional<std::string> why_unavailable(Kind kind) {
  switch (kind) {
    case Kind::postgres15:
      return PostgresServer::why_unavailable(15);
    case Kind::postgres18:
      return PostgresServer::why_unavailable(18);
    case Kind::mariadb:
      return MariadbServer::why_unavailable();
    case Kind::mysql:
      return MysqlServer::why_unavailable();
    case Kind::sqlite:
      return std::nullopt;
  }
  return std::nullopt;
}

std::unique_ptr<Bed> make_bed(Kind kind) {
  switch (kind) {
    case Kind::postgres15:
      return std::make_unique<PostgresBed>(15);
    case Kind::postgres18:
      return std::make_unique<PostgresBed>(18);
    case Kind::mariadb:
      return std::make_unique<MySqlFamilyBed>(std::make_unique<MariadbServer>());
    case Kind::mysql:
      return std::make_unique<MySqlFamilyBed>(std::make_unique<MysqlServer>());
    case Kind::sqlite:
      return std::make_unique<SqliteBed>();
  }
  return nullptr;
}

// A cell as a test writes it: nothing is NULL, kUnchanged was not sent.
using Text = std::optional<std::string>;
const std::string kUnchanged = "\x01unchanged";
using Row = std::vector<Text>;

Column column(std::string name, LogicalType type, std::string native, std::uint32_t length = 0) {
  Column made;
  made.name = std::move(name);
  made.type = type;
  made.native_type = std::move(native);
  made.length = length;
  if (type == LogicalType::string) made.charset = "utf8mb4";
  return made;
}

// A net batch or changes, with the memory that their values live in.
class Batch {
 public:
  explicit Batch(SchemaPtr schema) : schema_(std::move(schema)) { net_.schema = schema_; }

  Batch& insert(const Row& after) { return add(ChangeKind::insert, {}, after); }
  Batch& update(const Row& before, const Row& after) {
    return add(ChangeKind::update, before, after);
  }
  Batch& remove(const Row& before) { return add(ChangeKind::remove, before, {}); }

  const NetTable& net(const TableName& target) {
    net_.target = target;
    return net_;
  }
  const std::vector<Change>& changes() const { return changes_; }

 private:
  Batch& add(ChangeKind kind, const Row& before, const Row& after) {
    NetRow row{kind, keep(before), keep(after), false};
    if (kind == ChangeKind::insert) net_.inserts.push_back(row);
    if (kind == ChangeKind::update) net_.updates.push_back(row);
    if (kind == ChangeKind::remove) net_.removes.push_back(row);
    changes_.push_back({kind, schema_, image(row.before), image(row.after)});
    return *this;
  }
  std::span<const Value> keep(const Row& row) {
    auto& values = values_.emplace_back();
    for (const Text& text : row) {
      if (!text) {
        values.push_back(Value::null());
      } else if (*text == kUnchanged) {
        values.push_back(Value::unchanged());
      } else {
        values.push_back(Value::present(texts_.emplace_back(*text)));
      }
    }
    return values;
  }
  RowImage image(std::span<const Value> values) {
    ByteWriter& out = images_.emplace_back();
    for (const Value& value : values) {
      out.u32_le(value.is_null()        ? RowImage::kNullLength
                 : value.is_unchanged() ? RowImage::kUnchangedLength
                                        : static_cast<std::uint32_t>(value.text().size()));
      out.text(value.text());
    }
    return RowImage(out.view());
  }

  SchemaPtr schema_;
  NetTable net_;
  std::vector<Change> changes_;
  std::deque<std::vector<Value>> values_;
  std::deque<std::string> texts_;
  std::deque<ByteWriter> images_;
};

class SinkContract : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (bed_missing(why_unavailable(GetParam()))) return;
    bed_ = make_bed(GetParam());
    target_ = bed_->target();
    // Databases and the file's folder are new, but the environment may name a shared server.
    lease_ = {"contract", "sink", "daemon-1", {}};
  }
  bool skipped() const { return bed_ == nullptr; }
  bool is_postgres() const {
    return GetParam() == Kind::postgres15 || GetParam() == Kind::postgres18;
  }
  bool is_mysql() const { return GetParam() == Kind::mariadb || GetParam() == Kind::mysql; }
  bool is_sqlite() const { return GetParam() == Kind::sqlite; }

  std::unique_ptr<Sink> open() { return must(target_->open(lease_)); }
  TableName name(const std::string& table) { return target_->default_table({"shop", table}); }
  Checkpoint checkpoint(int n) { return {"source-1", {"pos-" + std::to_string(n)}, n}; }

  // One unit; the error of whichever call it shows at.
  Status apply(Sink& sink, Batch& batch, int position = 1) {
    if (auto begun = sink.begin(); !begun) return begun;
    auto applied = sink.apply_net(batch.net(name(table_of(batch))));
    if (!applied) return applied;
    auto committed = sink.commit(checkpoint(position));
    return committed ? Status() : Status(std::move(committed).error());
  }
  Status apply_in_order(Sink& sink, Batch& batch, int position = 1) {
    if (auto begun = sink.begin(); !begun) return begun;
    for (const Change& change : batch.changes()) {
      auto applied = sink.apply_ordered(change, name(change.schema->name.table));
      if (!applied) return applied;
    }
    auto committed = sink.commit(checkpoint(position));
    return committed ? Status() : Status(std::move(committed).error());
  }
  static std::string table_of(Batch& batch) { return batch.changes().front().schema->name.table; }

  SchemaPtr schema(std::string table, std::vector<Column> columns,
                   std::vector<std::uint16_t> key = {0}) {
    TableSchema made;
    made.name = {"shop", std::move(table)};
    made.columns = std::move(columns);
    made.key = std::move(key);
    for (const std::uint16_t index : made.key) made.columns[index].nullable = false;
    return std::make_shared<const TableSchema>(std::move(made));
  }
  SchemaPtr id_and_text(const std::string& table, std::vector<std::uint16_t> key = {0}) {
    return schema(table,
                  {column("id", LogicalType::int32, "int"),
                   column("name", LogicalType::string, "varchar(50)", 50)},
                  std::move(key));
  }

  std::unique_ptr<Bed> bed_;
  std::unique_ptr<Target> target_;
  Lease lease_;
};

#define EXPECT_OK(expression)                            \
  do {                                                   \
    const auto result_ = (expression);                   \
    EXPECT_TRUE(result_) << result_.error().to_string(); \
  } while (false)

#define EXPECT_MENTIONS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST_P(SinkContract, CheckpointIsKept) {
  if (skipped()) return;
  auto sink = open();
  EXPECT_FALSE(sink->checkpoint());
  EXPECT_FALSE(must(target_->stored_checkpoint("contract", "sink")));
  ASSERT_TRUE(sink->begin());
  EXPECT_EQ(must(sink->commit(checkpoint(7))), Durability::durable);
  const auto stored = must(target_->stored_checkpoint("contract", "sink"));
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->position.text, "pos-7");
  sink.reset();
  sink = open();
  ASSERT_TRUE(sink->checkpoint());
  EXPECT_EQ(sink->checkpoint()->position.text, "pos-7");
  EXPECT_EQ(sink->checkpoint()->source_id, "source-1");
  EXPECT_EQ(sink->checkpoint()->commit_time_us, 7);
  EXPECT_EQ(lease_.epoch, 2);
}

TEST_P(SinkContract, SecondDaemonFencesTheFirst) {
  if (skipped()) return;
  Batch batch(id_and_text("t"));
  batch.insert({"1", "one"});
  auto first = open();
  ASSERT_TRUE(apply(*first, batch));
  Lease other{"contract", "sink", "daemon-2", {}};
  auto second = must(target_->open(other));
  EXPECT_EQ(second->checkpoint()->position.text, "pos-1");

  Batch late(batch.changes().front().schema);
  late.insert({"2", "late"});
  const Status refused = apply(*first, late, 2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::fenced) << refused.error().to_string();
  first->rollback();
  EXPECT_EQ(bed_->sql("SELECT id FROM t"), "1");
  const auto reopened = target_->open(lease_);
  ASSERT_FALSE(reopened);
  EXPECT_EQ(reopened.error().kind(), ErrorKind::fenced);
  EXPECT_OK(apply(*second, late, 2));
  EXPECT_EQ(bed_->sql("SELECT id FROM t ORDER BY id"), "1\n2");
}

TEST_P(SinkContract, LostAnswerToARaiseOfTheEpochIsNoFence) {
  if (skipped()) return;
  open();
  Lease before = lease_;
  open();  // raised, but the process does not know
  lease_ = before;
  EXPECT_OK(target_->open(lease_));
  EXPECT_EQ(lease_.epoch, 3);
}

TEST_P(SinkContract, CheckpointRowThatIsGoneIsNotMistakenForAFence) {
  if (skipped()) return;
  open();
  bed_->sql(is_sqlite() ? "DELETE FROM tailrace_checkpoint" : "DELETE FROM tailrace.checkpoint");
  const auto reopened = target_->open(lease_);
  ASSERT_FALSE(reopened);
  EXPECT_EQ(reopened.error().kind(), ErrorKind::checkpoint_corrupt);
}

TEST_P(SinkContract, RepeatedUnitsConverge) {
  if (skipped()) return;
  auto sink = open();
  Batch batch(id_and_text("t"));
  batch.insert({"1", "one"}).insert({"2", std::nullopt}).update({"3", "x"}, {"3", "three"});
  batch.remove({"4", "gone"});
  for (int i = 0; i < 3; ++i) EXPECT_OK(apply(*sink, batch, i));
  EXPECT_EQ(bed_->sql("SELECT id, name FROM t ORDER BY id"), "1\tone\n2\tNULL\n3\tthree");
}

TEST_P(SinkContract, RollbackLeavesNothing) {
  if (skipped()) return;
  auto sink = open();
  Batch batch(id_and_text("t"));
  batch.insert({"1", "one"});
  ASSERT_TRUE(sink->begin());
  EXPECT_OK(sink->apply_net(batch.net(name("t"))));
  sink->rollback();
  EXPECT_OK(apply(*sink, batch, 5));
  Batch more(batch.changes().front().schema);
  more.insert({"2", "two"});
  ASSERT_TRUE(sink->begin());
  EXPECT_OK(sink->apply_net(more.net(name("t"))));
  sink->rollback();
  sink.reset();
  EXPECT_EQ(bed_->sql("SELECT id FROM t"), "1");
  EXPECT_EQ(open()->checkpoint()->position.text, "pos-5");
}

TEST_P(SinkContract, RowsSwapUniqueValuesInOneUnit) {
  if (skipped()) return;
  bed_->sql("CREATE TABLE t (id " + bed_->bigint() +
            " NOT NULL PRIMARY KEY, name varchar(50), UNIQUE (name))");
  auto sink = open();
  Batch batch(id_and_text("t"));
  batch.insert({"1", "a"}).insert({"2", "b"}).insert({"3", "c"});
  ASSERT_TRUE(apply(*sink, batch));
  Batch swap(batch.changes().front().schema);
  swap.update({"1", "a"}, {"1", "b"}).update({"2", "b"}, {"2", "a"}).remove({"3", "c"});
  swap.insert({"4", "c"});
  EXPECT_OK(apply(*sink, swap, 2));
  EXPECT_OK(apply(*sink, swap, 3));
  EXPECT_EQ(bed_->sql("SELECT id, name FROM t ORDER BY id"), "1\tb\n2\ta\n4\tc");
}

// An upsert must never take another row for its own, because that one has the same unique value.
TEST_P(SinkContract, UniqueConflictWithAForeignRowIsRefused) {
  if (skipped()) return;
  for (const std::string extra : {"", ", note varchar(9) DEFAULT 'mine'"}) {
    bed_->sql("DROP TABLE IF EXISTS t");
    bed_->sql("CREATE TABLE t (id " + bed_->bigint() + " NOT NULL PRIMARY KEY, name varchar(50)" +
              extra + ", UNIQUE (name))");
    bed_->sql("INSERT INTO t (id, name) VALUES (9, 'taken')");
    auto sink = open();
    Batch batch(id_and_text("t"));
    batch.insert({"1", "taken"});
    Status refused = apply(*sink, batch);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::row_rejected) << refused.error().to_string();
    sink->rollback();
    sink = open();
    refused = apply_in_order(*sink, batch);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::row_rejected);
    EXPECT_MENTIONS(refused.error().to_string(), "id=1");
    EXPECT_MENTIONS(refused.error().to_string(), "table ");
    EXPECT_EQ(refused.error().to_string().find("taken"), std::string::npos)
        << refused.error().to_string();
    sink->rollback();
    EXPECT_EQ(bed_->sql("SELECT id, name FROM t"), "9\ttaken");
  }
}

TEST_P(SinkContract, ColumnsOfTheTargetsOwnAreKept) {
  if (skipped()) return;
  bed_->sql("CREATE TABLE t (id " + bed_->bigint() +
            " NOT NULL PRIMARY KEY, name varchar(50), note varchar(9), UNIQUE (name))");
  bed_->sql("INSERT INTO t VALUES (1, 'a', 'mine')");
  auto sink = open();
  Batch batch(id_and_text("t"));
  batch.update({"1", "a"}, {"1", "b"}).insert({"2", "c"});
  EXPECT_OK(apply(*sink, batch));
  Batch moved(batch.changes().front().schema);
  moved.update({"1", "b"}, {"7", "d"});
  EXPECT_OK(apply_in_order(*sink, moved, 2));
  EXPECT_EQ(bed_->sql("SELECT id, name, note FROM t ORDER BY id"), "2\tc\tNULL\n7\td\tmine");
}

TEST_P(SinkContract, OrderedChangesFollowTheSource) {
  if (skipped()) return;
  auto sink = open();
  Batch batch(id_and_text("t"));
  batch.insert({"1", "a"}).update({"1", "a"}, {"2", "a"}).insert({"1", "z"}).remove({"2", "a"});
  batch.update({"5", "x"}, {"6", "late"});  // the row is missing: it converges
  EXPECT_OK(apply_in_order(*sink, batch));
  EXPECT_EQ(bed_->sql("SELECT id, name FROM t ORDER BY id"), "1\tz\n6\tlate");
}

TEST_P(SinkContract, RowsWithoutKeyAreTouchedOneByOne) {
  if (skipped()) return;
  auto sink = open();
  Batch batch(id_and_text("log", {}));
  batch.insert({"1", "a"}).insert({"1", "a"}).insert({"1", "A"}).insert({"2", std::nullopt});
  batch.remove({"1", "a"}).update({"2", std::nullopt}, {"3", "b"});
  EXPECT_OK(apply_in_order(*sink, batch));
  EXPECT_EQ(bed_->sql("SELECT id, name FROM log WHERE id = 3 OR name = 'a' ORDER BY id"),
            is_mysql() ? bed_->sql("SELECT id, name FROM log ORDER BY id") : "1\ta\n3\tb");
  EXPECT_EQ(bed_->sql("SELECT count(*) FROM log"), "3");
  Batch missing(batch.changes().front().schema);
  missing.remove({"8", "nobody"});
  const Status refused = apply_in_order(*sink, missing, 2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::row_rejected);
}

TEST_P(SinkContract, RowsWithoutKeyAndExactComparisonAreRefusedByName) {
  if (skipped()) return;
  auto sink = open();
  Batch batch(schema("log", {column("weight", LogicalType::float64, "double")}, {}));
  batch.insert({"0.1"});
  EXPECT_OK(apply_in_order(*sink, batch));
  Batch removal(batch.changes().front().schema);
  removal.remove({"0.1"});
  const Status refused = apply_in_order(*sink, removal, 2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::schema_mismatch);
  EXPECT_MENTIONS(refused.error().to_string(), "weight");
  EXPECT_MENTIONS(refused.error().hint(), "primary key");
}

TEST_P(SinkContract, UnsentColumnsKeepTheirValue) {
  if (skipped()) return;
  auto sink = open();
  Batch batch(schema("t", {column("id", LogicalType::int32, "int"),
                           column("a", LogicalType::string, "varchar(9)", 9),
                           column("b", LogicalType::string, "varchar(9)", 9)}));
  batch.insert({"1", "a1", "b1"}).insert({"2", "a2", "b2"});
  ASSERT_TRUE(apply(*sink, batch));
  const SchemaPtr shape = batch.changes().front().schema;
  Batch partial(shape);
  partial.update({"1", kUnchanged, kUnchanged}, {"1", "A1", kUnchanged});
  partial.update({"2", kUnchanged, kUnchanged}, {"2", kUnchanged, std::nullopt});
  EXPECT_OK(apply(*sink, partial, 2));
  EXPECT_OK(apply_in_order(*sink, partial, 3));
  EXPECT_EQ(bed_->sql("SELECT id, a, b FROM t ORDER BY id"), "1\tA1\tb1\n2\ta2\tNULL");

  Batch missing(shape);
  missing.update({"3", kUnchanged, kUnchanged}, {"3", "x", kUnchanged});
  const Status refused = apply_in_order(*sink, missing, 4);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::row_rejected);
  EXPECT_MENTIONS(refused.error().to_string(), "id=3");
  sink->rollback();
  Batch incomplete(shape);
  incomplete.insert({"4", "x", kUnchanged});
  sink = open();
  EXPECT_EQ(apply(*sink, incomplete, 4).error().kind(), ErrorKind::unsupported_value);
}

TEST_P(SinkContract, MissingColumnNamesItsCureAndHeals) {
  if (skipped()) return;
  auto sink = open();
  Batch batch(id_and_text("t"));
  batch.insert({"1", "one"});
  ASSERT_TRUE(apply(*sink, batch));
  Batch wider(schema("t", {column("id", LogicalType::int32, "int"),
                           column("name", LogicalType::string, "varchar(50)", 50),
                           column("age", LogicalType::int16, "smallint")}));
  wider.insert({"2", "two", "22"});
  const Status refused = apply(*sink, wider, 2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::schema_mismatch);
  EXPECT_MENTIONS(refused.error().hint(), "ADD COLUMN");
  sink->rollback();
  bed_->sql(refused.error().hint());
  sink = open();
  EXPECT_OK(apply(*sink, wider, 2));
  EXPECT_EQ(bed_->sql("SELECT id, age FROM t ORDER BY id"), "1\tNULL\n2\t22");
}

TEST_P(SinkContract, ColumnDroppedDuringASessionHeals) {
  if (skipped()) return;
  auto sink = open();
  Batch batch(id_and_text("t"));
  batch.insert({"1", "one"});
  ASSERT_TRUE(apply(*sink, batch));
  bed_->sql("ALTER TABLE t DROP COLUMN name");
  const Status refused = apply(*sink, batch, 2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::schema_mismatch) << refused.error().to_string();
  sink->rollback();
  sink = open();
  const Status explained = apply(*sink, batch, 2);
  ASSERT_FALSE(explained);
  EXPECT_MENTIONS(explained.error().hint(), "ADD COLUMN");
  sink->rollback();
  bed_->sql(explained.error().hint());
  sink = open();
  EXPECT_OK(apply(*sink, batch, 2));
  EXPECT_EQ(bed_->sql("SELECT id, name FROM t"), "1\tone");
}

TEST_P(SinkContract, TargetWithoutTheKeyIsRefusedWithItsCure) {
  if (skipped() || is_sqlite()) return;  // SQLite cannot add a primary key
  bed_->sql("CREATE TABLE t (id integer NOT NULL, name varchar(50))");
  auto sink = open();
  Batch batch(id_and_text("t"));
  batch.insert({"1", "one"});
  const Status refused = apply(*sink, batch);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::schema_mismatch);
  sink->rollback();
  bed_->sql(refused.error().hint());
  sink = open();
  EXPECT_OK(apply(*sink, batch));
}

TEST_P(SinkContract, ValuesThatDoNotFitAreNamedAndNothingIsWritten) {
  if (skipped()) return;
  bed_->sql("CREATE TABLE t (id " + bed_->bigint() + " NOT NULL PRIMARY KEY, big " +
            bed_->bigint() + ")" + bed_->strict());
  auto sink = open();
  Batch batch(schema("t", {column("id", LogicalType::int32, "int"),
                           column("big", LogicalType::uint64, "bigint unsigned")}));
  batch.insert({"1", "1"}).insert({"42", "18446744073709551615"});
  for (const bool in_order : {false, true}) {
    const Status refused = in_order ? apply_in_order(*sink, batch) : apply(*sink, batch);
    ASSERT_FALSE(refused);
    const std::string text = refused.error().to_string();
    EXPECT_EQ(refused.error().kind(), ErrorKind::unsupported_value) << text;
    EXPECT_MENTIONS(text, "t: ");
    EXPECT_MENTIONS(text, "id=42");
    EXPECT_MENTIONS(text, "\"big\"");
    EXPECT_FALSE(refused.error().hint().empty());
    EXPECT_EQ(text.find("18446744073709551615"), std::string::npos) << text;
    sink->rollback();
    sink = open();
    EXPECT_FALSE(sink->checkpoint());
    EXPECT_EQ(bed_->sql("SELECT count(*) FROM t"), "0");
  }
}

TEST_P(SinkContract, NulAndZeroDateAreKeptOrRefused) {
  if (skipped()) return;
  auto sink = open();
  const SchemaPtr shape = schema("t", {column("id", LogicalType::int32, "int"),
                                       column("name", LogicalType::string, "varchar(9)", 9),
                                       column("day", LogicalType::date, "date")});
  Batch good(shape);
  good.insert({"0", "x", "2024-01-01"});
  ASSERT_TRUE(apply(*sink, good));
  const std::vector<std::pair<Row, std::string>> rows = {
      {{"1", std::string("a\0b", 3), "2024-02-29"}, "\"name\""},
      {{"2", "x", "0000-00-00"}, "\"day\""},
      {{"3", "x", "2024-00-10"}, "\"day\""}};
  int position = 0;
  for (const auto& [row, named] : rows) {
    Batch batch(shape);
    batch.insert(row);
    const Status applied = apply(*sink, batch, ++position);
    if (!is_postgres()) {
      EXPECT_OK(applied);
      continue;
    }
    ASSERT_FALSE(applied);
    EXPECT_EQ(applied.error().kind(), ErrorKind::unsupported_value);
    EXPECT_MENTIONS(applied.error().to_string(), named);
    EXPECT_MENTIONS(applied.error().to_string(), "id=" + *row[0]);
    sink->rollback();
    sink = open();
  }
  EXPECT_EQ(bed_->sql("SELECT count(*) FROM t WHERE id > 0"), is_postgres() ? "0" : "3");
  if (is_mysql()) {
    EXPECT_EQ(bed_->sql("SELECT HEX(name) FROM t WHERE id = 1"), "610062");
  }
}

TEST_P(SinkContract, RowThatTheServerRefusesIsNamedInOrder) {
  if (skipped()) return;
  bed_->sql("CREATE TABLE t (id " + bed_->bigint() +
            " NOT NULL PRIMARY KEY, name varchar(50) NOT NULL, CHECK (name <> 'bad'))");
  auto sink = open();
  Batch batch(id_and_text("t"));
  batch.insert({"1", "good"}).insert({"2", std::nullopt});
  Status refused = apply(*sink, batch);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::row_rejected) << refused.error().to_string();
  EXPECT_MENTIONS(refused.error().to_string(), "t: ");
  sink->rollback();
  sink = open();
  refused = apply_in_order(*sink, batch);
  ASSERT_FALSE(refused);
  EXPECT_MENTIONS(refused.error().to_string(), "id=2");
  sink->rollback();
  EXPECT_EQ(bed_->sql("SELECT count(*) FROM t"), "0");
}

TEST_P(SinkContract, TablesAreEmptiedAndDropped) {
  if (skipped()) return;
  auto sink = open();
  Batch batch(id_and_text("t"));
  batch.insert({"1", "one"});
  ASSERT_TRUE(apply(*sink, batch));
  const std::vector<TableName> targets = {name("t")};
  SchemaChange change;
  change.tables = {{"shop", "t"}};
  change.kind = SchemaChangeKind::truncate;
  ASSERT_TRUE(sink->begin());
  EXPECT_OK(sink->apply_schema_change(change, targets));
  EXPECT_OK(sink->apply_net(batch.net(name("t"))));
  EXPECT_OK(sink->commit(checkpoint(2)));
  EXPECT_EQ(bed_->sql("SELECT id FROM t"), "1");

  const std::vector<TableName> schema_only = {target_->default_table({"shop", ""})};
  change.kind = SchemaChangeKind::drop_schema;
  ASSERT_TRUE(sink->begin());
  const Status refused = sink->apply_schema_change(change, schema_only);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::schema_mismatch);
  EXPECT_FALSE(refused.error().hint().empty());
  sink->rollback();
  sink = open();

  change.kind = SchemaChangeKind::drop_table;
  for (int i = 3; i < 5; ++i) {  // a repetition is harmless
    ASSERT_TRUE(sink->begin());
    EXPECT_OK(sink->apply_schema_change(change, targets));
    EXPECT_OK(sink->commit(checkpoint(i)));
  }
  EXPECT_ANY_THROW(bed_->sql("SELECT id FROM t"));
  change.kind = SchemaChangeKind::drop_schema;
  ASSERT_TRUE(sink->begin());
  EXPECT_OK(sink->apply_schema_change(change, schema_only));
  EXPECT_OK(sink->commit(checkpoint(5)));
  EXPECT_OK(apply(*sink, batch, 6));
  EXPECT_EQ(bed_->sql("SELECT id FROM t"), "1");
}

// Whatever byte of the server's answers the connection is lost at: the rows are there exactly when
// the checkpoint is, and once the commit may have taken place, nothing but "in doubt" is said.
TEST_P(SinkContract, LostConnectionNeverPartsRowsFromCheckpoint) {
  if (skipped() || is_sqlite()) return;
  FaultProxy proxy(bed_->port());
  target_ = bed_->target(proxy.port());
  Batch first(id_and_text("t"));
  first.insert({"0", "zero"});
  auto sink = open();
  ASSERT_TRUE(apply(*sink, first, 0));
  int in_doubt = 0;
  int committed = 0;
  const std::uint64_t step = is_postgres() ? 15 : 11;
  for (int n = 1; n < 40; ++n) {
    sink.reset();
    sink = open();
    Batch batch(first.changes().front().schema);
    batch.insert({std::to_string(n), "row"});
    // The table is known before: what is cut are the answers to the rows and the commit.
    ASSERT_TRUE(sink->begin());
    EXPECT_OK(sink->apply_net(first.net(name("t"))));
    EXPECT_OK(sink->commit(checkpoint(1000 + n)));
    proxy.cut_after(1 + static_cast<std::uint64_t>(n) * step);
    const Status applied = apply(*sink, batch, n);
    proxy.heal();
    const bool doubt = !applied && applied.error().kind() == ErrorKind::commit_in_doubt;
    if (!applied && !doubt) {
      EXPECT_EQ(applied.error().kind(), ErrorKind::unreachable) << applied.error().to_string();
    }
    in_doubt += doubt ? 1 : 0;
    sink = open();
    const bool stored = sink->checkpoint()->position.text == "pos-" + std::to_string(n);
    const std::string found = bed_->sql("SELECT count(*) FROM t WHERE id = " + std::to_string(n));
    EXPECT_EQ(found, stored ? "1" : "0") << "cut " << n;
    if (!doubt) {
      EXPECT_EQ(stored, applied.has_value()) << "cut " << n;
    }
    committed += stored ? 1 : 0;
  }
  EXPECT_GT(in_doubt, 0);
  EXPECT_GT(committed, 0);
}

TEST_P(SinkContract, InterruptEndsAWait) {
  if (skipped() || is_sqlite()) return;
  auto sink = open();
  Batch batch(id_and_text("t"));
  batch.insert({"1", "one"});
  ASSERT_TRUE(apply(*sink, batch));
  auto lock = bed_->lock("t");
  auto waiting = std::async(std::launch::async, [&] { return apply(*sink, batch, 2); });
  EXPECT_EQ(waiting.wait_for(300ms), std::future_status::timeout);
  sink->interrupt();
  ASSERT_EQ(waiting.wait_for(5s), std::future_status::ready);
  const Status ended = waiting.get();
  ASSERT_FALSE(ended);
  lock.reset();
  sink.reset();
  // The server may have had the COMMIT already.
  if (ended.error().kind() == ErrorKind::commit_in_doubt) return;
  EXPECT_EQ(open()->checkpoint()->position.text, "pos-1");
}

TEST_P(SinkContract, EveryTypeIsCreatedAndWritten) {
  if (skipped()) return;
  auto with_scale = [](Column made, std::uint16_t precision, std::int16_t scale) {
    made.precision = precision;
    made.scale = scale;
    return made;
  };
  auto with_labels = [](Column made, std::vector<std::string> labels) {
    made.labels = std::move(labels);
    return made;
  };
  using L = LogicalType;
  const std::string point("\0\0\0\0\1\1\0\0\0\0\0\0\0\0\0\xF0\x3F\0\0\0\0\0\0\0\x40", 25);
  const std::vector<std::pair<Column, std::string>> cells = {
      {column("id", L::uint32, "int unsigned"), "4294967295"},
      {column("c1", L::boolean, "boolean"), "1"},
      {column("c2", L::int8, "tinyint"), "-128"},
      {column("c3", L::int16, "year"), "2155"},
      {column("c4", L::int32, "mediumint"), "-8388608"},
      {column("c5", L::int64, "bigint"), "-9223372036854775808"},
      {column("c6", L::uint64, "bigint unsigned"), "18446744073709551615"},
      {with_scale(column("c7", L::decimal, "decimal(20,5)"), 20, 5), "-123456789012345.67890"},
      {column("c8", L::float32, "float"), "1.1754944e-38"},
      {column("c9", L::float64, "double"), "-1.7976931348623157e+308"},
      {column("c10", L::string, "varchar(20)", 20), "it's \\ \"q\" {,} \xF0\x9F\x98\x80"},
      {column("c11", L::string, "text", 65535), ""},
      {column("c12", L::bytes, "varbinary(4)", 4), std::string("\0\xFF'\\", 4)},
      {column("c13", L::date, "date"), "9999-12-31"},
      {with_scale(column("c14", L::time, "time(6)"), 0, 6), "-838:59:58.999999"},
      {with_scale(column("c15", L::timestamp, "datetime(3)"), 0, 3), "1000-01-01 00:00:00.123"},
      {with_scale(column("c16", L::timestamptz, "timestamp(6)"), 0, 6),
       "2038-01-19 03:14:07.999999Z"},
      {column("c17", L::json, "json"), "{\"a\": [1, 2.5, null]}"},
      {column("c18", L::uuid, "uuid"), "123e4567-e89b-12d3-a456-426655440000"},
      {with_labels(column("c19", L::enumeration, "enum('x','Y''s')"), {"x", "Y's"}), "Y's"},
      {with_labels(column("c20", L::set, "set('a','b \"c\"')"), {"a", "b \"c\""}), "a,b \"c\""},
      {column("c21", L::bit, "bit(1)", 1), "1"},
      {column("c22", L::bit, "bit(64)", 64), std::string(64, '1')},
      {column("c23", L::geometry, "point"), point},
      {column("c24", L::inet, "inet6"), "::1"},
      {column("c25", L::vector, "vector(2)", 2), "[1,2.5]"},
      {column("c26", L::int8, "tinyint(1)"), "7"},
      {with_scale(column("c27", L::timetz, "timetz"), 0, 6), "12:00:00.5+02:00"},
      {column("c28", L::array, "_int4"), "[1,2]"},
      {column("c29", L::other, "tsquery"), "'a'"},
      {column("c30", L::string, "char(5)", 5), "a b"}};
  std::vector<Column> columns;
  Row full;
  Row empty;
  for (const auto& [made, value] : cells) {
    columns.push_back(made);
    full.push_back(value);
    empty.push_back(std::nullopt);
  }
  empty[0] = "2";
  auto sink = open();
  Batch batch(schema("t", columns));
  batch.insert(full).insert(empty);
  EXPECT_OK(apply(*sink, batch));
  EXPECT_OK(apply_in_order(*sink, batch, 2));
  EXPECT_EQ(bed_->sql("SELECT count(*) FROM t"), "2");
  EXPECT_EQ(bed_->sql("SELECT c5, c6, c7, c10, c19 FROM t WHERE id > 2"),
            "-9223372036854775808\t18446744073709551615\t-123456789012345.67890\tit's " +
                std::string(is_mysql() ? "\\\\" : "\\") + " \"q\" {,} \xF0\x9F\x98\x80\tY's");
  EXPECT_EQ(bed_->sql("SELECT count(*) FROM t WHERE c20 IS NULL AND c23 IS NULL AND c5 IS NULL"),
            "1");
  if (is_postgres()) {
    EXPECT_EQ(bed_->sql("SELECT c14, c15, c16 AT TIME ZONE 'UTC', c20, c22::text, c12 FROM t "
                        "WHERE id > 2"),
              "-838:59:58.999999\t1000-01-01 00:00:00.123\t2038-01-19 03:14:07.999999\t"
              "{a,\"b \\\"c\\\"\"}\t" +
                  std::string(64, '1') + "\t\\x00ff275c");
  }
  if (is_mysql()) {
    EXPECT_EQ(bed_->sql("SELECT c14, c15, c16, c20, HEX(c22), HEX(c12), HEX(c23), c8 + 0e0 FROM t "
                        "WHERE id > 2"),
              "-838:59:58.999999\t1000-01-01 00:00:00.123\t2038-01-19 03:14:07.999999\ta,b \"c\"\t"
              "FFFFFFFFFFFFFFFF\t00FF275C\t000000000101000000000000000000F03F0000000000000040\t"
              "1.1754943508222875e-38");
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, SinkContract,
                         ::testing::Values(Kind::postgres15, Kind::postgres18, Kind::mariadb,
                                           Kind::mysql, Kind::sqlite),
                         [](const auto& test) { return name_of(test.param); });

}  // namespace
}  // namespace tailrace::testing
