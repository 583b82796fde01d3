#include "sinks/mysql/loader.h"

#include <fmt/format.h>

#include "sinks/mysql/ledger.h"
#include "sinks/mysql/load_data.h"
#include "sinks/mysql/table_finisher.h"
#include "sinks/sql/checkpoint_row.h"
#include "sinks/sql/schema_memory.h"

namespace tailrace::mysql {
namespace {

using sql::Image;
using sql::TableMapping;

constexpr const char* kSetSavepoint = "SAVEPOINT tailrace_rows";
constexpr const char* kBackToSavepoint = "ROLLBACK TO SAVEPOINT tailrace_rows";
constexpr std::size_t kMostLineBytes = std::size_t{4} << 20;  // of one LOAD DATA

// The server does not let us load after all: 1148 (MariaDB, old MySQL), 3948.
bool is_refused(const Error& error) {
  return error.native().starts_with("1148/") || error.native().starts_with("3948/");
}

// INSERT says more about it.
bool is_about_rows(const Error& error) {
  return is_about_values(error.kind()) || error.kind() == ErrorKind::unclassified;
}

}  // namespace

MySqlLoader::MySqlLoader(Connection connection, const TargetOptions& options, const Lease& lease,
                         std::size_t max_packet_bytes, bool by_load_data)
    : lease_(lease),
      options_(options),
      dialect_(connection.version()),
      sender_(std::move(connection), lease, max_packet_bytes),
      tables_(sender_, dialect_, options),
      rows_(sender_, dialect_, options),
      fields_(sender_.connection(), options.values, ValueForm::field),
      by_load_data_(by_load_data) {}

Result<bool> MySqlLoader::prepare(const SchemaPtr& schema, const TableName& target) {
  tables_.forget();
  const std::optional<TableDetails> expected = std::exchange(expected_, std::nullopt);
  auto found = tables_.find(schema, target);
  if (!found) return std::move(found).error();
  auto row = sender_.connection().query("SELECT 1 FROM " + dialect_.table(target) + " LIMIT 1");
  if (!row) return sender_.explain(std::move(row).error(), {.table = target.to_string()});
  sender_.rollback();  // or the table could not be altered by others
  const bool has_rows = row->row_count() > 0;
  if (has_rows || !expected) return has_rows;
  auto counts = count_before_rows(sender_.connection(), dialect_, {*schema, *expected, target});
  sender_.rollback();
  if (!counts) return sender_.explain(std::move(counts).error(), {.table = target.to_string()});
  tables_.forget();
  return false;
}

// The session has no autocommit: the first statement begins a transaction.
Status MySqlLoader::begin(const SchemaPtr& schema, const TableName& target, Mode mode) {
  if (sender_.interrupted()) return Error(ErrorKind::cancelled, "interrupted");
  auto found = tables_.find(schema, target);
  if (!found) return std::move(found).error();
  mapping_ = *found;
  mode_ = mode;
  load_statement_ = load_statement(dialect_, *mapping_);
  return {};
}

Status MySqlLoader::load(std::span<const NetRow> rows) {
  TR_ASSERT(mapping_ != nullptr);
  images_.clear();
  for (const NetRow& row : rows) {
    if (!sql::is_complete(*mapping_, row.after)) return sql::incomplete_row(*mapping_, row.after);
    images_.push_back(row.after);
  }
  Images left = images_;
  while (!left.empty()) {
    std::size_t count = 0;
    if (by_load_data_ && mode_ == Mode::append) {
      auto put = put_lines(left);
      if (!put) return std::move(put).error();
      count = *put;
    }
    const Images some = left.first(count > 0 ? count : left.size());
    if (auto done = count > 0 ? load_lines(some) : insert(some); !done) return done;
    left = left.subspan(some.size());
  }
  return {};
}

Result<std::size_t> MySqlLoader::put_lines(Images rows) {
  lines_.clear();
  std::size_t count = 0;
  while (count < rows.size() && lines_.size() < kMostLineBytes) {
    const std::size_t start = lines_.size();
    auto put = put_line(rows[count]);
    if (!put) return std::move(put).error();
    // UNHEX() answers NULL for more than a packet; INSERT names the limit.
    const bool too_large = lines_.size() - start >= sender_.max_packet_bytes() / 2;
    if (*put == Line::not_loadable || too_large) return std::size_t{0};
    ++count;
  }
  return count;
}

Result<MySqlLoader::Line> MySqlLoader::put_line(Image row) {
  for (std::uint16_t i = 0; i < mapping_->columns.size(); ++i) {
    const sql::MappedColumn& column = mapping_->columns[i];
    // In a TIMESTAMP that is NOT NULL it would become the current time.
    const bool refused = row[column.source].is_null() && column.target->not_null;
    if (refused) return Line::not_loadable;
    if (i > 0) lines_.character('\t');
    if (auto put = fields_.put(*mapping_, i, row, lines_); !put) return std::move(put).error();
  }
  lines_.character('\n');
  return Line::put;
}

Status MySqlLoader::load_lines(Images rows) {
  Connection& connection = sender_.connection();
  const StatementBatch::Sent sent{.table = mapping_->target.name.to_string()};
  if (auto set = connection.query(kSetSavepoint); !set) {
    return sender_.explain(std::move(set).error(), sent);
  }
  auto answer = connection.load_local(load_statement_, lines_.text());
  if (answer && answer->warning_count() == 0 && answer->affected_rows() == rows.size()) return {};
  if (!answer) {
    if (is_refused(answer.error())) {
      by_load_data_ = false;
    } else if (!is_about_rows(answer.error())) {
      return sender_.explain(std::move(answer).error(), sent);
    }
  }
  if (auto back = to_savepoint(); !back) return back;
  return insert(rows);
}

Status MySqlLoader::insert(Images rows) {
  auto set = sender_.connection().query(kSetSavepoint);
  if (!set) return sender_.explain(std::move(set).error(), {});
  auto inserted = insert_at_once(rows, false);
  if (inserted || !is_about_rows(inserted.error())) return inserted;
  if (auto back = to_savepoint(); !back) return back;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (auto done = insert_at_once(rows.subspan(i, 1), true); !done) return done;
  }
  return {};
}

