#pragma once

// A commit is written to the log first, and becomes visible in the engine a little later: with
// semi-synchronous replication (AFTER_SYNC) as late as a replica's answer. A copy that begins at a
// position must see everything up to it, and the end of the log that is taken behind a copy must
// not lie before what was seen.

#include <set>
#include <string>
#include <string_view>

#include "clients/mysql/connection.h"
#include "extractors/mysql/position.h"
#include "extractors/mysql/server_facts.h"

namespace tailrace::mysql {

// Waits until whoever reads from now on sees everything up to the position. busy: it takes too
// long. MySQL with GTIDs: gtid_executed is all visible, so a set that it contains is, too. MySQL
// without them tells nothing: a second must do, and semi-synchronous replication is refused.
Status await_visible(Connection& connection, const ServerFacts& facts, const LogPosition& position);

// MySQL with GTIDs: waits (two seconds at most) until what is on its way from the log to the engine
// has arrived in gtid_executed, so that the set has everything that was visible at the call.
Status settle_commits(Connection& connection, const ServerFacts& facts);

// The GTIDs in @@global.gtid_owned: "uuid:5#31:6#32,\nuuid:7#33", with the threads that own them.
std::set<std::string> owned_gtids(std::string_view text);

}  // namespace tailrace::mysql
