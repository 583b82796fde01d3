#include "extractors/mysql/table_reader.h"

#include <utility>

#include <fmt/format.h>

#include "extractors/mysql/key_range.h"
#include "extractors/mysql/quoted_name.h"

namespace tailrace::mysql {

namespace {

std::string full_name(const TableName& name) {
  return quoted_name(name.schema) + "." + quoted_name(name.table);
}

Status run(Connection& connection, std::string_view sql) {
  auto done = connection.query(sql);
  if (!done) return std::move(done).error();
  return {};
}

Error changed(const TableName& name, std::string what) {
  return Error(ErrorKind::schema_mismatch, std::move(what))
      .hint("the table is described anew, and copied again, when the copy goes on")
      .with("table " + name.to_string());
}

// 1412: altered after the view was opened; 1054, 1146: so before it was asked for.
Error with_change(Error error, const TableName& name) {
  const std::string_view native = error.native();
  const bool altered =
      native.starts_with("1412/") || native.starts_with("1054/") || native.starts_with("1146/");
  if (altered) return changed(name, "the table has changed since it was described");
  return with_select_hint(std::move(error), name);
}

Result<std::string> select_of(const TablePlan& plan, const KeyRange& range) {
  std::string sql = "SELECT ";
  for (std::size_t i = 0; i < plan.columns.size(); ++i) {
    if (i > 0) sql += ", ";
    sql += plan.columns[i].expression;
  }
  sql += " FROM " + full_name(plan.schema->name);
  auto condition = range_condition(range, key_columns(plan.catalogue));
  if (!condition) return std::move(condition).error();
  if (condition->empty()) return sql;
  const std::string& index = plan.catalogue.key_index;
  if (!index.empty()) sql += " FORCE INDEX (" + quoted_name(index) + ")";
  return sql + " WHERE " + *condition;
}

}  // namespace

// Registers itself where interrupt() finds it.
class MySqlTableReader::ProvingDump final : public EventStream {
 public:
  ProvingDump(MySqlTableReader& reader, std::unique_ptr<DumpStream> dump)
      : reader_(reader), dump_(std::move(dump)) {
    const std::scoped_lock lock(reader_.mutex_);
    reader_.dump_ = dump_.get();
    if (reader_.interrupted_.load()) dump_->interrupt();
  }
  ~ProvingDump() override {
    const std::scoped_lock lock(reader_.mutex_);
    reader_.dump_ = nullptr;
  }
  Result<std::optional<Bytes>> next() override { return dump_->next(); }
  bool pending() const override { return dump_->pending(); }
  void interrupt() override { dump_->interrupt(); }

