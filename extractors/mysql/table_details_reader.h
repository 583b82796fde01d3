#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "clients/mysql/connection.h"
#include "core/table_details.h"
#include "extractors/mysql/text_column.h"

namespace tailrace::mysql {

// What information_schema says of a table beside the shape of its rows. readers: one per column.
// The session's character_set_results must be NULL or of Unicode.
Result<TableDetails> read_table_details(Connection& connection, const TableSchema& schema,
                                        const std::vector<TextColumn>& readers);

// The line of SHOW CREATE TABLE that defines this index: "FULLTEXT KEY `name` (`column`)"; empty
// when there is none.
std::string index_definition(std::string_view create_table, std::string_view index);
// "CONSTRAINT `name` FOREIGN KEY (`a`) REFERENCES `t` (`b`) ON DELETE CASCADE"
std::string foreign_key_definition(std::string_view create_table, std::string_view name);
// What such a line says of " ON DELETE " or " ON UPDATE ".
std::string rule_of(std::string_view definition, std::string_view event);

}  // namespace tailrace::mysql
