#include "tests/support/replication/odd_values.h"

#include <algorithm>
#include <array>
#include <map>

namespace tailrace::testing {
namespace {

bool begins(const std::string& text, const char* prefix) {
  return text.starts_with(prefix);
}

// Most are written alike whatever the type.
const std::map<std::string, OddValue>& of_mysql() {
  static const std::map<std::string, OddValue> kValues = {
      {"the error value (index 0)", {"'no such label'"}},
      {"the date 0000-00-00", {"'0000-00-00'"}},
      {"dates with month or day 00", {"'2024-00-10'"}},
      {"dates that no calendar has", {"'2023-02-30'"}},
      {"the character NUL", {"'a\\0b'"}},
      {"longer texts", {"REPEAT('x', 1001)"}},
      {"longer values", {"REPEAT('x', 4001)"}},
      {"the escape \\u0000", {"'[\"\\\\u0000\"]'"}},
      {"numbers of more than 64 bits", {"'[18446744073709551616]'"}},
  };
  return kValues;
}

const std::map<std::string, OddValue>& of_postgres() {
  static const std::map<std::string, OddValue> kValues = {
      {"NaN", {"'NaN'"}},
      {"±infinity", {"'infinity'", "9999-12-31"}},
      {"years before 0000", {"'0044-03-15 BC'", "1000-01-01"}},
      {"years after 9999", {"'10000-01-01'", "9999-12-31"}},
      {"more than 35 digits before the point", {"1e35"}},
      {"more than 30 digits behind the point", {"1e-31"}},
      {"longer texts", {"repeat('x', 1001)"}},
      {"longer values", {"decode(repeat('ff', 4001), 'hex')"}},
      {"a label that was added later",
       {"'later'", "", "ALTER TYPE public.mood ADD VALUE IF NOT EXISTS 'later'"}},
      {"UUIDs of version 8 to f without the standard variant",
       {"'fa76b476-bb15-8396-07c7-3eceed77a497'"}},
      {"lower bounds other than 1", {"'[0:1]={1,2}'"}},
  };
  return kValues;
}

}  // namespace

const char* const kOddTypes = R"(
  CREATE TYPE public.mood AS ENUM ('sad', 'glad');
  CREATE TYPE public.spaced AS ENUM ('a', 'a ');
  CREATE TYPE public.address AS (street text, number integer);
)";

std::optional<OddValue> odd_value(SqlFamily family, const std::string& type,
                                  const std::string& label) {
  if (family == SqlFamily::postgres) {
    if (label == "±Infinity") {
      if (type == "real") return OddValue{"'Infinity'", "3.4028"};
      if (type == "double precision") return OddValue{"'Infinity'", "1.797693134862315"};
      return OddValue{"'Infinity'", "99999999999999999999999999999999999.999999999999999999999999"};
    }
    if (label == "numbers that are neither of 64 bits nor a double") {
      return OddValue{type == "numeric[]" ? "'{12345678901234567890123}'"
                                          : "'[12345678901234567890123]'"};
    }
    // Those of the types with a time of day have one.
    if (type.starts_with("timestamp") && label.starts_with("years ")) {
      OddValue value = of_postgres().at(label);
      value.sql = label.ends_with("0000") ? "'0044-03-15 23:59:59 BC'" : "'10000-01-01 00:00:00'";
      return value;
    }
    if (type == "xml" || type == "tsvector") {
      if (label == "longer texts") return OddValue{"repeat('x', 1001)::" + type};
    }
  }
  const auto& known = family == SqlFamily::mysql ? of_mysql() : of_postgres();
  const auto found = known.find(label);
  return found == known.end() ? std::nullopt : std::optional(found->second);
}

std::string column_definition(const std::string& type) {
  if (type == "character without length") return "bpchar";
  const std::string definition = type.substr(0, type.find(" ("));
  // MySQL would give the first TIMESTAMP of a table a default that it refuses.
  return begins(definition, "timestamp(6)") ? definition + " NULL" : definition;
}

std::string key_definition(SqlFamily family, const std::string& type) {
  if (family == SqlFamily::postgres) {
    constexpr std::array kWithoutOrder = {"json", "xml", "point", "polygon"};
    const bool none =
        std::find(kWithoutOrder.begin(), kWithoutOrder.end(), type) != kWithoutOrder.end();
    return none ? "" : "(c)";
  }
  if (type == "json" || type == "geometry" || type == "point" || begins(type, "vector")) return "";
  if (type == "tinytext" || type == "tinyblob") return "(c(60))";
  if (type.find("text") != std::string::npos || type == "varchar(16000)") return "(c(700))";
  return type.ends_with("blob") ? "(c(3000))" : "(c)";
}

}  // namespace tailrace::testing
