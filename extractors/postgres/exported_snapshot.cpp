#include "extractors/postgres/exported_snapshot.h"

#include <utility>

#include <fmt/format.h>

#include "extractors/postgres/slot.h"

namespace tailrace::postgres {
namespace {

constexpr std::chrono::seconds kLongestCancel{5};

// The walsender would go on waiting when its client goes away, and its slot would stay as long.
Error give_up_waiting(ReplicationConnection& connection, Connection& asking,
                      const std::string& backend, const ServerFacts& facts) {
  const std::string running = open_transactions(asking);
  if (asking.exec(fmt::format("SELECT pg_cancel_backend({})", backend))) {
    static_cast<void>(connection.answer(kLongestCancel));
  }
  return waits_for_transactions(running, facts);
}

Error not_made(Error error) {
  const std::string code = error.native();
  if (code == "53400") {
    error = std::move(error).hint(
        "a copy needs one replication slot for a moment: drop one that is not needed, or raise "
        "max_replication_slots and restart the server");
  }
  return std::move(error).with("making the snapshot for the copy");
}

}  // namespace

Status check_room_for_snapshot(const ServerFacts& facts) {
  if (!facts.slots.has_room()) {
    return Error(ErrorKind::source_settings,
                 fmt::format("all {} replication slots are in use", facts.slots.most))
        .hint(
            "a copy needs one more for a moment: drop one that is not needed, or raise "
            "max_replication_slots and restart the server");
  }
  if (!facts.senders.has_room()) {
    return Error(ErrorKind::source_settings,
                 fmt::format("all {} WAL senders are in use", facts.senders.most))
        .hint(
            "a copy needs one more for as long as it lasts: raise max_wal_senders and restart the "
            "server");
  }
  return {};
}

// The keywords are those that all versions understand. The name is told apart by the process that
// has it: no two daemons can have the same.
Result<ExportedSnapshot> ExportedSnapshot::take(std::unique_ptr<ReplicationStream> stream,
                                                Connection& asking, const ServerFacts& facts,
                                                std::chrono::milliseconds longest) {
  auto& connection = stream->connection();
  auto pid = connection.exec("SELECT pg_backend_pid()");
  if (!pid) return std::move(pid).error();
  const std::string backend(pid->scalar().value_or(""));
  const std::string slot = "tailrace_copy_" + backend;
  auto begun = connection.exec("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  if (!begun) return std::move(begun).error();
  auto sent = connection.send_command(
      fmt::format("CREATE_REPLICATION_SLOT \"{}\" TEMPORARY LOGICAL pgoutput USE_SNAPSHOT", slot));
  if (!sent) return std::move(sent).error();
  auto made = connection.answer(longest);
  if (!made) {  // also when it was interrupted
    static_cast<void>(asking.exec(fmt::format("SELECT pg_cancel_backend({})", backend)));
    return not_made(std::move(made).error());
  }
  if (!*made) return give_up_waiting(connection, asking, backend, facts);
  const WalPosition position{lsn_in((*made)->cell(0, 1)), facts.timeline};
  auto exported = connection.exec("SELECT pg_export_snapshot()");
  if (!exported) return not_made(std::move(exported).error());
  std::string name(exported->scalar().value_or(""));
  auto dropped = connection.exec(fmt::format("DROP_REPLICATION_SLOT \"{}\"", slot));
  if (!dropped) return not_made(std::move(dropped).error());
  return ExportedSnapshot(std::move(stream), std::move(name), position);
}

}  // namespace tailrace::postgres
