// What a copy promises beside its values: ranges, moments, refusals.
#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include <gmock/gmock.h>

#include "tests/integration/mysql_snapshot_bed.h"

namespace tailrace::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class MysqlSnapshot : public MysqlSnapshotTest {
 protected:
  void open(const Checkpoint& from) {
    auto snapshot = source_->snapshot(from);
    ASSERT_TRUE(snapshot) << snapshot.error().to_string();
    snapshot_ = std::move(*snapshot);
    auto reader = snapshot_->open_reader();
    ASSERT_TRUE(reader) << reader.error().to_string();
    reader_ = std::move(*reader);
  }
  void open() { open(resolve(*source_, StartPoint::Kind::now)); }

  SnapshotTable only_table() {
    auto tables = snapshot_->tables();
    EXPECT_TRUE(tables) << tables.error().to_string();
    if (!tables || tables->size() != 1) {
      ADD_FAILURE() << "not one table";
      return {};
    }
    return tables->front();
  }

  // Rows in several ranges, each exactly once, as the server itself lists them.
  void expect_covered(const std::vector<std::string>& tables, std::uint64_t rows_per_range,
                      std::size_t least_ranges) {
    auto options = source_options(*server_);
    options.tables.clear();
    for (const std::string& table : tables) options.tables.push_back("shop." + table);
    source_ = make_source(std::move(options));
    const auto copied =
        copy_all(*source_, resolve(*source_, StartPoint::Kind::now), rows_per_range);
    for (const std::string& table : tables) {
      ASSERT_TRUE(copied.contains("shop." + table)) << table;
      expect_covered(table, copied.at("shop." + table), rows_per_range, least_ranges);
    }
  }
  void expect_covered(const std::string& table, const CopiedTable& found,
                      std::uint64_t rows_per_range, std::size_t least_ranges) {
    const std::string count = server_->sql("SELECT COUNT(*) FROM shop." + table);
    EXPECT_EQ(std::to_string(found.rows.size()), count) << table;
    EXPECT_EQ(std::adjacent_find(found.rows.begin(), found.rows.end()), found.rows.end()) << table;
    EXPECT_GE(found.ranges.size(), least_ranges) << table;
    const std::size_t largest = *std::max_element(found.sizes.begin(), found.sizes.end());
    EXPECT_LE(largest, 5 * rows_per_range) << table;
    for (std::size_t i = 1; i < found.ranges.size(); ++i) {
      EXPECT_EQ(found.ranges[i].after, found.ranges[i - 1].upto) << table;
    }
  }

  // Bounds come from arithmetic, not from a walk through all keys.
  void expect_halved(const std::string& table) {
    auto options = source_options(*server_);
    options.tables = {"shop." + table};
    source_ = make_source(std::move(options));
    open();
    const auto ranges = snapshot_->split(only_table(), 1000);
    ASSERT_TRUE(ranges);
    std::string bounds = "0";
    for (const KeyRange& range : *ranges) {
      if (range.upto.size() > 4) bounds += "," + range.upto.substr(2, range.upto.size() - 4);
    }
    EXPECT_NE(server_->sql("SELECT COUNT(*) FROM shop." + table + " WHERE id IN (" + bounds + ")"),
              std::to_string(ranges->size() - 1));
  }

  // Numbers 0 to 9999 in shop.n: made once, joined everywhere.
  void make_numbers() {
    sql("CREATE TABLE shop.d (i INT PRIMARY KEY);"
        "INSERT INTO shop.d VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9);"
        "CREATE TABLE shop.n (i INT PRIMARY KEY); INSERT INTO shop.n "
        "SELECT a.i + 10 * b.i + 100 * c.i + 1000 * d.i FROM shop.d a, shop.d b, shop.d c, shop.d "
        "d;"
        "DROP TABLE shop.d");
  }

  std::unique_ptr<Snapshot> snapshot_;
  std::unique_ptr<TableReader> reader_;
};
INSTANTIATE_TEST_SUITE_P(Servers, MysqlSnapshot, ::testing::Values(Kind::mariadb, Kind::mysql),
                         kind_suffix);