 private:
  MySqlTableReader& reader_;
  std::unique_ptr<DumpStream> dump_;
};

void MySqlTableReader::interrupt() {
  interrupted_.store(true);
  connection_.interrupt();
  const std::scoped_lock lock(mutex_);
  if (dump_ != nullptr) dump_->interrupt();
}

Result<std::unique_ptr<EventStream>> MySqlTableReader::open_dump(const LogPosition& from) {
  auto dump = settings_.connect_dump(from);
  if (!dump) return std::move(dump).error();
  return std::unique_ptr<EventStream>(std::make_unique<ProvingDump>(*this, std::move(*dump)));
}

Result<RowsAsOf> MySqlTableReader::read(const SnapshotTable& table, const KeyRange& range,
                                        BlockBuilder& out) {
  auto rows = read_range(table, range, out);
  if (rows) return rows;
  // What is left of an unfinished statement is not worth reading.
  connection_.interrupt();
  if (interrupted_.load()) return Error(ErrorKind::cancelled, "interrupted");
  return rows;
}

Result<RowsAsOf> MySqlTableReader::read_range(const SnapshotTable& table, const KeyRange& range,
                                              BlockBuilder& out) {
  const TableName& name = table.schema->name;
  auto as_of = begin(*table.schema);
  if (!as_of) return as_of;
  auto plan = take_hold(*table.schema);
  if (!plan) return std::move(plan).error();
  auto rows = read_rows(*plan, table.schema, range, out);
  if (!rows) return with_change(std::move(rows).error(), name);
  as_of->rows = *rows;
  if (auto ended = run(connection_, "COMMIT"); !ended) return std::move(ended).error();
  return as_of;
}

Result<RowsAsOf> MySqlTableReader::begin(const TableSchema& schema) {
  if (schema.key.empty()) return begin_exact(schema);
  if (auto begun = run(connection_, "START TRANSACTION READ ONLY"); !begun) {
    return std::move(begun).error();
  }
  return RowsAsOf{.position = settings_.visible, .exact = false, .rows = 0};
}

Result<RowsAsOf> MySqlTableReader::begin_exact(const TableSchema& schema) {
  if (auto fit = check_has_views(connection_, schema.name); !fit) return std::move(fit).error();
  ExactViewSettings exact;
  exact.by_file = settings_.by_file;
  exact.has_gtids = settings_.has_gtids;
  exact.open_dump = [this](const LogPosition& from) { return open_dump(from); };
  auto position = open_exact_view(connection_, schema.name, exact, interrupted_);
  if (!position) return std::move(position).error();
  return RowsAsOf{.position = to_position(*position), .exact = true, .rows = 0};
}

// From the first statement on the transaction holds the table's definition: what the catalogue says
// then is what the rows are read with.
Result<TablePlan> MySqlTableReader::take_hold(const TableSchema& schema) {
  if (auto held = run(connection_, "SELECT 1 FROM " + full_name(schema.name) + " LIMIT 0"); !held) {
    return with_change(std::move(held).error(), schema.name);
  }
  auto plan = plan_table(connection_, schema.name);
  if (!plan) return std::move(plan).error();
  if (!*plan || !(*(*plan)->schema == schema)) {
    return changed(schema.name, "the table has changed since it was described");
  }
  return std::move(**plan);
}

Result<std::uint64_t> MySqlTableReader::read_rows(const TablePlan& plan, const SchemaPtr& schema,
                                                  const KeyRange& range, BlockBuilder& out) {
  const auto sql = select_of(plan, range);
  if (!sql) return sql.error();
  auto rows = connection_.stream(*sql);
  if (!rows) return std::move(rows).error();
  std::uint64_t count = 0;
  while (true) {
    auto row = rows->next();
    // Dropping the stream would read the rest away.
    if (!row) connection_.interrupt();
    if (!row) return std::move(row).error();
    if (!*row) return count;
    if (auto appended = append_row(plan, schema, **row, out); !appended) {
      connection_.interrupt();
      return std::move(appended).error();
    }
    ++count;
  }
}

Status MySqlTableReader::append_row(const TablePlan& plan, const SchemaPtr& schema, Row row,
                                    BlockBuilder& out) {
  out.start_change(ChangeKind::insert, schema);
  out.skip_image();
  out.start_image();
  for (std::size_t i = 0; i < plan.columns.size(); ++i) {
    if (!row[i]) {
      out.put_null();
      continue;
    }
    out.start_value();
    const ReadOutcome outcome = values_.read(plan.columns[i], *row[i], out.out());
    if (outcome != ReadOutcome::good) {
      out.cancel_change();
      return value_error(plan, i, outcome);
    }
    out.end_value();
  }
  out.end_image();
  return out.end_change();
}

Error MySqlTableReader::value_error(const TablePlan& plan, std::size_t column,
                                    ReadOutcome outcome) const {
  const std::string frame = fmt::format("table {}, column \"{}\"", plan.schema->name.to_string(),
                                        plan.schema->columns[column].name);
  if (outcome == ReadOutcome::bad_text) {
    return Error(ErrorKind::unsupported_value,
                 fmt::format("text is not valid {} at its byte {}",
                             plan.columns[column].charset->name, values_.bad_offset()))
        .hint("correct the row at the source, or leave the column out")
        .with(frame);
  }
  return Error(ErrorKind::unsupported_value, fmt::format("bad value: {}", values_.bad_reason()))
      .with(frame);
}

Status check_has_views(Connection& connection, const TableName& name) {
  auto engine = query_catalogue(
      connection, fmt::format("SELECT t.ENGINE, e.TRANSACTIONS FROM information_schema.TABLES t "
                              "LEFT JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE "
                              "WHERE t.TABLE_SCHEMA = {} AND t.TABLE_NAME = {}",
                              connection.quoted(name.schema), connection.quoted(name.table)));
  if (!engine) return std::move(engine).error();
  if (engine->row_count() == 0) {
    return changed(name, "the table has changed since it was described");
  }
  const Row row = engine->row(0);
  if (row[1] == "YES") return {};
  return Error(ErrorKind::source_settings,
               fmt::format("a table without primary key cannot be copied from engine {}: there is "
                           "no moment at which its rows and the log are known to agree",
                           row[0].value_or("")))
      .hint(fmt::format("ALTER TABLE {0} ADD PRIMARY KEY (...), or ALTER TABLE {0} ENGINE=InnoDB",
                        full_name(name)))
      .with("table " + name.to_string());
}

}  // namespace tailrace::mysql
