// One source, four targets, and a table for every line of the listing with a value of that line.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/integration/type_listing.h"
#include "tests/support/replication/odd_values.h"
#include "tests/support/replication/replication_bed.h"

namespace tailrace::testing {

inline constexpr std::array kRefusalTargets = {Engine::postgres18, Engine::mysql, Engine::mariadb,
                                               Engine::sqlite};

// Of each server one; as a target it has a database of its own.
class RefusalServers {
 public:
  RefusalServers();
  DatabaseServer& of(Engine engine);
  std::string target_url(Engine engine, const std::string& sqlite_file) const;

 private:
  std::map<Engine, std::unique_ptr<DatabaseServer>> servers_;
};

// A value of one line. Its tables have the columns id and c, or c as their key and v.
struct RefusalCase {
  std::string type;
  std::string label;
  bool in_key = false;
  OddValue value;
  std::string name;  // "v12", in the key "k12"
};

class RefusalBed {
 public:
  // whole: every line of the page. Otherwise one type, at random, of those with the same trouble.
  RefusalBed(RefusalServers& servers, Engine source, bool whole, std::uint64_t seed);

  const std::vector<RefusalCase>& cases() const { return cases_; }
  // Lines of docs/types.md for which odd_values.cpp has no value.
  const std::vector<std::string>& unknown() const { return unknown_; }
  const ListedColumn* listed(const std::string& sink, const RefusalCase& one) const;
  bool refuses(Engine target, const RefusalCase& one) const;
  // Lines of the page that the listing of these tables lacks, and the other way round.
  std::string lines_against_listing() const;

  // The options that the listing names: "infinity=null".
  std::vector<std::string> options() const;
  bool has_option(Engine target, const RefusalCase& one, const std::string& option) const;

  // Tables `<prefix><name>` of schema `refused`.
  void create(const std::string& prefix, const RefusalCase& one);
  // id: of the row, where the value is not the key.
  void insert(const std::string& prefix, const RefusalCase& one, int id = 2);
  void remove(const std::string& table) { source_sql("DELETE FROM refused." + table); }
  void prepare(const RefusalCase& one);  // what makes the value possible
  void source_sql(const std::string& statements);
  // Makes the column text, as the way out says.
  void cure(Engine target, const std::string& table, const RefusalCase& one);
  std::string target_sql(Engine target, const std::string& statements);
  std::string target_table(Engine target, const std::string& table) const;

  std::string source_url() const;
  std::string target_url(Engine target) const;
  // Writes the file, and answers its name.
  std::string write_config(const std::vector<std::string>& pipelines) const;
  // tables: patterns; sinks: name -> URL
  std::string pipeline(const std::string& name, const std::vector<std::string>& tables,
                       const std::map<std::string, std::string>& sinks) const;
  const TempDir& folder() const { return folder_; }
  SqlFamily family() const { return is_postgres(source_) ? SqlFamily::postgres : SqlFamily::mysql; }

 private:
  void collect();
  void thin(std::uint64_t seed);
  void read_listings();
  std::string definition(const std::string& table, const RefusalCase& one) const;

  RefusalServers& servers_;
  Engine source_;
  bool has_citext_ = false;
  TempDir folder_{"refused"};
  std::map<Engine, std::vector<TypeLine>> lines_;
  std::vector<RefusalCase> cases_;
  std::vector<std::string> unknown_;
  std::map<std::string, ColumnListing> listings_;
};

std::string sink_with(Engine target, const std::string& option);  // "mysql_infinity_null"

}  // namespace tailrace::testing
