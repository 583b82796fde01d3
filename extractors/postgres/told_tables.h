#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/change.h"
#include "extractors/postgres/lsn.h"

namespace tailrace::postgres {

// A published table as a look at the catalogue found it.
struct SeenTable {
  std::uint32_t oid = 0;
  TableName name = {};
  std::string definition = {};  // another one: anything that a target has of it may have changed
  bool captured = false;
  bool partitioned = false;
  bool rewritten = false;  // its rows may have been written without having been logged one by one
};

// The catalogue at one moment.
struct CatalogueLook {
  Lsn position;  // whatever was found was committed before
  std::vector<SeenTable> published = {};
  std::set<std::uint32_t> gone = {};  // of the tables that were asked for, those that are not there
  bool all_tables = false;            // new tables are published with their first row
  std::uint32_t next_xid = 0;         // behind all transactions that it could see
  std::set<std::uint32_t> open = {};  // transactions before that which had not ended

  // Whether it has seen what that transaction did. One may be sent to us before others see it: when
  // the server waits for a synchronous standby.
  bool sees(std::uint32_t xid) const;
};

// What has been told of the source's tables: by rows, whose relation messages have names and
// numbers, and by statements that are made up here of what looks at the catalogue find, for the log
// has none. Pure; belongs to the extractor's thread.
//
// Order. All that is certain of a look is that its findings were committed before its position.
// They are told when the stream has come there. What they say of a table that is gone, or has
// another name, is right at that place: whoever changed a table so had it for itself until the
// commit, so all rows under its old name were committed before. What may come in between is a table
// that takes over a name; it is known by its relation message, and then nothing is said of that
// name: the numbers tell the sinks (sinks/sql, column_identity.h). An alter_table needs no order:
// it has sinks read the catalogue, and wait (replicator, DefinitionFollower).
class ToldTables {
 public:
  struct Table {
    TableName name = {};
    // Empty: rows came after the first look, and none has found it yet; kNotLookedAt: rows came
    // before it, so there is nothing to compare with.
    std::string definition = {};
    bool captured = false;
    friend bool operator==(const Table&, const Table&) = default;
  };
  static constexpr const char* kNotLookedAt = "-";
  // What outlives a session.
  struct State {
    bool looked = false;                         // the first look is compared with nothing
    std::map<std::uint32_t, Table> tables = {};  // by oid
    friend bool operator==(const State&, const State&) = default;
  };
  struct Renamed {
    TableName from;
    TableName to;
  };

  ToldTables() = default;
  explicit ToldTables(State state) : state_(std::move(state)) {}

  // A captured table was announced under that name; rows of it may follow.
  void announced(std::uint32_t oid, const TableName& name) { holders_[name] = oid; }
  // The first row under that name, of the transaction xid. What has to be told before it, if that
  // is certain: not when the new name was another table's, for what became of that is not known.
  std::optional<Renamed> has_rows(std::uint32_t oid, const TableName& name, std::uint32_t xid);

  // Until it is told no other look is of use.
  void look(CatalogueLook look) { look_ = std::move(look); }
  bool has_look() const { return look_.has_value(); }
  // All that was committed before that place has been sent: what is to be told there, in order.
  std::vector<SchemaChange> tell(Lsn place);

  const State& state() const { return state_; }
  // Another one whenever the state may be.
  std::uint64_t version() const { return version_; }

 private:
  class Teller;

  State state_;
  std::uint64_t version_ = 0;
  std::optional<CatalogueLook> look_;
  std::map<TableName, std::uint32_t> holders_;       // who was announced last under a name
  std::map<std::uint32_t, std::uint32_t> named_by_;  // transactions that showed names, by oid
  std::map<TableName, std::uint32_t> left_;  // names that tables had before rows came, untold
};

}  // namespace tailrace::postgres