TEST_P(MysqlSnapshot, RangesCoverEveryRowOnce) {
  if (!start()) return;
  make_numbers();
  const std::string latin = "CHARACTER SET latin1 COLLATE latin1_swedish_ci";
  sql("USE shop; SET sql_mode='';"
      "CREATE TABLE gaps (id BIGINT PRIMARY KEY, v INT);"
      "INSERT INTO gaps SELECT i * 1000000007 - 3000000000000, i FROM n;"
      // most rows lie in a thousandth of the range of keys
      "CREATE TABLE skewed (id BIGINT PRIMARY KEY, v INT);"
      "INSERT INTO skewed SELECT IF(i < 9000, i, i * 1000000000000), i FROM n;"
      "CREATE TABLE upper_half (id BIGINT UNSIGNED PRIMARY KEY);"
      "INSERT INTO upper_half SELECT 18446744073709551615 - CAST(i AS UNSIGNED) * 1844674407370955 "
      "FROM n;"
      // one value of the first column has most of the rows
      "CREATE TABLE composite (tenant INT, id INT, v INT, PRIMARY KEY (tenant, id));"
      "INSERT INTO composite SELECT IF(i < 7000, 5, i), i, i FROM n;"
      "CREATE TABLE words (w VARCHAR(40) " +
      latin +
      ", n INT, PRIMARY KEY (w, n));"
      "INSERT INTO words SELECT CONCAT(IF(i % 2, 'Wörd', 'wORD'), FLOOR(i / 700)), i FROM n;"
      "CREATE TABLE uuids (u CHAR(36) PRIMARY KEY);"
      "INSERT INTO uuids SELECT LEFT(SHA2(i, 256), 36) FROM n;"
      "CREATE TABLE octets (o VARBINARY(20) PRIMARY KEY);"
      "INSERT INTO octets SELECT LEFT(UNHEX(SHA2(i, 256)), 20) FROM n;"
      "CREATE TABLE padded (o BINARY(8) PRIMARY KEY);"
      "INSERT INTO padded SELECT UNHEX(LPAD(HEX(i * 65536), 16, '0')) FROM n;"
      "CREATE TABLE decimals (d DECIMAL(20,5) PRIMARY KEY);"
      "INSERT INTO decimals SELECT i * 1.00001 - 5000 FROM n;"
      "CREATE TABLE moments (at DATETIME(3), e ENUM('a','b'), PRIMARY KEY (at, e));"
      "INSERT INTO moments SELECT '2024-01-01' + INTERVAL i * 100 SECOND, 1 + i % 2 FROM n;"
      "CREATE TABLE instants (at TIMESTAMP PRIMARY KEY);"
      "INSERT INTO instants SELECT FROM_UNIXTIME(1700000000 + i * 60) FROM n;"
      "CREATE TABLE choices (e ENUM('x','y','z'), id INT, PRIMARY KEY (e, id));"
      "INSERT INTO choices SELECT 1 + i % 3, i FROM n;"
      "CREATE TABLE unkeyed (a INT NOT NULL, b INT NOT NULL, KEY (b), UNIQUE KEY the_key (a, b));"
      "INSERT INTO unkeyed SELECT i, i FROM n;"
      "CREATE TABLE descending (a INT, b INT, PRIMARY KEY (a DESC, b));"
      "INSERT INTO descending SELECT FLOOR(i / 10), i FROM n;"
      "ANALYZE TABLE gaps, skewed, upper_half, composite, words, uuids, octets, padded, decimals, "
      "moments, instants, choices, unkeyed, descending, n");
  expect_covered({"gaps", "skewed", "upper_half", "composite", "words", "uuids", "octets", "padded",
                  "decimals", "moments", "instants", "choices", "unkeyed"},
                 1000, 5);
  expect_covered({"descending"}, 1000, 1);
  expect_halved("gaps");
  expect_covered({"words"}, 17, 500);
}

// Texts that are equal by the column's rules and differ in octets: no bound may fall between them.
TEST_P(MysqlSnapshot, EqualTextsStayTogether) {
  if (!start()) return;
  sql("USE shop; CREATE TABLE t (w VARCHAR(10) COLLATE utf8mb4_general_ci, n INT, "
      "PRIMARY KEY (w, n)); INSERT INTO t VALUES ('a', 1), ('A', 2), ('á', 3), ('b', 1), ('B', 2)");
  expect_covered({"t"}, 1, 5);
}

TEST_P(MysqlSnapshot, BoundsOutliveTheSnapshot) {
  if (!start()) return;
  make_numbers();
  open();
  const SnapshotTable table = only_table();
  const auto ranges = snapshot_->split(table, 1000);
  ASSERT_TRUE(ranges);
  ASSERT_GT(ranges->size(), 3U);
  const ReadRange before = read_range(*reader_, table, ranges->at(2));
  open();
  EXPECT_EQ(read_range(*reader_, only_table(), ranges->at(2)).rows, before.rows);
  KeyRange injected{.after = "[\"1 OR 1=1\"]", .upto = ""};
  const ReadRange refused = read_range(*reader_, table, injected);
  ASSERT_TRUE(refused.error);
  EXPECT_EQ(refused.error->kind(), ErrorKind::checkpoint_corrupt);
}

