#pragma once

#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "config/capture_filter.h"
#include "extractors/mysql/catalogue.h"
#include "extractors/mysql/charset.h"
#include "extractors/mysql/definition_changes.h"
#include "extractors/mysql/event.h"
#include "extractors/mysql/statement.h"
#include "extractors/mysql/table_map_cache.h"

namespace tailrace::mysql {

// The tables of the log: which of them are captured, and how the rows of those are decoded. Known
// by TABLE_MAP events, and by what the catalogue says now. Belongs to the extractor's thread,
// except interrupt().
class CapturedTables {
 public:
  struct Settings {
    CaptureFilter filter;
    CharsetTable charsets;
    bool follow_table_copies = true;
  };
  CapturedTables(Settings settings, std::unique_ptr<Catalogue> catalogue);
  CapturedTables(const CapturedTables&) = delete;
  CapturedTables& operator=(const CapturedTables&) = delete;

  const CaptureFilter& filter() const { return filter_; }
  const CharsetTable& charsets() const { return charsets_; }

  // A TABLE_MAP: rows that refer to it may follow.
  Status learn(const EventView& event, const FormatDescription& format);
  // Of rows with that table id; nullptr: no TABLE_MAP named it. Its decoder is nullptr for tables
  // that are not captured.
  const TableMapCache::Entry* find(std::uint64_t table_id) const { return tables_.find(table_id); }
  // Table ids of the file before mean nothing any more.
  void start_file() { tables_.clear(); }

  // What a statement that defines tables does to captured ones; everything that was known of
  // definitions is looked up anew from here on.
  Result<std::vector<SchemaChange>> define(const Statement& statement, std::string_view sql);

  void interrupt() { catalogue_->interrupt(); }

 private:
  Result<bool> sends_rows_of(const TableName& name) const;
  Result<std::unique_ptr<RowDecoder>> make_decoder(const EventView& event,
                                                   const FormatDescription& format);
  SchemaPtr shared(SchemaPtr schema);
  Status respell_columns(SchemaChange& change) const;

  const std::unique_ptr<Catalogue> catalogue_;
  const CaptureFilter filter_;
  const CharsetTable charsets_;
  const HelperTables helpers_;
  TableMapCache tables_;
  std::map<TableName, SchemaPtr> schemas_;  // the last of each table
};

}  // namespace tailrace::mysql
