#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/table_schema.h"

namespace tailrace::app {

enum class Engine { mysql, mariadb, postgresql, sqlite };
std::string_view name_of(Engine engine);  // "MariaDB"
std::string_view word_of(Engine engine);  // "mariadb", on the command line

// A value at a limit of its type, or one that not every engine has.
struct Probe {
  std::string label;  // in words
  std::string value;  // canonical (core/logical_type.h)
};

// A column of a source, made by the code that makes it from the log and the catalogue.
struct TypeSample {
  std::string type;  // as its engine writes it
  Column column;
  std::vector<Probe> probes;
  // A type that the database defines, so that a server of the same kind may not have it.
  bool defined = false;
  bool can_be_key = true;
};

// Every type of a source.
std::vector<TypeSample> type_samples(Engine source);

// Of one family each; mysql and mariadb, or PostgreSQL.
std::vector<TypeSample> mysql_type_samples(bool mariadb);
std::vector<TypeSample> postgres_type_samples();

}  // namespace tailrace::app
