#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "clients/mysql/connection.h"
#include "extractors/mysql/catalogue_table.h"
#include "extractors/mysql/charset.h"

namespace tailrace::mysql {

// What the catalogue says now about a table. Belongs to the extractor's thread.
class Catalogue {
 public:
  virtual ~Catalogue() = default;
  // nullptr: no such table any more, or none that we may see. Valid until forget().
  virtual Result<const CatalogueTable*> find(const TableName& name) = 0;
  // The tables of a schema whose names begin with an underscore: tools make such ones.
  virtual Result<std::vector<TableName>> underscored(const std::string& schema) = 0;
  // Definitions have changed.
  virtual void forget() = 0;
};

// Reads information_schema on a connection of its own, one table at a time when it is asked for.
class ServerCatalogue final : public Catalogue {
 public:
  explicit ServerCatalogue(ConnectionOptions options) : options_(std::move(options)) {}

  Result<const CatalogueTable*> find(const TableName& name) override;
  Result<std::vector<TableName>> underscored(const std::string& schema) override;
  void forget() override { tables_.clear(); }

 private:
  Status connect();
  // On the connection, or on a new one when that is dead.
  template <typename Read>
  auto reading(const Read& read) -> decltype(read(std::declval<Connection&>()));

  const ConnectionOptions options_;
  std::optional<Connection> connection_;
  std::map<TableName, std::optional<CatalogueTable>> tables_;
};

Result<std::optional<CatalogueTable>> read_catalogue_table(Connection& connection,
                                                           const TableName& name);
// Collations that this server has and we were not built with.
Status read_collations(Connection& connection, CharsetTable& charsets);

}  // namespace tailrace::mysql
