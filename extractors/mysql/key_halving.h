#pragma once

// Cuts the values of an integer key into ranges of about equally many rows, by halving, with the
// server's estimates: a few thousand look-ups in an index cut a table of any size, whatever its
// gaps and heaps are.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/result.h"

namespace tailrace::mysql {

// Wide enough for the values of BIGINT and of BIGINT UNSIGNED, and for their differences.
__extension__ using WideInteger = __int128;

Result<WideInteger> parse_wide(std::string_view digits);
std::string to_string(WideInteger value);

// The rows whose key is behind `after` and not behind `upto`, about.
using EstimateRows = std::function<Result<std::uint64_t>(WideInteger after, WideInteger upto)>;

struct KeyPiece {
  WideInteger upto = 0;    // it begins behind the one before
  std::uint64_t rows = 0;  // estimated
};

// Pieces of (after, upto], ascending, the last one ends at upto. None is estimated at much more
// than rows_per_piece, unless it is of a single value. unique: a value has at most one row.
Result<std::vector<KeyPiece>> halve(WideInteger after, WideInteger upto,
                                    std::uint64_t rows_per_piece, bool unique,
                                    const EstimateRows& estimate);

}  // namespace tailrace::mysql
