#pragma once

#include <span>
#include <string_view>

#include "clients/postgres/connection_options.h"
#include "config/url.h"
#include "core/result.h"

namespace tailrace::postgres {

// What a postgresql:// URL says about a connection:
//   postgresql://user:password@host1:5432,host2:5433/database?tls=...
// Options behind "?": tls (disabled, preferred, required, verify-identity), ca_file,
// certificate_file, key_file, host (the folder of a unix socket), and `more`, which the caller
// reads. Any other is an error. Of several hosts the first that is no standby is used. The app
// reads the URLs of sources with it, too: config may not know clients, nor clients config.
Result<ConnectionOptions> connection_of(const Url& url, std::span<const std::string_view> more);

}  // namespace tailrace::postgres
