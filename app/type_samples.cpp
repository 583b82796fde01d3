#include "app/type_samples.h"

namespace tailrace::app {

std::string_view name_of(Engine engine) {
  switch (engine) {
    case Engine::mysql:
      return "MySQL";
    case Engine::mariadb:
      return "MariaDB";
    case Engine::postgresql:
      return "PostgreSQL";
    case Engine::sqlite:
      return "SQLite";
  }
  return "";
}

std::string_view word_of(Engine engine) {
  switch (engine) {
    case Engine::mysql:
      return "mysql";
    case Engine::mariadb:
      return "mariadb";
    case Engine::postgresql:
      return "postgresql";
    case Engine::sqlite:
      return "sqlite";
  }
  return "";
}

std::vector<TypeSample> type_samples(Engine source) {
  switch (source) {
    case Engine::mysql:
    case Engine::mariadb:
      return mysql_type_samples(source == Engine::mariadb);
    case Engine::postgresql:
      return postgres_type_samples();
    case Engine::sqlite:
      break;  // a target only
  }
  return {};
}

}  // namespace tailrace::app
