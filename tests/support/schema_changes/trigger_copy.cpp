#include <chrono>
#include <thread>

#include "tests/support/schema_changes/change_tables.h"
#include "tests/support/schema_changes/table_copy.h"

namespace tailrace::testing {
namespace {

// Each keeps the row of the new table equal to the one that was written.
void create_triggers(SqlSession& session, const std::string& table, const std::string& copy) {
  const std::string key = key_column(session, table);
  const std::string columns = shared_columns(session, table, copy);
  const std::string values = shared_columns(session, table, copy, "NEW.");
  const std::string replace = "REPLACE INTO " + copy + " (" + columns + ") VALUES (" + values + ")";
  const std::string on = " ON " + table + " FOR EACH ROW ";
  run_again(session, "CREATE TRIGGER pt_osc_shop_" + table + "_del AFTER DELETE" + on +
                         "DELETE IGNORE FROM " + copy + " WHERE " + copy + "." + key + " <=> OLD." +
                         key);
  run_again(session, "CREATE TRIGGER pt_osc_shop_" + table + "_upd AFTER UPDATE" + on +
                         "BEGIN DELETE IGNORE FROM " + copy + " WHERE !(OLD." + key + " <=> NEW." +
                         key + ") AND " + copy + "." + key + " <=> OLD." + key + "; " + replace +
                         "; END");
  run_again(session, "CREATE TRIGGER pt_osc_shop_" + table + "_ins AFTER INSERT" + on + replace);
}

}  // namespace

void copy_with_triggers(const DatabaseServer& source, const std::string& table,
                        const std::string& alter) {
  const auto session = SqlSession::open(source);
  const std::string copy = "_" + table + "_new";
  const std::string old = "_" + table + "_old";
  std::string create = *session->rows("SHOW CREATE TABLE " + table)[0][1];
  create.replace(create.find('`'), table.size() + 2, "`shop`.`" + copy + "`");
  session->run(create);
  session->run("ALTER TABLE `shop`.`" + copy + "` " + alter);
  create_triggers(*session, table, copy);
  copy_in_chunks(*session, table, copy,
                 [] { std::this_thread::sleep_for(std::chrono::milliseconds(2)); });
  session->run("ANALYZE TABLE `shop`.`" + copy + "` /* pt-online-schema-change */");
  run_again(*session, "RENAME TABLE `shop`.`" + table + "` TO `shop`.`" + old + "`, `shop`.`" +
                          copy + "` TO `shop`.`" + table + "`");
  session->run("DROP TABLE IF EXISTS `shop`.`" + old + "`");
  for (const char* event : {"_del", "_upd", "_ins"}) {
    session->run("DROP TRIGGER IF EXISTS pt_osc_shop_" + table + event);
  }
}

}  // namespace tailrace::testing
