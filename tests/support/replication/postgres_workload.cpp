#include "tests/support/replication/postgres_workload.h"

#include <iterator>

#include "tests/support/replication/postgres_columns.h"

namespace tailrace::testing {
namespace {

constexpr std::uint32_t kKeys = 150;  // few, so that changes meet each other

std::string table_of(const std::string& name, const std::vector<SampleColumn>& columns) {
  std::string sql = "CREATE TABLE shop." + name + " (id integer PRIMARY KEY";
  for (const SampleColumn& column : columns) sql += ", " + column.name + " " + column.type;
  return sql + ");\n";
}

constexpr const char* kTables = R"(
  CREATE TABLE shop.items (id integer PRIMARY KEY, code integer UNIQUE, name text NOT NULL,
    price numeric(12,2) NOT NULL, changed timestamptz);
  CREATE TABLE shop.documents (id integer PRIMARY KEY, version integer NOT NULL,
    a text, b bytea, c jsonb, note text);
  ALTER TABLE shop.documents ALTER a SET STORAGE EXTERNAL, ALTER b SET STORAGE EXTERNAL,
    ALTER c SET STORAGE EXTERNAL;
  CREATE TABLE shop.archive (id integer PRIMARY KEY, version integer NOT NULL, a text, note text);
  ALTER TABLE shop.archive ALTER a SET STORAGE EXTERNAL;
  ALTER TABLE shop.archive REPLICA IDENTITY FULL;
  CREATE TABLE shop.stock (amount integer NOT NULL, shelf integer NOT NULL, place text NOT NULL,
    PRIMARY KEY (place, shelf));
  CREATE TABLE shop.words (word text PRIMARY KEY, uses bigint NOT NULL);
  CREATE TABLE shop.tokens (token bytea PRIMARY KEY, uid uuid NOT NULL, at timestamptz NOT NULL);
  CREATE TABLE shop.notes (n bigint NOT NULL, note text, at timestamp);
  ALTER TABLE shop.notes REPLICA IDENTITY FULL;
  CREATE TABLE shop.badges (email varchar(80) NOT NULL, number integer, owner text);
  CREATE UNIQUE INDEX badges_by_email ON shop.badges (email);
  ALTER TABLE shop.badges REPLICA IDENTITY USING INDEX badges_by_email;
  CREATE TABLE shop.seats (id integer PRIMARY KEY, seat integer UNIQUE DEFERRABLE);
  INSERT INTO shop.seats SELECT n, n FROM generate_series(1, 20) n;
  CREATE TABLE shop.events (id integer NOT NULL, month integer NOT NULL, what text,
    PRIMARY KEY (id, month)) PARTITION BY LIST (month);
  CREATE TABLE shop.events_1 PARTITION OF shop.events FOR VALUES IN (1, 2, 3);
  CREATE TABLE shop.events_2 PARTITION OF shop.events FOR VALUES IN (4, 5, 6);
  CREATE TABLE shop.events_other PARTITION OF shop.events DEFAULT;
  CREATE TABLE shop.bulk (id integer PRIMARY KEY, filler text NOT NULL, n integer);
)";

}  // namespace

void create_postgres_tables(const DatabaseServer& source) {
  source.sql(kSampleTypes + table_of("scalars", scalar_columns()) +
                 table_of("lists", array_columns()) + table_of("shapes", structured_columns()) +
                 kTables,
             "shop");
}

// A row with a random value in each column: an insert, or an update of all of it.
std::string PostgresWorkload::upsert_with_all_types() {
  const std::uint32_t which = pick(4);
  const std::string table = which < 2 ? "scalars" : which == 2 ? "lists" : "shapes";
  const auto& columns = which < 2    ? scalar_columns()
                        : which == 2 ? array_columns()
                                     : structured_columns();
  std::string names = "INSERT INTO " + table + " (id";
  std::string values = ") VALUES (" + std::to_string(pick(kKeys));
  std::string update = ") ON CONFLICT (id) DO UPDATE SET id = excluded.id";
  for (const SampleColumn& column : columns) {
    if (pick(10) == 0) continue;  // NULL in a new row, untouched in an old one
    const auto& special = column.postgres_only;
    const bool is_special = values_ == Values::postgres_only && !special.empty() && pick(3) == 0;
    const auto& choice = is_special ? special : column.values;
    names += ", " + column.name;
    values +=
        ", " + (pick(12) == 0 ? "NULL" : choice[pick(static_cast<std::uint32_t>(choice.size()))]);
    update += ", " + column.name + " = excluded." + column.name;
  }
  return names + values + update + ";\n";
}

