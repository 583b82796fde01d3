// The text of the ledger's entries: one JSON object each.

#include <array>
#include <cinttypes>
#include <cstdio>
#include <map>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/byte_writer.h"
#include "replicator/copy/copy_ledger.h"
#include "replicator/copy/ledger_key.h"

namespace tailrace {
namespace {

using nlohmann::json;

constexpr int kFormatVersion = 1;

constexpr std::array kStates{std::pair{TableCopy::State::copying, "copying"},
                             std::pair{TableCopy::State::converging, "converging"},
                             std::pair{TableCopy::State::exact, "exact"}};
constexpr std::array kModes{std::pair{TableCopy::Mode::initial, "initial"},
                            std::pair{TableCopy::Mode::again, "again"}};

template <typename Value, std::size_t N>
const char* name_of(const std::array<std::pair<Value, const char*>, N>& names, Value value) {
  for (const auto& [known, name] : names) {
    if (known == value) return name;
  }
  return "";
}

template <typename Value, std::size_t N>
std::optional<Value> value_of(const std::array<std::pair<Value, const char*>, N>& names,
                              const std::string& text) {
  for (const auto& [value, name] : names) {
    if (name == text) return value;
  }
  return {};
}

std::string chunk_key(const TableName& name, std::size_t index) {
  return "chunk " + ledger_key_name(name) + " " + std::to_string(index);
}

struct ParsedTable {
  TableCopy table;
  std::size_t chunk_count = 0;
  std::map<std::size_t, CopyChunk> chunks;
};

ParsedTable parse_table(const json& root) {
  ParsedTable parsed;
  TableCopy& table = parsed.table;
  table.name = {root.at("schema").get<std::string>(), root.at("table").get<std::string>()};
  const auto state = value_of(kStates, root.at("state").get<std::string>());
  const auto mode = value_of(kModes, root.at("mode").get<std::string>());
  if (!state || !mode) throw std::invalid_argument("unknown state or mode");
  table.state = *state;
  table.mode = *mode;
  table.upsert = root.at("upsert").get<bool>();
  table.why = root.value("why", std::string());
  table.gone = root.value("gone", false);
  table.shape = root.at("shape").get<std::string>();
  table.from.text = root.at("from").get<std::string>();
  table.until.text = root.at("until").get<std::string>();
  table.finished = root.at("finished").get<bool>();
  table.rows_expected = root.at("rows_expected").get<std::uint64_t>();
  table.rows = root.at("rows").get<std::uint64_t>();
  table.bytes = root.at("bytes").get<std::uint64_t>();
  parsed.chunk_count = root.at("chunks").get<std::size_t>();
  return parsed;
}

CopyChunk parse_chunk(const json& root) {
  CopyChunk chunk;
  chunk.range = {root.at("after").get<std::string>(), root.at("upto").get<std::string>()};
  chunk.done = root.at("done").get<bool>();
  if (!chunk.done) return chunk;
  chunk.read = {Position{root.at("position").get<std::string>()}, root.at("exact").get<bool>(),
                root.at("rows").get<std::uint64_t>()};
  chunk.bytes = root.at("bytes").get<std::uint64_t>();
  return chunk;
}

std::size_t parse_index(std::string_view text) {
  std::size_t index = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') throw std::invalid_argument("no number at the end of its key");
    index = index * 10 + static_cast<std::size_t>(c - '0');
  }
  if (text.empty() || text.size() > 9) throw std::invalid_argument("no number in its key");
  return index;
}

json parse_object(const std::string& text) {
  json root = json::parse(text);
  const int version = root.at("version").get<int>();
  if (version != kFormatVersion) {
    throw std::invalid_argument("format version " + std::to_string(version) + " is not known");
  }
  return root;
}

bool has_prefix(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// Chunks to their table, complete and in order.
Result<TableCopy> complete(ParsedTable parsed) {
  TableCopy& table = parsed.table;
  const std::string key = "table " + ledger_key_name(table.name);
  if (parsed.chunks.size() != parsed.chunk_count ||
      (parsed.chunk_count > 0 && parsed.chunks.rbegin()->first != parsed.chunk_count - 1)) {
    return damaged_ledger(key, "it names " + std::to_string(parsed.chunk_count) + " chunks, but " +
                                   std::to_string(parsed.chunks.size()) + " are there");
  }
  for (auto& [index, chunk] : parsed.chunks) {
    if (chunk.done) {
      table.rows += chunk.read.rows;
      table.bytes += chunk.bytes;
    }
    table.chunks.push_back(std::move(chunk));
  }
  return std::move(table);
}

}  // namespace

LedgerEntry CopyLedger::entry() const {
  const json root = {{"version", kFormatVersion}, {"tables_known", tables_known_}};
  return {"copy", begun_ ? root.dump() : std::string()};
}

LedgerEntry table_entry(const TableCopy& table) {
  // Rows of chunks are in the entries of these, as long as there are any.
  const bool own_figures = table.chunks.empty();
  const json root = {{"version", kFormatVersion},
                     {"schema", table.name.schema},
                     {"table", table.name.table},
                     {"state", name_of(kStates, table.state)},
                     {"mode", name_of(kModes, table.mode)},
                     {"upsert", table.upsert},
                     {"why", table.why},
                     {"gone", table.gone},
                     {"shape", table.shape},
                     {"from", table.from.text},
                     {"until", table.until.text},
                     {"finished", table.finished},
                     {"rows_expected", table.rows_expected},
                     {"rows", own_figures ? table.rows : 0},
                     {"bytes", own_figures ? table.bytes : 0},
                     {"chunks", table.chunks.size()}};
  return {"table " + ledger_key_name(table.name), root.dump()};
}

LedgerEntry chunk_entry(const TableName& table, std::size_t index, const CopyChunk& chunk) {
  json root = {{"version", kFormatVersion},
               {"after", chunk.range.after},
               {"upto", chunk.range.upto},
               {"done", chunk.done}};
  if (chunk.done) {
    root["position"] = chunk.read.position.text;
    root["exact"] = chunk.read.exact;
    root["rows"] = chunk.read.rows;
    root["bytes"] = chunk.bytes;
  }
  return {chunk_key(table, index), root.dump()};
}

std::vector<LedgerEntry> entries_of(const TableCopy& table) {
  std::vector<LedgerEntry> entries{table_entry(table)};
  for (std::size_t i = 0; i < table.chunks.size(); ++i) {
    entries.push_back(chunk_entry(table.name, i, table.chunks[i]));
  }
  return entries;
}

void forget_chunks(const TableCopy& table, std::size_t count, std::vector<LedgerEntry>& entries) {
  for (std::size_t i = 0; i < count; ++i) entries.push_back({chunk_key(table.name, i), {}});
}

std::vector<LedgerEntry> replacing_entries(const TableCopy& table, const TableCopy& next) {
  std::vector<LedgerEntry> entries = entries_of(next);
  for (std::size_t i = next.chunks.size(); i < table.chunks.size(); ++i) {
    entries.push_back({chunk_key(table.name, i), {}});
  }
  return entries;
}

Result<CopyLedger> CopyLedger::parse(std::span<const LedgerEntry> entries) {
  CopyLedger ledger;
  std::map<std::string, ParsedTable, std::less<>> tables;  // by the name in the key
  std::vector<const LedgerEntry*> chunks;
  for (const LedgerEntry& entry : entries) {
    try {
      if (entry.key == "copy") {
        ledger.begun_ = true;
        ledger.tables_known_ = parse_object(entry.text).at("tables_known").get<bool>();
      } else if (has_prefix(entry.key, "table ")) {
        ParsedTable parsed = parse_table(parse_object(entry.text));
        const std::string name = ledger_key_name(parsed.table.name);
        if (entry.key.substr(6) != name) return damaged_ledger(entry.key, "it is of another table");
        tables.emplace(name, std::move(parsed));
      } else if (has_prefix(entry.key, "chunk ")) {
        chunks.push_back(&entry);
      }
    } catch (const std::exception& e) {
      return damaged_ledger(entry.key, e.what());
    }
  }
  for (const LedgerEntry* entry : chunks) {
    try {
      const std::size_t space = entry->key.rfind(' ');
      const auto table = tables.find(std::string_view(entry->key).substr(6, space - 6));
      if (space < 6 || table == tables.end())
        return damaged_ledger(entry->key, "its table has no entry");
      const std::size_t index = parse_index(std::string_view(entry->key).substr(space + 1));
      table->second.chunks.emplace(index, parse_chunk(parse_object(entry->text)));
    } catch (const std::exception& e) {
      return damaged_ledger(entry->key, e.what());
    }
  }
  for (auto& [name, parsed] : tables) {
    auto table = complete(std::move(parsed));
    if (!table) return std::move(table).error();
    ledger.tables_.push_back(*std::move(table));
  }
  return ledger;
}

std::string fingerprint(const TableSchema& schema) {
  ByteWriter out;
  encode(schema, out);
  const auto bytes = out.view();
  return hash_text({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string definition_fingerprint(const TableSchema& schema) {
  TableSchema bare = schema;
  bare.traits.storage.clear();
  bare.traits.storage_later = false;
  bare.traits.last_identity = 0;
  for (Column& column : bare.columns) {
    column.edition = 0;
    column.fill = {};
  }
  return fingerprint(bare);
}

}  // namespace tailrace
