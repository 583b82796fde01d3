#pragma once

#include <filesystem>

#include "config/url.h"
#include "core/result.h"

namespace tailrace::sqlite {

struct TargetOptions {
  std::filesystem::path path;

  // sqlite:///absolute/path or sqlite:relative/path
  static Result<TargetOptions> from_url(const Url& url);
};

}  // namespace tailrace::sqlite