std::string PostgresWorkload::change_items() {
  const std::string id = std::to_string(pick(kKeys));
  const std::string other = std::to_string(pick(kKeys));
  switch (pick(7)) {
    case 0:
    case 1:
      return "INSERT INTO items VALUES (" + id + ", NULL, 'item ' || " + id +
             ", 1.50, '2024-01-01Z')"
             " ON CONFLICT (id) DO UPDATE SET name = excluded.name || '+';\n";
    case 2:
      return "UPDATE items SET price = price + 1.01, changed = '2024-06-01Z' WHERE id = " + id +
             ";\n";
    case 3:
      return "UPDATE items SET code = 1000 + " + other + " WHERE id = " + id +
             " AND NOT EXISTS (SELECT FROM items WHERE code = 1000 + " + other + ");\n";
    case 4:  // key change
      return "UPDATE items SET id = " + other + " WHERE id = " + id +
             " AND NOT EXISTS (SELECT FROM items WHERE id = " + other + ");\n";
    case 5:  // two rows swap their unique value, on the way over NULL
      if (id == other) return "";
      return "CREATE TEMP TABLE swap ON COMMIT DROP AS SELECT id, code FROM items WHERE id IN (" +
             id + ", " + other +
             ");\nUPDATE items SET code = NULL WHERE id IN (SELECT id FROM swap);\n"
             "UPDATE items SET code = swap.code FROM swap WHERE swap.id <> items.id AND items.id "
             "IN "
             "(SELECT id FROM swap);\nDROP TABLE swap;\n";
    default:
      return "DELETE FROM items WHERE id = " + id + ";\n";
  }
}

// Values that stay in their TOAST table and so are not sent again.
std::string PostgresWorkload::change_documents() {
  const std::string table = pick(3) == 0 ? "archive" : "documents";
  const std::string id = std::to_string(pick(40));
  const std::string other = std::to_string(pick(40));
  const std::string letter(1, static_cast<char>('a' + pick(26)));
  switch (pick(7)) {
    case 0:
    case 1:
      return "INSERT INTO " + table + " (id, version, a) VALUES (" + id + ", 0, repeat('" + letter +
             "', 9000)) ON CONFLICT (id) DO UPDATE SET version = excluded.version;\n";
    case 2:
      if (table == "archive") return "";
      return "UPDATE documents SET b = decode(repeat('" + std::to_string(10 + pick(90)) +
             "', 9000), 'hex'), c = to_jsonb(repeat('" + letter + "', 9000)) WHERE id = " + id +
             ";\n";
    case 3:
    case 4:
      return "UPDATE " + table + " SET version = version + 1, note = '" + letter +
             "' WHERE id = " + id + ";\n";
    case 5:  // key change, the large values untouched
      return "UPDATE " + table + " SET id = " + other + " WHERE id = " + id +
             " AND NOT EXISTS (SELECT FROM " + table + " WHERE id = " + other + ");\n";
    default:
      return "DELETE FROM " + table + " WHERE id = " + id + ";\n";
  }
}

std::string PostgresWorkload::change_keys_and_notes() {
  static const char* const kWords[] = {"'word'", "'Word'", "'word '", "'wörd'",
                                       "''",     "'ß'",    "'ss'"};
  const std::string word = kWords[pick(std::size(kWords))];
  const std::string n = std::to_string(pick(30));
  const std::string place = "'p" + std::to_string(pick(8)) + "'";
  switch (pick(12)) {
    case 0:
      return "INSERT INTO words VALUES (" + word +
             ", 1) ON CONFLICT (word) DO UPDATE SET uses = words.uses + 1;\n";
    case 1:
      return "DELETE FROM words WHERE word = " + word + ";\n";
    case 2:
      return "INSERT INTO stock VALUES (1, " + n + ", " + place +
             ") ON CONFLICT (place, shelf) DO UPDATE SET amount = stock.amount + 1;\n";
    case 3:
      return "UPDATE stock SET amount = amount + 1 WHERE place = " + place + ";\n";
    case 4:
      return "UPDATE stock SET shelf = shelf + 100 WHERE shelf = " + n +
             " AND NOT EXISTS (SELECT FROM stock s WHERE s.shelf = stock.shelf + 100 AND s.place = "
             "stock.place);\n";
    case 5:
      return "DELETE FROM stock WHERE place = " + place + " AND shelf % 3 = 0;\n";
    case 6:
      return "INSERT INTO notes SELECT " + n + ", " + word +
             ", '2024-01-01' FROM generate_series(1, " + std::to_string(1 + pick(2)) + ");\n";
    case 7:
      return "UPDATE notes SET note = note || '.' WHERE n = " + n + ";\n";
    case 8:
      return "DELETE FROM notes WHERE n = " + n + ";\n";
    case 9:
      return "INSERT INTO badges VALUES ('user" + n + "@example.org', " + n + ", " + word +
             ") ON CONFLICT (email) DO UPDATE SET number = badges.number + 1;\n" +
             (pick(3) == 0 ? "UPDATE badges SET email = 'moved' || email WHERE number > 40;\n"
                             "DELETE FROM badges WHERE length(email) > 60;\n"
                           : "");
    case 10:
      return "INSERT INTO tokens VALUES (decode(md5('" + n +
             "'), 'hex'), '6ba7b810-9dad-11d1-80b4-00c04fd430c8', '2024-01-01Z') ON CONFLICT "
             "(token) DO UPDATE SET at = tokens.at + interval '1 second';\n";
    default:  // unique values in a circle, in one statement
      return "UPDATE seats SET seat = 1 + seat % 20;\n";
  }
}

