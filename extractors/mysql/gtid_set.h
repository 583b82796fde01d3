#pragma once

// MySQL GTID sets: `uuid:1-5:7, uuid:tag:1-3`. Text form as in the manual "GTID Format and
// Storage"; bytes as mysql-server sql/rpl_gtid_set.cc (Gtid_set::encode) sends in
// COM_BINLOG_DUMP_GTID and writes in PREVIOUS_GTIDS.

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/byte_reader.h"
#include "core/byte_writer.h"
#include "core/result.h"

namespace tailrace::mysql {

// A server's uuid.
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  // 8-4-4-4-12 in either case; the form without dashes and {form} too, as the server reads them.
  static Result<Uuid> parse(std::string_view text);
  std::string to_string() const;  // lower case
  void print(std::string& text) const;
  friend auto operator<=>(const Uuid&, const Uuid&) = default;
};

// A set of MySQL GTIDs. A plain value: copy it to share it. Numbers run from 1 to kMaxNumber.
class GtidSet {
 public:
  static constexpr std::uint64_t kMaxNumber = 0x7FFF'FFFF'FFFF'FFFE;

  struct Interval {
    std::uint64_t first = 0;
    std::uint64_t last = 0;  // inclusive
    friend bool operator==(const Interval&, const Interval&) = default;
  };

  // Accepts what @@gtid_executed prints: commas, blanks and line ends between entries, empty text.
  static Result<GtidSet> parse(std::string_view text);
  // Sorted by uuid and tag, intervals merged: "uuid:1-5:7,uuid:tag:1".
  std::string to_string() const;
  // Appends the same to text.
  void print(std::string& text) const;

  bool empty() const { return intervals_.empty(); }
  bool has_tags() const;
  // Adds one GTID. At the end of the last interval this is one comparison behind the look-up.
  void add(const Uuid& source, std::string_view tag, std::uint64_t number);
  void add(const Uuid& source, std::string_view tag, Interval interval);
  void add(const GtidSet& other);
  bool contains(const Uuid& source, std::string_view tag, std::uint64_t number) const;
  // "uuid:5" or "uuid:tag:5". Malformed text is not contained.
  bool contains(std::string_view gtid) const;
  bool is_subset_of(const GtidSet& other) const;
  GtidSet intersect(const GtidSet& other) const;
  GtidSet subtract(const GtidSet& other) const;

  // The classic bytes; the tagged ones (first used by MySQL 8.3) when a tag occurs.
  void encode(ByteWriter& out) const;
  static Result<GtidSet> decode(Bytes bytes);

  // Order by inclusion: less means that everything here is also there.
  friend std::partial_ordering operator<=>(const GtidSet& left, const GtidSet& right);
  friend bool operator==(const GtidSet&, const GtidSet&) = default;

 private:
  struct Source {
    Uuid uuid;
    std::string tag;
    friend auto operator<=>(const Source&, const Source&) = default;
  };
  struct SourceRef {
    const Uuid& uuid;
    std::string_view tag;
  };
  struct Less {
    using is_transparent = void;
    bool operator()(const Source& left, const Source& right) const { return left < right; }
    bool operator()(const Source& left, const SourceRef& right) const;
    bool operator()(const SourceRef& left, const Source& right) const;
  };
  using Intervals = std::vector<Interval>;  // ascending, neither touching nor overlapping

  static void add(Intervals& intervals, Interval added);
  static Status parse_entry(std::string_view entry, GtidSet& set);
  Intervals& intervals_of(const Uuid& source, std::string_view tag);
  const Intervals* find(const Uuid& source, std::string_view tag) const;

  std::map<Source, Intervals, Less> intervals_;  // no entry is empty
};

}  // namespace tailrace::mysql
