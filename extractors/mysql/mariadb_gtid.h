#pragma once

// MariaDB GTIDs, `domain-server-sequence`, and positions, `0-1-100,1-7-3`: the last GTID of each
// domain. Manual "Global Transaction ID"; server sql/rpl_gtid.h.

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/result.h"

namespace tailrace::mysql {

struct MariadbGtid {
  std::uint32_t domain = 0;
  std::uint32_t server = 0;
  std::uint64_t sequence = 0;

  static Result<MariadbGtid> parse(std::string_view text);
  std::string to_string() const;
  friend bool operator==(const MariadbGtid&, const MariadbGtid&) = default;
};

// Within a domain the order is total, whatever the server; domains are independent.
class MariadbPosition {
 public:
  static Result<MariadbPosition> parse(std::string_view text);
  std::string to_string() const;  // ascending by domain
  void print(std::string& text) const;

  bool empty() const { return domains_.empty(); }
  // The domain's place becomes this GTID, server included.
  void advance(const MariadbGtid& gtid);
  const MariadbGtid* find(std::uint32_t domain) const;
  const std::map<std::uint32_t, MariadbGtid>& domains() const { return domains_; }

  // Whether the GTID lies at or before this position in its domain.
  bool contains(const MariadbGtid& gtid) const;
  // The latest position that both have reached.
  MariadbPosition meet(const MariadbPosition& other) const;

  // less: at or before in every domain. Equal sequences count as the same place, also when the
  // server differs (that is divergence, which the connect checks find).
  friend std::partial_ordering operator<=>(const MariadbPosition& left,
                                           const MariadbPosition& right);
  friend bool operator==(const MariadbPosition& left, const MariadbPosition& right) {
    return (left <=> right) == 0;
  }

 private:
  std::map<std::uint32_t, MariadbGtid> domains_;
};

}  // namespace tailrace::mysql
