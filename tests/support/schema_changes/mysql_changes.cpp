#include "tests/support/schema_changes/flavours.h"

namespace tailrace::testing {

const char* const kMysqlTables = R"(
  CREATE TABLE customers (
    id INT NOT NULL PRIMARY KEY AUTO_INCREMENT, name VARCHAR(40) NOT NULL, email VARCHAR(60),
    balance DECIMAL(8,2), state ENUM('new','good') NOT NULL DEFAULT 'new', created DATETIME,
    note TEXT, KEY by_name (name)) DEFAULT CHARSET=utf8mb4;
  CREATE TABLE orders (
    id BIGINT NOT NULL PRIMARY KEY, customer INT NOT NULL, total INT,
    status VARCHAR(20) NOT NULL DEFAULT 'open', placed DATETIME(3)) DEFAULT CHARSET=utf8mb4;
  CREATE TABLE items (
    order_id BIGINT NOT NULL, line SMALLINT NOT NULL, sku VARCHAR(8), amount INT NOT NULL,
    PRIMARY KEY (order_id, line)) DEFAULT CHARSET=utf8mb4;
  CREATE TABLE words (
    word VARCHAR(30) NOT NULL PRIMARY KEY, sense VARCHAR(30), uses BIGINT) DEFAULT CHARSET=latin1;
  CREATE TABLE left_hand (
    id INT NOT NULL PRIMARY KEY, v VARCHAR(20), n INT) DEFAULT CHARSET=utf8mb4;
  CREATE TABLE right_hand (
    id INT NOT NULL PRIMARY KEY, v VARCHAR(20), n INT) DEFAULT CHARSET=utf8mb4;
  CREATE TABLE archive (
    id INT NOT NULL PRIMARY KEY, v VARCHAR(20)) DEFAULT CHARSET=utf8mb4;
  CREATE TABLE notes (
    id INT NOT NULL PRIMARY KEY, note VARCHAR(40), rank_of TINYINT UNSIGNED)
    DEFAULT CHARSET=utf8mb4;
)";

