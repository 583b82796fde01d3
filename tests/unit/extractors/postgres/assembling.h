#pragma once

// What the tests of rows and transactions share: a catalogue in memory, messages by hand, and
// blocks as readable lines.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/block_builder.h"
#include "extractors/postgres/builtin_types.h"
#include "extractors/postgres/relation_planner.h"
#include "extractors/postgres/wal_assembler.h"
#include "recording.h"

namespace tailrace::postgres::recorded {

class MemoryCatalogue final : public Catalogue {
 public:
  std::map<std::uint32_t, RelationFacts> relations;
  std::set<std::uint32_t> missing_types;  // every other one exists
  int relation_questions = 0;

  Result<TypePtr> type(std::uint32_t oid) override {
    if (missing_types.contains(oid)) {
      return Error(ErrorKind::schema_mismatch, fmt::format("type {} is gone", oid));
    }
    if (auto builtin = find_builtin_type(oid)) return builtin;
    TypeFacts own;
    own.oid = oid;
    own.schema = "public";
    own.name = "own";
    own.spelling = "public.own";
    return std::make_shared<const TypeFacts>(std::move(own));
  }
  Result<std::optional<RelationFacts>> relation(std::uint32_t oid) override {
    ++relation_questions;
    const auto found = relations.find(oid);
    return found == relations.end() ? std::nullopt : std::optional(found->second);
  }
  void forget(std::uint32_t oid) override { forgotten.insert(oid); }

  std::set<std::uint32_t> forgotten;
};

inline ColumnPlanner planner_of(Catalogue& catalogue) {
  return [&catalogue](std::uint32_t oid, std::int32_t modifier) {
    return plan_column(oid, modifier, catalogue, {});
  };
}

inline CaptureFilter capturing(const std::vector<std::string>& patterns = {}) {
  auto filter = CaptureFilter::create(patterns, {});
  EXPECT_TRUE(filter);
  return *std::move(filter);
}

// Columns of tables made by hand; an asterisk marks the key's.
inline RelationDefinition definition_of(std::uint32_t oid, char identity,
                                        const std::vector<std::string>& columns,
                                        const std::string& table = "t") {
  RelationDefinition definition{oid, {"public", table}, static_cast<ReplicaIdentity>(identity), {}};
  for (const std::string& column : columns) {
    const bool key = column.ends_with('*');
    definition.columns.push_back({column.substr(0, column.size() - (key ? 1 : 0)),
                                  key ? type_oid::int4 : type_oid::text, -1, key});
  }
  return definition;
}

inline std::string relation_message(const RelationDefinition& definition, std::uint32_t xid = 0) {
  MessageBytes message('R');
  if (xid != 0) message.u32(xid);
  message.u32(definition.oid).string(definition.name.schema).string(definition.name.table);
  message.letter(static_cast<char>(definition.identity));
  message.u16(static_cast<unsigned>(definition.columns.size()));
  for (const RelationDefinition::Column& column : definition.columns) {
    message.u8(column.key ? 1 : 0).string(column.name).u32(column.type_oid).u32(0xFFFFFFFF);
  }
  return message;
}

inline std::string relation_message(std::uint32_t oid, const std::string& table,
                                    std::uint32_t xid = 0) {
  return relation_message(definition_of(oid, 'd', {"id*", "v"}, table), xid);
}

inline std::string insert_message(std::uint32_t oid, const std::vector<std::string>& row,
                                  std::uint32_t xid = 0) {
  MessageBytes message('I');
  if (xid != 0) message.u32(xid);
  return message.u32(oid).letter('N').tuple(row);
}

inline std::string begin_message(std::uint32_t xid, std::uint64_t commit_lsn) {
  return MessageBytes('B').u64(commit_lsn).u64(5).u32(xid);
}
inline std::string commit_message(std::uint64_t commit_lsn, std::uint64_t end_lsn) {
  return MessageBytes('C').u8(0).u64(commit_lsn).u64(end_lsn).u64(5);
}
inline std::string origin_message(const std::string& name) {
  return MessageBytes('O').u64(0).string(name);
}
inline std::string logical_message(bool transactional, std::uint64_t lsn, const std::string& text,
                                   std::uint32_t xid = 0) {
  MessageBytes message('M');
  if (xid != 0) message.u32(xid);
  message.u8(transactional ? 1 : 0).u64(lsn).string("app");
  return message.u32(static_cast<std::uint32_t>(text.size())).raw(text);
}
inline std::string stream_start(std::uint32_t xid, bool first) {
  return MessageBytes('S').u32(xid).u8(first ? 1 : 0);
}
inline std::string stream_stop() {
  return MessageBytes('E');
}
inline std::string stream_commit(std::uint32_t xid, std::uint64_t commit_lsn,
                                 std::uint64_t end_lsn) {
  return MessageBytes('c').u32(xid).u8(0).u64(commit_lsn).u64(end_lsn).u64(5);
}
inline std::string stream_abort(std::uint32_t xid, std::uint32_t subxid) {
  return MessageBytes('A').u32(xid).u32(subxid);
}

// Octets that are not printable ASCII or UTF-8 in hexadecimal.
inline std::string printed(std::string_view text) {
  if (text.size() > 40) return fmt::format("{} bytes", text.size());
  std::string line;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    line += byte < 0x20 || byte == 0xFF ? fmt::format("<{:02x}>", byte) : std::string(1, letter);
  }
  return line;
}

