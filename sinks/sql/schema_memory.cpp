#include "sinks/sql/schema_memory.h"

#include <charconv>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "core/byte_reader.h"
#include "core/byte_writer.h"
#include "sinks/sql/identifier.h"

namespace tailrace::sql {
namespace {

constexpr std::string_view kPrefix = "schema ";
constexpr std::string_view kRenames = "schema renames";  // names of tables have a dot
constexpr std::string_view kVersion = "2:";
constexpr std::size_t kLongestName = 200;  // within a key of up to 255 octets

// Entries are text: octets in hexadecimal.
std::string hexadecimal(Bytes bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::byte byte : bytes) {
    text += "0123456789abcdef"[static_cast<unsigned>(byte) >> 4];
    text += "0123456789abcdef"[static_cast<unsigned>(byte) & 15];
  }
  return text;
}

std::optional<unsigned> digit_of(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  return std::nullopt;
}

std::optional<ByteWriter> octets(std::string_view text) {
  ByteWriter out;
  if (text.size() % 2 != 0) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = digit_of(text[i]);
    const auto low = digit_of(text[i + 1]);
    if (!high || !low) return std::nullopt;
    out.u8(static_cast<std::uint8_t>(*high << 4 | *low));
  }
  return out;
}

std::string key_of(const TableName& name) {
  return std::string(kPrefix) + shorten_identifier(name.to_string(), kLongestName);
}

std::string text_of(const TableName& name, const KnownTable& table) {
  ByteWriter out;
  out.sized_text(name.schema);
  out.sized_text(name.table);
  out.u8(static_cast<std::uint8_t>((table.columns_known ? 1 : 0) | (table.rows_changed ? 2 : 0) |
                                   (table.schema ? 4 : 0) | (table.filled ? 16 : 0)));
  out.varint(table.pending.size());
  for (const ColumnChange& change : table.pending) {
    out.u8(static_cast<std::uint8_t>(change.kind));
    out.sized_text(change.name);
    out.sized_text(change.new_name);
    out.u8(static_cast<std::uint8_t>(change.fill.kind));
    out.sized_text(change.fill.text);
  }
  if (table.schema) encode(*table.schema, out);
  return std::string(kVersion) + hexadecimal(out.view());
}

std::string read_sized(ByteReader& in) {
  return std::string(in.text(in.varint()));
}

std::optional<std::pair<TableName, KnownTable>> parse(std::string_view text) {
  if (!text.starts_with(kVersion)) return std::nullopt;
  const auto bytes = octets(text.substr(kVersion.size()));
  if (!bytes) return std::nullopt;
  ByteReader in(bytes->view());
  TableName name;
  name.schema = read_sized(in);
  name.table = read_sized(in);
  KnownTable table;
  const std::uint8_t flags = in.u8();
  table.columns_known = (flags & 1) != 0;
  table.rows_changed = (flags & 2) != 0;
  table.filled = (flags & 16) != 0;
  for (std::uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
    ColumnChange change;
    change.kind = static_cast<ColumnChange::Kind>(in.u8());
    change.name = read_sized(in);
    change.new_name = read_sized(in);
    change.fill.kind = static_cast<ColumnFill::Kind>(in.u8());
    change.fill.text = read_sized(in);
    table.pending.push_back(std::move(change));
  }
  if (!in.ok()) return std::nullopt;
  if ((flags & 4) != 0) {
    auto schema = decode_table_schema(in.rest());
    if (!schema) return std::nullopt;
    table.schema = *std::move(schema);
  }
  return std::pair(std::move(name), std::move(table));
}

}  // namespace

std::vector<LedgerEntry> with_schema_entry(std::span<const LedgerEntry> entries,
                                           const TableSchema& schema) {
  std::vector<LedgerEntry> all(entries.begin(), entries.end());
  if (schema.engine != SourceEngine::postgresql) return all;
  KnownTable table;
  table.schema = schema;
  all.push_back({key_of(schema.name), text_of(schema.name, table)});
  return all;
}

bool SchemaMemory::owns(const LedgerEntry& entry) {
  return entry.key.starts_with(kPrefix);
}

void SchemaMemory::load(std::span<const LedgerEntry> entries) {
  tables_.clear();
  changed_.clear();
  renames_ = 0;
  for (const LedgerEntry& entry : entries) {
    if (!owns(entry)) continue;
    if (entry.key == kRenames) {
      std::from_chars(entry.text.data(), entry.text.data() + entry.text.size(), renames_);
    } else if (auto known = parse(entry.text))
      tables_.insert(*std::move(known));
  }
  stored_ = tables_;
  stored_renames_ = renames_;
}

KnownTable* SchemaMemory::find(const TableName& name) {
  const auto found = tables_.find(name);
  return found == tables_.end() ? nullptr : &found->second;
}

KnownTable& SchemaMemory::of(const TableName& name) {
  touch(name);
  return tables_[name];
}

std::optional<TableName> SchemaMemory::find_identity(const TableSchema& schema) const {
  for (const auto& [name, table] : tables_) {
    if (name == schema.name || !table.schema || schema.traits.identity == 0) continue;
    if (table.schema->traits.identity == schema.traits.identity) return name;
  }
  return std::nullopt;
}

void SchemaMemory::forget(const TableName& name) {
  if (tables_.erase(name) > 0) touch(name);
}

void SchemaMemory::forget_schema(const std::string& schema) {
  for (auto table = tables_.begin(); table != tables_.end();) {
    if (table->first.schema != schema) {
      ++table;
      continue;
    }
    touch(table->first);
    table = tables_.erase(table);
  }
}

void SchemaMemory::rename(const TableName& from, const TableName& to) {
  forget(to);
  const auto found = tables_.find(from);
  if (found == tables_.end()) return;
  KnownTable table = std::move(found->second);
  forget(from);
  if (table.schema) table.schema->name = to;
  of(to) = std::move(table);
}

std::optional<LedgerEntry> SchemaMemory::mark_rows_changed(const TableName& name) {
  KnownTable& stored = stored_[name];
  touch(name);
  if (std::exchange(stored.rows_changed, true)) return std::nullopt;
  return LedgerEntry{key_of(name), text_of(name, stored)};
}

std::vector<LedgerEntry> SchemaMemory::changes() const {
  std::vector<LedgerEntry> entries;
  for (const TableName& name : changed_) {
    const auto found = tables_.find(name);
    entries.push_back(
        {key_of(name), found == tables_.end() ? std::string() : text_of(name, found->second)});
  }
  if (renames_ != stored_renames_) {
    entries.push_back({std::string(kRenames), std::to_string(renames_)});
  }
  return entries;
}

void SchemaMemory::committed() {
  stored_renames_ = renames_;
  if (changed_.empty()) return;
  stored_ = tables_;
  changed_.clear();
}

void SchemaMemory::rolled_back() {
  renames_ = stored_renames_;
  if (changed_.empty()) return;
  tables_ = stored_;
  changed_.clear();
}

}  // namespace tailrace::sql
