#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace tailrace::mysql {

enum class Flavour { mysql, mariadb };

// The flavour comes from the text alone: version numbers of the two families overlap, and Oracle
// continues 9.7 with calendar versions.
struct ServerVersion {
  Flavour flavour = Flavour::mysql;
  unsigned major = 0;
  unsigned minor = 0;
  unsigned patch = 0;
  std::string text;  // VERSION() as the server prints it

  bool is_mariadb() const { return flavour == Flavour::mariadb; }
  bool at_least(unsigned wanted_major, unsigned wanted_minor, unsigned wanted_patch = 0) const;
  // "MariaDB 10.11.6" or "MySQL 9.7.0"
  std::string to_string() const;

  // version: VERSION(), comment: @@version_comment (some builds name MariaDB only there).
  static ServerVersion parse(std::string_view version, std::string_view comment = {});
};

}  // namespace tailrace::mysql
