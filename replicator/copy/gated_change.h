#pragma once

#include <optional>
#include <vector>

#include "core/change.h"

namespace tailrace {

// What copied rows have of a statement on whole tables, for one of its tables.
struct CopiedAs {
  // They were read behind it: under a new name those of the renamed table.
  bool later = false;
  // Of several moments, or of one that is not known: nobody can tell which of the names was read
  // before, and which behind it.
  bool unknown = false;
};

// What is left of a statement on whole tables while some of them are copied (`copied`, one for each
// of its tables): nothing of it, or what it means for the others; no answer: the statement as it
// is. A table whose new name was copied later is gone under its old one; one whose old name was
// copied later lacks rows under its new name, and where it is not known who was read when, the
// tables are copied again under the names that they have behind it.
std::optional<std::vector<SchemaChange>> still_concerned(const SchemaChange& change,
                                                         const std::vector<CopiedAs>& copied);

}  // namespace tailrace
