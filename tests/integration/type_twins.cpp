#include "tests/integration/type_twins.h"

#include <functional>
#include <map>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>

#include "tests/support/child_process.h"

namespace tailrace::testing {
namespace {

struct Language {
  char quote;
  // What is compared of a value; `type` as the catalogue names it.
  std::function<std::string(const std::string& name, const std::string& type)> octets;
  const char* same;       // "{} <=> {}": takes NULL for equal to NULL
  std::string catalogue;  // query: name and type of each column of table {0} of schema {1}
  std::function<std::string(const std::string& sql)> ask;
  std::function<std::string(const Twins&, const std::string& table)> table;
};

std::map<std::string, std::string> types_of(const Language& language, const Twins& twins,
                                            const std::string& table) {
  std::map<std::string, std::string> types;
  std::istringstream in(
      language.ask(fmt::format(fmt::runtime(language.catalogue), table, twins.schema)));
  for (std::string line; std::getline(in, line);) {
    const auto tab = line.find('\t');
    types[line.substr(0, tab)] = line.substr(std::min(tab + 1, line.size()));
  }
  return types;
}

std::string differences(const Language& language, const Twins& twins) {
  const auto copied = types_of(language, twins, twins.copied);
  const auto streamed = types_of(language, twins, twins.streamed);
  if (copied.empty() || streamed.empty()) return "a table is not there";
  std::string report;
  for (const auto& [name, type] : copied) {
    const auto other = streamed.find(name);
    const std::string there = other == streamed.end() ? "not there" : other->second;
    if (there != type) report += fmt::format("{} is {}, streamed it is {}; ", name, type, there);
  }
  if (!report.empty()) return report;

  const auto quoted = [&](const std::string& name) {
    return language.quote + name + language.quote;
  };
  const auto octets = [&](const char* table, const std::string& name) {
    return language.octets(table + ("." + quoted(name)), copied.at(name));
  };
  const auto equal = [&](const std::string& name) {
    return fmt::format(fmt::runtime(language.same), octets("c", name), octets("s", name));
  };
  std::string joined = " FROM " + language.table(twins, twins.copied) + " c JOIN " +
                       language.table(twins, twins.streamed) + " s ON ";
  for (std::size_t i = 0; i < twins.key.size(); ++i) {
    const std::string name = quoted(twins.key[i]);
    joined += (i > 0 ? " AND c." : "c.") + name + " = s." + name;
  }
  std::string sql =
      fmt::format("SELECT (SELECT count(*) FROM {}), (SELECT count(*) FROM {}), count(*)",
                  language.table(twins, twins.copied), language.table(twins, twins.streamed));
  std::vector<std::string> names = twins.key;
  names.insert(names.end(), twins.columns.begin(), twins.columns.end());
  for (const std::string& name : names) {
    sql += ", coalesce(sum(CASE WHEN " + equal(name) + " THEN 0 ELSE 1 END), 0)";
  }
  std::istringstream answer(language.ask(sql + joined));
  std::string rows;
  std::string streamed_rows;
  std::string matched;
  answer >> rows >> streamed_rows >> matched;
  if (rows == "0") return "no rows";
  if (rows != matched || streamed_rows != matched) {
    report += fmt::format("{} rows copied, {} streamed, {} with the same key; ", rows,
                          streamed_rows, matched);
  }
  for (const std::string& name : names) {
    std::string count;
    answer >> count;
    if (count != "0") report += fmt::format("{} differs in {} rows; ", name, count);
  }
  return report;
}

std::string schema_and_table(const Twins& twins, const std::string& table, char quote) {
  return quote + twins.schema + quote + "." + quote + table + quote;
}

std::string mysql_octets(const std::string& name, const std::string& type) {
  const auto is = [&](const char* word) { return type.find(word) != std::string::npos; };
  if (type.starts_with("float") || type.starts_with("double")) return name;
  if (type == "json") return "HEX(CAST(" + name + " AS CHAR))";
  if (type.starts_with("bit")) return "(" + name + " + 0)";
  if (is("char") || is("text") || is("enum") || is("set") || is("blob") || is("binary") ||
      is("vector") || is("point") || is("geom") || is("polygon") || is("linestring")) {
    return "HEX(" + name + ")";
  }
  return "CAST(" + name + " AS CHAR)";
}

}  // namespace

std::string postgres_twin_differences(const DatabaseServer& server, const std::string& database,
                                      const Twins& twins) {
  return differences(
      {'"',
       // The row image: what the server stores, whatever the type takes for equal.
       [](const std::string& name, const std::string&) { return "ROW(" + name + ")"; },
       "record_image_eq({}, {})",
       "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attnum > 0 AND "
       "attrelid = to_regclass('\"{1}\".\"{0}\"')",
       [&](const std::string& sql) { return server.sql(sql, database); },
       [](const Twins& of, const std::string& table) { return schema_and_table(of, table, '"'); }},
      twins);
}

std::string mysql_twin_differences(const DatabaseServer& server, const Twins& twins) {
  return differences(
      {'`', mysql_octets, "({} <=> {})",
       "SELECT column_name, column_type FROM information_schema.columns WHERE table_name = '{0}' "
       "AND table_schema = '{1}'",
       [&](const std::string& sql) { return server.sql(sql); },
       [](const Twins& of, const std::string& table) { return schema_and_table(of, table, '`'); }},
      twins);
}

std::string sqlite_twin_differences(const std::string& file, const Twins& twins) {
  return differences(
      {'"',
       [](const std::string& name, const std::string&) {
         return "(typeof(" + name + ") || quote(" + name + "))";
       },
       "({} IS {})", "SELECT name, type FROM pragma_table_info('{0}') WHERE '{1}' <> ''",
       [&](const std::string& sql) {
         const CommandResult result =
             run_command({.arguments = {"sqlite3", "-bail", "-separator", "\t", file, sql}});
         if (!result.ended.ok()) throw std::runtime_error("sqlite3: " + result.error_output);
         return result.output;
       },
       [](const Twins&, const std::string& table) { return "\"" + table + "\""; }},
      twins);
}

}  // namespace tailrace::testing
