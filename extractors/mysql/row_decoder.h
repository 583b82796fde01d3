#pragma once

// Rows events: WRITE, UPDATE and DELETE_ROWS in version 1 (MySQL 5.1, MariaDB) and 2 (MySQL 5.6).
// Follows mysql-server libs/mysql/binlog/event/rows_event.h and sql/log_event.cc (unpack_row).
//
//   u48 table_id | u16 flags | version 2: u16 extra length (itself included), extra |
//   lenenc columns | columns used | UPDATE: columns used in the after image | rows
//   row image: null bitmap over the used columns | value per used column that is not null

#include <cstdint>
#include <memory>
#include <vector>

#include "core/block_builder.h"
#include "extractors/mysql/table_map.h"

namespace tailrace::mysql {

// A rows event before its rows are decoded.
struct RowsEvent {
  static constexpr std::uint16_t kStatementEnd = 0x01;
  static constexpr std::uint16_t kNoForeignKeyChecks = 0x02;
  static constexpr std::uint16_t kRelaxedUniqueChecks = 0x04;
  static constexpr std::uint16_t kSqlForeignKeys = 0x10;  // MySQL 9.6: cascades are logged

  std::uint64_t table_id = 0;
  std::uint16_t flags = 0;
  ChangeKind kind{};
  std::uint64_t column_count = 0;
  Bytes used;        // bitmap of the columns in the only or the before image
  Bytes used_after;  // UPDATE: of the after image
  Bytes rows;

  bool ends_statement() const { return (flags & kStatementEnd) != 0; }
  bool is_dummy() const { return table_id == kDummyTableId; }  // no rows, no TABLE_MAP
};
// For the types 23 to 25 and 30 to 32; unsupported_protocol for every other one.
Result<RowsEvent> decode_rows_event(const EventView& event);

// Decodes the rows of one table version into blocks. Made once per TABLE_MAP definition; belongs to
// the extractor's thread. Values are written in place, without allocation.
class RowDecoder {
 public:
  static Result<RowDecoder> create(const TableMap& map, SchemaPtr schema,
                                   const CharsetTable& charsets);
  RowDecoder(RowDecoder&&) noexcept;
  RowDecoder& operator=(RowDecoder&&) noexcept;
  ~RowDecoder();

  const SchemaPtr& schema() const;

  // Appends one change per row. On an error nothing of the row that caused it stays in the builder,
  // the rows before it do: the transaction must then be aborted.
  Status decode_rows(const RowsEvent& event, BlockBuilder& out);

 private:
  class Plan;
  explicit RowDecoder(std::unique_ptr<Plan> plan);
  std::unique_ptr<Plan> plan_;
};

}  // namespace tailrace::mysql
