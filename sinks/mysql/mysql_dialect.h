#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "clients/mysql/server_version.h"
#include "sinks/sql/dialect.h"

namespace tailrace::mysql {

// Names, types and cures in the words of MySQL and MariaDB.
//
// Collations of new tables: utf8mb4 throughout. Text columns of the key, ENUM and SET compare by
// their bytes without padding (utf8mb4_0900_bin, utf8mb4_nopad_bin): equality at the target must
// never be weaker than at the source, whose collation is not logged; a stricter one always fits.
// Other text columns get the server's default collation for utf8mb4.
class MySqlDialect final : public sql::Dialect {
 public:
  explicit MySqlDialect(ServerVersion version) : version_(std::move(version)) {}

  const ServerVersion& version() const { return version_; }

  std::string quote(std::string_view identifier) const override;
  std::string shorten(std::string_view identifier) const override;
  std::string table(const TableName& name) const override;
  std::string column_type(const TableSchema& schema, std::size_t column) const override;
  std::vector<std::string> column_types(const TableSchema& schema) const override;
  std::string table_suffix() const override;
  std::string change_type(const sql::TargetTable& table, const sql::TargetColumn& column,
                          std::string_view type) const override;
  std::string allow_missing(const sql::TargetTable& table,
                            const sql::TargetColumn& column) const override;
  std::string change_column(const sql::TargetTable& table, const sql::TargetColumn& column,
                            const std::string& type, bool not_null) const override;
  std::string drop_default(const TableName& table, std::string_view column,
                           bool not_null) const override;
  std::string change_key(const sql::TargetTable& table,
                         std::span<const std::string> columns) const override;
  bool has_type(const sql::TargetColumn& column, std::string_view type) const override;
  std::string literal(const Column& column, std::string_view value,
                      const std::string& type) const override;
  std::vector<std::string> rename_tables(std::span<const TableName> pairs) const override;
  bool definitions_commit() const override { return true; }
  // A DATETIME takes instants in UTC: TIMESTAMP ends in 2038.
  bool timestamp_holds_instants() const override { return true; }
  bool tells_keys_apart(const TableSchema& schema, const Column& column,
                        const sql::TargetColumn& target) const override;

 private:
  std::string type_of(const TableSchema& schema, std::size_t index,
                      std::optional<std::uint32_t> key_octets) const;
  std::string string_type(const Column& column, std::optional<std::uint32_t> key_octets) const;

  const ServerVersion version_;
};

}  // namespace tailrace::mysql
