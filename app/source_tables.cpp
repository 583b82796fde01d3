#include "app/source_tables.h"

namespace tailrace::app {

Result<std::vector<SnapshotTable>> source_tables(Source& source) {
  auto now = source.current();
  if (!now) return std::move(now).error();
  auto snapshot = source.snapshot(*now);
  if (!snapshot) return std::move(snapshot).error();
  return (*snapshot)->tables();
}

}  // namespace tailrace::app
