#include "tests/integration/mysql_source_bed.h"

#include <array>
#include <csignal>

#include "tests/support/beds.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/mysql_server.h"

namespace tailrace::testing {
namespace {

using mysql::Connection;
using mysql::MySqlSource;
using mysql::TlsMode;

std::vector<std::string> split(const RowImage& image, const SchemaPtr& schema) {
  if (image.empty()) return {};
  std::vector<Value> values(schema->columns.size());
  EXPECT_TRUE(image.split(values));
  std::vector<std::string> texts;
  for (const Value& value : values) {
    texts.push_back(value.is_null()        ? std::string("NULL")
                    : value.is_unchanged() ? std::string("<unchanged>")
                                           : std::string(value.text()));
  }
  return texts;
}

// Turns records into transactions; remembers whether one is open.
struct Collector {
  Captured& captured;

  void operator()(const TransactionBegin& begin) {
    captured.transactions.push_back({std::string(begin.id), "", {}, {}});
  }
  void operator()(const Change& change) {
    captured.transactions.back().rows.push_back(
        {std::string(to_string(change.kind)) + " " + change.schema->name.to_string(),
         split(change.before, change.schema), split(change.after, change.schema), change.schema});
  }
  void operator()(const SchemaChange& change) {
    std::string text(to_string(change.kind));
    for (const TableName& name : change.tables) text += " " + name.to_string();
    for (const ColumnChange& column : change.columns) {
      constexpr std::array kMarks = {" +", " -", " >", " ~"};
      text += kMarks[static_cast<std::size_t>(column.kind) - 1] + column.name;
    }
    if (change.helper) text += " (helper)";
    if (change.rows_changed) text += " (rows)";
    captured.transactions.back().schema_changes.push_back(text);
  }
  void operator()(const Message&) {}
  void operator()(const TransactionCommit& commit) {
    captured.transactions.back().position = commit.position;
    captured.position = commit.position;
  }
  void operator()(const TransactionAbort&) { captured.transactions.pop_back(); }
  void operator()(const Progress& progress) { captured.position = progress.position; }
};

bool reached(MySqlSource& source, const std::string& position, const Position& until) {
  if (position.empty()) return false;
  const auto order = source.compare(Position{position}, until);
  EXPECT_TRUE(order) << position << " against " << until.text;
  return !order || *order >= 0;
}

mysql::ConnectionOptions connection_options(const ServerUrl& address, bool tls) {
  mysql::ConnectionOptions options;
  options.host = address.host;
  options.port = address.port;
  options.user = address.user;
  options.password = Secret(address.password);
  options.tls.mode = tls ? TlsMode::required : TlsMode::preferred;
  return options;
}

}  // namespace

void PrintTo(Kind kind, std::ostream* out) {
  *out << (kind == Kind::mysql ? "mysql" : "mariadb");
}

std::string kind_suffix(const ::testing::TestParamInfo<Kind>& given) {
  return given.param == Kind::mysql ? "mysql" : "mariadb";
}

std::optional<std::string> why_unavailable(Kind kind) {
  return kind == Kind::mysql ? MysqlServer::why_unavailable(true)
                             : MariadbServer::why_unavailable(true);
}

std::unique_ptr<DatabaseServer> make_server(Kind kind, std::vector<std::string> arguments) {
  if (kind == Kind::mysql) {
    MysqlOptions options;
    options.arguments = std::move(arguments);
    options.private_instance = true;
    return std::make_unique<MysqlServer>(options);
  }
  MariadbOptions options;
  options.arguments = std::move(arguments);
  options.private_instance = true;
  return std::make_unique<MariadbServer>(options);
}

mysql::MySqlSourceOptions source_options(const DatabaseServer& server) {
  const bool is_mysql = server.kind() == "mysql";
  server.sql(
      "CREATE USER IF NOT EXISTS 'cdc'@'%' IDENTIFIED BY 'over the wire';"
      "GRANT REPLICATION SLAVE, REPLICATION CLIENT, SELECT ON *.* TO 'cdc'@'%'");
  mysql::MySqlSourceOptions options;
  options.connection = connection_options(server.address(), is_mysql);
  options.connection.user = "cdc";
  options.connection.password = Secret("over the wire");
  options.scheme = server.kind();
  options.pipeline = "test";
  options.tables = {"shop.*"};
  return options;
}

std::unique_ptr<MySqlSource> make_source(mysql::MySqlSourceOptions options) {
  return std::move(MySqlSource::create(std::move(options))).value();
}

std::vector<std::string> Captured::changes() const {
  std::vector<std::string> lines;
  for (const CapturedTransaction& transaction : transactions) {
    for (const CapturedRow& row : transaction.rows) {
      std::string line = row.what;
      for (const std::string& value : row.after.empty() ? row.before : row.after) {
        line += " " + value;
      }
      lines.push_back(std::move(line));
    }
    for (const std::string& change : transaction.schema_changes) lines.push_back(change);
  }
  return lines;
}

StreamReader::StreamReader(MySqlSource& source, Extractor& extractor)
    : source_(source), extractor_(extractor), builder_(1, [this](const BlockPtr& block) {
        BlockCursor cursor(*block);
        while (auto record = cursor.next()) std::visit(Collector{captured}, *record);
        return Status();
      }) {}

void StreamReader::read_until(const Position& until, std::chrono::seconds deadline) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!reached(source_, captured.position, until)) {
    if (std::chrono::steady_clock::now() > end) {
      ADD_FAILURE() << "still at " << captured.position << " instead of " << until.text;
      break;
    }
    auto received = extractor_.next(builder_);
    if (!received) captured.error = std::move(received).error();
    if (captured.error) {
      EXPECT_TRUE(builder_.abort());
      break;
    }
    EXPECT_TRUE(builder_.flush());
  }
}

