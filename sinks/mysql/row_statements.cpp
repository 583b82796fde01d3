#include "sinks/mysql/row_statements.h"

#include <numeric>

#include <fmt/format.h>

#include "sinks/sql/keyless.h"

namespace tailrace::mysql {

using sql::Image;
using sql::TableMapping;
using Sent = StatementBatch::Sent;

namespace {

constexpr std::size_t kMostRowsPerStatement = 1000;

std::vector<std::uint16_t> all_columns(const TableMapping& mapping) {
  std::vector<std::uint16_t> columns(mapping.columns.size());
  std::iota(columns.begin(), columns.end(), std::uint16_t{0});
  return columns;
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

std::size_t size_of(const TableMapping& mapping, Image row) {
  std::size_t bytes = 0;
  for (const auto& column : mapping.columns) {
    if (column.source < row.size()) bytes += row[column.source].text().size();
  }
  return bytes;
}

RowStatements::RowStatements(StatementSender& sender, const MySqlDialect& dialect,
                             const TargetOptions& options)
    : sender_(sender),
      dialect_(dialect),
      values_(sender.connection(), options.values, ValueForm::literal) {}

std::string RowStatements::name_of(const TableMapping& mapping, std::uint16_t column) const {
  return dialect_.quote(mapping.columns[column].target->name);
}

Status RowStatements::put_tuple(const TableMapping& mapping, std::span<const std::uint16_t> columns,
                                Image row, ByteWriter& out) {
  char before = '(';
  for (const std::uint16_t column : columns) {
    out.character(before);
    before = ',';
    if (auto put = values_.put(mapping, column, row, out); !put) return put;
  }
  out.character(')');
  return {};
}

Status RowStatements::put_pairs(const TableMapping& mapping, std::span<const std::uint16_t> columns,
                                Image row, std::string_view separator, ByteWriter& out) {
  bool first = true;
  for (const std::uint16_t column : columns) {
    if (!std::exchange(first, false)) out.text(separator);
    out.text(name_of(mapping, column));
    out.character('=');
    if (auto put = values_.put(mapping, column, row, out); !put) return put;
  }
  return {};
}

Status RowStatements::send_tuples(const TableMapping& mapping, const std::string& head,
                                  const std::string& tail, std::span<const std::uint16_t> columns,
                                  std::span<const Image> rows, bool name_row) {
  const std::string table = mapping.target.name.to_string();
  while (!rows.empty()) {
    if (auto room = sender_.make_room(size_of(mapping, rows.front())); !room) return room;
    ByteWriter& out = sender_.start();
    out.text(head);
    std::size_t count = 0;
    do {
      if (count > 0) out.character(',');
      if (auto put = put_tuple(mapping, columns, rows[count], out); !put) return put;
      ++count;
    } while (count < rows.size() && count < kMostRowsPerStatement &&
             sender_.size_bytes() + 2 * size_of(mapping, rows[count]) < sender_.batch_bytes());
    out.text(tail);
    auto ended = sender_.end(
        {.table = table, .row = name_row ? sql::describe_row(mapping, rows.front()) : ""});
    if (!ended) return ended;
    rows = rows.subspan(count);
  }
  return {};
}

std::string RowStatements::insert_head(const TableMapping& mapping) const {
  std::string names;
  for (std::uint16_t i = 0; i < mapping.columns.size(); ++i) {
    names += (i > 0 ? "," : "") + name_of(mapping, i);
  }
  return fmt::format("INSERT INTO {} ({}) VALUES ", dialect_.table(mapping.target.name), names);
}

// MySQL warns about VALUES() since 8.0.20, MariaDB and older ones know nothing else.
std::string RowStatements::update_on_duplicate(const TableMapping& mapping) const {
  const ServerVersion& version = dialect_.version();
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

Status RowStatements::insert(const TableMapping& mapping, std::span<const Image> rows,
                             bool name_row) {
  return send_tuples(mapping, insert_head(mapping), "", all_columns(mapping), rows, name_row);
}

Status RowStatements::upsert(const TableMapping& mapping, std::span<const Image> rows,
                             bool name_row) {
  if (rows.empty()) return {};
  if (mapping.keyless()) return insert(mapping, rows, name_row);
  if (!mapping.has_unique) {
    return send_tuples(mapping, insert_head(mapping), update_on_duplicate(mapping),
                       all_columns(mapping), rows, name_row);
  }
  if (!mapping.has_extra_columns) {
    if (auto removed = remove(mapping, rows, name_row); !removed) return removed;
    return insert(mapping, rows, name_row);
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

Status RowStatements::remove(const TableMapping& mapping, std::span<const Image> rows,
                             bool name_row) {
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
Status RowStatements::update(const TableMapping& mapping, std::span<const std::uint16_t> columns,
                             Image key, Image row, bool must_exist, bool name_row) {
  if (auto room = sender_.make_room(size_of(mapping, row)); !room) return room;
  ByteWriter& out = sender_.start();
  out.text("UPDATE " + dialect_.table(mapping.target.name) + " SET ");
  if (auto put = put_pairs(mapping, columns, row, ",", out); !put) return put;
  out.text(" WHERE ");
  if (auto put = put_pairs(mapping, mapping.key, key, " AND ", out); !put) return put;
  Sent sent{.table = mapping.target.name.to_string(),
            .row = name_row ? sql::describe_row(mapping, key) : "",
            .source = mapping.schema};
  if (must_exist) sent.expected = 1;
  return sender_.end(std::move(sent));
}

Status RowStatements::insert_if_absent(const TableMapping& mapping, Image row) {
  if (auto room = sender_.make_room(size_of(mapping, row)); !room) return room;
  const std::string table = dialect_.table(mapping.target.name);
  std::string names;
  for (std::uint16_t i = 0; i < mapping.columns.size(); ++i) {
    names += (i > 0 ? "," : "") + name_of(mapping, i);
  }
  ByteWriter& out = sender_.start();
  out.text(fmt::format("INSERT INTO {} ({}) SELECT ", table, names));
  for (std::uint16_t i = 0; i < mapping.columns.size(); ++i) {
    if (i > 0) out.character(',');
    if (auto put = values_.put(mapping, i, row, out); !put) return put;
  }
  out.text(fmt::format(" FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM {} WHERE ", table));
  if (auto put = put_pairs(mapping, mapping.key, row, " AND ", out); !put) return put;
  out.character(')');
  return sender_.end(
      {.table = mapping.target.name.to_string(), .row = sql::describe_row(mapping, row)});
}

// It keeps what only the target has.
Status RowStatements::move_row(const TableMapping& mapping, Image before, Image after,
                               bool converging) {
  const std::vector<std::uint16_t> columns = sent_columns(mapping, after);
  const bool complete = columns.size() == mapping.columns.size();
  if (converging && complete) {
    if (auto removed = remove(mapping, std::span(&before, 1), true); !removed) return removed;
    return upsert(mapping, std::span(&after, 1), true);
  }
  if (converging) return move_copied_row(mapping, columns, before, after);
  if (auto moved = update(mapping, columns, before, after, !complete, true); !moved) return moved;
  // The row may be missing under its old key: converge.
  return complete ? insert_if_absent(mapping, after) : Status();
}

// The copy may have met the row twice, on its way from the old key to the new one: then the later
// one stays, because it has the columns that were not sent. If it has met neither, it is lost.
Status RowStatements::move_copied_row(const TableMapping& mapping,
                                      std::span<const std::uint16_t> columns, Image before,
                                      Image after) {
  if (auto room = sender_.make_room(size_of(mapping, after)); !room) return room;
  const std::string table = dialect_.table(mapping.target.name);
  const std::string row = sql::describe_row(mapping, before);
  ByteWriter& remove_old = sender_.start();
  remove_old.text("DELETE FROM " + table + " WHERE ");
  if (auto put = put_pairs(mapping, mapping.key, before, " AND ", remove_old); !put) return put;
  // Two tables, because a DELETE may not ask its own; LIMIT, because it would see through that.
  remove_old.text(" AND EXISTS (SELECT 1 FROM (SELECT 1 FROM " + table + " WHERE ");
  if (auto put = put_pairs(mapping, mapping.key, after, " AND ", remove_old); !put) return put;
  remove_old.text(" LIMIT 1) AS moved)");
  auto removed = sender_.end({.table = mapping.target.name.to_string(), .row = row});
  if (!removed) return removed;
  ByteWriter& move = sender_.start();
  move.text("UPDATE " + table + " SET ");
  if (auto put = put_pairs(mapping, columns, after, ",", move); !put) return put;
  move.text(" WHERE (");
  if (auto put = put_pairs(mapping, mapping.key, before, " AND ", move); !put) return put;
  move.text(") OR (");
  if (auto put = put_pairs(mapping, mapping.key, after, " AND ", move); !put) return put;
  move.text(")");
  return sender_.end({.table = mapping.target.name.to_string(),
                      .row = row,
                      .expected = 1,
                      .otherwise = Sent::Otherwise::lost_row,
                      .source = mapping.schema});
}

// Texts are compared octet by octet, whatever the collation: 'a' must not find 'A'.
Status RowStatements::put_exact_match(const TableMapping& mapping, Image row, ByteWriter& out) {
  for (std::uint16_t i = 0; i < mapping.columns.size(); ++i) {
    const std::string name = name_of(mapping, i);
    if (i > 0) out.text(" AND ");
    out.text(name + " <=> ");
    if (auto put = values_.put(mapping, i, row, out); !put) return put;
    const bool text = mapping.columns[i].target->type == sql::TargetType::text;
    if (!text || !row[mapping.columns[i].source].is_present()) continue;
    out.text(" AND CAST(CONVERT(" + name + " USING utf8mb4) AS BINARY) = CAST(");
    if (auto put = values_.put(mapping, i, row, out); !put) return put;
    out.text(" AS BINARY)");
  }
  return {};
}

Status RowStatements::apply_keyless(const TableMapping& mapping, ChangeKind kind, Image before,
                                    Image after) {
  const bool complete = kind == ChangeKind::remove || sql::is_complete(mapping, after);
  if (!complete) return sql::incomplete_row(mapping, after);
  if (kind == ChangeKind::insert) return upsert(mapping, std::span(&after, 1), true);
  if (auto possible = sql::can_match_all_columns(mapping, before); !possible) return possible;
  if (auto room = sender_.make_room(size_of(mapping, before)); !room) return room;
  const std::string table = dialect_.table(mapping.target.name);
  ByteWriter& out = sender_.start();
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
  return sender_.end({.table = mapping.target.name.to_string(),
                      .row = sql::describe_row(mapping, before),
                      .expected = 1,
                      .source = mapping.schema});
}

}  // namespace tailrace::mysql
