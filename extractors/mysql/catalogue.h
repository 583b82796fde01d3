#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "clients/mysql/connection.h"
#include "extractors/mysql/catalogue_table.h"
#include "extractors/mysql/charset.h"

namespace tailrace::mysql {

// What the catalogue says now about a table. Belongs to the extractor's thread, except interrupt().
class Catalogue {
 public:
  virtual ~Catalogue() = default;
  // nullptr: no such table any more, or none that we may see. Valid until forget().
  virtual Result<const CatalogueTable*> find(const TableName& name) = 0;
  // The tables of a schema whose names begin with an underscore: tools make such ones.
  virtual Result<std::vector<TableName>> underscored(const std::string& schema) = 0;
  // Definitions have changed.
  virtual void forget() = 0;
  // Ends a call that waits, and all later ones. Any thread.
  virtual void interrupt() {}
};

// Reads information_schema on a connection of its own, one table at a time when it is asked for.
// mutex_ guards the connection's coming and going, so that another thread may cut it.
class ServerCatalogue final : public Catalogue {
 public:
  explicit ServerCatalogue(ConnectionOptions options) : options_(std::move(options)) {}

  Result<const CatalogueTable*> find(const TableName& name) override;
  Result<std::vector<TableName>> underscored(const std::string& schema) override;
  void forget() override { tables_.clear(); }
  void interrupt() override;

 private:
  Status connect();
  void disconnect();
  // On the connection, or on a new one when that is dead.
  template <typename Read>
  auto reading(const Read& read) -> decltype(read(std::declval<Connection&>()));

  const ConnectionOptions options_;
  std::mutex mutex_;
  bool interrupted_ = false;
  std::optional<Connection> connection_;
  std::map<TableName, std::optional<CatalogueTable>> tables_;
};

// Nothing: no such table. busy: it is locked for longer than the session waits.
Result<std::optional<CatalogueTable>> read_catalogue_table(Connection& connection,
                                                           const TableName& name);
// A question to information_schema about single tables. MariaDB leaves out what is locked for
// longer than the session waits, and only warns: that is `busy` here, not an answer.
Result<QueryResult> query_catalogue(Connection& connection, std::string_view sql);
// Collations that this server has and we were not built with.
Status read_collations(Connection& connection, CharsetTable& charsets);

}  // namespace tailrace::mysql
