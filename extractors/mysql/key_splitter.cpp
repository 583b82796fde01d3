#include "extractors/mysql/key_splitter.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/core.h>

#include "extractors/mysql/catalogue.h"
#include "extractors/mysql/quoted_name.h"

namespace tailrace::mysql {

namespace {

std::uint64_t rows_of(const QueryResult& explained) {
  const auto& columns = explained.columns();
  const auto at = std::find(columns.begin(), columns.end(), "rows");
  // No row of the table is looked at: the condition cannot hold.
  if (at == columns.end() || explained.row_count() == 0) return 0;
  const Cell cell = explained.row(0)[static_cast<std::size_t>(at - columns.begin())];
  std::uint64_t rows = 0;
  const std::string_view text = cell.value_or("0");
  std::from_chars(text.data(), text.data() + text.size(), rows);
  return rows;
}

std::string column_list(const std::vector<KeyColumn>& key, std::string KeyColumn::*part) {
  std::string list;
  for (const KeyColumn& column : key) {
    if (!list.empty()) list += ", ";
    list += part == &KeyColumn::name ? quoted_name(column.name) : column.*part;
  }
  return list;
}

std::string equals(const KeyColumn& column, const std::string& value) {
  return fmt::format("{} = {}", quoted_name(column.name), value);
}

std::vector<KeyRange> ranges_between(const std::vector<KeyValues>& bounds) {
  std::vector<KeyRange> ranges;
  KeyRange next;
  for (const KeyValues& bound : bounds) {
    next.upto = to_bound(bound);
    ranges.push_back(next);
    next.after = next.upto;
  }
  next.upto.clear();
  ranges.push_back(next);
  return ranges;
}

}  // namespace

std::string KeySplitter::from_table(std::string_view hint) const {
  return fmt::format("FROM {}.{} {} INDEX ({})", quoted_name(table_.schema),
                     quoted_name(table_.table), hint, quoted_name(index_));
}

Result<std::vector<KeyRange>> KeySplitter::split(std::uint64_t rows_per_range) {
  bounds_.clear();
  if (index_.empty()) return std::vector<KeyRange>{KeyRange()};
  if (auto read = read_index(); !read) return std::move(read).error();
  if (key_.empty()) return std::vector<KeyRange>{KeyRange()};
  if (key_.front().counts) {
    auto done = halve_first(rows_per_range);
    if (!done) return std::move(done).error();
  } else if (auto walked = walk({}, rows_per_range); !walked) {
    return std::move(walked).error();
  }
  return ranges_between(bounds_);
}

Status KeySplitter::read_index() {
  auto parts = query_catalogue(
      connection_,
      fmt::format("SELECT SUB_PART IS NOT NULL, COLLATION FROM information_schema.STATISTICS "
                  "WHERE TABLE_SCHEMA = {} AND TABLE_NAME = {} AND INDEX_NAME = {} "
                  "ORDER BY SEQ_IN_INDEX",
                  connection_.quoted(table_.schema), connection_.quoted(table_.table),
                  connection_.quoted(index_)));
  if (!parts) return std::move(parts).error();
  is_whole_ = key_.size() == parts->row_count();
  const std::size_t count = std::min(key_.size(), parts->row_count());
  for (std::size_t i = 0; i < count; ++i) {
    const Row part = parts->row(i);
    const bool usable = part[0] == "0" && (i == 0 || part[1] != "D");
    const bool last = part[1] == "D";  // the index does not have further columns in our order
    if (usable && !last) continue;
    const std::size_t kept = usable ? i + 1 : i;
    if (kept < key_.size()) is_whole_ = false;
    key_.resize(kept);
    break;
  }
  return {};
}

Result<std::uint64_t> KeySplitter::estimate(WideInteger after, WideInteger upto) {
  const std::string name = quoted_name(key_.front().name);
  // MySQL does not estimate at all what is forced.
  const std::string sql =
      fmt::format("EXPLAIN {} SELECT 1 {} WHERE {} > {} AND {} <= {}",
                  connection_.version().is_mariadb() ? "" : "FORMAT=TRADITIONAL", from_table("USE"),
                  name, to_string(after), name, to_string(upto));
  auto explained = connection_.query(sql);
  if (!explained) return std::move(explained).error();
  return rows_of(*explained);
}

// False: there are no rows.
Result<bool> KeySplitter::halve_first(std::uint64_t rows_per_range) {
  const std::string name = quoted_name(key_.front().name);
  auto ends =
      connection_.query(fmt::format("SELECT MIN({0}), MAX({0}) {1}", name, from_table("FORCE")));
  if (!ends) return std::move(ends).error();
  const Row row = ends->row(0);
  if (!row[0] || !row[1]) return false;
  const auto first = parse_wide(*row[0]);
  if (!first) return first.error();
  const auto last = parse_wide(*row[1]);
  if (!last) return last.error();
  const bool unique = is_whole_ && key_.size() == 1;
  auto pieces =
      halve(*first - 1, *last, rows_per_range, unique,
            [this](WideInteger after, WideInteger upto) { return estimate(after, upto); });
  if (!pieces) return std::move(pieces).error();
  // The servers' statistics lag behind a table that was just filled, and the estimates with them.
  if (pieces->size() == 1) {
    const auto more = step("", 3 * std::max<std::uint64_t>(rows_per_range, 1));
    if (!more) return more.error();
    if (!more->empty()) {
      if (auto walked = walk({}, rows_per_range); !walked) return std::move(walked).error();
      return true;
    }
  }
  if (auto added = add_pieces(*first, *pieces, rows_per_range); !added) {
    return std::move(added).error();
  }
  return true;
}

// One value of the first column can have more rows than a range should.
Status KeySplitter::add_pieces(WideInteger first, const std::vector<KeyPiece>& pieces,
                               std::uint64_t rows_per_range) {
  WideInteger start = first;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const KeyPiece& piece = pieces[i];
    const bool heap = piece.rows > 2 * rows_per_range && key_.size() > 1;
    if (heap && piece.upto == start) {
      if (auto walked = walk({to_string(piece.upto)}, rows_per_range); !walked) return walked;
    }
    if (i + 1 < pieces.size()) bounds_.push_back({to_string(piece.upto)});
    start = piece.upto + 1;
  }
  return {};
}

Status KeySplitter::walk(const KeyValues& within, std::uint64_t rows_per_range) {
  KeyValues last;
  while (true) {
    std::string condition;
    if (!within.empty()) condition = equals(key_.front(), within.front());
    if (!last.empty()) {
      if (!condition.empty()) condition += " AND ";
      condition += behind(key_, last);
    }
    auto next = step(condition, rows_per_range);
    if (!next) return std::move(next).error();
    if (next->empty()) return {};
    bounds_.push_back(*next);
    last = std::move(*next);
  }
}

// The key that lies so many rows further; empty at the end.
Result<KeyValues> KeySplitter::step(const std::string& condition, std::uint64_t rows) {
  auto found = connection_.query(fmt::format(
      "SELECT {} {} {}{} ORDER BY {} LIMIT 1 OFFSET {}", column_list(key_, &KeyColumn::expression),
      from_table("FORCE"), condition.empty() ? "" : "WHERE ", condition,
      column_list(key_, &KeyColumn::name), std::max<std::uint64_t>(rows, 1) - 1));
  if (!found) return std::move(found).error();
  KeyValues values;
  if (found->row_count() == 0) return values;
  for (std::size_t i = 0; i < key_.size(); ++i) {
    values.push_back(key_value(key_[i], found->row(0)[i].value_or("")));
  }
  return values;
}

}  // namespace tailrace::mysql
