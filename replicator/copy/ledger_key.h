#pragma once

#include <string>
#include <string_view>

#include "core/error.h"
#include "core/table_schema.h"

namespace tailrace {

// FNV-1a, in hexadecimal digits.
std::string hash_text(std::string_view bytes);

// A table's name as the keys of entries have it: without spaces, different for different tables,
// and up to 200 octets.
std::string ledger_key_name(const TableName& name);

// checkpoint_corrupt, with what can be done.
Error damaged_ledger(const std::string& key, const std::string& why);

}  // namespace tailrace
