#include "tests/support/replication/mysql_workload.h"

#include <iterator>

namespace tailrace::testing {
namespace {

constexpr std::uint32_t kItems = 300;  // few keys, so that changes meet each other

}  // namespace

void create_mysql_tables(const DatabaseServer& source) {
  source.sql(R"(
    CREATE TABLE items (
      id INT UNSIGNED NOT NULL PRIMARY KEY, code INT NULL UNIQUE, name VARCHAR(60) NOT NULL,
      price DECIMAL(12,2), weight DOUBLE, size FLOAT, stock SMALLINT, big BIGINT UNSIGNED,
      created DATETIME(3), seen TIMESTAMP(6) NULL, day DATE, at TIME(2), year YEAR, flags BIT(5),
      state ENUM('new','on sale','gone'), tags SET('a','b','c'), body TEXT, raw VARBINARY(40),
      picture BLOB, fixed BINARY(8)) DEFAULT CHARSET=utf8mb4;
    CREATE TABLE stock (shelf INT NOT NULL, place VARCHAR(20) NOT NULL, amount INT NOT NULL,
      PRIMARY KEY (shelf, place)) DEFAULT CHARSET=utf8mb4;
    CREATE TABLE words (word VARCHAR(40) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL PRIMARY KEY,
      uses BIGINT NOT NULL);
    CREATE TABLE notes (n BIGINT NOT NULL, note VARCHAR(80)) DEFAULT CHARSET=utf8mb4;
  )",
             "shop");
}

std::string MysqlWorkload::text(std::uint32_t longest) {
  static const char* const kPieces[] = {"a", "B", "7",    " ",   "ä",   "€", "日",
                                        "😀", "'", "\\\\", "\\n", "\\t", "%", "\""};
  std::string out;
  for (std::uint32_t left = pick(longest + 1); left > 0; --left) {
    const char* piece = kPieces[pick(std::size(kPieces))];
    out += *piece == '\'' ? "''" : piece;
  }
  return out;
}

std::string MysqlWorkload::insert_item() {
  const std::string id = std::to_string(pick(kItems));
  const auto null_or = [&](std::string value) { return pick(8) == 0 ? "NULL" : std::move(value); };
  const auto number = [&](std::uint32_t below) { return std::to_string(pick(below)); };
  return "REPLACE INTO items VALUES (" + id + ", " + null_or(std::to_string(pick(1000) + 1000)) +
         ", '" + text(15) + "', " + null_or(number(100000) + "." + std::to_string(10 + pick(90))) +
         ", " + null_or(number(1000) + ".123e" + std::to_string(pick(40))) + ", " +
         null_or(number(99) + ".5") + ", " + null_or("-" + number(30000)) + ", " +
         null_or("18446744073709551" + std::to_string(100 + pick(500))) + ", " +
         null_or("'2024-02-" + std::to_string(10 + pick(19)) + " 10:11:12." +
                 std::to_string(100 + pick(900)) + "'") +
         ", " + null_or("'2031-06-01 00:00:0" + number(10) + ".123456'") + ", " +
         null_or("'19" + std::to_string(10 + pick(90)) + "-01-31'") + ", " +
         null_or(pick(2) == 0 ? "'-838:59:5" + number(10) + "'" : "'11:22:33.44'") + ", " +
         null_or(std::to_string(1901 + pick(255))) + ", " + null_or(number(32)) + ", " +
         null_or(std::to_string(1 + pick(3))) + ", " + null_or(number(8)) + ", " +
         null_or("'" + text(200) + "'") + ", " +
         null_or("x'00ff" + std::to_string(10 + pick(90)) + "'") + ", " +
         null_or("REPEAT(x'0aff00', " + number(400) + ")") + ", " +
         null_or("x'01" + std::to_string(10 + pick(90)) + "'") + ");\n";
}

std::string MysqlWorkload::statement() {
  const std::string id = std::to_string(pick(kItems));
  const std::string shelf = std::to_string(pick(10));
  const std::string place = "p" + std::to_string(pick(10));
  switch (pick(12)) {
    case 0:
    case 1:
    case 2:
      return insert_item();
    case 3:
      return "UPDATE items SET price = price + 1.01, body = '" + text(30) + "' WHERE id = " + id +
             ";\n";
    case 4:
      return "DELETE FROM items WHERE id = " + id + ";\n";
    case 5:  // key change
      return "UPDATE IGNORE items SET id = " + std::to_string(pick(kItems)) + " WHERE id = " + id +
             ";\n";
    case 6: {  // two rows swap their unique value
      const std::string other = std::to_string(pick(kItems));
      if (other == id) return "";
      return "SET @a = (SELECT code FROM items WHERE id = " + id +
             "), @b = (SELECT code FROM items WHERE id = " + other +
             ");\nUPDATE items SET code = NULL WHERE id = " + id +
             ";\nUPDATE items SET code = @a WHERE id = " + other +
             " AND EXISTS (SELECT 1 FROM stock);\n" +
             "UPDATE IGNORE items SET code = @b WHERE id = " + id + ";\n";
    }
    case 7:
      return "INSERT INTO stock VALUES (" + shelf + ", '" + place +
             "', 1) ON DUPLICATE KEY UPDATE amount = amount + 1;\n";
    case 8:
      return "UPDATE stock SET amount = amount + 1 WHERE shelf = " + shelf + ";\n";
    case 9:
      return "DELETE FROM stock WHERE shelf = " + shelf + " AND place = '" + place + "';\n";
    case 10:
      return "INSERT INTO words VALUES ('w\xc3\xb6rt" + std::to_string(pick(50)) +
             "', 1) ON DUPLICATE KEY UPDATE uses = uses + 1;\n";
    default: {
      const std::string n = std::to_string(next_note_++);
      if (pick(3) != 0) return "INSERT INTO notes VALUES (" + n + ", '" + text(10) + "');\n";
      if (pick(20) == 0)
        return "TRUNCATE TABLE " + std::string(pick(2) == 0 ? "notes" : "stock") + ";\n";
      return "DELETE FROM notes WHERE n = " + std::to_string(pick(next_note_)) + ";\n";
    }
  }
}

std::string MysqlWorkload::transactions(int count) {
  std::string sql = "SET NAMES utf8mb4; SET sql_mode='NO_ENGINE_SUBSTITUTION';\n";
  for (int i = 0; i < count; ++i) {
    sql += "BEGIN;\n";
    for (std::uint32_t left = 1 + pick(6); left > 0; --left) sql += statement();
    sql += pick(15) == 0 ? "ROLLBACK;\n" : "COMMIT;\n";
  }
  return sql;
}

}  // namespace tailrace::testing
