#include "app/copy_flags.h"

#include <charconv>
#include <string>

#include "config/byte_size.h"

namespace tailrace::app {
namespace {

constexpr std::int64_t kMostWorkers = 64;

Error not_a_rate(std::string_view text) {
  return Error(ErrorKind::invalid_config, "\"" + std::string(text) + "\" is not a rate")
      .hint("\"50000 rows/s\" or \"20MiB/s\"");
}

std::string_view without_suffix(std::string_view text, std::string_view suffix) {
  if (text.ends_with(suffix)) text.remove_suffix(suffix.size());
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

Status set_copy_rate(std::string_view text, CopyConfig& copy) {
  if (!text.ends_with("/s")) return not_a_rate(text);
  const std::string_view amount = without_suffix(text, "/s");
  if (!amount.ends_with("rows") && !amount.ends_with("B")) return not_a_rate(text);
  std::uint64_t limit = 0;
  if (amount.ends_with("rows")) {
    const std::string_view digits = without_suffix(amount, "rows");
    const char* end = digits.data() + digits.size();
    const auto [behind, fault] = std::from_chars(digits.data(), end, limit);
    if (fault != std::errc() || behind != end) return not_a_rate(text);
  } else {
    auto size = parse_byte_size(amount);
    if (!size) return not_a_rate(text);
    limit = *size;
  }
  // 0 would mean "no limit", which nobody means who asks for a rate.
  if (limit == 0) return not_a_rate(text);
  (amount.ends_with("rows") ? copy.max_rows : copy.max_bytes) = limit;
  return {};
}

Status apply_copy_flags(const PipelineArguments& arguments, CopyConfig& copy) {
  if (const auto workers = arguments.copy_workers) {
    if (*workers < 1 || *workers > kMostWorkers) {
      return Error(ErrorKind::invalid_config, "must be from 1 to 64").with("--copy-workers");
    }
    copy.workers = static_cast<std::uint64_t>(*workers);
  }
  if (arguments.copy_existing) copy.existing = *arguments.copy_existing;
  if (!arguments.copy_rate) return {};
  auto set = set_copy_rate(*arguments.copy_rate, copy);
  if (!set) return std::move(set).error().with("--copy-rate");
  return {};
}

}  // namespace tailrace::app
