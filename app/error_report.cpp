#include "app/error_report.h"

#include <nlohmann/json.hpp>

namespace tailrace::app {

void write_error(const std::optional<ErrorReport>& error, JsonWriter& json) {
  json.key("error");
  if (!error) {
    json.null();
    return;
  }
  json.begin_object();
  json.member("kind", error->kind);
  json.member("message", error->message);
  json.member("since_us", error->since_us);
  json.member("attempts", error->attempts);
  json.end_object();
}

std::optional<ErrorReport> read_error(const nlohmann::json& value) {
  if (value.is_null()) return std::nullopt;
  return ErrorReport{.kind = value.at("kind"),
                     .message = value.at("message"),
                     .since_us = value.at("since_us"),
                     .attempts = value.at("attempts")};
}

}  // namespace tailrace::app
