#pragma once

// What a statement that defines tables means to those who capture some of them.

#include <functional>
#include <string_view>
#include <vector>

#include "config/capture_filter.h"
#include "core/change.h"
#include "core/result.h"
#include "extractors/mysql/statement.h"

namespace tailrace::mysql {

// Recognises the tables that gh-ost and pt-online-schema-change fill (helper_table.h), by their
// names and by the captured table that they belong to, which must exist. They need not be captured
// themselves.
class HelperTables {
 public:
  using Exists = std::function<Result<bool>(const TableName&)>;
  HelperTables(const CaptureFilter& filter, Exists exists)
      : filter_(filter), exists_(std::move(exists)) {}

  // The table that it is a helper of; an empty name: it is none.
  Result<TableName> base_of(const TableName& table) const;

 private:
  const CaptureFilter& filter_;
  Exists exists_;
};

// In the order in which they happened; nothing when no captured table is concerned. The statement's
// text is referred to, not copied. Not for statements that lose rows with a partition.
Result<std::vector<SchemaChange>> definition_changes(const Statement& statement,
                                                     std::string_view sql,
                                                     const CaptureFilter& filter,
                                                     const HelperTables& helpers);

}  // namespace tailrace::mysql
