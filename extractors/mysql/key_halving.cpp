#include "extractors/mysql/key_halving.h"

#include <algorithm>
#include <utility>

namespace tailrace::mysql {

namespace {

struct Span {
  WideInteger after = 0;
  WideInteger upto = 0;
  std::uint64_t rows = 0;
};

class Halving {
 public:
  Halving(std::uint64_t rows_per_piece, bool unique, const EstimateRows& estimate)
      : wanted_(std::max<std::uint64_t>(rows_per_piece, 1)), unique_(unique), estimate_(estimate) {}

  Status run(Span whole) {
    std::vector<Span> open{whole};
    while (!open.empty()) {
      const Span span = open.back();
      open.pop_back();
      if (is_small(span)) {
        keep(span);
        continue;
      }
      const WideInteger middle = span.after + (span.upto - span.after) / 2;
      auto left = estimate_(span.after, middle);
      if (!left) return std::move(left).error();
      auto right = estimate_(middle, span.upto);
      if (!right) return std::move(right).error();
      open.push_back({middle, span.upto, *right});
      open.push_back({span.after, middle, *left});
    }
    return {};
  }

  std::vector<KeyPiece> take() { return std::move(pieces_); }

 private:
  std::uint64_t limit() const { return wanted_ + wanted_ / 2; }

  bool is_small(const Span& span) const {
    const WideInteger width = span.upto - span.after;
    if (width <= 1 || span.rows <= limit()) return true;
    return unique_ && width <= static_cast<WideInteger>(wanted_);
  }

  // Neighbours that are small together become one.
  void keep(const Span& span) {
    std::uint64_t rows = span.rows;
    if (unique_) {
      const WideInteger width = span.upto - span.after;
      if (width < static_cast<WideInteger>(rows)) rows = static_cast<std::uint64_t>(width);
    }
    if (!pieces_.empty() && pieces_.back().rows + rows <= limit()) {
      pieces_.back().upto = span.upto;
      pieces_.back().rows += rows;
      return;
    }
    pieces_.push_back({span.upto, rows});
  }

  std::uint64_t wanted_;
  bool unique_;
  const EstimateRows& estimate_;
  std::vector<KeyPiece> pieces_;
};

}  // namespace

Result<WideInteger> parse_wide(std::string_view digits) {
  const bool negative = digits.starts_with('-');
  if (negative) digits.remove_prefix(1);
  WideInteger value = 0;
  const bool plausible = !digits.empty() && digits.size() <= 20 &&
                         digits.find_first_not_of("0123456789") == std::string_view::npos;
  if (!plausible) return Error(ErrorKind::internal, "not an integer");
  for (const char c : digits) value = value * 10 + (c - '0');
  return negative ? -value : value;
}

std::string to_string(WideInteger value) {
  std::string digits;
  const bool negative = value < 0;
  if (negative) value = -value;
  do {
    digits += static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  } while (value != 0);
  if (negative) digits += '-';
  std::reverse(digits.begin(), digits.end());
  return digits;
}

Result<std::vector<KeyPiece>> halve(WideInteger after, WideInteger upto,
                                    std::uint64_t rows_per_piece, bool unique,
                                    const EstimateRows& estimate) {
  auto rows = estimate(after, upto);
  if (!rows) return std::move(rows).error();
  Halving halving(rows_per_piece, unique, estimate);
  if (auto done = halving.run({after, upto, *rows}); !done) return std::move(done).error();
  return halving.take();
}

}  // namespace tailrace::mysql
