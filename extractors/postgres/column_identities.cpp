#include "extractors/postgres/column_identities.h"

#include <algorithm>
#include <string>
#include <vector>

#include "core/byte_writer.h"

namespace tailrace::postgres {
namespace {

using FactsColumn = RelationFacts::Column;

class Identification {
 public:
  Identification(const RelationDefinition& definition, const RelationFacts& facts, Moment moment)
      : definition_(definition), facts_(facts), moment_(moment) {}

  bool sees(std::uint32_t writer) const { return moment_.sees(writer, facts_.next_xid); }

  // By its place in the message; nullptr: not certain.
  std::vector<const FactsColumn*> columns() const {
    std::vector<const FactsColumn*> found;
    for (const RelationDefinition::Column& column : definition_.columns) {
      found.push_back(old_column(column));
    }
    const bool all = std::find(found.begin(), found.end(), nullptr) == found.end();
    return all || !nothing_dropped_since() ? found : by_place(std::move(found));
  }

  // Something that could be sent, and was there, is not sent.
  bool partial() const {
    return std::any_of(facts_.columns.begin(), facts_.columns.end(), [&](const FactsColumn& c) {
      const auto& sent = definition_.columns;
      return !c.generated && sees(c.writer) &&
             std::none_of(sent.begin(), sent.end(),
                          [&](const auto& column) { return column.name == c.name; });
    });
  }

  std::uint32_t last_identity(const std::vector<const FactsColumn*>& columns) const {
    std::uint32_t last = 0;
    for (const FactsColumn* column : columns) {
      if (column == nullptr) return 0;
      last = std::max(last, column->number);
    }
    for (const FactsColumn& column : facts_.columns) {
      if (sees(column.writer)) last = std::max(last, column.number);
    }
    for (const RelationFacts::Dropped& column : facts_.dropped) {
      if (!sees(column.writer)) return 0;
      last = std::max(last, column.number);
    }
    return last;
  }

  // A table's first file is named by its oid: then it never had another one.
  bool storage_seen() const {
    if (facts_.storage_is_first) return true;
    return std::all_of(facts_.storage_writers.begin(), facts_.storage_writers.end(),
                       [&](std::uint32_t writer) { return sees(writer); });
  }

 private:
  static bool same(const RelationDefinition::Column& sent, const FactsColumn& column) {
    return sent.name == column.name && sent.type_oid == column.type_oid;
  }

  // Written down before: the one of this name.
  const FactsColumn* old_column(const RelationDefinition::Column& sent) const {
    for (const FactsColumn& column : facts_.columns) {
      if (same(sent, column) && sees(column.writer)) return &column;
    }
    return nullptr;
  }

  bool nothing_dropped_since() const {
    return std::all_of(facts_.dropped.begin(), facts_.dropped.end(),
                       [&](const RelationFacts::Dropped& column) { return sees(column.writer); });
  }

  // Nothing was dropped since, so all that was there is there, and what came since is behind it:
  // the message has the first columns, in their order. Where one does not look the same it must
  // have been written since, and so must all that the message does not have.
  std::vector<const FactsColumn*> by_place(std::vector<const FactsColumn*> found) const {
    std::vector<const FactsColumn*> sendable;
    for (const FactsColumn& column : facts_.columns) {
      if (!column.generated) sendable.push_back(&column);
    }
    const auto& sent = definition_.columns;
    if (sendable.size() < sent.size()) return found;
    for (std::size_t i = 0; i < sendable.size(); ++i) {
      if (!sees(sendable[i]->writer)) continue;
      if (i >= sent.size() || !same(sent[i], *sendable[i])) return found;
    }
    sendable.resize(sent.size());
    return sendable;
  }

  const RelationDefinition& definition_;
  const RelationFacts& facts_;
  const Moment moment_;
};

// What older rows hold: stored with the column, or NULL as long as no row was rewritten.
ColumnFill fill_of(const FactsColumn& column, const ValueDecoder& decoder) {
  if (column.generated || !column.missing_known) return {};
  if (!column.missing) return {.kind = ColumnFill::Kind::null};
  ByteWriter canonical;
  if (!decoder.text(*column.missing, canonical)) return {};
  return {.kind = ColumnFill::Kind::canonical, .text = std::string(canonical.text())};
}

}  // namespace

// Between the moment's own id and the next one that will be given lie those that were given since.
// Ids are a circle; what is not in that part of it is older, or frozen.
bool Moment::sees(std::uint32_t writer, std::uint32_t next_xid) const {
  switch (kind_) {
    case Kind::unknown:
      return false;
    case Kind::of_catalogue:
      return true;
    case Kind::of_transaction:
      constexpr std::uint32_t kFirstNormal = 3;
      return writer < kFirstNormal || writer - xid_ >= next_xid - xid_;
  }
  return false;
}

void identify_columns(const RelationDefinition& definition,
                      const std::optional<RelationFacts>& facts, Moment moment,
                      const Relation& planned, TableSchema& schema) {
  schema.traits = {.identity = definition.oid};
  if (!facts) return;
  const Identification identification(definition, *facts, moment);
  const auto columns = identification.columns();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i] == nullptr) continue;
    Column& column = schema.columns[i];
    column.identity = columns[i]->number;
    // Of a type that it does not have any more its value cannot be read.
    if (columns[i]->type_oid == definition.columns[i].type_oid) {
      column.fill = fill_of(*columns[i], *planned.columns[i].decoder);
    }
    if (!identification.sees(columns[i]->writer)) continue;
    column.edition = columns[i]->writer;
    column.nullable = !columns[i]->not_null;
  }
  schema.traits.last_identity = identification.last_identity(columns);
  schema.traits.partial = identification.partial();
  schema.traits.storage = facts->storage;
  schema.traits.storage_later = !identification.storage_seen();
}

}  // namespace tailrace::postgres
