#pragma once

#include <string>

#include "clients/postgres/connection_options.h"
#include "config/url.h"
#include "core/result.h"
#include "sinks/postgres/origin.h"

namespace tailrace::postgres {

struct TargetOptions {
  ConnectionOptions connection;
  // Every source table goes into this schema; empty: into the schema that is called as the
  // source's database.
  std::string schema;
  OriginMode origin = OriginMode::automatic;

  // postgresql://user:password@host:port/database?tls=required&ca_file=...&schema=...&origin=auto
  static Result<TargetOptions> from_url(const Url& url);
};

}  // namespace tailrace::postgres
