// Every type of PostgreSQL: the columns of the workload with their limits, and random values.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "tests/support/replication/postgres_columns.h"
#include "tests/support/replication/type_samples.h"

namespace tailrace::testing {
namespace {

using Values = std::vector<SampleValue>;
using Make = std::function<std::string(Dice&)>;

constexpr const char* kNan = "NaN";
constexpr const char* kNumberInfinity = "±Infinity";
constexpr const char* kInfinity = "±infinity";
constexpr const char* kBeforeZero = "years before 0000";
constexpr const char* kAfter9999 = "years after 9999";
constexpr const char* kManyWhole = "more than 35 digits before the point";
constexpr const char* kManyFraction = "more than 30 digits behind the point";
constexpr const char* kWideNumber = "numbers that are neither of 64 bits nor a double";
constexpr const char* kLowerBounds = "lower bounds other than 1";
constexpr const char* kNulEscape = "the escape \\u0000";
constexpr const char* kNoStandardUuid = "UUIDs of version 8 to f without the standard variant";
constexpr const char* kLongerTexts = "longer texts";
constexpr const char* kLongerValues = "longer values";

std::string quoted(const std::string& text) {
  std::string out = "E'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c == '\r' ? "\\r" : std::string(1, c);
  }
  return out + "'";
}

std::string day(Dice& dice, std::int64_t first_year = 1, std::int64_t last_year = 9999) {
  return fmt::format("{:04}-{:02}-{:02}", dice.between(first_year, last_year), dice.between(1, 12),
                     dice.between(1, 28));
}

std::string clock(Dice& dice) {
  return fmt::format("{:02}:{:02}:{:02}.{:06}", dice.below(24), dice.below(60), dice.below(60),
                     dice.one_in(2) ? 0 : dice.below(1'000'000));
}

std::string moment(Dice& dice) {
  return day(dice) + " " + clock(dice);
}

std::string offset(Dice& dice) {
  return fmt::format("{}{:02}:{:02}", dice.one_in(2) ? "+" : "-", dice.below(15), dice.below(60));
}

std::string floating(Dice& dice, int digits, int least, int greatest) {
  return fmt::format("'{}{}.{}e{}'", dice.one_in(2) ? "-" : "", dice.below(10),
                     dice.digits(static_cast<std::size_t>(digits)), dice.between(least, greatest));
}

std::string integer(Dice& dice, int bits) {
  const auto value = static_cast<std::int64_t>(dice.bits()) >> (64 - bits);
  return "'" + std::to_string(value >> dice.below(static_cast<std::uint64_t>(bits))) + "'";
}

std::string interval(Dice& dice) {
  return fmt::format("'{} mons {} days {}:{:02}:{:02}.{:06}'", dice.between(-5000, 5000),
                     dice.between(-5000, 5000), dice.between(-5000, 5000), dice.below(60),
                     dice.below(60), dice.below(1'000'000));
}

// Of some standard; what MariaDB refuses beside that is one of the oddities.
std::string uuid(Dice& dice) {
  std::string hex = dice.hex(16);
  hex[16] = "89ab"[dice.below(4)];
  return hex;
}

std::string address(Dice& dice) {
  if (dice.one_in(2)) {
    return fmt::format("'{}.{}.{}.{}/{}'", dice.below(256), dice.below(256), dice.below(256),
                       dice.below(256), dice.between(0, 32));
  }
  std::string out;
  for (int i = 0; i < 8; ++i) out += (i > 0 ? ":" : "") + (dice.one_in(2) ? "0" : dice.hex(2));
  return fmt::format("'{}/{}'", out, dice.between(0, 128));
}

// array[...]::type of up to four such elements, NULL among them, now and then of two dimensions.
Make array_of(const std::string& type, Make element) {
  return [=](Dice& dice) {
    const auto row = [&](std::uint64_t count) {
      std::string out = "array[";
      for (std::uint64_t i = 0; i < count; ++i) {
        out += (i > 0 ? "," : "") + (dice.one_in(6) ? "NULL" : "(" + element(dice) + ")");
      }
      return out + "]";
    };
    if (!dice.one_in(4)) return row(dice.below(5)) + "::" + type + "[]";
    const auto width = 1 + dice.below(3);
    return "array[" + row(width) + "::" + type + "[]," + row(width) + "::" + type + "[]]";
  };
}

// By the names of the workload's columns.
const std::map<std::string, Make>& makers() {
  static const Make text = [](Dice& dice) { return quoted(random_text(dice, 40)); };
  static const std::map<std::string, Make> kMakers = {
      {"small", [](Dice& dice) { return integer(dice, 16); }},
      {"middle", [](Dice& dice) { return integer(dice, 32); }},
      {"big", [](Dice& dice) { return integer(dice, 64); }},
      {"object", [](Dice& dice) { return std::to_string(dice.bits() >> 32U); }},
      {"price", [](Dice& dice) { return dice.number(10, 2); }},
      {"open_number", [](Dice& dice) { return dice.number(35, 30); }},
      {"rounded", [](Dice& dice) { return dice.number(7, 0); }},
      {"tiny", [](Dice& dice) { return "0.00" + dice.digits(3); }},
      {"single", [](Dice& dice) { return floating(dice, 8, -37, 37); }},
      {"twice", [](Dice& dice) { return floating(dice, 17, -300, 300); }},
      {"cash", [](Dice& dice) { return "(" + dice.number(15, 2) + ")::numeric::money"; }},
      {"name", text},
      {"padded", [](Dice& dice) { return quoted(random_text(dice, 8)); }},
      {"ident", [](Dice& dice) { return quoted(random_text(dice, 15)); }},
      {"body",
       [](Dice& dice) {
         if (!dice.one_in(8)) return quoted(random_text(dice, 80));
         // Stays in its TOAST table when other columns change.
         return fmt::format("repeat({}, {})", quoted(random_text(dice, 9)), dice.below(4000));
       }},
      {"raw", [](Dice& dice) { return "'\\x" + dice.hex(dice.below(60)) + "'"; }},
      {"day", [](Dice& dice) { return "'" + day(dice) + "'"; }},
      {"at", [](Dice& dice) { return "'" + clock(dice) + "'"; }},
      {"at_short", [](Dice& dice) { return "'" + clock(dice) + "'"; }},
      {"at_zone", [](Dice& dice) { return "'" + clock(dice) + offset(dice) + "'"; }},
      {"stamp", [](Dice& dice) { return "'" + moment(dice) + "'"; }},
      {"stamp_short", [](Dice& dice) { return "'" + moment(dice) + "'"; }},
      {"instant",
       [](Dice& dice) {
         return "'" + day(dice, 2, 9998) + " " + clock(dice) + offset(dice) + "'";
       }},
      {"instant_short",
       [](Dice& dice) {
         return "'" + day(dice, 2, 9998) + " " + clock(dice) + offset(dice) + "'";
       }},
      {"span", interval},
      {"uid", [](Dice& dice) { return "'" + uuid(dice) + "'"; }},
      {"address", address},
      {"network", [](Dice& dice) { return "network(" + address(dice) + "::inet)"; }},
      {"mac", [](Dice& dice) { return "'" + dice.hex(6) + "'"; }},
      {"mac_long", [](Dice& dice) { return "'" + dice.hex(8) + "'"; }},
      {"flags", [](Dice& dice) { return "B'" + dice.binary(5) + "'"; }},
      {"one_flag", [](Dice& dice) { return "B'" + dice.binary(1) + "'"; }},
      {"full_flags", [](Dice& dice) { return "B'" + dice.binary(64) + "'"; }},
      {"wide_flags", [](Dice& dice) { return "B'" + dice.binary(70) + "'"; }},
      {"loose_flags", [](Dice& dice) { return "B'" + dice.binary(dice.below(41)) + "'"; }},
      {"numbers", array_of("integer", [](Dice& dice) { return integer(dice, 32); })},
      {"bigs", array_of("bigint", [](Dice& dice) { return integer(dice, 64); })},
      {"words", array_of("text", [](Dice& dice) { return quoted(random_text(dice, 12)); })},
      {"prices", array_of("numeric(10,2)", [](Dice& dice) { return dice.number(8, 2); })},
      {"doubles",
       array_of("double precision", [](Dice& dice) { return floating(dice, 17, -300, 300); })},
      {"reals", array_of("real", [](Dice& dice) { return floating(dice, 8, -37, 37); })},
      {"raws",
       array_of("bytea", [](Dice& dice) { return "'\\x" + dice.hex(dice.below(9)) + "'"; })},
      {"days", array_of("date", [](Dice& dice) { return "'" + day(dice) + "'"; })},
      {"stamps", array_of("timestamp(3)", [](Dice& dice) { return "'" + moment(dice) + "'"; })},
      {"spans", array_of("interval", interval)},
      {"docs", array_of("jsonb", [](Dice& dice) { return quoted(random_json(dice, 2)); })},
      {"addresses", array_of("inet", address)},
      {"bits_",
       array_of("varbit", [](Dice& dice) { return "B'" + dice.binary(dice.below(9)) + "'"; })},
      {"pairs", array_of("shop.pair",
                         [](Dice& dice) {
                           return fmt::format("row({}, {})::shop.pair", integer(dice, 32),
                                              quoted(random_text(dice, 9)));
                         })},
      {"n",
       [](Dice& dice) {
         const auto low = dice.between(-1000, 1000);
         return fmt::format("'[{}.50,{}.250]'", low, low + 1 + dice.between(0, 99));
       }},
      {"t",
       [](Dice& dice) {
         return fmt::format("tsrange('{}', '{}', '[)')", day(dice, 1, 1999) + " " + clock(dice),
                            day(dice, 2000, 9999));
       }},
      {"pair",
       [](Dice& dice) {
         return fmt::format("row({}, {})", integer(dice, 32), quoted(random_text(dice, 20)));
       }},
      {"place",
       [](Dice& dice) {
         return fmt::format("point({}, {})", floating(dice, 17, -300, 300),
                            floating(dice, 17, -300, 300));
       }},
      {"doc", [](Dice& dice) { return quoted(random_json(dice, 4)); }},
      {"doc_b", [](Dice& dice) { return quoted(random_json(dice, 4)); }},
      {"page",
       [](Dice& dice) { return "xmlelement(name a, " + quoted(dice.digits(dice.below(9))) + ")"; }},
  };
  return kMakers;
}

// Values that not every target has, by the names of the workload's columns.
const std::map<std::string, Values>& oddities() {
  static const std::map<std::string, Values> kOddities = {
      {"price", {{"'NaN'", kNan}}},
      {"open_number",
       {{"'NaN'", kNan},
        {"'Infinity'", kNumberInfinity},
        {"'-Infinity'", kNumberInfinity},
        {"1e100", kManyWhole},
        {"1e-100", kManyFraction},
        {"1.1000"}}},
      {"single",
       {{"'NaN'", kNan},
        {"'Infinity'", kNumberInfinity},
        {"'-Infinity'", kNumberInfinity},
        {"'1e-45'"}}},
      {"twice",
       {{"'NaN'", kNan},
        {"'Infinity'", kNumberInfinity},
        {"'-Infinity'", kNumberInfinity},
        {"5e-324"}}},
      {"day",
       {{"'infinity'", kInfinity},
        {"'-infinity'", kInfinity},
        {"'0044-03-15 BC'", kBeforeZero},
        {"'0001-01-01'"},
        {"'12024-02-29'", kAfter9999}}},
      {"stamp",
       {{"'infinity'", kInfinity},
        {"'0044-03-15 12:00:00 BC'", kBeforeZero},
        {"'294276-12-31 23:59:59.999999'", kAfter9999}}},
      {"stamp_short", {{"'-infinity'", kInfinity}, {"'4713-01-01 BC'", kBeforeZero}}},
      {"instant",
       {{"'infinity'", kInfinity},
        {"'0044-03-15 12:00:00Z BC'", kBeforeZero},
        {"'10000-01-01 00:00:00Z'", kAfter9999}}},
      {"instant_short", {{"'-infinity'", kInfinity}}},
      {"uid",
       {{"'fa76b476-bb15-7396-07c7-3eceed77a497'"},
        {"'fa76b476-bb15-8396-07c7-3eceed77a497'", kNoStandardUuid}}},
      {"numbers", {{"'[0:1]={1,2}'", kLowerBounds}}},
      {"words", {{"'[-1:0]={a,b}'", kLowerBounds}}},
      {"prices", {{"'{NaN,1.00}'"}}},
      {"reals", {{"'{NaN,Infinity,0.1}'"}}},
      {"doubles", {{"'{NaN,-Infinity,5e-324}'"}}},
      {"days", {{"'{infinity,0044-03-15 BC}'"}}},
      {"doc",
       {{"'{\"a\":1,\"a\":2}'"},
        {"'1e400'"},
        {"'\"\\u0000\"'", kNulEscape},
        {"'12345678901234567890123'", kWideNumber}}},
      {"doc_b",
       {{"'[0.1000000000000000000000000000001]'", kWideNumber},
        {"'12345678901234567890123'", kWideNumber},
        {"'1.10'"}}},
  };
  return kOddities;
}

TypeSample sample_of(const SampleColumn& column) {
  TypeSample sample{column.type};
  for (const std::string& value : column.values) sample.limits.push_back({value});
  if (column.type == "tsvector") return sample;  // called like a list of words
  if (const auto odd = oddities().find(column.name); odd != oddities().end()) {
    sample.limits.insert(sample.limits.end(), odd->second.begin(), odd->second.end());
  }
  if (const auto maker = makers().find(column.name); maker != makers().end()) {
    sample.random = maker->second;
  }
  return sample;
}

TypeTable table_of(const std::string& name, const std::vector<SampleColumn>& columns) {
  TypeTable table{name, {}};
  for (const SampleColumn& column : columns) table.columns.push_back(sample_of(column));
  return table;
}

TypeSample named(const std::string& name, Values more = {}) {
  for (const auto* columns : {&scalar_columns(), &array_columns(), &structured_columns()}) {
    for (const SampleColumn& column : *columns) {
      if (column.name != name) continue;
      TypeSample sample = sample_of(column);
      sample.limits.insert(sample.limits.end(), more.begin(), more.end());
      return sample;
    }
  }
  return {};
}

TypeSample key_text(const std::string& type) {
  return {type,
          {{"''"}, {"'a'"}, {"'A'"}, {"'a '"}, {"'ä'"}, {"repeat('x', 1000)", kLongerTexts}},
          [](Dice& dice) { return quoted(random_text(dice, 20)); }};
}

bool has(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

TypeTable extension_types(const std::vector<std::string>& extensions) {
  TypeTable table{"extensions", {}};
  if (has(extensions, "hstore")) {
    table.columns.push_back(
        {"public.hstore", {{"''"}, {"'a=>NULL'"}, {"'\"a b\"=>\"\\\"\",c=>\"\"'"}}, [](Dice& dice) {
           return fmt::format("public.hstore({}, {})", quoted(random_text(dice, 9)),
                              quoted(random_text(dice, 9)));
         }});
  }
  if (has(extensions, "citext")) {
    table.columns.push_back({"public.citext", {{"''"}, {"'Aa'"}}, [](Dice& dice) {
                               return quoted(random_text(dice, 20));
                             }});
  }
  if (has(extensions, "ltree")) {
    table.columns.push_back({"public.ltree", {{"''"}, {"'a.b.c'"}}, {}});
  }
  return table;
}

std::vector<TypeTable> keyed() {
  const TypeSample value = named("small");
  return {{"key_text", {key_text("text"), value}, 1},
          {"key_varchar", {key_text("varchar"), named("middle"), value}, 2},
          {"key_octets",
           {{"bytea",
             {{"'\\x'"}, {"'\\x00'"}, {"decode(repeat('ff', 4001), 'hex')", kLongerValues}},
             [](Dice& dice) { return "'\\x" + dice.hex(dice.below(30)) + "'"; }},
            named("at"),
            value},
           2},
          {"key_number", {named("open_number"), named("big"), value}, 2},
          {"key_float", {named("twice"), named("truth"), value}, 2},
          {"key_date", {named("day"), named("instant"), value}, 2},
          {"key_stamp", {named("stamp"), named("feeling"), value}, 2},
          {"key_uuid", {named("uid"), named("address"), value}, 2},
          {"key_span", {named("span"), named("at_zone"), value}, 2},
          {"key_bits", {named("full_flags"), named("loose_flags"), value}, 2},
          {"key_name", {named("ident"), named("padded"), value}, 2},
          {"key_list", {named("numbers"), named("i4"), value}, 2},
          // Of any length as a value; as a key they would be longer than a target's key can be.
          {"key_document",
           {{"jsonb",
             {{"'{}'"}, {"'[1, \"a\", null]'"}, {"'-0.0'"}},
             [](Dice& dice) { return quoted("{\"n\": " + std::to_string(dice.below(100)) + "}"); }},
            named("mac"),
            value},
           2}};
}

}  // namespace

std::string postgres_type_definitions(const std::vector<std::string>& extensions) {
  std::string sql = "CREATE SCHEMA IF NOT EXISTS shop;\n";
  for (const std::string& extension : extensions) {
    sql += "CREATE EXTENSION IF NOT EXISTS " + extension + " SCHEMA public;\n";
  }
  return sql + kSampleTypes;
}

std::vector<TypeTable> postgres_type_tables(int version,
                                            const std::vector<std::string>& extensions) {
  std::vector<TypeTable> tables = {table_of("scalars", scalar_columns()),
                                   table_of("lists", array_columns()),
                                   table_of("shapes", structured_columns())};
  if (version >= 17) {
    tables.push_back({"intervals", {named("span", {{"'infinity'"}, {"'-infinity'"}})}});
  }
  TypeTable more = extension_types(extensions);
  if (!more.columns.empty()) tables.push_back(std::move(more));
  for (TypeTable& table : keyed()) tables.push_back(std::move(table));
  return tables;
}

}  // namespace tailrace::testing
