#include "extractors/postgres/session_settings.h"

namespace tailrace::postgres {

SessionSettings catalogue_session_settings() {
  return {
      {"datestyle", "ISO"},
      {"intervalstyle", "iso_8601"},
      {"timezone", "UTC"},
      {"extra_float_digits", "3"},  // shortest form that reads back the same
      {"bytea_output", "hex"},
      // regclass and its kin print names as far as the path needs it
      {"search_path", "pg_catalog"},
      {"quote_all_identifiers", "off"},
      {"standard_conforming_strings", "on"},
      {"statement_timeout", "0"},
      {"lock_timeout", "0"},
      {"idle_in_transaction_session_timeout", "0"},
  };
}

SessionSettings value_session_settings() {
  SessionSettings settings = catalogue_session_settings();
  settings.emplace_back("lc_monetary", "C");
  return settings;
}

SessionSettings reading_session_settings() {
  SessionSettings settings = value_session_settings();
  settings.emplace_back("row_security", "off");
  // Who alters a table is not waited for: the stream goes on, and it is asked for again.
  settings.emplace_back("lock_timeout", "3s");
  settings.emplace_back("max_parallel_workers_per_gather", "0");
  return settings;
}

std::string later_session_settings(int server_version) {
  std::string statement;
  if (server_version >= 140000) statement += "SET idle_session_timeout = 0;";
  if (server_version >= 170000) statement += "SET transaction_timeout = 0;";
  return statement;
}

}  // namespace tailrace::postgres
