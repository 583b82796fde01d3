#pragma once

// Settings of the sessions at a source. The text forms that the decoders read depend on them, and
// no time limit that an administrator set for applications may end a session that waits for days.

#include <string>
#include <utility>
#include <vector>

namespace tailrace::postgres {

// For ConnectionOptions::settings.
using SessionSettings = std::vector<std::pair<std::string, std::string>>;

// Of a session that sends values: the replication connection, and every one that reads rows. money
// is printed as in lc_monetary=C: two digits behind the point, whatever the database prints.
SessionSettings value_session_settings();

// Of a session that reads tables: row-level security makes an error instead of hiding rows, and a
// copy takes one process of the server for each reader, no more.
SessionSettings reading_session_settings();

// Of a session that asks the catalogue (ServerCatalogue). lc_monetary stays what the database says,
// because it decides what the stored amounts of money mean.
SessionSettings catalogue_session_settings();

// Settings that only newer servers know, and which would make older ones refuse the connection: one
// statement to execute first in every session; empty when there is nothing to set.
std::string later_session_settings(int server_version);

}  // namespace tailrace::postgres
