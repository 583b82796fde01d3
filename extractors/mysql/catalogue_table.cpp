#include "extractors/mysql/catalogue_table.h"

#include <algorithm>

namespace tailrace::mysql {

const CatalogueColumn* CatalogueTable::find(std::string_view column) const {
  const auto at =
      std::find_if(columns.begin(), columns.end(),
                   [&](const CatalogueColumn& candidate) { return candidate.name == column; });
  return at == columns.end() ? nullptr : &*at;
}

}  // namespace tailrace::mysql
