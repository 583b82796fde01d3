// What the tables of a database are made of, in the words of its own server.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tailrace::testing {

enum class ServerKind : std::uint8_t { mysql, mariadb, postgresql, sqlite };

// What a column gets that an INSERT does not name.
struct DefinedDefault {
  enum class Kind : std::uint8_t {
    literal,     // `text` without quotes and casts
    now,         // the moment of the statement
    expression,  // `text` is in the server's own language
  };
  Kind kind = Kind::literal;
  std::string text = {};
  friend bool operator==(const DefinedDefault&, const DefinedDefault&) = default;
};

struct DefinedColumn {
  std::string name = {};
  // As its server writes it, in lower case, in one spelling: "varchar(20)", "int unsigned",
  // "timestamp(3)", "enum('a','B')".
  std::string type = {};
  std::string charset = {};  // MySQL, MariaDB: of texts
  bool nullable = true;
  std::optional<DefinedDefault> default_value = {};
  bool counts = false;  // AUTO_INCREMENT, identity, serial
  std::string comment = {};
};

// Names are not compared: servers have different rules for them.
struct DefinedIndex {
  bool unique = false;
  std::vector<std::string> columns = {};  // "a", "b desc", "c(10)"
  friend auto operator<=>(const DefinedIndex&, const DefinedIndex&) = default;
};

struct DefinedTable {
  std::vector<DefinedColumn> columns = {};
  std::vector<std::string> key = {};       // columns of the primary key
  std::vector<DefinedIndex> indexes = {};  // others than the key's
  std::string comment = {};
};

struct DefinedSchema {
  ServerKind server = ServerKind::mysql;
  std::map<std::string, DefinedTable> tables = {};
};

// The tables of `schema` (a database of MySQL and MariaDB; SQLite has only one) at that URL. Throws
// std::runtime_error when it cannot be read.
DefinedSchema read_definitions(const std::string& url, const std::string& schema);

}  // namespace tailrace::testing
