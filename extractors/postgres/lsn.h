#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/position.h"
#include "core/result.h"

namespace tailrace::postgres {

// A byte offset in the write-ahead log. Ordered within one timeline.
struct Lsn {
  std::uint64_t value = 0;

  bool valid() const { return value != 0; }
  std::string to_string() const;  // "0/16B3748"; newer servers pad the low half: never compare text
  static std::optional<Lsn> parse(std::string_view text);
  friend constexpr auto operator<=>(const Lsn&, const Lsn&) = default;
};

// A place between two transactions: the end of a commit record ("end_lsn"), and the timeline on
// which it was received. As text "0/16B3748@1"; a person may leave the timeline out.
struct WalPosition {
  Lsn lsn;
  std::uint32_t timeline = 0;  // 0: not known

  Position to_position() const;
  static Result<WalPosition> parse(const Position& position);
  friend bool operator==(const WalPosition&, const WalPosition&) = default;
};

}  // namespace tailrace::postgres
