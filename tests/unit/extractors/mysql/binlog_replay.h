#pragma once

// Replays a binlog file through the whole decoder, without a session: what changes it holds.

#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/block.h"
#include "core/block_builder.h"
#include "extractors/mysql/event.h"
#include "extractors/mysql/row_decoder.h"
#include "extractors/mysql/statement.h"
#include "extractors/mysql/table_map.h"
#include "extractors/mysql/table_map_cache.h"

namespace tailrace::mysql::recorded {

inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

inline std::string fixture(const std::string& name) {
  return read_file(std::string(TAILRACE_FIXTURES) + "/mysql/" + name);
}

// One event after the other; stops at what cannot be parsed.
class BinlogFile {
 public:
  explicit BinlogFile(Bytes file) : in_(file) { in_.skip(kMagicBytes); }

  bool at_end() const { return in_.at_end(); }
  Result<EventView> next() {
    ByteReader ahead = in_;
    ahead.skip(9);
    const std::uint32_t length = ahead.u32_le();
    const Bytes event = in_.bytes(length);
    if (!ahead.ok() || event.size() < EventHeader::kBytes) {
      in_.fail();
      return Error(ErrorKind::stream_corrupt, "file cut off");
    }
    auto view = parse_event(event, format_.has_checksum);
    if (view && view->header.type == EventType::format_description) {
      auto described = decode_format_description(*view);
      if (!described) return described.error();
      format_ = *std::move(described);
    }
    return view;
  }
  const FormatDescription& format() const { return format_; }

 private:
  static constexpr std::size_t kMagicBytes = 4;
  ByteReader in_;
  FormatDescription format_;
};

// As `mysql --batch` prints: octets in hex, NULL by name.
inline std::string printed(const Value& value, LogicalType type) {
  if (value.is_null()) return "NULL";
  if (value.is_unchanged()) return "(unchanged)";
  const bool hex = type == LogicalType::bytes || type == LogicalType::geometry;
  std::string text;
  for (const char character : value.text()) {
    const auto byte = static_cast<unsigned char>(character);
    if (hex) {
      text += "0123456789abcdef"[byte >> 4];
      text += "0123456789abcdef"[byte & 15];
      continue;
    }
    switch (character) {
      case '\n':
        text += "\\n";
        break;
      case '\t':
        text += "\\t";
        break;
      case '\0':
        text += "\\0";
        break;
      case '\\':
        text += "\\\\";
        break;
      default:
        text += character;
    }
  }
  return text;
}

inline std::string printed(const RowImage& image, const TableSchema& schema) {
  std::vector<Value> values(schema.columns.size());
  if (!image.split(values)) return "\t(damaged)";
  std::string line;
  for (std::size_t i = 0; i < values.size(); ++i) {
    line += "\t" + printed(values[i], schema.columns[i].type);
  }
  return line;
}

struct Replay {
  std::vector<std::string> rows;     // "table\tvalue...": after images, or before ones of deletes
  std::vector<std::string> changes;  // "insert table\t...", "update ...\t->\t...", "delete ..."
  std::vector<std::string> statements;       // "create table fx.t"
  std::map<std::string, SchemaPtr> schemas;  // the last of each table
  std::uint64_t xid_count = 0;
};

using Hints = std::map<std::string, CatalogueTable>;  // by table

// Follows a file like a session does, as far as rows and statements go.
class Replayer {
 public:
  explicit Replayer(Hints hints) : hints_(std::move(hints)) {}

  Replay run(const std::string& bytes) {
    BinlogFile file(as_bytes(bytes));
    builder_.begin({});
    while (!file.at_end()) {
      const auto event = file.next();
      if (!event) {
        ADD_FAILURE() << event.error().to_string();
        break;
      }
      const Status consumed = consume(*event, file.format());
      if (!consumed) {
        ADD_FAILURE() << consumed.error().to_string();
        break;
      }
    }
    EXPECT_TRUE(builder_.abort());
    return std::move(replay_);
  }

 private:
  Status consume(const EventView& event, const FormatDescription& format) {
    switch (event.header.type) {
      case EventType::table_map:
        return on_table_map(event, format);
      case EventType::query:
        return on_query(event);
      case EventType::xid:
        ++replay_.xid_count;
        return {};
      default:
        break;
    }
    return is_rows(event.header.type) ? on_rows(event) : Status();
  }

  Status on_table_map(const EventView& event, const FormatDescription& format) {
    const auto peeked = peek_table_map(event);
    if (!peeked) return peeked.error();
    if (tables_.find_same(*peeked) != nullptr) return {};
    const auto map = decode_table_map(event, format);
    if (!map) return map.error();
    const auto hint = hints_.find(map->name.table);
    auto schema = to_table_schema(*map, charsets_, hint == hints_.end() ? nullptr : &hint->second);
    if (!schema) return schema.error();
    replay_.schemas[map->name.table] = *schema;
    auto decoder = RowDecoder::create(*map, *schema, charsets_);
    if (!decoder) return decoder.error();
    tables_.put(*peeked, std::make_unique<RowDecoder>(*std::move(decoder)));
    return {};
  }

  Status on_rows(const EventView& event) {
    const auto rows = decode_rows_event(event);
    if (!rows) return rows.error();
    const auto* table = tables_.find(rows->table_id);
    if (table == nullptr) return Error(ErrorKind::stream_corrupt, "no TABLE_MAP");
    return table->decoder->decode_rows(*rows, builder_);
  }

  Status on_query(const EventView& event) {
    const auto query = decode_query(event);
    if (!query) return query.error();
    const Statement statement =
        classify_statement(query->sql_text(), query->database, query->sql_mode);
    std::string line(to_string(statement.kind));
    for (const TableName& name : statement.tables) line += " " + name.to_string();
    if (!statement.identifier.empty()) line += " " + statement.identifier;
    replay_.statements.push_back(std::move(line));
    return {};
  }

  Status collect(const BlockPtr& block) {
    BlockCursor cursor(*block);
    while (const auto record = cursor.next()) {
      if (const auto* change = std::get_if<Change>(&*record)) print(*change);
    }
    return {};
  }

  void print(const Change& change) {
    const TableSchema& schema = *change.schema;
    const bool removed = change.kind == ChangeKind::remove;
    const std::string row = printed(removed ? change.before : change.after, schema);
    replay_.rows.push_back(schema.name.table + row);
    std::string line = std::string(to_string(change.kind)) + " " + schema.name.table;
    if (change.kind == ChangeKind::update) line += printed(change.before, schema) + "\t->";
    replay_.changes.push_back(line + row);
  }

  Hints hints_;
  CharsetTable charsets_;
  TableMapCache tables_;
  Replay replay_;
  BlockBuilder builder_{1, [this](BlockPtr block) { return collect(block); }};
};

inline Replay replay(const std::string& name, Hints hints = {}) {
  return Replayer(std::move(hints)).run(fixture(name));
}

}  // namespace tailrace::mysql::recorded