// The rows at S are those that the log makes up to S: deletes included, while others write.
TEST_P(MysqlSnapshot, TableWithoutKeyIsExactUnderWrites) {
  if (!start()) return;
  const Checkpoint from = resolve(*source_, StartPoint::Kind::now);
  sql("USE shop; CREATE TABLE log (n INT, text VARCHAR(20)); CREATE TABLE other (id INT PRIMARY "
      "KEY);"
      "INSERT INTO log VALUES (0, 'first')");
  std::atomic<bool> done = false;
  std::vector<std::jthread> writers;
  for (int writer = 0; writer < 3; ++writer) {
    writers.emplace_back([&, writer] {
      const int base = writer * 1000000;
      for (int i = 1; !done.load(); i += 50) {
        // One deletes, the others never wait for it: no deadlocks.
        std::string statements =
            "USE shop; SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;";
        for (int j = i; j < i + 50; ++j) {
          const std::string n = std::to_string(base + j);
          statements += "BEGIN; INSERT INTO log VALUES (" + n + ", 'a'), (" + n +
                        ", 'b'); COMMIT; INSERT INTO other VALUES (" + n + ");";
          if (writer == 0 && j % 3 == 0) {
            statements += "DELETE FROM log WHERE n = " + n + " AND text = 'a';";
          }
        }
        server_->sql(statements);
      }
    });
  }
  auto extractor = source_->open(from);
  ASSERT_TRUE(extractor);
  // All rounds read on: the writers are faster than a sanitizer's reading from the start.
  StreamReader stream(*source_, **extractor);
  for (int round = 0; round < 5; ++round) {
    open(from);
    auto tables = snapshot_->tables();
    ASSERT_TRUE(tables);
    const SnapshotTable& table = tables->front();
    ASSERT_EQ(table.schema->name.table, "log");
    ReadRange read = read_range(*reader_, table, {});
    ASSERT_FALSE(read.error) << read.error->to_string();
    ASSERT_TRUE(read.as_of->exact);
    stream.read_until(read.as_of->position);
    Captured held_by_it = stream.captured;  // what was read beyond it does not count
    std::erase_if(held_by_it.transactions, [&](const CapturedTransaction& transaction) {
      const auto held =
          source_->contains(read.as_of->position, transaction.id, Position{transaction.position});
      return !held || !*held || !**held;
    });
    std::sort(read.rows.begin(), read.rows.end());
    EXPECT_EQ(read.rows, rows_made_by(held_by_it, "shop.log"));
    EXPECT_GT(read.rows.size(), 0U);
  }
  done.store(true);
}

// Position first: whatever `from` holds is visible to every reader, and what comes later is not
// lost, because it is streamed.
TEST_P(MysqlSnapshot, SeesEverythingUpToItsStart) {
  if (!start()) return;
  sql("CREATE TABLE shop.t (id INT PRIMARY KEY AUTO_INCREMENT)");
  const Checkpoint from = resolve(*source_, StartPoint::Kind::now);
  std::atomic<bool> done = false;
  std::jthread writer([&] {
    std::string statements;
    for (int i = 0; i < 100; ++i) statements += "INSERT INTO shop.t VALUES ();";
    while (!done.load()) server_->sql(statements);
  });
  auto extractor = source_->open(from);
  ASSERT_TRUE(extractor);
  StreamReader stream(*source_, **extractor);
  for (int round = 0; round < 10; ++round) {
    const Checkpoint start = resolve(*source_, StartPoint::Kind::snapshot);
    open(start);
    const SnapshotTable table = only_table();
    const ReadRange read = read_range(*reader_, table, {});
    ASSERT_FALSE(read.error);
    EXPECT_FALSE(read.as_of->exact);
    EXPECT_EQ(read.as_of->position.text, start.position.text);
    const std::set<std::vector<std::string>> seen(read.rows.begin(), read.rows.end());
    // The end that is taken behind the copy has all that the copy saw.
    const auto end = source_->current();
    ASSERT_TRUE(end);
    stream.read_until(end->position);
    for (const CapturedTransaction& transaction : stream.captured.transactions) {
      const auto held =
          source_->contains(start.position, transaction.id, Position{transaction.position});
      if (!held || !*held || !**held || transaction.rows.empty()) continue;
      EXPECT_TRUE(seen.contains(transaction.rows[0].after)) << transaction.id;
    }
    std::set<std::vector<std::string>> streamed;
    for (const CapturedTransaction& transaction : stream.captured.transactions) {
      const auto held =
          source_->contains(end->position, transaction.id, Position{transaction.position});
      if (held && *held && **held && !transaction.rows.empty()) {
        streamed.insert(transaction.rows[0].after);
      }
    }
    EXPECT_TRUE(std::includes(streamed.begin(), streamed.end(), seen.begin(), seen.end()));
  }
  done.store(true);
}

