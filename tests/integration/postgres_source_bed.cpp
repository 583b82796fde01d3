#include "tests/integration/postgres_source_bed.h"

#include <csignal>

#include "tests/support/beds.h"

namespace tailrace::testing {
namespace {

using postgres::PostgresSource;

std::string values_of(const RowImage& image, const SchemaPtr& schema) {
  std::vector<Value> values(schema->columns.size());
  EXPECT_TRUE(image.split(values));
  std::string text;
  for (const Value& value : values) {
    text += " ";
    text += value.is_null()        ? std::string("NULL")
            : value.is_unchanged() ? std::string("<unchanged>")
                                   : std::string(value.text());
  }
  return text;
}

struct Collector {
  SourceReader& reader;

  void operator()(const TransactionBegin& begin) {
    reader.transactions.emplace_back(begin.id);
    reader.origins.emplace_back(begin.origin);
  }
  void operator()(const Change& change) {
    reader.lines.push_back(
        std::string(to_string(change.kind)) + " " + change.schema->name.to_string() +
        values_of(change.after.empty() ? change.before : change.after, change.schema));
  }
  void operator()(const SchemaChange& change) {
    std::string text(to_string(change.kind));
    for (const TableName& name : change.tables) text += " " + name.to_string();
    reader.lines.push_back(text + (change.cascade ? " cascade" : "") +
                           (change.restart_identity ? " restart" : ""));
  }
  void operator()(const Message& message) {
    reader.lines.push_back("message " + std::string(message.prefix) + " " +
                           std::string(message.content) +
                           (message.transactional ? "" : " at once"));
  }
  void operator()(const TransactionCommit& commit) {
    reader.lines.emplace_back("commit");
    reader.position = commit.position;
  }
  void operator()(const TransactionAbort&) { reader.lines.emplace_back("abort"); }
  void operator()(const Progress& progress) {
    reader.lines.emplace_back(progress.wanted ? "progress wanted" : "progress");
    reader.position = progress.position;
  }
};

}  // namespace

SourceReader::SourceReader(PostgresSource& source, const Checkpoint& from) : source_(source) {
  auto opened = source.open(from);
  if (!opened) {
    error = std::move(opened).error();
    return;
  }
  extractor_ = *std::move(opened);
  builder_ = std::make_unique<BlockBuilder>(1, [this](const BlockPtr& block) {
    BlockCursor cursor(*block);
    while (auto record = cursor.next()) std::visit(Collector{*this}, *record);
    return Status();
  });
}

void SourceReader::step() {
  auto received = extractor_->next(*builder_);
  if (!received) {
    error = std::move(received).error();
    EXPECT_TRUE(builder_->abort());
  }
  EXPECT_TRUE(builder_->flush());
  if (confirms && !position.empty()) extractor_->confirm(Position{position});
}

bool SourceReader::read_until(const std::function<bool()>& reached) {
  const auto deadline = std::chrono::steady_clock::now() + kDeadline;
  while (!error && !reached()) {
    if (std::chrono::steady_clock::now() > deadline) {
      ADD_FAILURE() << "the deadline passed at " << position;
      return false;
    }
    step();
  }
  if (error) ADD_FAILURE() << error->to_string();
  return !error;
}

bool SourceReader::read_until(const Position& until) {
  return read_until([&] {
    if (position.empty()) return false;
    const auto order = source_.compare(Position{position}, until);
    EXPECT_TRUE(order) << position << " against " << until.text;
    return !order || *order >= 0;
  });
}

bool SourceReader::read_all() {
  const auto until = source_.current();
  if (!until) ADD_FAILURE() << until.error().to_string();
  return until && read_until(until->position);
}

Error SourceReader::read_to_error() {
  const auto deadline = std::chrono::steady_clock::now() + kDeadline;
  while (!error && std::chrono::steady_clock::now() < deadline) step();
  return error.value_or(Error(ErrorKind::internal, "no error came"));
}

std::vector<std::string> SourceReader::changes() const {
  std::vector<std::string> ended;
  std::vector<std::string> open;
  for (const std::string& line : lines) {
    if (line.starts_with("progress")) continue;
    if (line == "commit") ended.insert(ended.end(), open.begin(), open.end());
    if (line == "commit" || line == "abort") {
      open.clear();
    } else {
      open.push_back(line);
    }
  }
  return ended;
}

void PostgresSourceTest::SetUp() {
  std::signal(SIGPIPE, SIG_IGN);
}

bool PostgresSourceTest::start(std::vector<std::string> arguments) {
  if (bed_missing(PostgresServer::why_unavailable(GetParam(), true))) return false;
  server_ = std::make_unique<PostgresServer>(PostgresOptions{
      .arguments = std::move(arguments), .private_instance = true, .version = GetParam()});
  server_->sql("CREATE ROLE cdc LOGIN REPLICATION");
  server_->sql("CREATE DATABASE shop OWNER cdc");
  sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
  source_ = make_source(options());
  return true;
}

std::unique_ptr<PostgresSource> PostgresSourceTest::make_source(
    postgres::PostgresSourceOptions options) {
  auto source = PostgresSource::create(std::move(options));
  EXPECT_TRUE(source) << source.error().to_string();
  return *std::move(source);
}

postgres::PostgresSourceOptions PostgresSourceTest::options() const {
  postgres::PostgresSourceOptions options;
  options.connection.host = server_->address().host;
  options.connection.port = server_->port();
  options.connection.user = "cdc";
  options.connection.database = "shop";
  options.pipeline = "test";
  options.tables = {"public.*"};
  options.create_slot = true;
  options.spool_folder = server_->data_directory().parent_path() / "spool";
  return options;
}

std::string PostgresSourceTest::sql(const std::string& statements) const {
  return server_->sql("SET ROLE cdc;" + statements, "shop");
}

std::string PostgresSourceTest::admin(const std::string& statements) const {
  return server_->sql(statements, "shop");
}

Checkpoint PostgresSourceTest::begin() {
  auto checkpoint = source_->resolve({StartPoint::Kind::now, {}});
  EXPECT_TRUE(checkpoint) << checkpoint.error().to_string();
  return checkpoint ? *checkpoint : Checkpoint();
}

Checkpoint PostgresSourceTest::at(const Checkpoint& checkpoint, const std::string& position) const {
  Checkpoint moved = checkpoint;
  moved.position.text = position;
  return moved;
}

std::string PostgresSourceTest::slot_column(const std::string& column) const {
  return admin("SELECT " + column + " FROM pg_replication_slots WHERE slot_name = 'tailrace_test'");
}

postgres::Lsn PostgresSourceTest::confirmed() const {
  return postgres::Lsn::parse(slot_column("confirmed_flush_lsn")).value();
}

std::string PostgresSourceTest::log_end() const {
  return admin("SELECT pg_current_wal_flush_lsn()");
}

std::string version_suffix(const ::testing::TestParamInfo<int>& given) {
  return "postgres" + std::to_string(given.param);
}

}  // namespace tailrace::testing
