#include "sinks/sqlite/options.h"

namespace tailrace::sqlite {

Result<TargetOptions> TargetOptions::from_url(const Url& url) {
  if (auto known = url.expect_options(sql::ValuePolicy::kOptions); !known)
    return std::move(known).error();
  if (url.path.empty() || url.path == "/") {
    return Error(ErrorKind::invalid_config, "SQLite target needs the path of a file")
        .hint("sqlite:///var/lib/app/copy.db");
  }
  TargetOptions options;
  options.path = url.path;
  auto values = sql::ValuePolicy::from_url(url);
  if (!values) return std::move(values).error();
  options.values = *values;
  return options;
}

}  // namespace tailrace::sqlite
