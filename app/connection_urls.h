#pragma once

#include "clients/mysql/connection_options.h"
#include "clients/postgres/connection_options.h"
#include "config/url.h"
#include "core/result.h"

namespace tailrace::app {

// What a URL says about a connection. Options of both: tls (disabled, preferred, required,
// verify-identity), ca, cert, key (files), connect_timeout ("10s"), socket (MySQL: a unix socket;
// PostgreSQL: its folder). An unknown option is an error.
Result<mysql::ConnectionOptions> mysql_connection(const Url& url);
Result<postgres::ConnectionOptions> postgres_connection(const Url& url);

}  // namespace tailrace::app