inline std::string printed(const RowImage& image, const TableSchema& schema) {
  if (image.empty()) return "-";
  std::vector<Value> values(schema.columns.size());
  if (!image.split(values)) return "(damaged)";
  std::string line = "(";
  for (const Value& value : values) {
    line += line.size() > 1 ? ", " : "";
    if (value.is_present()) {
      line += printed(value.text());
    } else {
      line += value.is_null() ? "NULL" : "unchanged";
    }
  }
  return line + ")";
}

// One line per record; places, ids and times only when asked for.
class RecordLines {
 public:
  explicit RecordLines(bool places) : places_(places) {}

  std::string operator()(const TransactionBegin& begin) const {
    return "begin" + (places_ ? " " + std::string(begin.id) : "") +
           (begin.origin.empty() ? "" : " of " + std::string(begin.origin));
  }
  std::string operator()(const Change& change) const {
    const std::string table = change.schema->name.to_string();
    switch (change.kind) {
      case ChangeKind::insert:
        return fmt::format("insert {} {}", table, printed(change.after, *change.schema));
      case ChangeKind::update:
        return fmt::format("update {} {} -> {}", table, printed(change.before, *change.schema),
                           printed(change.after, *change.schema));
      case ChangeKind::remove:
        return fmt::format("delete {} {}", table, printed(change.before, *change.schema));
    }
    return "?";
  }
  std::string operator()(const SchemaChange& change) const {
    std::string line(to_string(change.kind));
    for (const TableName& table : change.tables) line += " " + table.to_string();
    return line + (change.cascade ? " cascade" : "") +
           (change.restart_identity ? " restart identity" : "");
  }
  std::string operator()(const Message& message) const {
    return fmt::format("message{} {} \"{}\"", message.transactional ? "" : " at once",
                       message.prefix, printed(message.content));
  }
  std::string operator()(const TransactionCommit& commit) const {
    return "commit" + (places_ ? " " + std::string(commit.position) : "");
  }
  std::string operator()(const TransactionAbort&) const { return "abort"; }
  std::string operator()(const Progress& progress) const {
    return "progress" + (places_ ? " " + std::string(progress.position) : "") +
           (progress.wanted ? " wanted" : "");
  }

 private:
  bool places_;
};

// Keeps what comes out of a builder, checked like a queue would.
class Collector {
 public:
  explicit Collector(bool places) : lines_of_(places) {}

  BlockBuilder& builder() { return builder_; }
  // What was written since the last call.
  std::vector<std::string> lines() {
    EXPECT_TRUE(builder_.flush());
    return std::exchange(lines_, {});
  }
  const std::vector<SchemaPtr>& schemas() const { return schemas_; }  // of each change

 private:
  Status collect(const BlockPtr& block) {
    ByteWriter copy;
    copy.bytes(block->payload());
    EXPECT_TRUE(Block::decode(block->header(), std::move(copy)));
    BlockCursor cursor(*block);
    while (const auto record = cursor.next()) {
      lines_.push_back(std::visit(lines_of_, *record));
      if (const auto* change = std::get_if<Change>(&*record)) schemas_.push_back(change->schema);
    }
    return {};
  }

  RecordLines lines_of_;
  std::vector<std::string> lines_;
  std::vector<SchemaPtr> schemas_;
  BlockBuilder builder_{1, [this](BlockPtr block) { return collect(block); }};
};

}  // namespace tailrace::postgres::recorded
