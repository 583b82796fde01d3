#pragma once

// What a statement that defines tables means to those who capture some of them.

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/capture_filter.h"
#include "core/change.h"
#include "core/result.h"
#include "extractors/mysql/statement.h"

namespace tailrace::mysql {

// Recognises the tables that gh-ost and pt-online-schema-change make (helper_table.h), by their
// names and by the captured table that they belong to, which must exist. They need not be captured
// themselves. Where they are not followed, there are none.
class HelperTables {
 public:
  // What the catalogue says now.
  struct Existing {
    std::function<Result<bool>(const TableName&)> has;
    // The tables of a schema whose names begin with an underscore.
    std::function<Result<std::vector<TableName>>(const std::string& schema)> underscored;
  };
  HelperTables(const CaptureFilter& filter, bool followed, Existing existing)
      : filter_(filter), followed_(followed), existing_(std::move(existing)) {}

  // The table that it is a helper of; an empty name: it is none.
  Result<TableName> base_of(const TableName& table) const;
  // Whether base_of() was asked for such a name only because of tables that may come and go.
  bool has_helper_name(const TableName& table) const;
  // Whether it is filled to take the name of that one.
  bool takes_over(const TableName& table, const TableName& base) const;
  // The captured tables that are helpers of `base` whenever that exists.
  Result<std::vector<TableName>> named_after(const TableName& base) const;

 private:
  std::vector<TableName> captured_bases(const TableName& table) const;

  const CaptureFilter& filter_;
  const bool followed_;
  Existing existing_;
};

// Of the tables that there are those that are helpers of others among them, with their bases.
std::map<TableName, TableName> find_helpers(const CaptureFilter& filter, bool followed,
                                            const std::set<TableName>& tables);

// In the order in which they happened; nothing when no captured table is concerned. The statement's
// text is referred to, not copied.
Result<std::vector<SchemaChange>> definition_changes(const Statement& statement,
                                                     std::string_view sql,
                                                     const CaptureFilter& filter,
                                                     const HelperTables& helpers);

}  // namespace tailrace::mysql
