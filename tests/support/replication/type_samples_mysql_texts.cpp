// Texts, ENUM and SET, and every character set.

#include <fmt/format.h>

#include "tests/support/replication/type_samples_mysql.h"

namespace tailrace::testing::mysql_samples {
namespace {

constexpr const char* kNul = "the character NUL";

std::string list_of_labels(int count, char letter) {
  std::string list;
  for (int i = 0; i < count; ++i) list += fmt::format("{}'{}{}'", i > 0 ? "," : "", letter, i);
  return list;
}

}  // namespace

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    switch (c) {
      case '\'':
      case '\\':
        out += '\\';
        out += c;
        break;
      case '\r':
        out += "\\r";
        break;
      case '\n':
        out += "\\n";
        break;
      case 0x1A:
        out += "\\Z";
        break;
      default:
        out += c;
    }
  }
  return out + "'";
}

Values plain(std::initializer_list<const char*> list) {
  Values values;
  for (const char* sql : list) values.push_back({sql});
  return values;
}

TypeSample text(const std::string& type, std::size_t most, const std::string& suffix) {
  return {type + suffix,
          {{"''"}, {"' '"}, {"'a '"}, {"'😀'"}, {"'\\\\N'"}, {"'a\\0b'", kNul}},
          [=](Dice& dice) { return quoted(random_text(dice, most)); }};
}

TypeTable texts() {
  return {"texts",
          {text("CHAR(10)", 10),
           text("VARCHAR(60)", 60),
           text("TINYTEXT", 60),
           text("TEXT", 80),
           text("MEDIUMTEXT", 20),
           text("LONGTEXT", 20),
           text("VARCHAR(60) COLLATE utf8mb4_bin", 60),
           {"TEXT COLLATE utf8mb4_bin", plain({"REPEAT('😀', 16000)", "REPEAT(' ', 65535)"}),
            [](Dice& dice) {
              return fmt::format("REPEAT({}, {})", quoted(random_text(dice, 9)), dice.below(900));
            }},
           {"ENUM('a','b,c','ü','it''s','\\\\','(','with space','\"q\"','NULL')",
            {{"'a'"}, {"'b,c'"}, {"'ü'"}, {"'it''s'"}, {"'no such label'", kErrorLabel}},
            [](Dice& dice) { return std::to_string(dice.between(1, 9)); }},
           {"ENUM('x','')", plain({"'x'", "''"}),
            [](Dice& dice) { return std::to_string(dice.between(1, 2)); }},
           {"SET('a','it''s','ü','NULL','\\\\','(',')')", plain({"''", "'a'", "127"}),
            [](Dice& dice) { return std::to_string(dice.below(128)); }},
           {"ENUM('a','ü','why?') CHARACTER SET latin1", plain({"'ü'", "'why?'"}),
            [](Dice& dice) { return std::to_string(dice.between(1, 3)); }},
           {"SET('x','y?','z') CHARACTER SET utf16", plain({"''", "'x,y?'"}),
            [](Dice& dice) { return std::to_string(dice.below(8)); }}}};
}

TypeTable labels() {
  return {"labels",
          {{"ENUM(" + list_of_labels(300, 'l') + ")", plain({"'l0'", "'l255'", "'l299'"}),
            [](Dice& dice) { return std::to_string(dice.between(1, 300)); }},
           {"SET(" + list_of_labels(64, 'm') + ")",
            plain({"''", "'m63'", "'m0,m62,m63'", "18446744073709551615"}),
            [](Dice& dice) { return std::to_string(dice.bits()); }}}};
}

// Over utf8mb4, because the server takes octets that are no character of the set.
TypeSample single_byte(const std::string& charset) {
  return {"VARCHAR(40) CHARACTER SET " + charset, {{"''"}, {"'a '"}}, [=](Dice& dice) {
            std::string hex;
            for (std::uint64_t left = dice.below(41); left > 0; --left) {
              const auto octet = dice.between(1, 255);
              hex += fmt::format("{:02x}", octet);
            }
            return "CONVERT(_" + charset + " x'" + hex + "' USING utf8mb4)";
          }};
}

TypeTable charsets(bool mariadb) {
  TypeTable table{"charsets", {}};
  for (const char* charset :
       {"latin1", "latin2",  "latin5", "latin7", "cp1250",   "cp1251", "cp1256", "cp1257",
        "cp850",  "cp852",   "cp866",  "greek",  "hebrew",   "koi8r",  "koi8u",  "macroman",
        "macce",  "keybcs2", "dec8",   "hp8",    "armscii8", "geostd8"}) {
    table.columns.push_back(single_byte(charset));
  }
  // What the character set lacks the server makes a question mark of.
  for (const char* charset :
       {"ascii", "swe7", "utf8mb3", "ucs2", "utf16", "utf16le", "utf32", "gbk", "gb2312", "big5",
        "sjis", "cp932", "ujis", "eucjpms", "euckr"}) {
    table.columns.push_back(text("VARCHAR(40)", 40, std::string(" CHARACTER SET ") + charset));
  }
  if (!mariadb) table.columns.push_back(text("VARCHAR(40)", 40, " CHARACTER SET gb18030"));
  table.columns.push_back(text("TEXT", 40, " CHARACTER SET utf16"));
  table.columns.push_back(text("CHAR(20)", 20, " CHARACTER SET gbk"));
  return table;
}

}  // namespace tailrace::testing::mysql_samples
