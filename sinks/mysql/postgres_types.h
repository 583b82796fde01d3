#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "clients/mysql/server_version.h"
#include "core/table_schema.h"

namespace tailrace::mysql {

// The type of a new table's column for a column of a PostgreSQL source (docs/targets.md has the
// table): one that keeps every value, or of which the values that do not fit are refused one by
// one. key_octets: how much it may have as a part of the key; nothing: it is not in the key.
std::string type_for_postgres(const Column& column, std::optional<std::uint32_t> key_octets,
                              const ServerVersion& version);

// Compares octet by octet, trailing spaces included.
std::string exact_text(const ServerVersion& version);

}  // namespace tailrace::mysql