Status MySqlLoader::insert_at_once(Images rows, bool name_row) {
  auto put = mode_ == Mode::upsert ? rows_.upsert(*mapping_, rows, name_row)
                                   : rows_.insert(*mapping_, rows, name_row);
  return put ? sender_.flush() : put;
}

Status MySqlLoader::to_savepoint() {
  sender_.discard();
  auto back = sender_.connection().query(kBackToSavepoint);
  if (back) return {};
  return sender_.explain(std::move(back).error(), {});
}

// The lease is looked at last: its row is locked until the COMMIT that follows, and for no longer,
// because every commit of the sink itself waits for it.
Status MySqlLoader::commit(std::span<const LedgerEntry> entries) {
  auto noted = write_ledger(sender_, lease_, sql::with_schema_entry(entries, *mapping_->schema));
  if (noted) noted = sender_.flush();
  if (noted) noted = look_at_lease();
  if (!noted) {
    if (noted.error().kind() == ErrorKind::fenced) rollback();
    return noted;
  }
  return sender_.commit();
}

Status MySqlLoader::look_at_lease() {
  auto held = lock_lease(sender_.connection(), lease_);
  return held ? held : Status(sender_.explain(std::move(held).error(), {}));
}

Result<Loader::Finished> MySqlLoader::finish_table(const SchemaPtr& schema,
                                                   const TableDetails& details,
                                                   const TableName& target, const Finish& finish) {
  auto findings =
      mysql::finish_table(sender_.connection(), dialect_, {*schema, details, target}, finish);
  sender_.rollback();
  tables_.forget();
  if (findings) return findings;
  return sender_.explain(std::move(findings).error(), {.table = target.to_string()});
}

}  // namespace tailrace::mysql
