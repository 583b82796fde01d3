#include "tests/integration/postgres_snapshot_bed.h"

#include <algorithm>
#include <csignal>
#include <stdexcept>

#include "tests/support/beds.h"

namespace tailrace::testing {
namespace {

using postgres::Connection;
using postgres::PostgresSource;

std::string run(Connection& connection, const std::string& statements) {
  auto answer = connection.exec(statements);
  if (!answer) throw std::runtime_error(answer.error().to_string() + " in " + statements);
  return std::string(answer->scalar().value_or(""));
}

ReadRow row_of(const RowImage& image, const SchemaPtr& schema) {
  return {schema, std::string(as_text(image.bytes()))};
}

}  // namespace

std::vector<std::string> ReadRow::values() const {
  std::vector<Value> values(schema->columns.size());
  EXPECT_TRUE(RowImage(as_bytes(image)).split(values));
  std::vector<std::string> texts;
  for (const Value& value : values) {
    texts.emplace_back(value.is_null()        ? std::string("NULL")
                       : value.is_unchanged() ? std::string("<unchanged>")
                                              : std::string(value.text()));
  }
  return texts;
}

std::string ReadRow::line() const {
  std::string line;
  for (const std::string& value : values()) line += (line.empty() ? "" : "|") + value;
  return line;
}

BlockBuilder ChangeLog::builder() {
  return BlockBuilder(1, [this](const BlockPtr& block) {
    take(*block);
    return Status();
  });
}

void ChangeLog::take(const Block& block) {
  BlockCursor cursor(block);
  while (auto record = cursor.next()) {
    if (const auto* change = std::get_if<Change>(&*record)) {
      entries.push_back({{change->kind, row_of(change->before, change->schema),
                          row_of(change->after, change->schema)},
                         {}});
    } else if (const auto* commit = std::get_if<TransactionCommit>(&*record)) {
      position = commit->position;
      for (; open_ < entries.size(); ++open_) entries[open_].committed = position;
    } else if (const auto* progress = std::get_if<Progress>(&*record)) {
      position = progress->position;
    }
  }
}

std::map<int, std::unique_ptr<PostgresServer>>& PostgresSnapshotTest::servers() {
  static std::map<int, std::unique_ptr<PostgresServer>> kServers;
  return kServers;
}

void PostgresSnapshotTest::TearDownTestSuite() {
  servers().clear();
}

bool PostgresSnapshotTest::start() {
  std::signal(SIGPIPE, SIG_IGN);
  if (bed_missing(PostgresServer::why_unavailable(GetParam(), true))) return false;
  auto& server = servers()[GetParam()];
  if (server == nullptr) {
    server = std::make_unique<PostgresServer>(
        PostgresOptions{.arguments = {"-c", "wal_sender_timeout=1s"},
                        .private_instance = true,
                        .version = GetParam()});
    server->sql("CREATE ROLE cdc LOGIN REPLICATION");
  }
  server_ = server.get();
  database_ = "shop";
  server->sql("CREATE DATABASE shop OWNER cdc");
  cdc_ = std::make_unique<Connection>(connect());
  postgres_ = std::make_unique<Connection>(connect("postgres"));
  source_ = make_source(options());
  return true;
}

void PostgresSnapshotTest::TearDown() {
  if (server_ == nullptr) return;
  EXPECT_TRUE(source_->release());
  source_.reset();
  cdc_.reset();
  postgres_.reset();
  server_->sql("DROP DATABASE shop WITH (FORCE)");
}

postgres::PostgresSourceOptions PostgresSnapshotTest::options() const {
  postgres::PostgresSourceOptions options;
  options.connection = address("cdc");
  options.pipeline = "test";
  options.tables = {"public.*", "shop.*"};
  options.create_slot = true;
  options.spool_folder = server_->data_directory().parent_path() / "spool";
  return options;
}

std::unique_ptr<PostgresSource> PostgresSnapshotTest::make_source(
    postgres::PostgresSourceOptions options) {
  auto source = PostgresSource::create(std::move(options));
  EXPECT_TRUE(source) << source.error().to_string();
  return *std::move(source);
}

postgres::ConnectionOptions PostgresSnapshotTest::address(const std::string& role) const {
  postgres::ConnectionOptions options;
  options.host = server_->address().host;
  options.port = server_->port();
  options.user = role;
  options.database = database_;
  return options;
}

Connection PostgresSnapshotTest::connect(const std::string& role) const {
  auto connection = Connection::connect(address(role));
  if (!connection) throw std::runtime_error(connection.error().to_string());
  return *std::move(connection);
}

std::string PostgresSnapshotTest::sql(const std::string& statements) {
  return run(*cdc_, statements);
}

std::string PostgresSnapshotTest::admin(const std::string& statements) {
  return run(*postgres_, statements);
}

Checkpoint PostgresSnapshotTest::begin() {
  auto checkpoint = source_->resolve({StartPoint::Kind::snapshot, {}});
  if (!checkpoint) throw std::runtime_error(checkpoint.error().to_string());
  return *checkpoint;
}

std::unique_ptr<Snapshot> PostgresSnapshotTest::snapshot(const Checkpoint& from) {
  auto snapshot = source_->snapshot(from);
  if (!snapshot) throw std::runtime_error(snapshot.error().to_string());
  return *std::move(snapshot);
}

SnapshotTable PostgresSnapshotTest::described(Snapshot& snapshot, const std::string& name) {
  auto tables = snapshot.tables();
  if (!tables) throw std::runtime_error(tables.error().to_string());
  for (SnapshotTable& table : *tables) {
    if (table.schema->name.to_string() == name) return table;
  }
  throw std::runtime_error("no table " + name);
}

std::vector<ReadRow> PostgresSnapshotTest::read(Snapshot& snapshot, const SnapshotTable& table,
                                                std::uint64_t rows_per_range,
                                                std::vector<std::uint64_t>* sizes) {
  auto ranges = snapshot.split(table, rows_per_range);
  auto reader = snapshot.open_reader();
  if (!ranges) throw std::runtime_error(ranges.error().to_string());
  if (!reader) throw std::runtime_error(reader.error().to_string());
  ChangeLog log;
  BlockBuilder builder = log.builder();
  for (const KeyRange& range : *ranges) {
    builder.begin({});
    auto as_of = (*reader)->read(table, range, builder);
    if (!as_of) throw std::runtime_error(as_of.error().to_string());
    EXPECT_TRUE(as_of->exact);
    EXPECT_EQ(as_of->rows, builder.changes_in_transaction());
    EXPECT_TRUE(builder.commit({.position = as_of->position.text}));
    if (sizes != nullptr) sizes->push_back(as_of->rows);
  }
  EXPECT_TRUE(builder.flush());
  std::vector<ReadRow> rows;
  for (const ChangeLog::Entry& entry : log.entries) rows.push_back(entry.change.after);
  return rows;
}

ChangeLog PostgresSnapshotTest::stream(const Checkpoint& from) {
  const auto until = source_->current();
  auto extractor = source_->open(from);
  if (!until) throw std::runtime_error(until.error().to_string());
  if (!extractor) throw std::runtime_error(extractor.error().to_string());
  ChangeLog log;
  BlockBuilder builder = log.builder();
  while (log.position.empty() || *source_->compare(Position{log.position}, until->position) < 0) {
    auto received = (*extractor)->next(builder);
    if (!received) throw std::runtime_error(received.error().to_string());
    EXPECT_TRUE(builder.flush());
  }
  return log;
}

std::vector<std::string> lines(const std::vector<ReadRow>& rows) {
  std::vector<std::string> lines;
  for (const ReadRow& row : rows) lines.push_back(row.line());
  return lines;
}

std::vector<std::string> sorted_lines(const std::vector<ReadRow>& rows) {
  auto sorted = lines(rows);
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

}  // namespace tailrace::testing
