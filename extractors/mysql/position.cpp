#include "extractors/mysql/position.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace tailrace::mysql {
namespace {

constexpr std::string_view kBeginning = "beginning";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "0-1-100": starts with digits, a dash and digits, and has nothing but these, commas and blanks.
bool looks_like_mariadb(std::string_view text) {
  return text.find_first_not_of("0123456789-, \t\n") == std::string_view::npos &&
         std::count(text.begin(), text.end(), '-') >= 2;
}

bool looks_like_gtid_set(std::string_view text) {
  const auto colon = text.find(':');
  return colon != std::string_view::npos && Uuid::parse(text.substr(0, colon)).has_value();
}

struct BinlogName {
  std::string_view base;
  std::optional<std::uint64_t> number;
};

BinlogName split_binlog_name(std::string_view file) {
  std::size_t digits = file.size();
  while (digits > 0 && is_digit(file[digits - 1])) --digits;
  return {file.substr(0, digits), parse_number(file.substr(digits))};
}

GtidSet as_gtid_set(const LogPosition& position) {
  const auto* set = std::get_if<GtidSet>(&position);
  return set ? *set : GtidSet();
}

MariadbPosition as_mariadb(const LogPosition& position) {
  const auto* mariadb = std::get_if<MariadbPosition>(&position);
  return mariadb ? *mariadb : MariadbPosition();
}

bool is_beginning(const LogPosition& position) {
  return std::holds_alternative<Beginning>(position);
}

// Whether both can be read as T, the beginning being the empty T.
template <typename T>
bool both_are(const LogPosition& left, const LogPosition& right) {
  const auto fits = [](const LogPosition& position) {
    return is_beginning(position) || std::holds_alternative<T>(position);
  };
  return fits(left) && fits(right);
}

std::partial_ordering compare_files(const FilePosition& left, const FilePosition& right) {
  const auto files = compare_binlog_files(left.file, right.file);
  return files == 0 ? left.offset <=> right.offset : files;
}

}  // namespace

Result<LogPosition> parse_position(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\n')) text.remove_suffix(1);
  if (text == kBeginning) return LogPosition(Beginning());
  if (looks_like_mariadb(text)) {
    auto position = MariadbPosition::parse(text);
    if (!position) return std::move(position).error();
    return LogPosition(std::move(*position));
  }
  if (looks_like_gtid_set(text)) {
    auto set = GtidSet::parse(text);
    if (!set) return std::move(set).error();
    return LogPosition(std::move(*set));
  }
  const auto colon = text.rfind(':');
  if (colon != std::string_view::npos && colon != 0) {
    const auto offset = parse_number(text.substr(colon + 1));
    const std::string_view file = text.substr(0, colon);
    if (offset && split_binlog_name(file).number) {
      return LogPosition(FilePosition{std::string(file), *offset});
    }
  }
  return Error(ErrorKind::invalid_config, "\"" + std::string(text) + "\" is not a binlog position")
      .hint(
          "a GTID set (uuid:1-5), a MariaDB GTID position (0-1-100), or file and offset "
          "(binlog.000003:4567)");
}

Position to_position(const LogPosition& position) {
  struct Print {
    std::string operator()(const Beginning&) const { return std::string(kBeginning); }
    std::string operator()(const GtidSet& set) const {
      return set.empty() ? std::string(kBeginning) : set.to_string();
    }
    std::string operator()(const MariadbPosition& mariadb) const {
      return mariadb.empty() ? std::string(kBeginning) : mariadb.to_string();
    }
    std::string operator()(const FilePosition& file) const { return file.to_string(); }
  };
  return Position{std::visit(Print(), position)};
}

std::string_view kind_name(const LogPosition& position) {
  struct Name {
    std::string_view operator()(const Beginning&) const { return "beginning"; }
    std::string_view operator()(const GtidSet&) const { return "GTID set"; }
    std::string_view operator()(const MariadbPosition&) const { return "MariaDB GTID position"; }
    std::string_view operator()(const FilePosition&) const { return "file position"; }
  };
  return std::visit(Name(), position);
}

std::partial_ordering compare(const LogPosition& left, const LogPosition& right) {
  if (is_beginning(left) && is_beginning(right)) return std::partial_ordering::equivalent;
  if (both_are<GtidSet>(left, right)) return as_gtid_set(left) <=> as_gtid_set(right);
  if (both_are<MariadbPosition>(left, right)) return as_mariadb(left) <=> as_mariadb(right);
  const auto* left_file = std::get_if<FilePosition>(&left);
  const auto* right_file = std::get_if<FilePosition>(&right);
  if (left_file && right_file) return compare_files(*left_file, *right_file);
  return std::partial_ordering::unordered;
}

Result<LogPosition> earlier(const LogPosition& left, const LogPosition& right) {
  const auto order = compare(left, right);
  if (order <= 0) return left;
  if (order > 0) return right;
  if (both_are<GtidSet>(left, right)) {
    return LogPosition(as_gtid_set(left).intersect(as_gtid_set(right)));
  }
  if (both_are<MariadbPosition>(left, right)) {
    return LogPosition(as_mariadb(left).meet(as_mariadb(right)));
  }
  return Error(ErrorKind::checkpoint_corrupt, "positions \"" + to_position(left).text +
                                                  "\" and \"" + to_position(right).text +
                                                  "\" cannot be compared")
      .hint("one is a " + std::string(kind_name(left)) + ", the other a " +
            std::string(kind_name(right)) + "; give all sinks of a pipeline one kind");
}

Result<std::optional<bool>> contains(const LogPosition& held, std::string_view gtid,
                                     const Position& committed) {
  if (const auto* set = std::get_if<GtidSet>(&held); set && !gtid.empty()) {
    return std::optional(set->contains(gtid));
  }
  if (const auto* mariadb = std::get_if<MariadbPosition>(&held); mariadb && !gtid.empty()) {
    const auto parsed = MariadbGtid::parse(gtid);
    return std::optional(parsed && mariadb->contains(*parsed));
  }
  if (committed.empty()) return std::optional<bool>();
  auto end = parse_position(committed.text);
  if (!end) return std::move(end).error();
  return std::optional(compare(*end, held) <= 0);
}

std::partial_ordering compare_binlog_files(std::string_view left, std::string_view right) {
  if (left == right) return std::partial_ordering::equivalent;
  const BinlogName left_name = split_binlog_name(left);
  const BinlogName right_name = split_binlog_name(right);
  if (left_name.base != right_name.base || !left_name.number || !right_name.number) {
    return std::partial_ordering::unordered;
  }
  return *left_name.number <=> *right_name.number;
}

}  // namespace tailrace::mysql
