#pragma once

#include "clients/mysql/connection_options.h"
#include "config/url.h"
#include "core/result.h"

namespace tailrace::app {

// What a mysql:// or mariadb:// URL says about a connection. Options behind "?": tls (disabled,
// preferred, required, verify-identity), ca_file, certificate_file, key_file, socket (the path of
// a unix socket). Any other is an error.
Result<mysql::ConnectionOptions> mysql_connection(const Url& url);

}  // namespace tailrace::app