TEST_P(MysqlSnapshot, InterruptEndsARead) {
  if (!start()) return;
  make_numbers();
  sql("USE shop; CREATE TABLE a_big (id INT PRIMARY KEY, v VARCHAR(200));"
      "INSERT INTO a_big SELECT a.i * 100 + b.i, REPEAT('x', 200) FROM n a, n b "
      "WHERE a.i < 2000 AND b.i < 100");
  open();
  auto tables = snapshot_->tables();
  ASSERT_TRUE(tables);
  // Back-pressure: nobody takes blocks until the reader is interrupted.
  std::atomic<int> blocks = 0;
  std::jthread stopper([&] {
    while (blocks.load() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    reader_->interrupt();
  });
  BlockBuilder builder(1, [&](const BlockPtr&) {
    ++blocks;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    return Status();
  });
  builder.begin({});
  const auto read = reader_->read(tables->front(), {}, builder);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind(), ErrorKind::cancelled) << read.error().to_string();
  EXPECT_TRUE(builder.abort());
}

TEST_P(MysqlSnapshot, AlteredTableIsNotRead) {
  if (!start()) return;
  sql("CREATE TABLE shop.t (id INT PRIMARY KEY, v INT); INSERT INTO shop.t VALUES (1, 1)");
  open();
  const SnapshotTable table = only_table();
  for (const char* change : {"ALTER TABLE shop.t ADD COLUMN w INT",
                             "ALTER TABLE shop.t DROP COLUMN w, "
                             "CHANGE v x INT",
                             "DROP TABLE shop.t"}) {
    sql(change);
    const ReadRange read = read_range(*reader_, table, {});
    ASSERT_TRUE(read.error) << change;
    EXPECT_EQ(read.error->kind(), ErrorKind::schema_mismatch) << read.error->to_string();
    EXPECT_THAT(read.error->to_string(), HasSubstr("shop.t"));
    auto reader = snapshot_->open_reader();
    ASSERT_TRUE(reader);
    reader_ = std::move(*reader);
  }
}

TEST_P(MysqlSnapshot, MissingPrivilegeIsNamed) {
  if (!start()) return;
  sql("CREATE TABLE shop.t (id INT PRIMARY KEY, v INT); CREATE TABLE shop.u (id INT PRIMARY KEY);"
      "DROP USER IF EXISTS 'poor'@'%'; CREATE USER 'poor'@'%' IDENTIFIED BY 'poor';"
      "GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'poor'@'%'");
  auto options = source_options(*server_);
  options.connection.user = "poor";
  options.connection.password = Secret("poor");
  const auto expect_refused = [&](const std::vector<std::string>& patterns) {
    options.tables = patterns;
    source_ = make_source(options);
    open();
    const auto tables = snapshot_->tables();
    ASSERT_FALSE(tables);
    EXPECT_EQ(tables.error().kind(), ErrorKind::permission) << tables.error().to_string();
    EXPECT_THAT(tables.error().hint(), HasSubstr("GRANT SELECT ON `shop`"));
  };
  expect_refused({"shop.t"});
  sql("GRANT INSERT ON shop.t TO 'poor'@'%'");
  expect_refused({"shop.*"});
  // some columns are not all columns
  sql("GRANT SELECT (id) ON shop.t TO 'poor'@'%'");
  expect_refused({"shop.*"});
  sql("GRANT SELECT ON shop.t TO 'poor'@'%'");
  open();
  EXPECT_EQ(only_table().schema->name.table, "t");
}

