#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sinks/sql/dialect.h"
#include "sinks/sql/table_finish.h"
#include "sinks/sql/target_table.h"

namespace tailrace::postgres {

// The statements that give a copied table what it lacks (sinks/sql/table_finish.h).

// Nothing: the definition is not one of an index.
std::optional<std::string> index_statement(const sql::Dialect& dialect,
                                           const sql::TargetTable& table,
                                           const sql::MissingIndex& index);
// expression: in PostgreSQL's language.
std::string default_statement(const sql::Dialect& dialect, const sql::TargetTable& table,
                              std::uint16_t column, std::string_view expression);
std::string drop_default_statement(const sql::Dialect& dialect, const sql::TargetTable& table,
                                   std::uint16_t column);
// The moment of the statement, as a column of this type has it.
std::string now_expression(const sql::TargetColumn& column);
// quoted: a literal.
std::string literal_expression(const sql::TargetColumn& column, std::string_view quoted);
std::string identity_statement(const sql::Dialect& dialect, const sql::TargetTable& table,
                               std::uint16_t column, std::uint64_t next_value);
std::string table_comment_statement(const sql::Dialect& dialect, const sql::TargetTable& table,
                                    std::string_view quoted);
std::string column_comment_statement(const sql::Dialect& dialect, const sql::TargetTable& table,
                                     std::uint16_t column, std::string_view quoted);
// partitioned tables take them only with a check of all rows at once (before PostgreSQL 18).
std::string foreign_key_statement(const sql::Dialect& dialect, const sql::TargetTable& table,
                                  const sql::MissingForeignKey& key, bool check_later);
std::string validate_statement(const sql::Dialect& dialect, const sql::TargetTable& table,
                               const std::string& constraint);

}  // namespace tailrace::postgres
