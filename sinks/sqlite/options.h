#pragma once

#include <filesystem>

#include "config/url.h"
#include "core/result.h"
#include "sinks/sql/value_policy.h"

namespace tailrace::sqlite {

struct TargetOptions {
  std::filesystem::path path;
  sql::ValuePolicy values;

  // sqlite:///absolute/path or sqlite:relative/path, ?infinity=...&nan=...&dates=...
  static Result<TargetOptions> from_url(const Url& url);
};

}  // namespace tailrace::sqlite