std::vector<TableChange> mysql_changes() {
  using enum FollowedBy;
  using How = TableChange::How;
  return {
      {"add a column", {"ALTER TABLE customers ADD COLUMN phone VARCHAR(20)"}},
      {"add with a constant", {"ALTER TABLE orders ADD COLUMN priority INT NOT NULL DEFAULT 3"}},
      {"add several, first and after",
       {"ALTER TABLE items ADD COLUMN tag VARCHAR(10) DEFAULT 'it''s' FIRST,"
        " ADD COLUMN weight DECIMAL(6,3) NOT NULL DEFAULT 1.250 AFTER sku"}},
      {"add an enum",
       {"ALTER TABLE customers ADD COLUMN kind ENUM('a','b','c') NOT NULL DEFAULT 'b'"}},
      {"add json and text",
       {"ALTER TABLE customers ADD COLUMN doc JSON, ADD COLUMN about MEDIUMTEXT AFTER name"}},
      {"widen an integer", {"ALTER TABLE orders MODIFY total BIGINT"}},
      {"widen a text", {"ALTER TABLE customers MODIFY name VARCHAR(80) NOT NULL"}},
      {"widen a decimal", {"ALTER TABLE customers MODIFY balance DECIMAL(14,2)"}},
      {"widen an enum",
       {"ALTER TABLE customers MODIFY state ENUM('new','good','gone') NOT NULL DEFAULT 'new'"}},
      {"rename a column", {"ALTER TABLE orders RENAME COLUMN placed TO placed_at"}},
      {"rename by CHANGE", {"ALTER TABLE customers CHANGE note remark TEXT"}},
      {"allow NULL", {"ALTER TABLE items MODIFY amount INT NULL"}},
      {"forbid NULL",
       {"UPDATE items SET amount = 0 WHERE amount IS NULL",
        "ALTER TABLE items MODIFY amount INT NOT NULL"},
       column_statements,
       How::statements,
       "",
       "",
       true},
      {"drop a column", {"ALTER TABLE customers DROP COLUMN phone"}},
      {"many in one statement",
       {"ALTER TABLE orders ADD COLUMN note VARCHAR(30) DEFAULT 'ä', DROP COLUMN status,"
        " CHANGE customer customer_id BIGINT NOT NULL"}},
      {"drop and add the same name",
       {"ALTER TABLE orders DROP COLUMN note, ADD COLUMN note INT NOT NULL DEFAULT 5"}},
      {"rename a table", {"RENAME TABLE notes TO memos"}},
      {"rename by ALTER", {"ALTER TABLE memos RENAME TO papers, ADD COLUMN pages INT DEFAULT 1"}},
      {"swap two tables",
       {"RENAME TABLE left_hand TO some_hand, right_hand TO left_hand, some_hand TO right_hand"}},
      {"create a table",
       {"CREATE TABLE parcels (id INT NOT NULL PRIMARY KEY, weight DOUBLE,"
        " address VARCHAR(50) NOT NULL) DEFAULT CHARSET=utf8mb4"}},
      {"create like another",
       {"CREATE TABLE customers_copy LIKE customers",
        "INSERT IGNORE INTO customers_copy SELECT * FROM customers WHERE id % 7 = 0"}},
      {"truncate", {"TRUNCATE TABLE archive"}},
      {"drop a table", {"DROP TABLE archive"}},
      {"create it again, otherwise",
       {"CREATE TABLE archive (word VARCHAR(20) NOT NULL PRIMARY KEY, n BIGINT UNSIGNED)"
        " DEFAULT CHARSET=utf8mb4"}},
      {"drop and create at once",
       {"DROP TABLE parcels",
        "CREATE TABLE parcels (code VARCHAR(10) NOT NULL PRIMARY KEY, weight INT,"
        " id DECIMAL(12,2)) DEFAULT CHARSET=utf8mb4"}},
      {"a new table takes the name",
       {"CREATE TABLE archive_next (id INT NOT NULL PRIMARY KEY, word VARCHAR(20),"
        " n VARCHAR(12) NOT NULL DEFAULT 'none') DEFAULT CHARSET=utf8mb4",
        "INSERT IGNORE INTO archive_next (id, word) SELECT id, v FROM left_hand WHERE id % 3 = 0",
        "RENAME TABLE archive TO archive_old, archive_next TO archive"}},
      {"its history comes back",
       {"RENAME TABLE archive TO archive_now, archive_old TO archive, archive_now TO archive_old",
        "DROP TABLE archive_old"}},
      {"rotate under a tool's names",
       {"CREATE TABLE _archive_new LIKE archive",
        "RENAME TABLE archive TO _archive_old, _archive_new TO archive", "DROP TABLE _archive_old"},
       copying_again},
      {"convert to utf8mb4", {"ALTER TABLE words CONVERT TO CHARACTER SET utf8mb4"}},
      {"gh-ost adds",
       {},
       column_statements,
       How::ghost,
       "customers",
       "ADD COLUMN level SMALLINT NOT NULL DEFAULT 4"},
      {"gh-ost drops and widens",
       {},
       column_statements,
       How::ghost,
       "orders",
       "DROP COLUMN priority, MODIFY note BIGINT NOT NULL DEFAULT 5"},
      {"pt-osc adds",
       {},
       column_statements,
       How::triggers,
       "customers",
       "ADD COLUMN score DECIMAL(7,2) DEFAULT 0.5"},
      {"pt-osc drops", {}, column_statements, How::triggers, "right_hand", "DROP COLUMN n"},
      {"change a default",
       {"ALTER TABLE orders ALTER COLUMN note SET DEFAULT 6",
        "ALTER TABLE customers ALTER COLUMN score DROP DEFAULT"},
       default_changes},
      {"comment",
       {"ALTER TABLE left_hand COMMENT 'the other one', MODIFY n INT COMMENT 'count'"},
       details},
      {"add an index", {"ALTER TABLE customers ADD INDEX by_balance (balance, id)"}, details},
      {"drop an index", {"DROP INDEX by_name ON customers"}, details},
      {"add a unique index", {"CREATE UNIQUE INDEX one_each ON papers (note, id)"}, details},
      {"drop a unique index", {"ALTER TABLE papers DROP INDEX one_each"}, details},
      {"add with the present moment",
       {"ALTER TABLE orders ADD COLUMN seen DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)"},
       late_not_null},
      {"add with the moment, or nothing",
       {"ALTER TABLE customers ADD COLUMN touched DATETIME DEFAULT CURRENT_TIMESTAMP"},
       copying_again},
      {"narrow",
       {"SET SESSION sql_mode = ''", "ALTER TABLE customers MODIFY name VARCHAR(6) NOT NULL",
        "ALTER TABLE papers MODIFY rank_of TINYINT", "SET SESSION sql_mode = DEFAULT"},
       copying_again},
      {"another type", {"ALTER TABLE left_hand MODIFY n VARCHAR(20)"}, copying_again},
      {"gh-ost adds something unique",
       {},
       copying_again,
       How::ghost,
       "left_hand",
       "ADD UNIQUE KEY no_two (v, n)"},
      {"gh-ost adds something computed",
       {},
       copying_again,
       How::ghost,
       "papers",
       "ADD COLUMN made DATETIME DEFAULT CURRENT_TIMESTAMP"},
      {"add a number to each row",
       {"ALTER TABLE right_hand ADD COLUMN number BIGINT NOT NULL AUTO_INCREMENT,"
        " ADD UNIQUE KEY (number)"},
       late_not_null},
      {"another primary key",
       {"ALTER TABLE words DROP PRIMARY KEY, ADD COLUMN id INT NOT NULL AUTO_INCREMENT FIRST,"
        " ADD PRIMARY KEY (id)"},
       key_change},
      {"a shorter primary key",
       {"DELETE FROM items WHERE line <> 1",
        "ALTER TABLE items DROP PRIMARY KEY, ADD PRIMARY KEY (order_id)"},
       key_change,
       How::statements,
       "",
       "",
       true},
  };
}

}  // namespace tailrace::testing