Captured read_until(MySqlSource& source, Extractor& extractor, const Position& until,
                    std::chrono::seconds deadline) {
  StreamReader reader(source, extractor);
  reader.read_until(until, deadline);
  return std::move(reader.captured);
}

Captured capture(MySqlSource& source, const Checkpoint& from, std::chrono::seconds deadline) {
  Captured failed;
  auto until = source.current();
  if (!until) failed.error = std::move(until).error();
  auto extractor = source.open(from);
  if (!extractor) failed.error = std::move(extractor).error();
  if (failed.error) return failed;
  return read_until(source, **extractor, until->position, deadline);
}

Checkpoint resolve(MySqlSource& source, StartPoint::Kind kind) {
  auto checkpoint = source.resolve({kind, {}});
  EXPECT_TRUE(checkpoint) << checkpoint.error().to_string();
  return checkpoint ? *checkpoint : Checkpoint();
}

Checkpoint at(const Checkpoint& checkpoint, const std::string& position) {
  Checkpoint moved = checkpoint;
  moved.position.text = position;
  return moved;
}

std::vector<std::vector<std::string>> select(const DatabaseServer& server, const std::string& sql) {
  auto connection =
      Connection::connect(connection_options(server.address(), server.kind() == "mysql"));
  EXPECT_TRUE(connection) << connection.error().to_string();
  EXPECT_TRUE(connection->query("SET time_zone='+00:00'"));
  auto result = connection->query(sql);
  EXPECT_TRUE(result) << result.error().to_string();
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < result->row_count(); ++i) {
    std::vector<std::string> row;
    for (const mysql::Cell& cell : result->row(i)) row.emplace_back(cell.value_or("NULL"));
    rows.push_back(std::move(row));
  }
  return rows;
}

void MysqlSourceTest::SetUp() {
  std::signal(SIGPIPE, SIG_IGN);
}

bool MysqlSourceTest::start(std::vector<std::string> arguments) {
  if (bed_missing(why_unavailable(GetParam()))) return false;
  server_ = make_server(GetParam(), std::move(arguments));
  source_ = make_source(source_options(*server_));
  sql("CREATE DATABASE shop; CREATE TABLE shop.orders (id INT PRIMARY KEY, v VARCHAR(100))");
  return true;
}

}  // namespace tailrace::testing
