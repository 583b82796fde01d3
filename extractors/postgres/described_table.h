#pragma once

#include <vector>

#include "extractors/postgres/copied_table.h"
#include "extractors/postgres/server_catalogue.h"
#include "extractors/snapshot/snapshot.h"

namespace tailrace::postgres {

// A captured table in both forms: as it is read, and as others see it, without estimates.
struct DescribedTable {
  CopiedTablePtr copied;
  SnapshotTable description;
};

// By the catalogue alone: SELECT on the tables is not needed. The catalogue is asked anew, and left
// disconnected. reading: with reading_session_settings().
Result<std::vector<DescribedTable>> describe_tables(Connection& reading, ServerCatalogue& catalogue,
                                                    std::vector<PublishedRows> published);

// Which columns these are, and what else the catalogue is certain of at one moment: that of the
// transaction that `reading` is in.
Status identify_tables(Connection& reading, std::vector<DescribedTable>& tables);

}  // namespace tailrace::postgres
