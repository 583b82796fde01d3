#include "sinks/postgres/options.h"

#include <array>
#include <optional>

#include "sinks/postgres/connection_url.h"

namespace tailrace::postgres {
namespace {

std::optional<OriginMode> origin_mode(std::string_view text) {
  if (text == "auto") return OriginMode::automatic;
  if (text == "on") return OriginMode::on;
  if (text == "off") return OriginMode::off;
  return std::nullopt;
}

}  // namespace

Result<TargetOptions> TargetOptions::from_url(const Url& url) {
  static constexpr std::array<std::string_view, 2> kOptions = {"schema", "origin"};
  auto connection = connection_of(url, kOptions);
  if (!connection) return std::move(connection).error();
  TargetOptions options;
  options.connection = std::move(*connection);
  options.schema = url.option("schema").value_or("");
  const auto origin = origin_mode(url.option("origin").value_or("auto"));
  if (!origin) {
    return Error(ErrorKind::invalid_config, "unknown value of option origin")
        .hint("auto, on or off");
  }
  options.origin = *origin;
  return options;
}

}  // namespace tailrace::postgres
