#pragma once

#include <string>

#include "clients/mysql/connection_options.h"
#include "config/url.h"
#include "core/result.h"
#include "sinks/sql/value_policy.h"

namespace tailrace::mysql {

struct TargetOptions {
  ConnectionOptions connection;  // without a database: statements name it
  // Every source table goes into this database; empty: into the one that is called as the source's.
  std::string database;
  sql::ValuePolicy values;

  // mysql://user:password@host:port/database?tls=required&ca_file=...&socket=...
  // &infinity=...&nan=...&dates=...
  static Result<TargetOptions> from_url(const Url& url);
};

}  // namespace tailrace::mysql