std::string PostgresWorkload::change_events() {
  const std::string id = std::to_string(pick(60));
  const std::string month = std::to_string(1 + pick(12));
  const std::string other = std::to_string(1 + pick(12));
  switch (pick(5)) {
    case 0:
    case 1:
      return "INSERT INTO events VALUES (" + id + ", " + month +
             ", 'made') ON CONFLICT (id, month) "
             "DO UPDATE SET what = events.what || '!';\n";
    case 2:  // into another partition
      return "UPDATE events SET month = " + other + " WHERE id = " + id + " AND month = " + month +
             " AND NOT EXISTS (SELECT FROM events WHERE id = " + id + " AND month = " + other +
             ");\n";
    case 3:
      return "UPDATE events SET what = 'seen' WHERE month = " + month + ";\n";
    default:
      return "DELETE FROM events WHERE id = " + id + ";\n";
  }
}

// Some thousand rows: with a small logical_decoding_work_mem they are sent before the commit.
std::string PostgresWorkload::large_change() {
  const std::string from = std::to_string(pick(5) * 1000);
  switch (pick(4)) {
    case 0:
    case 1:
      return "INSERT INTO bulk SELECT n + " + from +
             ", repeat(chr(65 + n % 26), 60), 0 FROM generate_series(1, 2000) n ON CONFLICT (id) "
             "DO "
             "UPDATE SET n = bulk.n + 1;\n";
    case 2:
      return "UPDATE bulk SET n = n + 1, filler = lower(filler) WHERE id > " + from + ";\n";
    default:
      return "DELETE FROM bulk WHERE id > " + from + " AND id <= " + from + " + 1500;\n";
  }
}

std::string PostgresWorkload::statement() {
  switch (pick(16)) {
    case 0:
    case 1:
    case 2:
      return upsert_with_all_types();
    case 3: {
      static const char* const kTables[] = {"scalars", "lists", "shapes"};
      const std::string table = kTables[pick(std::size(kTables))];
      const std::string id = std::to_string(pick(kKeys));
      if (pick(2) == 0) return "DELETE FROM " + table + " WHERE id = " + id + ";\n";
      const std::string other = std::to_string(pick(kKeys));
      return "UPDATE " + table + " SET id = " + other + " WHERE id = " + id +
             " AND NOT EXISTS (SELECT FROM " + table + " WHERE id = " + other + ");\n";
    }
    case 4:
    case 5:
    case 6:
      return change_items();
    case 7:
    case 8:
    case 9:
      return change_documents();
    case 10:
    case 11:
    case 12:
      return change_keys_and_notes();
    case 13:
    case 14:
      return change_events();
    default:
      if (pick(8) != 0) return change_keys_and_notes();
      return pick(4) == 0 ? "TRUNCATE events;\n" : "TRUNCATE stock, notes;\n";
  }
}

std::string PostgresWorkload::statements(std::uint32_t most) {
  std::string sql;
  for (std::uint32_t left = 1 + pick(most); left > 0; --left) sql += statement();
  return sql;
}

std::string PostgresWorkload::transaction() {
  std::string sql = "BEGIN;\n" + statements(5);
  if (pick(5) == 0) {
    sql += "SAVEPOINT one;\n" + statements(3);
    if (pick(3) == 0) sql += "SAVEPOINT two;\n" + statements(2) + "ROLLBACK TO two;\n";
    sql += pick(2) == 0 ? "ROLLBACK TO one;\n" : "RELEASE one;\n";
    sql += statements(2);
  }
  if (pick(25) == 0) {
    sql += large_change();
    if (pick(2) == 0) sql += "SAVEPOINT big;\n" + large_change() + "ROLLBACK TO big;\n";
    sql += statements(1);
  }
  // A temporary table, as a swap of unique values makes one, keeps a transaction from being
  // prepared.
  if (pick(12) == 0 && sql.find("TEMP TABLE") == std::string::npos) {
    const std::string name = "'load " + std::to_string(++prepared_count_) + "'";
    return sql + "PREPARE TRANSACTION " + name + ";\n" + (pick(3) == 0 ? "ROLLBACK" : "COMMIT") +
           " PREPARED " + name + ";\n";
  }
  return sql + (pick(12) == 0 ? "ROLLBACK;\n" : "COMMIT;\n");
}

std::string PostgresWorkload::transactions(int count) {
  std::string sql = "SET TimeZone = 'UTC'; SET synchronous_commit = off;\n";
  for (int i = 0; i < count; ++i) sql += transaction();
  // What is at the end of the log is flushed by then.
  return sql +
         "SET synchronous_commit = on; INSERT INTO words VALUES ('end', 1) ON CONFLICT (word) "
         "DO UPDATE SET uses = words.uses + 1;\n";
}

}  // namespace tailrace::testing
