// Watches the table `probe` at a target and notes when each row becomes visible: a query by key on
// one connection, again 0.2 ms after the last answer. It is the yardstick of the latency benchmark,
// the same for tailrace and for the server's own subscription.
//
//   latency_probe CONNINFO ROWS SECONDS      ends with this many rows, or after this long
//
// Prints a line per row: client, number (as the writer's script counts), microseconds since 1970 at
// which the row was written (by the source's clock), and at which the answer that had it was here.
// Talks to libpq directly, so that nothing of tailrace is in the yardstick.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <libpq-fe.h>

namespace {

constexpr auto kPause = std::chrono::microseconds(200);
constexpr const char* kQuery =
    "SELECT id, client, number, written FROM probe WHERE id > $1::bigint ORDER BY id";

std::int64_t microseconds_now() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Rows are numbered by a sequence and committed by several clients, so a lower number may become
// visible after a higher one: every row above the last one without a gap is asked for again.
class Seen {
 public:
  bool add(std::int64_t id) {
    if (id <= complete_ || !above_.insert(id).second) return false;
    while (!above_.empty() && *above_.begin() == complete_ + 1) {
      above_.erase(above_.begin());
      ++complete_;
    }
    return true;
  }
  std::int64_t complete() const { return complete_; }

 private:
  std::int64_t complete_ = 0;
  std::set<std::int64_t> above_;
};

struct Row {
  std::string client, number, written;
  std::int64_t visible = 0;
};

// One query; false: the connection or the table failed.
bool poll(PGconn* connection, Seen& seen, std::vector<Row>& rows) {
  const std::string after = std::to_string(seen.complete());
  const char* parameter = after.c_str();
  PGresult* answer =
      PQexecPrepared(connection, "probe", 1, &parameter, nullptr, nullptr, /*resultFormat=*/0);
  const std::int64_t now = microseconds_now();
  const bool good = PQresultStatus(answer) == PGRES_TUPLES_OK;
  for (int i = 0; good && i < PQntuples(answer); ++i) {
    if (!seen.add(std::strtoll(PQgetvalue(answer, i, 0), nullptr, 10))) continue;
    rows.push_back(
        {PQgetvalue(answer, i, 1), PQgetvalue(answer, i, 2), PQgetvalue(answer, i, 3), now});
  }
  PQclear(answer);
  return good;
}

bool prepare(PGconn* connection) {
  if (PQstatus(connection) != CONNECTION_OK) return false;
  PGresult* answer = PQprepare(connection, "probe", kQuery, 1, nullptr);
  const bool good = PQresultStatus(answer) == PGRES_COMMAND_OK;
  PQclear(answer);
  return good;
}

bool watch(PGconn* connection, std::size_t expected, std::chrono::seconds longest) {
  const auto deadline = std::chrono::steady_clock::now() + longest;
  Seen seen;
  std::vector<Row> rows;
  rows.reserve(expected);
  while (rows.size() < expected && std::chrono::steady_clock::now() < deadline) {
    if (!poll(connection, seen, rows)) return false;
    std::this_thread::sleep_for(kPause);
  }
  for (const Row& row : rows) {
    std::printf("%s %s %s %lld\n", row.client.c_str(), row.number.c_str(), row.written.c_str(),
                static_cast<long long>(row.visible));
  }
  if (rows.size() == expected) return true;
  std::fprintf(stderr, "latency_probe: %zu of %zu rows arrived\n", rows.size(), expected);
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: latency_probe CONNINFO ROWS SECONDS\n", stderr);
    return 2;
  }
  PGconn* connection = PQconnectdb(argv[1]);
  const bool done = prepare(connection) && watch(connection, std::strtoull(argv[2], nullptr, 10),
                                                 std::chrono::seconds(std::atoi(argv[3])));
  if (!done) std::fprintf(stderr, "latency_probe: %s\n", PQerrorMessage(connection));
  PQfinish(connection);
  return done ? 0 : 1;
}
