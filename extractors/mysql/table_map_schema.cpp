#include <algorithm>

#include <fmt/format.h>

#include "extractors/mysql/column_resolver.h"
#include "extractors/mysql/table_map.h"
#include "extractors/mysql/type_text.h"

namespace tailrace::mysql {

namespace {

Error mismatch(std::string what) {
  return Error(ErrorKind::schema_mismatch, std::move(what))
      .hint(
          "the log's rows cannot be told apart without it; set binlog_row_metadata=FULL at the "
          "source, and copy the table again if it was altered meanwhile");
}

std::string column_frame(const TableMap& map, std::size_t index, std::string_view name) {
  return name.empty() ? fmt::format("table {}, column {}", map.name.to_string(), index + 1)
                      : fmt::format("table {}, column \"{}\"", map.name.to_string(), name);
}

Result<const Charset*> charset_of(const TableMapColumn& wire, const CharsetTable& charsets) {
  const Charset* charset = charsets.find(*wire.collation);
  if (charset != nullptr) return charset;
  return Error(ErrorKind::unsupported_protocol,
               fmt::format("collation {} is not known", *wire.collation));
}

Status convert_labels(const TableMapColumn& wire, ColumnFacts& facts) {
  TextConverter converter;
  ByteWriter text;
  for (const std::string& label : wire.labels) {
    text.clear();
    if (facts.charset != nullptr && converter.append_utf8(*facts.charset, as_bytes(label), text)) {
      return Error(ErrorKind::unsupported_value,
                   fmt::format("a label is not valid {}", facts.charset->name));
    }
    facts.labels.emplace_back(facts.charset != nullptr ? text.text() : std::string_view(label));
  }
  return {};
}

bool is_labelled(const TableMapColumn& wire) {
  return wire.type == ColumnType::enumeration || wire.type == ColumnType::set;
}

// With FULL metadata: the event says it all.
Result<ColumnFacts> facts_from_event(const TableMapColumn& wire, const CharsetTable& charsets) {
  ColumnFacts facts;
  if (is_numeric(wire.type)) {
    if (!wire.is_unsigned) return Error(ErrorKind::stream_corrupt, "TABLE_MAP has no signedness");
    facts.is_unsigned = *wire.is_unsigned;
  }
  if (has_charset(wire.type)) {
    if (!wire.collation) return Error(ErrorKind::stream_corrupt, "TABLE_MAP has no character set");
    const auto charset = charset_of(wire, charsets);
    if (!charset) return charset.error();
    facts.charset = *charset;
  }
  if (auto converted = convert_labels(wire, facts); !converted) {
    return std::move(converted).error();
  }
  return facts;
}

// Without: the event's part, as far as it goes (MINIMAL), and the catalogue's.
Result<ColumnFacts> facts_from_hint(const TableMapColumn& wire, const CharsetTable& charsets,
                                    const CatalogueColumn& hint) {
  ColumnFacts facts;
  auto type = parse_type_text(hint.column_type);
  if (!type) return mismatch(fmt::format("type \"{}\" cannot be read", hint.column_type));
  if (is_numeric(wire.type)) facts.is_unsigned = wire.is_unsigned.value_or(type->is_unsigned);
  if (has_charset(wire.type)) {
    facts.charset = CharsetTable::find_by_name(hint.charset.empty() ? "binary" : hint.charset);
    if (wire.collation) {
      const auto charset = charset_of(wire, charsets);
      if (!charset) return charset.error();
      facts.charset = *charset;
    }
    if (facts.charset == nullptr) {
      return Error(ErrorKind::unsupported_protocol,
                   fmt::format("character set {} is not known", hint.charset));
    }
  }
  if (is_labelled(wire)) facts.labels = std::move(type->labels);
  return facts;
}

// MariaDB with mysql56_temporal_format=OFF stores fractions in the old types, of a width that the
// event does not tell.
bool has_hidden_fraction(const TableMapColumn& wire, const CatalogueColumn& hint) {
  const bool old = wire.type == ColumnType::time || wire.type == ColumnType::datetime ||
                   wire.type == ColumnType::timestamp;
  const auto type = parse_type_text(hint.column_type);
  return old && type && !type->numbers.empty() && type->numbers[0] > 0;
}

Result<Column> resolve_from_event(const TableMapColumn& wire, const CharsetTable& charsets,
                                  const CatalogueTable* hints) {
  const auto facts = facts_from_event(wire, charsets);
  if (!facts) return facts.error();
  auto column = column_of(wire, *facts);
  const CatalogueColumn* hint = hints == nullptr ? nullptr : hints->find(wire.name);
  if (hint != nullptr && has_hidden_fraction(wire, *hint)) {
    return Error(ErrorKind::unsupported_protocol,
                 fmt::format("{} is stored in the format of before MySQL 5.6", hint->column_type))
        .hint("rebuild the table with ALTER TABLE ... FORCE");
  }
  if (column && hint != nullptr && agrees(wire, *facts, *hint)) refine(*hint, *column);
  return column;
}

Result<Column> resolve_from_hint(const TableMapColumn& wire, const CharsetTable& charsets,
                                 const CatalogueColumn& hint) {
  const auto facts = facts_from_hint(wire, charsets, hint);
  if (!facts) return facts.error();
  if (!agrees(wire, *facts, hint)) {
    return mismatch(fmt::format("the log has {}, information_schema has {}",
                                describe_type(wire, *facts), hint.column_type));
  }
  if (wire.nullable != hint.is_nullable) {
    return mismatch(fmt::format("{} in the log, {} in information_schema",
                                wire.nullable ? "nullable" : "not null",
                                hint.is_nullable ? "nullable" : "not null"));
  }
  auto column = column_of(wire, *facts);
  if (!column) return column;
  column->name = hint.name;
  refine(hint, *column);
  return column;
}

std::vector<std::uint16_t> key_of(const CatalogueTable& hints) {
  std::vector<std::uint16_t> key;
  for (std::size_t i = 0; i < hints.columns.size(); ++i) {
    if (hints.columns[i].key_ordinal > 0) key.push_back(static_cast<std::uint16_t>(i));
  }
  std::sort(key.begin(), key.end(), [&](std::uint16_t left, std::uint16_t right) {
    return hints.columns[left].key_ordinal < hints.columns[right].key_ordinal;
  });
  return key;
}

Status check_hints(const TableMap& map, const CatalogueTable* hints) {
  if (hints == nullptr) {
    return mismatch("the log carries no column names, and information_schema has no such table")
        .with("table " + map.name.to_string());
  }
  if (hints->columns.size() != map.columns.size()) {
    return mismatch(fmt::format("{} columns in the log, {} in information_schema",
                                map.columns.size(), hints->columns.size()))
        .with("table " + map.name.to_string());
  }
  return {};
}

}  // namespace

Result<SchemaPtr> to_table_schema(const TableMap& map, const CharsetTable& charsets,
                                  const CatalogueTable* hints) {
  if (!map.has_names) {
    if (auto checked = check_hints(map, hints); !checked) return std::move(checked).error();
  }
  auto schema = std::make_shared<TableSchema>();
  schema->name = map.name;
  schema->engine = SourceEngine::mysql;
  schema->key = map.has_names ? map.key : key_of(*hints);
  for (std::size_t i = 0; i < map.columns.size(); ++i) {
    const TableMapColumn& wire = map.columns[i];
    auto column = map.has_names ? resolve_from_event(wire, charsets, hints)
                                : resolve_from_hint(wire, charsets, hints->columns[i]);
    if (!column) {
      const std::string& name = map.has_names ? wire.name : hints->columns[i].name;
      return std::move(column).error().with(column_frame(map, i, name));
    }
    schema->columns.push_back(*std::move(column));
  }
  return SchemaPtr(std::move(schema));
}

}  // namespace tailrace::mysql
