#include "sinks/mysql/mysql_sink.h"

#include <algorithm>
#include <array>
#include <numeric>

#include <fmt/format.h>

#include "sinks/mysql/catalogue.h"
#include "sinks/mysql/session.h"
#include "sinks/sql/checkpoint_row.h"
#include "sinks/sql/keyless.h"
#include "sinks/sql/unfollowed.h"

namespace tailrace::mysql {
namespace {

using sql::Image;
using sql::TableMapping;
using Sent = StatementBatch::Sent;

constexpr std::size_t kMostBatchBytes = std::size_t{1} << 20;
constexpr std::size_t kMostRowsPerStatement = 1000;
constexpr std::size_t kMostStatements = 200;

bool is_lost(const Error& error) {
  return error.kind() == ErrorKind::unreachable || error.kind() == ErrorKind::shutting_down;
}

// Warnings that mean: what is stored is not what was sent.
bool is_serious(std::string_view code) {
  constexpr std::array<std::string_view, 10> kCodes = {"1048", "1264", "1265", "1292", "1300",
                                                       "1364", "1366", "1406", "1411", "1452"};
  return std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

// The server quotes values of the row: "Duplicate entry 'x' for key 'u'", "Incorrect integer value:
// 'x' for column 'c' at row 1".
std::string without_values(const std::string& message) {
  for (const auto& [before, after] :
       {std::pair{"entry '", "' for key"}, std::pair{": '", "' for column"}}) {
    const auto start = message.find(before);
    if (start == std::string::npos) continue;
    const auto end = message.rfind(after);
    if (end == std::string::npos || end < start) return message.substr(0, start);
    return message.substr(0, start + std::string_view(before).size()) + "***" + message.substr(end);
  }
  return message;
}

bool is_about_values(ErrorKind kind) {
  return kind == ErrorKind::row_rejected || kind == ErrorKind::unsupported_value;
}

Error missing_row() {
  return Error(ErrorKind::row_rejected,
               "the target has no such row, and the source did not send all of it")
      .hint("let the source log whole rows, or copy the table anew");
}

std::size_t size_of(const TableMapping& mapping, Image row) {
  std::size_t bytes = 0;
  for (const auto& column : mapping.columns) {
    if (column.source < row.size()) bytes += row[column.source].text().size();
  }
  return bytes;
}

// Of the key as well.
std::vector<std::uint16_t> sent_columns(const TableMapping& mapping, Image row) {
  std::vector<std::uint16_t> columns;
  for (std::uint16_t i = 0; i < mapping.columns.size(); ++i) {
    if (!row[mapping.columns[i].source].is_unchanged()) columns.push_back(i);
  }
  return columns;
}

}  // namespace

MySqlSink::MySqlSink(Connection connection, const TargetOptions& options, const Lease& lease,
                     std::optional<Checkpoint> checkpoint, std::size_t max_packet_bytes)
    : connection_(std::move(connection)),
      options_(options),
      dialect_(connection_.version()),
      lease_(lease),
      checkpoint_(std::move(checkpoint)),
      max_packet_bytes_(max_packet_bytes),
      batch_bytes_(std::min(max_packet_bytes / 2, kMostBatchBytes)),
      mappings_(
          dialect_, [this](const TableName& name) { return load(name); },
          [this](const TableSchema& schema, const TableName& name) {
            return create(schema, name);
          }) {
  literals_.connection = &connection_;
  literals_.escape = [](const void* to, std::string_view text, ByteWriter& out) {
    static_cast<const Connection*>(to)->escape(text, out);
  };
  literals_.mariadb = connection_.version().is_mariadb();
}

// The session has no autocommit: the first statement begins a transaction.
Status MySqlSink::begin() {
  if (interrupted_) return Error(ErrorKind::cancelled, "interrupted");
  return {};
}

Error MySqlSink::explain(Error error, const Sent& sent) const {
  if (interrupted_) return Error(ErrorKind::cancelled, "interrupted");
  if (is_about_values(error.kind())) {
    Error clean(error.kind(), without_values(error.message()), error.where());
    error = std::move(clean).native(error.native()).hint(error.hint());
  }
  // Of many rows: the applier repeats them one by one, and that names the row.
  if (sent.row.empty() && error.kind() == ErrorKind::unsupported_value) {
    error = std::move(error).as(ErrorKind::row_rejected);
  }
  if (!sent.row.empty()) error = std::move(error).with(sent.row);
  if (!sent.table.empty()) error = std::move(error).with("table " + sent.table);
  return error;
}

Status MySqlSink::flush() {
  if (batch_.empty()) return {};
  if (batch_.size_bytes() >= max_packet_bytes_) {
    return explain(Error(ErrorKind::unsupported_value, "row is larger than max_allowed_packet")
                       .hint(fmt::format("SET GLOBAL max_allowed_packet = {} at the target",
                                         batch_.size_bytes() * 2)),
                   batch_.sent().back());
  }
  std::size_t answered = 0;
  auto answers = connection_.query_all(batch_.text(), &answered);
  Status status;
  if (!answers) {
    const std::size_t failed = std::min(answered / 2, batch_.statement_count() - 1);
    status = explain(std::move(answers).error(), batch_.sent()[failed]);
  } else {
    status = check_answers(*answers);
  }
  batch_.clear();
  return status;
}

// Answers come in pairs: that of the statement, and its warnings.
Status MySqlSink::check_answers(const std::vector<QueryResult>& answers) {
  const auto& sent = batch_.sent();
  if (answers.size() != 2 * sent.size()) {
    return Error(ErrorKind::internal, "server answered another number of statements");
  }
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const QueryResult& warnings = answers[2 * i + 1];
    for (std::size_t row = 0; row < warnings.row_count(); ++row) {
      const Row warning = warnings.row(row);
      const std::string_view code = warning[1].value_or("");
      if (!is_serious(code)) continue;
      return explain(Error(ErrorKind::unsupported_value, std::string(warning[2].value_or("")))
                         .native(std::string(code)),
                     sent[i]);
    }
    if (!sent[i].expected || *sent[i].expected == answers[2 * i].affected_rows()) continue;
    if (sent[i].stores_checkpoint) return sql::lost_lease(lease_.sink);
    return explain(missing_row(), sent[i]);
  }
  return {};
}

Status MySqlSink::flush_if_large() {
  const bool large =
      batch_.size_bytes() >= batch_bytes_ || batch_.statement_count() >= kMostStatements;
  return large ? flush() : Status();
}

Status MySqlSink::make_room(const TableMapping& mapping, Image row) {
  // Escaping at most doubles the size.
  const bool large = 2 * size_of(mapping, row) >= batch_bytes_;
  return large ? flush() : Status();
}

std::string MySqlSink::name_of(const TableMapping& mapping, std::uint16_t column) const {
  return dialect_.quote(mapping.columns[column].target->name);
}

Status MySqlSink::put_value(const TableMapping& mapping, std::uint16_t column, Image row,
                            ByteWriter& out) {
  const sql::MappedColumn& mapped = mapping.columns[column];
  const Value value = row[mapped.source];
  TR_ASSERT(!value.is_unchanged());
  if (value.is_null()) {
    out.text("NULL");
    return {};
  }
  const auto problem = write_literal(mapped, value.text(), literals_, out);
  if (!problem) return {};
  const auto other = options_.values.replacement(mapped, *problem);
  if (!other) {
    return sql::value_error(mapping, row, mapped, options_.values.refused(mapped, *problem));
  }
  if (other->is_null()) {
    out.text("NULL");
  } else if (auto again = write_literal(mapped, other->text(), literals_, out)) {
    return sql::value_error(mapping, row, mapped, *again);
  }
  return {};
}

Status MySqlSink::put_tuple(const TableMapping& mapping, std::span<const std::uint16_t> columns,
                            Image row, ByteWriter& out) {
  char before = '(';
  for (const std::uint16_t column : columns) {
    out.character(before);
    before = ',';
    if (auto put = put_value(mapping, column, row, out); !put) return put;
  }
  out.character(')');
  return {};
}

Status MySqlSink::put_pairs(const TableMapping& mapping, std::span<const std::uint16_t> columns,
                            Image row, std::string_view separator, ByteWriter& out) {
  bool first = true;
  for (const std::uint16_t column : columns) {
    if (!std::exchange(first, false)) out.text(separator);
    out.text(name_of(mapping, column));
    out.character('=');
    if (auto put = put_value(mapping, column, row, out); !put) return put;
  }
  return {};
}

Status MySqlSink::send_tuples(const TableMapping& mapping, const std::string& head,
                              const std::string& tail, std::span<const std::uint16_t> columns,
                              std::span<const Image> rows, bool name_row) {
  const std::string table = mapping.target.name.to_string();
  while (!rows.empty()) {
    if (auto room = make_room(mapping, rows.front()); !room) return room;
    ByteWriter& out = batch_.start();
    out.text(head);
    std::size_t count = 0;
    do {
      if (count > 0) out.character(',');
      if (auto put = put_tuple(mapping, columns, rows[count], out); !put) return put;
      ++count;
    } while (count < rows.size() && count < kMostRowsPerStatement &&
             batch_.size_bytes() + 2 * size_of(mapping, rows[count]) < batch_bytes_);
    out.text(tail);
    batch_.end({table, name_row ? sql::describe_row(mapping, rows.front()) : "", {}, false});
    rows = rows.subspan(count);
    if (auto flushed = flush_if_large(); !flushed) return flushed;
  }
  return {};
}

std::string MySqlSink::insert_head(const TableMapping& mapping) const {
  std::string names;
  for (std::uint16_t i = 0; i < mapping.columns.size(); ++i) {
    names += (i > 0 ? "," : "") + name_of(mapping, i);
  }
  return fmt::format("INSERT INTO {} ({}) VALUES ", dialect_.table(mapping.target.name), names);
}

// MySQL warns about VALUES() since 8.0.20, MariaDB and older ones know nothing else.
std::string MySqlSink::update_on_duplicate(const TableMapping& mapping) const {
  const ServerVersion& version = connection_.version();
  const bool alias = !version.is_mariadb() && version.at_least(8, 0, 19);
  const auto assign = [&](std::uint16_t column) {
    const std::string name = name_of(mapping, column);
    return alias ? fmt::format("{}=n.{}", name, name) : fmt::format("{}=VALUES({})", name, name);
  };
  std::string set;
  for (std::uint16_t i = 0; i < mapping.columns.size(); ++i) {
    if (!mapping.columns[i].key) set += (set.empty() ? "" : ",") + assign(i);
  }
  if (set.empty()) set = assign(mapping.key.front());
  return (alias ? " AS n ON DUPLICATE KEY UPDATE " : " ON DUPLICATE KEY UPDATE ") + set;
}

Status MySqlSink::upsert(const TableMapping& mapping, std::span<const Image> rows, bool name_row) {
  if (rows.empty()) return {};
  std::vector<std::uint16_t> columns(mapping.columns.size());
  std::iota(columns.begin(), columns.end(), std::uint16_t{0});
  const std::string head = insert_head(mapping);
  if (mapping.keyless()) return send_tuples(mapping, head, "", columns, rows, name_row);
  if (!mapping.has_unique) {
    return send_tuples(mapping, head, update_on_duplicate(mapping), columns, rows, name_row);
  }
  if (!mapping.has_extra_columns) {
    if (auto removed = remove(mapping, rows, name_row); !removed) return removed;
    return send_tuples(mapping, head, "", columns, rows, name_row);
  }
  for (const Image row : rows) {
    const auto set = sql::present_columns(mapping, row);
    if (!set.empty()) {
      if (auto updated = update(mapping, set, row, row, false, true); !updated) return updated;
    }
    if (auto inserted = insert_if_absent(mapping, row); !inserted) return inserted;
  }
  return {};
}

Status MySqlSink::remove(const TableMapping& mapping, std::span<const Image> rows, bool name_row) {
  if (rows.empty()) return {};
  std::string key;
  for (const std::uint16_t column : mapping.key) {
    key += (key.empty() ? "" : ",") + name_of(mapping, column);
  }
  const std::string head =
      fmt::format("DELETE FROM {} WHERE ({}) IN (", dialect_.table(mapping.target.name), key);
  return send_tuples(mapping, head, ")", mapping.key, rows, name_row);
}

// key: the image whose key columns find the row.
Status MySqlSink::update(const TableMapping& mapping, std::span<const std::uint16_t> columns,
                         Image key, Image row, bool must_exist, bool name_row) {
  if (auto room = make_room(mapping, row); !room) return room;
  ByteWriter& out = batch_.start();
  out.text("UPDATE " + dialect_.table(mapping.target.name) + " SET ");
  if (auto put = put_pairs(mapping, columns, row, ",", out); !put) return put;
  out.text(" WHERE ");
  if (auto put = put_pairs(mapping, mapping.key, key, " AND ", out); !put) return put;
  Sent sent{
      mapping.target.name.to_string(), name_row ? sql::describe_row(mapping, key) : "", {}, false};
  if (must_exist) sent.expected = 1;
  batch_.end(std::move(sent));
  return flush_if_large();
}

Status MySqlSink::insert_if_absent(const TableMapping& mapping, Image row) {
  if (auto room = make_room(mapping, row); !room) return room;
  const std::string table = dialect_.table(mapping.target.name);
  std::string names;
  for (std::uint16_t i = 0; i < mapping.columns.size(); ++i) {
    names += (i > 0 ? "," : "") + name_of(mapping, i);
  }
  ByteWriter& out = batch_.start();
  out.text(fmt::format("INSERT INTO {} ({}) SELECT ", table, names));
  for (std::uint16_t i = 0; i < mapping.columns.size(); ++i) {
    if (i > 0) out.character(',');
    if (auto put = put_value(mapping, i, row, out); !put) return put;
  }
  out.text(fmt::format(" FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM {} WHERE ", table));
  if (auto put = put_pairs(mapping, mapping.key, row, " AND ", out); !put) return put;
  out.character(')');
  batch_.end({mapping.target.name.to_string(), sql::describe_row(mapping, row), {}, false});
  return flush_if_large();
}

Status MySqlSink::apply_net(const NetTable& rows) {
  auto found = mappings_.find(rows.schema, rows.target);
  if (!found) return std::move(found).error();
  const TableMapping& mapping = **found;
  TR_ASSERT(!mapping.keyless() || (rows.removes.empty() && rows.updates.empty()));
  auto plan = sql::plan_rows(mapping, rows);
  if (!plan) return std::move(plan).error();
  if (auto removed = remove(mapping, plan->removes, false); !removed) return removed;
  // The upserts remove their rows themselves, where there is a second unique index.
  if (!plan->partials.empty()) {
    if (auto removed = remove(mapping, plan->displaced, false); !removed) return removed;
  }
  for (const auto& partial : plan->partials) {
    for (const Image row : partial.rows) {
      auto updated = update(mapping, partial.columns, row, row, true, true);
      if (!updated) return updated;
    }
  }
  return upsert(mapping, plan->upserts, false);
}

Status MySqlSink::apply_ordered(const Change& change, const TableName& target) {
  auto found = mappings_.find(change.schema, target);
  if (!found) return std::move(found).error();
  const TableMapping& mapping = **found;
  auto images = sql::split_images(change, before_, after_);
  if (!images) return std::move(images).error();
  return mapping.keyless() ? apply_keyless(mapping, change.kind, images->before, images->after)
                           : apply_keyed(mapping, change.kind, images->before, images->after);
}

Status MySqlSink::apply_keyed(const TableMapping& mapping, ChangeKind kind, Image before,
                              Image after) {
  if (kind == ChangeKind::remove) return remove(mapping, std::span(&before, 1), true);
  const bool complete = sql::is_complete(mapping, after);
  if (kind == ChangeKind::insert) {
    if (!complete) return sql::incomplete_row(mapping, after);
    return upsert(mapping, std::span(&after, 1), true);
  }
  if (!before.empty() && sql::key_differs(mapping, before, after)) {
    return move_row(mapping, before, after);
  }
  if (complete) return upsert(mapping, std::span(&after, 1), true);
  const auto columns = sql::present_columns(mapping, after);
  return columns.empty() ? Status() : update(mapping, columns, after, after, true, true);
}

// An update that gives the row another key. It keeps what only the target has.
Status MySqlSink::move_row(const TableMapping& mapping, Image before, Image after) {
  const std::vector<std::uint16_t> columns = sent_columns(mapping, after);
  const bool complete = columns.size() == mapping.columns.size();
  if (auto moved = update(mapping, columns, before, after, !complete, true); !moved) return moved;
  // The row may be missing under its old key: converge.
  return complete ? insert_if_absent(mapping, after) : Status();
}

// Texts are compared octet by octet, whatever the collation: 'a' must not find 'A'.
Status MySqlSink::put_exact_match(const TableMapping& mapping, Image row, ByteWriter& out) {
  for (std::uint16_t i = 0; i < mapping.columns.size(); ++i) {
    const std::string name = name_of(mapping, i);
    if (i > 0) out.text(" AND ");
    out.text(name + " <=> ");
    if (auto put = put_value(mapping, i, row, out); !put) return put;
    const bool text = mapping.columns[i].target->type == sql::TargetType::text;
    if (!text || !row[mapping.columns[i].source].is_present()) continue;
    out.text(" AND CAST(CONVERT(" + name + " USING utf8mb4) AS BINARY) = CAST(");
    if (auto put = put_value(mapping, i, row, out); !put) return put;
    out.text(" AS BINARY)");
  }
  return {};
}

Status MySqlSink::apply_keyless(const TableMapping& mapping, ChangeKind kind, Image before,
                                Image after) {
  const bool complete = kind == ChangeKind::remove || sql::is_complete(mapping, after);
  if (!complete) return sql::incomplete_row(mapping, after);
  if (kind == ChangeKind::insert) return upsert(mapping, std::span(&after, 1), true);
  if (auto possible = sql::can_match_all_columns(mapping, before); !possible) return possible;
  if (auto room = make_room(mapping, before); !room) return room;
  const std::string table = dialect_.table(mapping.target.name);
  ByteWriter& out = batch_.start();
  if (kind == ChangeKind::update) {
    out.text("UPDATE " + table + " SET ");
    if (auto put = put_pairs(mapping, sent_columns(mapping, after), after, ",", out); !put)
      return put;
  } else {
    out.text("DELETE FROM " + table);
  }
  out.text(" WHERE ");
  if (auto put = put_exact_match(mapping, before, out); !put) return put;
  out.text(" LIMIT 1");
  batch_.end({mapping.target.name.to_string(), sql::describe_row(mapping, before), 1, false});
  return flush_if_large();
}

Status MySqlSink::apply_schema_change(const SchemaChange& change,
                                      std::span<const TableName> targets) {
  mappings_.clear();
  if (auto flushed = flush(); !flushed) return flushed;
  for (const TableName& target : targets) {
    Status applied;
    switch (change.kind) {
      case SchemaChangeKind::truncate:
        applied = truncate(target);
        break;
      case SchemaChangeKind::drop_table:
        applied = drop_table(target);
        break;
      case SchemaChangeKind::drop_schema:
        applied = refuse_drop_schema(target);
        break;
      case SchemaChangeKind::create_table:
      case SchemaChangeKind::alter_table:
      case SchemaChangeKind::rename_table:
      case SchemaChangeKind::swap_table:
        applied = sql::refuse_unfollowed(change, target);
        break;
      // Rows of a changed table show what is missing at the target, if anything.
      case SchemaChangeKind::other:
        break;
    }
    if (!applied) return std::move(applied).error().with("table " + target.to_string());
  }
  return {};
}

// TRUNCATE would commit what the unit has done so far, and could not be rolled back with it. So it
// is never used, not even where the unit has nothing else: readers see rows and checkpoint as one.
Status MySqlSink::truncate(const TableName& name) {
  auto table = load(name);
  if (!table) return std::move(table).error();
  if (!*table) return {};
  batch_.start().text("DELETE FROM " + dialect_.table(name));
  batch_.end({name.to_string(), {}, {}, false});
  auto emptied = flush();
  if (emptied || !is_lost(emptied.error())) return emptied;
  // The client gives up a statement without answer (ConnectionOptions::read_timeout).
  return std::move(emptied).error().hint(
      "when the table is too large to be emptied within five minutes: TRUNCATE TABLE " +
      dialect_.table(name) + " at the target");
}

// Commits by itself, so the lease is looked at before; a repetition is harmless.
Status MySqlSink::drop_table(const TableName& name) {
  auto epoch = connection_.query(fmt::format(
      "SELECT epoch FROM tailrace.checkpoint WHERE pipeline = {} AND sink = {} AND epoch = {}",
      connection_.quoted(lease_.pipeline), connection_.quoted(lease_.sink),
      lease_.epoch.value_or(0)));
  if (!epoch) return explain(std::move(epoch).error(), {});
  if (epoch->row_count() == 0) return sql::lost_lease(lease_.sink);
  auto dropped = connection_.query("DROP TABLE IF EXISTS " + dialect_.table(name));
  if (!dropped) return explain(std::move(dropped).error(), {});
  return {};
}

Status MySqlSink::refuse_drop_schema(const TableName& name) {
  auto count = connection_.query(
      "SELECT COUNT(*) FROM information_schema.TABLES"
      " WHERE TABLE_TYPE = 'BASE TABLE' AND TABLE_SCHEMA = " +
      connection_.quoted(name.schema));
  if (!count) return explain(std::move(count).error(), {});
  if (count->scalar() == "0") return {};
  return Error(ErrorKind::schema_mismatch,
               fmt::format("the source dropped the database of \"{}\", which still has {} tables "
                           "at the target",
                           name.schema, count->scalar().value_or("?")))
      .hint("DROP DATABASE " + dialect_.quote(name.schema));
}

Result<std::optional<sql::TargetTable>> MySqlSink::load(const TableName& name) {
  auto table = load_table(connection_, name);
  if (!table) return explain(std::move(table).error(), {});
  return table;
}

// On a connection of its own: DDL would commit what this one has done so far. An empty table does
// no harm when the unit is rolled back.
Status MySqlSink::create(const TableSchema& schema, const TableName& name) {
  auto connection = open_session(options_);
  if (!connection) return std::move(connection).error();
  auto exists = connection->query("SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = " +
                                  connection->quoted(name.schema));
  if (!exists) return std::move(exists).error();
  if (exists->row_count() == 0) {
    auto created = connection->query("CREATE DATABASE IF NOT EXISTS " +
                                     dialect_.quote(name.schema) + " CHARACTER SET utf8mb4");
    if (!created) return std::move(created).error();
  }
  auto created = connection->query(sql::create_table(dialect_, schema, name));
  if (created) return {};
  Error error = std::move(created).error();
  // Row or key too large, unknown type: about the table, not about a row.
  const bool about_values =
      is_about_values(error.kind()) || error.kind() == ErrorKind::unclassified;
  if (about_values) error = std::move(error).as(ErrorKind::schema_mismatch);
  return std::move(error).hint("create the table by hand with types that fit");
}

Result<Durability> MySqlSink::commit(const Checkpoint& checkpoint) {
  ByteWriter& out = batch_.start();
  out.text(fmt::format(
      "UPDATE tailrace.checkpoint SET source_id={}, position={}, commit_time_us={},"
      " updated_at=UTC_TIMESTAMP(6) WHERE pipeline={} AND sink={} AND epoch={}",
      connection_.quoted(checkpoint.source_id), connection_.quoted(checkpoint.position.text),
      checkpoint.commit_time_us, connection_.quoted(lease_.pipeline),
      connection_.quoted(lease_.sink), lease_.epoch.value_or(0)));
  batch_.end({"tailrace.checkpoint", {}, 1, true});
  if (auto stored = flush(); !stored) {
    if (stored.error().kind() == ErrorKind::fenced) rollback();
    return std::move(stored).error();
  }
  auto committed = connection_.query("COMMIT");
  if (!committed) {
    Error error = std::move(committed).error();
    if (!is_lost(error)) return error;
    return Error(ErrorKind::commit_in_doubt, "connection lost during commit: " + error.message());
  }
  checkpoint_ = checkpoint;
  return Durability::durable;
}

void MySqlSink::rollback() {
  batch_.clear();
  if (interrupted_) return;  // the connection is cut
  static_cast<void>(connection_.query("ROLLBACK"));
}

void MySqlSink::interrupt() {
  interrupted_ = true;
  connection_.interrupt();
}

}  // namespace tailrace::mysql
