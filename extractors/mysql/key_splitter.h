#pragma once

#include <cstdint>
#include <vector>

#include "clients/mysql/connection.h"
#include "extractors/mysql/key_halving.h"
#include "extractors/mysql/key_range.h"

namespace tailrace::mysql {

// Cuts one table into key ranges. An integer in front is halved by the server's estimates; within
// one value of it, and for keys of any other type, every n-th key is looked up in the index.
class KeySplitter {
 public:
  KeySplitter(Connection& connection, const CatalogueTable& table)
      : connection_(connection),
        table_(table.name),
        index_(table.key_index),
        key_(key_columns(table)) {}

  Result<std::vector<KeyRange>> split(std::uint64_t rows_per_range);

 private:
  // Columns that the index has as prefixes or in descending order end what can be walked.
  Status read_index();
  Result<bool> halve_first(std::uint64_t rows_per_range);
  Status add_pieces(WideInteger first, const std::vector<KeyPiece>& pieces,
                    std::uint64_t rows_per_range);
  // Bounds by walking the index, all of it or within one value of the first column.
  Status walk(const KeyValues& within, std::uint64_t rows_per_range);
  Result<KeyValues> step(const std::string& condition, std::uint64_t rows);
  Result<std::uint64_t> estimate(WideInteger after, WideInteger upto);
  std::string from_table(std::string_view hint) const;

  Connection& connection_;
  const TableName table_;
  const std::string index_;
  std::vector<KeyColumn> key_;
  bool is_whole_ = true;  // key_ is all of the key
  std::vector<KeyValues> bounds_;
};

}  // namespace tailrace::mysql
