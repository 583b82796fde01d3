#include "sinks/postgres/loader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sinks/postgres/finish.h"
#include "sinks/postgres/staging.h"
#include "sinks/postgres/state_tables.h"
#include "sinks/sql/checkpoint_row.h"
#include "sinks/sql/schema_memory.h"

namespace tailrace::postgres {
namespace {

// Errors that a row may have caused.
bool may_be_a_rows(const Error& error) {
  return error.kind() == ErrorKind::row_rejected || error.kind() == ErrorKind::unsupported_value ||
         error.kind() == ErrorKind::unclassified;
}

}  // namespace

Error PostgresLoader::explain(Error error) const {
  if (interrupted_) return Error(ErrorKind::cancelled, "interrupted");
  if (mapping_ == nullptr) return error;
  return std::move(error).with("table " + mapping_->target.name.to_string());
}

Status PostgresLoader::run(const std::string& sql) {
  auto done = connection_.exec(sql);
  return done ? Status() : Status(std::move(done).error());
}

Result<bool> PostgresLoader::prepare(const SchemaPtr& schema, const TableName& target) {
  mapping_ = nullptr;
  auto found = tables_.find(schema, target, TargetTables::Key::later);
  if (!found) return explain(std::move(found).error());
  auto rows =
      connection_.exec("SELECT EXISTS (SELECT FROM " + tables_.dialect().table(target) + ")");
  if (!rows) return explain(std::move(rows).error().with("table " + target.to_string()));
  return rows->scalar() == "t";
}

Status PostgresLoader::begin(const SchemaPtr& schema, const TableName& target, Mode mode) {
  TR_ASSERT(!begun_);
  mapping_ = nullptr;
  const bool upsert = mode == Mode::upsert;
  auto found =
      tables_.find(schema, target, upsert ? TargetTables::Key::needed : TargetTables::Key::later);
  if (!found) return explain(std::move(found).error());
  mapping_ = *found;
  batch_.clear();
  const PostgresDialect& dialect = tables_.dialect();
  const bool staged = upsert || needs_staging(*mapping_);
  copy_sql_ = staged ? copy_to_stage_statement() : copy_statement(dialect, *mapping_);
  unstage_sql_ = staged ? unstage_statement(dialect, *mapping_, upsert) : std::string();
  auto begun = run("BEGIN" + (staged ? "; " + stage_statement(*mapping_) : std::string()));
  if (!begun) return explain(std::move(begun).error());
  begun_ = true;
  return {};
}

Status PostgresLoader::load(std::span<const NetRow> rows) {
  TR_ASSERT(begun_);
  for (const NetRow& row : rows) {
    if (auto added = batch_.add(*mapping_, row.after); !added) return added;
    constexpr std::size_t kPiece = std::size_t{64} << 10;
    if (auto sent = send_more(kPiece); !sent) return sent;
    if (!batch_.full()) continue;
    if (auto finished = finish_batch(); !finished) return finished;
  }
  return {};
}

Status PostgresLoader::start_batch() {
  auto started = connection_.start_copy("SAVEPOINT batch; " + copy_sql_);
  if (!started) {
    Error error = std::move(started).error();
    if (error.native() == "0A000") {  // row-level security
      error = std::move(error).hint("ALTER ROLE <user of the target URL> BYPASSRLS");
    }
    return explain(std::move(error));
  }
  copying_ = true;
  sent_bytes_ = 0;
  return {};
}

// Hands complete lines to the server, unless they are fewer than that.
Status PostgresLoader::send_more(std::size_t least_bytes) {
  if (batch_.size() - (copying_ ? sent_bytes_ : 0) < least_bytes) return {};
  if (!copying_) {
    if (auto started = start_batch(); !started) return started;
  }
  auto put_lines = put(batch_.lines().substr(sent_bytes_));
  if (!put_lines) return explain(std::move(put_lines).error());
  sent_bytes_ = batch_.size();
  return {};
}

Status PostgresLoader::put(std::string_view lines) {
  constexpr std::size_t kMost = std::size_t{1} << 20;
  while (!lines.empty()) {
    if (auto sent = connection_.put_copy(lines.substr(0, kMost)); !sent) return sent;
    lines.remove_prefix(std::min(kMost, lines.size()));
  }
  return {};
}

Status PostgresLoader::end_copy() {
  copying_ = false;
  auto copied = connection_.finish_copy();
  if (!copied) return std::move(copied).error();
  return unstage_sql_.empty() ? Status() : run(unstage_sql_);
}

Status PostgresLoader::finish_batch() {
  if (batch_.row_count() == 0) return {};
  if (auto sent = send_more(0); !sent) return sent;
  Status ended = end_copy();
  if (!ended && may_be_a_rows(ended.error())) {
    return explain(find_refused_row(std::move(ended).error()));
  }
  if (ended) ended = run("RELEASE SAVEPOINT batch");
  if (!ended) return explain(std::move(ended).error());
  batch_.clear();
  return {};
}

Status PostgresLoader::copy_rows(std::size_t first, std::size_t end) {
  if (auto started = connection_.start_copy("SAVEPOINT part; " + copy_sql_); !started) {
    return std::move(started).error();
  }
  copying_ = true;
  if (auto sent = put(batch_.lines(first, end)); !sent) return sent;
  if (auto ended = end_copy(); !ended) return ended;
  return run("RELEASE SAVEPOINT part");
}

// The first row of the batch that the server refuses behind those before it. The transaction is of
// no use afterwards.
Error PostgresLoader::find_refused_row(Error error) {
  if (auto back = run("ROLLBACK TO SAVEPOINT batch"); !back) return std::move(back).error();
  std::size_t good = 0;  // rows that went in
  std::size_t bad = batch_.row_count();
  while (bad - good > 1) {
    const std::size_t middle = good + (bad - good) / 2;
    auto tried = copy_rows(good, middle);
    if (tried) {
      good = middle;
      continue;
    }
    error = std::move(tried).error();
    if (!may_be_a_rows(error)) return error;
    bad = middle;
    if (auto back = run("ROLLBACK TO SAVEPOINT part"); !back) return std::move(back).error();
  }
  return std::move(error).with(batch_.describe(*mapping_, good));
}

Status PostgresLoader::commit(std::span<const LedgerEntry> entries) {
  TR_ASSERT(begun_);
  if (auto finished = finish_batch(); !finished) return finished;
  auto statements =
      ledger_statements(connection_, lease_, sql::with_schema_entry(entries, *mapping_->schema));
  if (!statements) return std::move(statements).error();
  statements->push_back(check_lease_statement(connection_, lease_));
  statements->push_back("COMMIT");
  auto committed = run(fmt::format("{}", fmt::join(*statements, "; ")));
  if (committed) {
    begun_ = false;
    return {};
  }
  Error error = std::move(committed).error();
  if (error.native() == kDivisionByZero) {
    rollback();
    return sql::lost_lease(lease_.sink);
  }
  if (connection_.alive() && error.kind() != ErrorKind::unreachable) {
    return explain(std::move(error));
  }
  return Error(ErrorKind::commit_in_doubt, "connection lost during commit: " + error.message());
}

void PostgresLoader::rollback() {
  // Tables that the transaction created are gone.
  tables_.clear();
  mapping_ = nullptr;
  batch_.clear();
  const bool was_copying = std::exchange(copying_, false);
  const bool was_begun = std::exchange(begun_, false);
  if (was_copying && connection_.alive()) connection_.abort_copy();
  if (was_begun && connection_.alive()) static_cast<void>(connection_.exec("ROLLBACK"));
}

Status PostgresLoader::finish_rows(const SchemaPtr& schema, const TableName& target) {
  TR_ASSERT(!begun_);
  mapping_ = nullptr;
  auto found = tables_.find(schema, target);
  return found ? Status() : Status(explain(std::move(found).error()));
}

Result<Loader::Finished> PostgresLoader::finish_table(const SchemaPtr& schema,
                                                      const TableDetails& details,
                                                      const TableName& target,
                                                      const Finish& finish) {
  TR_ASSERT(!begun_);
  mapping_ = nullptr;
  auto found = tables_.find(schema, target);
  if (!found) return explain(std::move(found).error());
  auto finished = postgres::finish_table(connection_, tables_.dialect(), **found, details, finish);
  // Its columns may have defaults now.
  tables_.clear();
  if (!finished) return explain(std::move(finished).error().with("table " + target.to_string()));
  return finished;
}

void PostgresLoader::interrupt() {
  interrupted_ = true;
  connection_.interrupt();
}

}  // namespace tailrace::postgres
