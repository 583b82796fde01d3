#include "extractors/postgres/column_identities.h"

#include <algorithm>
#include <string>
#include <vector>

#include "core/byte_writer.h"

namespace tailrace::postgres {
namespace {

using FactsColumn = RelationFacts::Column;

// A column of the catalogue that is one of the message.
struct Found {
  std::uint32_t number = 0;           // 0: not certain
  const FactsColumn* live = nullptr;  // nullptr: dropped since
};

class Identification {
 public:
  Identification(const RelationDefinition& definition, const RelationFacts& facts, Moment moment)
      : definition_(definition), facts_(facts), moment_(moment) {}

  bool sees(std::uint32_t writer) const { return moment_.sees(writer, facts_.next_xid); }

  // By its place in the message; nullptr: not certain.
  std::vector<Found> columns() const {
    std::vector<Found> found;
    for (const RelationDefinition::Column& column : definition_.columns) {
      found.push_back(old_column(column));
    }
    for (std::size_t i = 0; i < found.size(); ++i) {
      std::size_t end = i;
      while (end < found.size() && found[end].number == 0) ++end;
      if (end > i) find_between(found, i, end);
      i = end;
    }
    return found;
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

  std::uint32_t last_identity(const std::vector<Found>& columns) const {
    std::uint32_t last = 0;
    for (const Found& column : columns) {
      if (column.number == 0) return 0;
      last = std::max(last, column.number);
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
  Found old_column(const RelationDefinition::Column& sent) const {
    for (const FactsColumn& column : facts_.columns) {
      if (same(sent, column) && sees(column.writer)) return {column.number, &column};
    }
    return {};
  }

  // Columns have their numbers in their order, and none is given twice. So those of the message
  // from `begin` up to `end`, which lie between two that are known, are among those that were
  // written, or dropped, since. Where there are as many of these, each is known. Behind the last
  // one more may have come since, so that there the first ones are meant, unless one was dropped.
  void find_between(std::vector<Found>& found, std::size_t begin, std::size_t end) const {
    const bool last = end == found.size();
    const std::uint32_t below = begin == 0 ? 0 : found[begin - 1].number;
    const std::uint32_t above = last ? UINT32_MAX : found[end].number;
    std::vector<Found> candidates;
    bool dropped = false;
    const auto consider = [&](std::uint32_t number, std::uint32_t writer, const FactsColumn* live) {
      if (number <= below || number >= above || sees(writer)) return;
      candidates.push_back({number, live});
      dropped = dropped || live == nullptr;
    };
    for (const FactsColumn& column : facts_.columns) {
      if (!column.generated) consider(column.number, column.writer, &column);
    }
    for (const auto& column : facts_.dropped) consider(column.number, column.writer, nullptr);
    const std::size_t count = end - begin;
    const bool first_ones = last && !dropped && candidates.size() > count;
    if (candidates.size() != count && !first_ones) return;
    std::sort(candidates.begin(), candidates.end(),
              [](const Found& a, const Found& b) { return a.number < b.number; });
    std::copy_n(candidates.begin(), count, found.begin() + static_cast<std::ptrdiff_t>(begin));
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
  if (!facts || moment.is_unknown()) return;
  const Identification identification(definition, *facts, moment);
  const auto columns = identification.columns();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].number == 0) continue;
    Column& column = schema.columns[i];
    column.identity = columns[i].number;
    const FactsColumn* live = columns[i].live;
    if (live == nullptr) continue;
    // Of a type that it does not have any more its value cannot be read.
    if (live->type_oid == definition.columns[i].type_oid) {
      column.fill = fill_of(*live, *planned.columns[i].decoder);
    }
    if (!identification.sees(live->writer)) continue;
    column.edition = live->writer;
    column.nullable = !live->not_null;
  }
  schema.traits.last_identity = identification.last_identity(columns);
  schema.traits.partial = identification.partial();
  schema.traits.storage = facts->storage;
  schema.traits.storage_later = !identification.storage_seen();
}

}  // namespace tailrace::postgres
