#include "extractors/mysql/gtid_set.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include <fmt/format.h>

namespace tailrace::mysql {

namespace {

using Interval = GtidSet::Interval;

constexpr std::size_t kUuidBytes = 16;
constexpr std::size_t kIntervalBytes = 16;
constexpr std::size_t kMaxTagBytes = 32;

Error not_a_set(std::string_view text) {
  constexpr std::size_t kShown = 80;
  return Error(ErrorKind::invalid_config,
               fmt::format("\"{}\" is not a GTID set", text.substr(0, kShown)))
      .hint("a GTID set is uuid:first-last, more intervals behind ':', more servers behind ','");
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// The text up to the separator, which is taken away with it.
std::string_view take_part(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

bool parse_number(std::string_view text, std::uint64_t& number) {
  text = trim(text);
  const char* const end = text.data() + text.size();
  const auto [stopped, code] = std::from_chars(text.data(), end, number);
  return code == std::errc() && stopped == end && number >= 1 && number <= GtidSet::kMaxNumber;
}

bool parse_interval(std::string_view text, Interval& interval) {
  const std::size_t dash = text.find('-');
  if (!parse_number(text.substr(0, dash), interval.first)) return false;
  interval.last = interval.first;
  if (dash == std::string_view::npos) return true;
  return parse_number(text.substr(dash + 1), interval.last) && interval.first <= interval.last;
}

// Letters, digits and underscore, no digit first; stored in lower case.
bool parse_tag(std::string_view text, std::string& tag) {
  if (text.empty() || text.size() > kMaxTagBytes) return false;
  tag.clear();
  for (const char character : text) {
    const bool upper = character >= 'A' && character <= 'Z';
    const char lower = upper ? static_cast<char>(character - 'A' + 'a') : character;
    const bool letter = (lower >= 'a' && lower <= 'z') || lower == '_';
    const bool digit = lower >= '0' && lower <= '9';
    if (!letter && !(digit && !tag.empty())) return false;
    tag += lower;
  }
  return true;
}

// The server's variable-length integers: as many bytes follow the first as it has ones at its low
// end, then one zero; the value is what is left (mysql-server libs/mysql/serialization).
void write_varlen(ByteWriter& out, std::uint64_t small) {
  TR_ASSERT(small < 128);
  out.u8(static_cast<std::uint8_t>(small << 1));
}

std::uint64_t read_varlen(ByteReader& in) {
  const std::uint8_t first = in.u8();
  const auto more = static_cast<unsigned>(std::countr_one(first));
  if (more == 8) return in.u64_le();
  const std::uint64_t rest = in.uint_le(more);
  if (more == 7) return rest;
  return static_cast<std::uint64_t>(first) >> (more + 1) | rest << (7 - more);
}

Uuid read_uuid(ByteReader& in) {
  Uuid uuid;
  const Bytes bytes = in.bytes(kUuidBytes);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    uuid.bytes[i] = std::to_integer<std::uint8_t>(bytes[i]);
  }
  return uuid;
}

bool read_intervals(ByteReader& in, const Uuid& uuid, std::string_view tag, GtidSet& set) {
  const std::uint64_t count = in.u64_le();
  if (!in.ok() || count > in.remaining() / kIntervalBytes) return false;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t first = in.u64_le();
    const std::uint64_t end = in.u64_le();
    if (first < 1 || end <= first || end - 1 > GtidSet::kMaxNumber) return false;
    set.add(uuid, tag, Interval{first, end - 1});
  }
  return true;
}

// The part of left that lies in no interval of right.
std::vector<Interval> difference(const std::vector<Interval>& left,
                                 const std::vector<Interval>& right) {
  std::vector<Interval> kept;
  auto cut = right.begin();
  for (Interval rest : left) {
    while (cut != right.end() && cut->last < rest.first) ++cut;
    auto hole = cut;
    for (; hole != right.end() && hole->first <= rest.last; ++hole) {
      if (rest.first < hole->first) kept.push_back({rest.first, hole->first - 1});
      rest.first = hole->last + 1;
      if (rest.first > rest.last) break;
    }
    if (rest.first <= rest.last) kept.push_back(rest);
  }
  return kept;
}

}  // namespace

bool GtidSet::Less::operator()(const Source& left, const SourceRef& right) const {
  return std::tuple<const Uuid&, std::string_view>(left.uuid, left.tag) <
         std::tuple<const Uuid&, std::string_view>(right.uuid, right.tag);
}

bool GtidSet::Less::operator()(const SourceRef& left, const Source& right) const {
  return std::tuple<const Uuid&, std::string_view>(left.uuid, left.tag) <
         std::tuple<const Uuid&, std::string_view>(right.uuid, right.tag);
}

Status GtidSet::parse_entry(std::string_view entry, GtidSet& set) {
  std::string_view left = entry;
  const auto uuid = Uuid::parse(trim(take_part(left, ':')));
  if (!uuid || left.empty() || left.ends_with(':')) return not_a_set(entry);
  std::string tag;
  while (!left.empty()) {
    const std::string_view part = trim(take_part(left, ':'));
    Interval interval;
    if (parse_interval(part, interval)) {
      set.add(*uuid, tag, interval);
    } else if (left.empty() || !parse_tag(part, tag)) {
      return not_a_set(entry);
    }
  }
  return {};
}

Result<GtidSet> GtidSet::parse(std::string_view text) {
  GtidSet set;
  while (!text.empty()) {
    const std::string_view entry = trim(take_part(text, ','));
    if (entry.empty()) continue;
    if (auto parsed = parse_entry(entry, set); !parsed) return std::move(parsed).error();
  }
  return set;
}

void GtidSet::print(std::string& text) const {
  std::string_view separator;
  for (const auto& [source, intervals] : intervals_) {
    text += separator;
    source.uuid.print(text);
    if (!source.tag.empty()) text.append(":").append(source.tag);
    for (const Interval& interval : intervals) {
      fmt::format_to(std::back_inserter(text), ":{}", interval.first);
      if (interval.last != interval.first) {
        fmt::format_to(std::back_inserter(text), "-{}", interval.last);
      }
    }
    separator = ",";
  }
}

std::string GtidSet::to_string() const {
  std::string text;
  print(text);
  return text;
}

bool GtidSet::has_tags() const {
  return std::any_of(intervals_.begin(), intervals_.end(),
                     [](const auto& entry) { return !entry.first.tag.empty(); });
}

GtidSet::Intervals& GtidSet::intervals_of(const Uuid& source, std::string_view tag) {
  const auto found = intervals_.find(SourceRef{source, tag});
  if (found != intervals_.end()) return found->second;
  return intervals_[Source{source, std::string(tag)}];
}

const GtidSet::Intervals* GtidSet::find(const Uuid& source, std::string_view tag) const {
  const auto found = intervals_.find(SourceRef{source, tag});
  return found == intervals_.end() ? nullptr : &found->second;
}

void GtidSet::add(Intervals& intervals, Interval added) {
  if (intervals.empty() || intervals.back().last + 1 < added.first) {
    intervals.push_back(added);
    return;
  }
  // from the first interval that touches the new one, to the first that lies beyond it
  const auto first = std::lower_bound(
      intervals.begin(), intervals.end(), added,
      [](const Interval& left, const Interval& right) { return left.last + 1 < right.first; });
  auto end = first;
  while (end != intervals.end() && end->first <= added.last + 1) {
    added.first = std::min(added.first, end->first);
    added.last = std::max(added.last, end->last);
    ++end;
  }
  if (first == end) {
    intervals.insert(first, added);
    return;
  }
  *first = added;
  intervals.erase(first + 1, end);
}

void GtidSet::add(const Uuid& source, std::string_view tag, std::uint64_t number) {
  Intervals& intervals = intervals_of(source, tag);
  if (!intervals.empty() && intervals.back().last + 1 == number) {
    intervals.back().last = number;
    return;
  }
  add(intervals, Interval{number, number});
}

void GtidSet::add(const Uuid& source, std::string_view tag, Interval interval) {
  TR_ASSERT(interval.first >= 1 && interval.first <= interval.last && interval.last <= kMaxNumber);
  add(intervals_of(source, tag), interval);
}

void GtidSet::add(const GtidSet& other) {
  for (const auto& [source, intervals] : other.intervals_) {
    Intervals& mine = intervals_of(source.uuid, source.tag);
    for (const Interval& interval : intervals) add(mine, interval);
  }
}

bool GtidSet::contains(const Uuid& source, std::string_view tag, std::uint64_t number) const {
  const Intervals* intervals = find(source, tag);
  if (intervals == nullptr) return false;
  const auto at = std::lower_bound(
      intervals->begin(), intervals->end(), number,
      [](const Interval& interval, std::uint64_t wanted) { return interval.last < wanted; });
  return at != intervals->end() && at->first <= number;
}

bool GtidSet::contains(std::string_view gtid) const {
  const auto one = parse(gtid);
  return one && !one->empty() && one->is_subset_of(*this);
}

bool GtidSet::is_subset_of(const GtidSet& other) const {
  return std::all_of(intervals_.begin(), intervals_.end(), [&](const auto& entry) {
    const Intervals* theirs = other.find(entry.first.uuid, entry.first.tag);
    return theirs != nullptr && difference(entry.second, *theirs).empty();
  });
}

GtidSet GtidSet::subtract(const GtidSet& other) const {
  GtidSet rest;
  for (const auto& [source, intervals] : intervals_) {
    const Intervals* theirs = other.find(source.uuid, source.tag);
    Intervals kept = theirs == nullptr ? intervals : difference(intervals, *theirs);
    if (!kept.empty()) rest.intervals_.emplace(source, std::move(kept));
  }
  return rest;
}

GtidSet GtidSet::intersect(const GtidSet& other) const {
  return subtract(subtract(other));
}

// Classic: u64 entries | per entry: uuid | u64 intervals | per interval: u64 first | u64 end.
// Tagged: u8 1 | u48 entries | u8 1 | per entry: uuid | varlen length, tag | as above.
void GtidSet::encode(ByteWriter& out) const {
  const bool tagged = has_tags();
  const std::uint64_t count = intervals_.size();
  out.u64_le(tagged ? std::uint64_t{1} << 56 | count << 8 | 1 : count);
  for (const auto& [source, intervals] : intervals_) {
    out.bytes(std::as_bytes(std::span(source.uuid.bytes)));
    if (tagged) {
      write_varlen(out, source.tag.size());
      out.text(source.tag);
    }
    out.u64_le(intervals.size());
    for (const Interval& interval : intervals) {
      out.u64_le(interval.first);
      out.u64_le(interval.last + 1);
    }
  }
}

Result<GtidSet> GtidSet::decode(Bytes bytes) {
  const auto malformed = [] { return Error(ErrorKind::stream_corrupt, "malformed GTID set"); };
  ByteReader in(bytes);
  const std::uint64_t head = in.u64_le();
  const bool tagged = head >> 56 == 1;
  if (!in.ok() || head >> 56 > 1 || (tagged && (head & 0xFF) != 1)) return malformed();
  const std::uint64_t count = tagged ? head >> 8 & 0xFFFF'FFFF'FFFF : head;
  GtidSet set;
  for (std::uint64_t i = 0; i < count; ++i) {
    const Uuid uuid = read_uuid(in);
    std::string tag;
    if (tagged) {
      const std::string_view stored = in.text(read_varlen(in));
      if (!stored.empty() && !parse_tag(stored, tag)) return malformed();
    }
    if (!in.ok() || !read_intervals(in, uuid, tag, set)) return malformed();
  }
  if (!in.expect_end()) return malformed();
  return set;
}

std::partial_ordering operator<=>(const GtidSet& left, const GtidSet& right) {
  const bool left_within = left.is_subset_of(right);
  const bool right_within = right.is_subset_of(left);
  if (left_within && right_within) return std::partial_ordering::equivalent;
  if (left_within) return std::partial_ordering::less;
  if (right_within) return std::partial_ordering::greater;
  return std::partial_ordering::unordered;
}

}  // namespace tailrace::mysql