TEST_P(MysqlSnapshot, RowsWithoutViewAndKeyAreRefused) {
  if (!start()) return;
  sql("CREATE TABLE shop.t (v INT) ENGINE=MyISAM");
  open();
  const SnapshotTable table = only_table();
  const auto ranges = snapshot_->split(table, 1000);
  ASSERT_FALSE(ranges);
  EXPECT_EQ(ranges.error().kind(), ErrorKind::source_settings);
  EXPECT_THAT(ranges.error().to_string(), HasSubstr("shop.t"));
  EXPECT_THAT(ranges.error().hint(), HasSubstr("ADD PRIMARY KEY"));
  EXPECT_TRUE(read_range(*reader_, table, {}).error);
}

TEST_P(MysqlSnapshot, AnotherServersPositionIsRefused) {
  if (!start()) return;
  Checkpoint from = resolve(*source_, StartPoint::Kind::now);
  from.position.text = is_mariadb() ? "0-4711-99" : "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5";
  const auto snapshot = source_->snapshot(from);
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().kind(), ErrorKind::source_changed) << snapshot.error().to_string();
}

TEST_P(MysqlSnapshot, FilePositions) {
  if (!start()) return;
  sql("CREATE TABLE shop.keyless (v INT); INSERT INTO shop.keyless VALUES (1)");
  auto options = source_options(*server_);
  options.file_positions = true;
  source_ = make_source(options);
  const Checkpoint from = resolve(*source_, StartPoint::Kind::now);
  open(from);
  const ReadRange read = read_range(*reader_, only_table(), {});
  ASSERT_FALSE(read.error) << read.error->to_string();
  EXPECT_TRUE(read.as_of->exact);
  const auto order = source_->compare(from.position, read.as_of->position);
  ASSERT_TRUE(order);
  EXPECT_TRUE(*order <= 0) << read.as_of->position.text;
  EXPECT_EQ(read.rows, (Rows{{"1"}}));
}

// There DEFAULT() knows only columns that can be null.
TEST_P(MysqlSnapshot, DefaultsOfAnEmptyTable) {
  if (!start()) return;
  sql("CREATE TABLE shop.t (id INT PRIMARY KEY, smile VARCHAR(9) DEFAULT 'a😀', "
      "name VARCHAR(9) NOT NULL DEFAULT 'it''s', nil VARCHAR(5) NOT NULL DEFAULT '', "
      "d DECIMAL(5,2) NOT NULL DEFAULT 1.5, o BINARY(3) NOT NULL DEFAULT 'ab', "
      "bits BIT(4) NOT NULL DEFAULT b'101', e ENUM('x','y') NOT NULL DEFAULT 'y', "
      "z INT(5) ZEROFILL NOT NULL DEFAULT 42)");
  open();
  const TableDetails details = only_table().details;
  std::vector<std::string> literals;
  for (const ColumnDetails& column : details.columns) {
    literals.push_back(column.default_value ? column.default_value->text : "none");
  }
  EXPECT_EQ(literals, (std::vector<std::string>{"none", "a😀", "it's", "", "1.50",
                                                std::string("ab\0", 3), "0101", "y", "42"}));
}

