#include "sinks/sqlite/loader.h"

#include "core/assert.h"
#include "sinks/sql/checkpoint_row.h"
#include "sinks/sql/schema_memory.h"
#include "sinks/sql/table_finish.h"
#include "sinks/sql/taken_away.h"
#include "sinks/sqlite/catalogue.h"
#include "sinks/sqlite/catalogue_details.h"
#include "sinks/sqlite/finish_rules.h"
#include "sinks/sqlite/ledger_table.h"
#include "sinks/sqlite/statements.h"

namespace tailrace::sqlite {
namespace {

constexpr const char* kEpoch =
    "SELECT epoch FROM tailrace_checkpoint WHERE pipeline = ?1 AND sink = ?2";

Result<bool> has_rows(const Database& database, const std::string& table) {
  auto rows = database.prepare("SELECT 1 FROM " + table + " LIMIT 1");
  if (!rows) return std::move(rows).error();
  return rows->step();
}

}  // namespace

SqliteLoader::SqliteLoader(Database database, const SqliteDialect& dialect,
                           const sql::ValuePolicy& values, const Lease& lease)
    : database_(std::move(database)),
      dialect_(dialect),
      lease_(lease),
      writer_(database_, values),
      mappings_(
          dialect, [this](const TableName& name) { return load_table(database_, name); },
          [this](const TableSchema& schema, const TableName& name) {
            return database_.exec(sql::create_table(dialect_, schema, name));
          }) {}

Status SqliteLoader::in_transaction(const std::function<Status()>& work) {
  if (auto begun = writer_.begin(); !begun) return begun;
  Status done = work();
  if (done) done = database_.exec("COMMIT");
  if (!done) rollback();
  return done;
}

Result<bool> SqliteLoader::prepare(const SchemaPtr& schema, const TableName& target) {
  bool filled = false;
  // A person may have altered the table since it was looked at.
  mappings_.clear();
  auto prepared = in_transaction([&]() -> Status {
    auto mapping = mappings_.find(schema, target);
    if (!mapping) return std::move(mapping).error();
    auto found = has_rows(database_, dialect_.table((*mapping)->target.name));
    if (!found) return std::move(found).error();
    filled = *found;
    return {};
  });
  if (!prepared) return std::move(prepared).error();
  return filled;
}

Status SqliteLoader::begin(const SchemaPtr& schema, const TableName& target, Mode mode) {
  TR_ASSERT(!database_.in_transaction());
  if (auto begun = writer_.begin(); !begun) return begun;
  auto mapping = mappings_.find(schema, target);
  if (!mapping) return std::move(mapping).error();
  mapping_ = *mapping;
  insert_ = mode == Mode::append ? insert_statement(dialect_, *mapping_)
                                 : upsert_statement(dialect_, *mapping_);
  return {};
}

Status SqliteLoader::load(std::span<const NetRow> rows) {
  TR_ASSERT(mapping_ != nullptr);
  auto prepared = writer_.statement(insert_);
  if (!prepared) return std::move(prepared).error().with("table " + mapping_->target.name.table);
  const auto columns = writer_.all_columns(*mapping_);
  for (const NetRow& row : rows) {
    if (!sql::is_complete(*mapping_, row.after)) return sql::incomplete_row(*mapping_, row.after);
    auto bound = writer_.bind(*mapping_, columns, row.after, 1, **prepared);
    if (!bound) return bound;
    if (auto ran = writer_.run(*mapping_, **prepared, row.after); !ran) return ran.error();
  }
  return {};
}

// The transaction has the write lock: nobody can take the sink over before it ends.
Status SqliteLoader::check_lease() {
  auto statement = writer_.statement(kEpoch);
  if (!statement) return std::move(statement).error();
  Statement& row = **statement;
  row.bind_text(1, lease_.pipeline);
  row.bind_text(2, lease_.sink);
  auto found = row.step();
  const std::int64_t epoch = found && *found ? row.integer(0) : 0;
  row.reset();
  if (!found) return std::move(found).error();
  if (!*found) return sql::checkpoint_row_gone(lease_.sink);
  return lease_.epoch == epoch ? Status() : Status(sql::lost_lease(lease_.sink));
}

Status SqliteLoader::commit(std::span<const LedgerEntry> entries) {
  Status done = check_lease();
  if (done)
    done = write_ledger(writer_, lease_, sql::with_schema_entry(entries, *mapping_->schema));
  // The file tells at once whether a COMMIT took place: it is never in doubt.
  if (done) done = database_.exec("COMMIT");
  if (!done) {
    rollback();
    return std::move(done).error().with("ledger table");
  }
  mapping_ = nullptr;
  return {};
}

void SqliteLoader::rollback() {
  writer_.rollback();
  // Tables that the transaction created are gone.
  mappings_.clear();
  mapping_ = nullptr;
}

// One index a transaction: between them the sink's own session gets its turn.
Result<Loader::Finished> SqliteLoader::finish_table(const SchemaPtr& schema,
                                                    const TableDetails& details,
                                                    const TableName& target, const Finish& finish) {
  const std::string frame = "table " + target.table;
  auto table = load_table(database_, target);
  if (!table) return std::move(table).error().with(frame);
  if (!*table) return Error(ErrorKind::schema_mismatch, "the table does not exist").with(frame);
  auto there = load_details(database_, **table);
  if (!there) return std::move(there).error().with(frame);
  Given given = finish.given;
  if (finish.take_away && !given.empty()) {
    const sql::FinishedTable here{*schema, details, **table, *there};
    if (auto taken = take_away(here, given); !taken) return std::move(taken).error().with(frame);
    there = load_details(database_, **table);
    if (!there) return std::move(there).error().with(frame);
  }
  auto plan =
      sql::plan_finish({*schema, details, **table, *there}, finish, dialect_, finish_rules());
  std::string unfit;
  for (const sql::MissingIndex& index : plan.indexes) {
    const std::string sql = create_index_statement(dialect_, **table, index);
    auto made = in_transaction([&] { return database_.exec(sql); });
    if (made) {
      sql::remember(sql::note_of(index), given);
      continue;
    }
    if (!index.unique || made.error().kind() != ErrorKind::row_rejected) {
      return std::move(made).error().with("index " + index.name).with(frame);
    }
    unfit = sql::unfit_index(index.name, sql);
    plan.cannot.push_back(sql::unfinished(sql::Unfinished::index, target,
                                          "unique index \"" + index.name + "\"",
                                          "rows that are there do not fit it", sql));
  }
  return Finished{std::move(plan.cannot), std::move(given), std::move(unfit)};
}

// Of a table that exists only indexes can be made, so nothing else was given.
Status SqliteLoader::take_away(const sql::FinishedTable& table, Given& given) {
  const sql::TakenAway plan = sql::plan_taking_away(table, given, dialect_, finish_rules());
  for (const std::string& note : plan.forgotten) given.erase(note);
  for (const std::string& name : plan.indexes) {
    auto dropped = in_transaction(
        [&] { return database_.exec("DROP INDEX IF EXISTS " + dialect_.quote(name)); });
    if (!dropped) return std::move(dropped).error().with("index " + name);
    given.erase(sql::index_note(name));
  }
  return {};
}

}  // namespace tailrace::sqlite
