#include "app/type_targets.h"

#include <algorithm>
#include <array>

#include "clients/sqlite/database.h"
#include "core/assert.h"
#include "extractors/mysql/type_text.h"
#include "sinks/mysql/catalogue.h"
#include "sinks/mysql/mysql_dialect.h"
#include "sinks/mysql/write_value.h"
#include "sinks/postgres/catalogue.h"
#include "sinks/postgres/postgres_dialect.h"
#include "sinks/postgres/write_value.h"
#include "sinks/sqlite/catalogue.h"
#include "sinks/sqlite/sqlite_dialect.h"
#include "sinks/sqlite/write_value.h"

namespace tailrace::app {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

bool is_later_label(const Column& column, std::string_view label) {
  const auto& labels = column.labels;
  return column.type == LogicalType::enumeration && label != error_label(labels) &&
         std::find(labels.begin(), labels.end(), label) == labels.end();
}

class SqliteTypes final : public TypeTarget {
 public:
  const sql::Dialect& dialect() const override { return dialect_; }
  sql::TargetColumn catalogued(const Column&, const std::string& created) const override {
    sql::TargetColumn column;
    sqlite::set_type(column, created, true);
    return column;
  }
  sql::ValueCheck write(const sql::MappedColumn& column, std::string_view canonical) override {
    std::string scratch;
    return sqlite::bind_value(column, canonical, 1, statement_, scratch);
  }
  bool keeps_minus_zero() const override { return false; }

 private:
  const sqlite::SqliteDialect dialect_;
  sqlite::Database database_ = *sqlite::Database::open({.path = ":memory:"});
  sqlite::Statement statement_ = *database_.prepare("SELECT ?1");
};

class MySqlTypes final : public TypeTarget {
 public:
  explicit MySqlTypes(const mysql::ServerVersion& version)
      : mariadb_(version.is_mariadb()), dialect_(version) {}

  const sql::Dialect& dialect() const override { return dialect_; }
  sql::TargetColumn catalogued(const Column&, const std::string& created) const override {
    std::string text = created.substr(0, created.rfind(" CHARACTER SET"));
    text =
        lower(text.substr(0, text.find('('))) + text.substr(std::min(text.find('('), text.size()));
    if (text.ends_with(" UNSIGNED")) text = lower(text);
    // MariaDB knows the word only.
    if (mariadb_ && text == "json") text = "longtext";
    const auto type = mysql::parse_type_text(text);
    TR_ASSERT(type);
    const auto number = [&](std::size_t index) {
      return index < type->numbers.size() ? type->numbers[index] : 0;
    };
    sql::TargetColumn column;
    column.type_name = text;
    column.base_type_name = type->name;
    const std::string name(type->name);
    mysql::CatalogueType named;
    named.data_type = name;
    named.column_type = text;
    named.max_length = number(0);
    named.precision = static_cast<std::uint16_t>(number(0));
    named.scale = static_cast<std::int16_t>(number(1));
    named.fraction = static_cast<std::int16_t>(number(0));
    mysql::set_type(column, named);
    return column;
  }
  sql::ValueCheck write(const sql::MappedColumn& column, std::string_view canonical) override {
    // The sink adds the labels that a PostgreSQL enumeration has got.
    if (is_later_label(*column.column, canonical)) return {};
    mysql::Literals literals;
    literals.escape = [](const void*, std::string_view text, ByteWriter& out) { out.text(text); };
    literals.mariadb = mariadb_;
    ByteWriter out;
    return mysql::write_literal(column, canonical, literals, out);
  }
  bool keeps_minus_zero() const override { return !mariadb_; }

 private:
  const bool mariadb_;
  const mysql::MySqlDialect dialect_;
};

struct Spelling {
  std::string_view written;  // in CREATE TABLE
  std::string_view before;   // in format_type(): before and behind what stands in brackets
  std::string_view behind;
};
constexpr std::array kSpellings = {
    Spelling{"varchar", "character varying", ""},
    Spelling{"time", "time", " without time zone"},
    Spelling{"timetz", "time", " with time zone"},
    Spelling{"timestamp", "timestamp", " without time zone"},
    Spelling{"timestamptz", "timestamp", " with time zone"},
};

class PostgresTypes final : public TypeTarget {
 public:
  explicit PostgresTypes(std::span<const Column> native) {
    for (const Column& column : native) dialect_.add_native_type(column.native_type);
  }
  const sql::Dialect& dialect() const override { return dialect_; }

  // format_type() with and without what stands in brackets.
  sql::TargetColumn catalogued(const Column& source, const std::string& created) const override {
    const std::string name = created.substr(0, created.find('('));
    const auto open = std::min(created.find('('), created.size());
    const auto close = created.find(')') == std::string::npos ? open : created.find(')') + 1;
    const std::string brackets = created.substr(open, close - open);
    const auto* spelling = std::find_if(kSpellings.begin(), kSpellings.end(),
                                        [&](const Spelling& one) { return one.written == name; });
    const bool other = spelling != kSpellings.end() && created != source.native_type;
    const std::string before = other ? std::string(spelling->before) : name;
    const std::string behind = other ? std::string(spelling->behind) : created.substr(close);
    std::string base = before + behind;
    if (base == "character") base = "bpchar";
    if (base == "bit") base = "\"bit\"";
    const bool is_array = base.ends_with("[]");
    const bool is_enum = source.type == LogicalType::enumeration && created == source.native_type;
    sql::TargetColumn column;
    postgres::set_type(column, before + brackets + behind, base,
                       is_array  ? 'A'
                       : is_enum ? 'E'
                                 : 'U');
    column.type_name = before + brackets + behind;
    column.base_type_name = base;
    return column;
  }
  sql::ValueCheck write(const sql::MappedColumn& column, std::string_view canonical) override {
    if (column.target->type == sql::TargetType::enumeration &&
        is_later_label(*column.column, canonical)) {
      return sql::ValueProblem{"its label is none of the type's",
                               "ALTER TYPE ... ADD VALUE at the target"};
    }
    ByteWriter out;
    return postgres::write_value(column, canonical, postgres::ValueForm::plain, out);
  }
  bool has_policy() const override { return false; }

 private:
  postgres::PostgresDialect dialect_;
};

}  // namespace

mysql::ServerVersion recent_version(bool mariadb) {
  return mysql::ServerVersion::parse(mariadb ? "11.8.2-MariaDB" : "9.7.0");
}

std::unique_ptr<TypeTarget> make_type_target(Engine engine, const Column& column, bool native) {
  switch (engine) {
    case Engine::sqlite:
      return std::make_unique<SqliteTypes>();
    case Engine::mysql:
    case Engine::mariadb:
      return make_type_target(recent_version(engine == Engine::mariadb));
    case Engine::postgresql:
      return make_postgres_type_target(native ? std::span(&column, 1) : std::span<const Column>());
  }
  return nullptr;
}

std::unique_ptr<TypeTarget> make_type_target(const mysql::ServerVersion& version) {
  return std::make_unique<MySqlTypes>(version);
}

std::unique_ptr<TypeTarget> make_postgres_type_target(std::span<const Column> columns) {
  return std::make_unique<PostgresTypes>(columns);
}

}  // namespace tailrace::app