TEST_P(MysqlSnapshot, Details) {
  if (!start({"shop.t"})) return;
  sql("USE shop; SET time_zone='+02:00'; CREATE TABLE p (a INT, b INT, PRIMARY KEY (a, b));"
      "CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, "
      "  name VARCHAR(20) DEFAULT 'it''s \\\\' COMMENT 'who it''s', n INT DEFAULT -7, "
      "  d DECIMAL(5,2) DEFAULT 1.5, f FLOAT DEFAULT 0.1, bits BIT(4) DEFAULT b'101', "
      "  o BINARY(3) DEFAULT 'ab', vo VARBINARY(5) DEFAULT x'00FF', nothing INT DEFAULT NULL, "
      "  nil VARCHAR(5) NOT NULL DEFAULT '', called VARCHAR(5) DEFAULT 'NULL', "
      "  day DATE DEFAULT '2024-02-29', e ENUM('x','y') DEFAULT 'y', "
      "  created DATETIME(3) DEFAULT CURRENT_TIMESTAMP(3), "
      "  changed TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, "
      "  since TIMESTAMP NOT NULL DEFAULT '2024-01-01 00:00:00', smile VARCHAR(9) DEFAULT 'a😀?', "
      "  wide VARCHAR(9) CHARACTER SET utf16 DEFAULT 'ä', s SET('a','b') DEFAULT 'a,b', "
      "  made VARCHAR(40) DEFAULT (UUID()), pa INT, pb INT, body TEXT, place POINT NOT NULL, "
      "  sum INT AS (n + 1), UNIQUE KEY u (name, n DESC), KEY pre (body(10)), "
      "  FULLTEXT KEY words (body), SPATIAL KEY around (place), "
      "  CONSTRAINT fk FOREIGN KEY (pa, pb) REFERENCES p (a, b) ON DELETE CASCADE) "
      "AUTO_INCREMENT=42 COMMENT='a table'");
  sql("INSERT INTO shop.t (id, place) VALUES (1, POINT(1, 2))");
  if (!is_mariadb()) sql("ALTER TABLE shop.t ADD KEY lower_name ((LOWER(name)))");
  open();
  const SnapshotTable table = only_table();
  const TableDetails& details = table.details;
  EXPECT_EQ(details.comment, "a table");
  EXPECT_EQ(details.next_auto_value, 42U);
  const auto column = [&](const char* name) {
    return details.columns.at(*table.schema->find_column(name));
  };
  const auto literal = [&](const char* name) -> std::string {
    const auto found = column(name).default_value;
    if (!found) return "none";
    return found->kind == ColumnDefault::Kind::literal ? found->text
                                                       : "not literal: " + found->text;
  };
  EXPECT_TRUE(column("id").auto_increment);
  EXPECT_EQ(literal("name"), "it's \\");
  EXPECT_EQ(column("name").comment, "who it's");
  EXPECT_EQ(literal("n"), "-7");
  EXPECT_EQ(literal("d"), "1.50");
  EXPECT_EQ(literal("f"), "0.1");
  EXPECT_EQ(literal("bits"), "0101");
  EXPECT_EQ(literal("o"), std::string("ab\0", 3));
  EXPECT_EQ(literal("vo"), std::string("\0\xFF", 2));
  EXPECT_EQ(literal("nothing"), "none");
  EXPECT_EQ(literal("nil"), "");
  EXPECT_EQ(literal("called"), "NULL");
  EXPECT_EQ(literal("day"), "2024-02-29");
  EXPECT_EQ(literal("e"), "y");
  EXPECT_EQ(literal("sum"), "none");
  EXPECT_EQ(literal("since"), "2023-12-31 22:00:00Z");
  EXPECT_EQ(literal("smile"), "a😀?");
  EXPECT_EQ(literal("wide"), "ä");
  EXPECT_EQ(literal("s"), "a,b");
  EXPECT_EQ(column("created").default_value->kind, ColumnDefault::Kind::current_timestamp);
  EXPECT_FALSE(column("created").on_update_now);
  EXPECT_TRUE(column("changed").on_update_now);
  EXPECT_EQ(column("made").default_value->kind, ColumnDefault::Kind::expression);
  EXPECT_EQ(column("made").default_value->text, "uuid()");

  const auto index = [&](const char* name) {
    const auto at = std::find_if(details.indexes.begin(), details.indexes.end(),
                                 [&](const IndexDetails& one) { return one.name == name; });
    EXPECT_NE(at, details.indexes.end()) << name;
    return at == details.indexes.end() ? IndexDetails() : *at;
  };
  const auto at = [&](const char* name) { return *table.schema->find_column(name); };
  EXPECT_EQ(index("u"), (IndexDetails{.name = "u",
                                      .unique = true,
                                      .columns = {{at("name"), 0, false}, {at("n"), 0, true}},
                                      .method = "btree"}));
  EXPECT_EQ(index("pre").columns, (std::vector<IndexColumn>{{at("body"), 10, false}}));
  EXPECT_EQ(index("words").special, "fulltext");
  EXPECT_EQ(index("words").definition, "FULLTEXT KEY `words` (`body`)");
  EXPECT_EQ(index("around").special, "spatial");
  EXPECT_EQ(index("around").columns, (std::vector<IndexColumn>{{at("place"), 0, false}}));
  if (!is_mariadb()) {
    EXPECT_EQ(index("lower_name").special, "expression");
    EXPECT_EQ(index("lower_name").definition, "KEY `lower_name` ((lower(`name`)))");
  }
  ASSERT_THAT(details.foreign_keys, SizeIs(1));
  EXPECT_EQ(details.foreign_keys[0].columns, (std::vector<std::uint16_t>{at("pa"), at("pb")}));
  EXPECT_EQ(details.foreign_keys[0].referenced, (TableName{"shop", "p"}));
  EXPECT_EQ(details.foreign_keys[0].referenced_columns, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(details.foreign_keys[0].on_delete, "CASCADE");
}

}  // namespace
}  // namespace tailrace::testing
