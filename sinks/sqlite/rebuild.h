#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sinks/sql/dialect.h"
#include "sinks/sqlite/table_text.h"

namespace tailrace::sqlite {

// The statements that make a table anew as `text` says, with its rows, indexes and triggers, in a
// transaction of their own. dropped: the column that it has no more, and its indexes with it.
std::string rebuild_script(const sql::Dialect& dialect, const sql::TargetTable& table,
                           const TableText& text, std::optional<std::uint16_t> dropped = {});

// The same for a transaction that has begun already; other statements stay as they are.
std::string inside_transaction(std::string sql);

}  // namespace tailrace::sqlite
