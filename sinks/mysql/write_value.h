#pragma once

#include <cstdint>
#include <string_view>

#include "clients/mysql/connection.h"
#include "core/byte_writer.h"
#include "sinks/sql/table_mapping.h"
#include "sinks/sql/value_checks.h"

namespace tailrace::mysql {

// Makes text safe to stand between single quotes. The connection's, for its character set and mode.
using Escape = void (*)(const void* connection, std::string_view text, ByteWriter& out);

enum class ValueForm : std::uint8_t {
  literal,  // of a statement
  field,    // of a line that LOAD DATA reads; what it needs beside that: load_data.h
};

struct Literals {
  const void* connection = nullptr;
  Escape escape = nullptr;  // of literals
  bool mariadb = false;
  ValueForm form = ValueForm::literal;
};

// Appends a canonical value as a literal for the target column. Refuses what the server would
// refuse for its value, or round, or cut.
sql::ValueCheck write_literal(const sql::MappedColumn& column, std::string_view canonical,
                              const Literals& literals, ByteWriter& out);

}  // namespace tailrace::mysql
