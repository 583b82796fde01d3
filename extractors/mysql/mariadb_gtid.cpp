#include "extractors/mysql/mariadb_gtid.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace tailrace::mysql {

namespace {

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

template <typename T>
bool take_number(std::string_view& text, T& number) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return code == std::errc();
}

bool take_dash(std::string_view& text) {
  if (!text.starts_with('-')) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

Result<MariadbGtid> MariadbGtid::parse(std::string_view text) {
  MariadbGtid gtid;
  std::string_view left = text;
  if (take_number(left, gtid.domain) && take_dash(left) && take_number(left, gtid.server) &&
      take_dash(left) && take_number(left, gtid.sequence) && left.empty()) {
    return gtid;
  }
  return Error(ErrorKind::invalid_config, fmt::format("\"{}\" is not a MariaDB GTID", text))
      .hint("a GTID is domain-server-sequence, as 0-1-100");
}

std::string MariadbGtid::to_string() const {
  return fmt::format("{}-{}-{}", domain, server, sequence);
}

Result<MariadbPosition> MariadbPosition::parse(std::string_view text) {
  MariadbPosition position;
  text = trim(text);
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const auto gtid = MariadbGtid::parse(trim(text.substr(0, comma)));
    if (!gtid) return gtid.error();
    position.advance(*gtid);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return position;
}

void MariadbPosition::print(std::string& text) const {
  std::string_view separator;
  for (const auto& [domain, gtid] : domains_) {
    fmt::format_to(std::back_inserter(text), "{}{}-{}-{}", separator, domain, gtid.server,
                   gtid.sequence);
    separator = ",";
  }
}

std::string MariadbPosition::to_string() const {
  std::string text;
  print(text);
  return text;
}

void MariadbPosition::advance(const MariadbGtid& gtid) {
  domains_[gtid.domain] = gtid;
}

const MariadbGtid* MariadbPosition::find(std::uint32_t domain) const {
  const auto found = domains_.find(domain);
  return found == domains_.end() ? nullptr : &found->second;
}

bool MariadbPosition::contains(const MariadbGtid& gtid) const {
  const MariadbGtid* reached = find(gtid.domain);
  return reached != nullptr && gtid.sequence <= reached->sequence;
}

MariadbPosition MariadbPosition::meet(const MariadbPosition& other) const {
  MariadbPosition both;
  for (const auto& [domain, gtid] : domains_) {
    const MariadbGtid* theirs = other.find(domain);
    if (theirs == nullptr) continue;
    both.advance(theirs->sequence < gtid.sequence ? *theirs : gtid);
  }
  return both;
}

std::partial_ordering operator<=>(const MariadbPosition& left, const MariadbPosition& right) {
  const auto within = [](const MariadbPosition& inner, const MariadbPosition& outer) {
    return std::all_of(inner.domains_.begin(), inner.domains_.end(),
                       [&](const auto& entry) { return outer.contains(entry.second); });
  };
  const bool left_within = within(left, right);
  const bool right_within = within(right, left);
  if (left_within && right_within) return std::partial_ordering::equivalent;
  if (left_within) return std::partial_ordering::less;
  if (right_within) return std::partial_ordering::greater;
  return std::partial_ordering::unordered;
}

}  // namespace tailrace::mysql
