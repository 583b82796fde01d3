#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>

#include "clients/postgres/connection.h"
#include "extractors/postgres/catalogue.h"

namespace tailrace::postgres {

// What the connection sees of a table; within a snapshot what that has of it. Nothing when there is
// no such table.
Result<std::optional<RelationFacts>> read_relation_facts(Connection& connection, std::uint32_t oid);

// The catalogue of the source database, asked over an ordinary connection: one query for each type
// or table, the answers kept until they are forgotten. The connection is opened when the first
// question comes, and anew when it was found lost; a question that fails on a connection which had
// been idle is asked once more. Belongs to the extractor's thread.
class ServerCatalogue final : public Catalogue {
 public:
  // Opens a session with catalogue_session_settings() and later_session_settings().
  using Connect = std::function<Result<Connection>()>;

  explicit ServerCatalogue(Connect connect) : connect_(std::move(connect)) {}

  Result<TypePtr> type(std::uint32_t oid) override;
  Result<std::optional<RelationFacts>> relation(std::uint32_t oid) override;

  // Digits behind the point of money, for DecodeContext: what the lc_monetary of the database, or
  // of our role in it, makes of the stored amounts.
  Result<int> money_scale();

  // Ask again next time: for the type and the table with that OID, or for all.
  void forget(std::uint32_t oid) override;
  void forget();
  // Closes the connection; the answers stay.
  void disconnect() { connection_.reset(); }

 private:
  Result<QueryResult> ask(const std::string& sql, Parameters parameters = {});

  Connect connect_;
  std::optional<Connection> connection_;
  std::unordered_map<std::uint32_t, TypePtr> types_;
  std::unordered_map<std::uint32_t, std::optional<RelationFacts>> relations_;
  std::optional<int> money_scale_;
};

}  // namespace tailrace::postgres
