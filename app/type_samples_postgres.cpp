#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "app/type_samples.h"
#include "core/assert.h"
#include "extractors/postgres/builtin_types.h"
#include "extractors/postgres/column_plan.h"

namespace tailrace::app {
namespace {

namespace type_oid = postgres::type_oid;
using postgres::TypeKind;

// OIDs of the types that a database defines; any above those of the server's own.
constexpr std::uint32_t kMood = 20'001;
constexpr std::uint32_t kSpaced = 20'002;
constexpr std::uint32_t kAddress = 20'003;
constexpr std::uint32_t kCitext = 20'004;
constexpr std::uint32_t kHstore = 20'005;
constexpr std::uint32_t kDomain = 20'006;

// A database with one type of each kind.
class SampleCatalogue final : public postgres::Catalogue {
 public:
  Result<postgres::TypePtr> type(std::uint32_t oid) override {
    postgres::TypeFacts facts;
    facts.oid = oid;
    facts.schema = "public";
    facts.kind = TypeKind::base;
    switch (oid) {
      case kMood:
        facts.kind = TypeKind::enumeration;
        facts.labels = {"sad", "glad"};
        facts.name = "mood";
        break;
      case kSpaced:
        facts.kind = TypeKind::enumeration;
        facts.labels = {"a", "a "};
        facts.name = "spaced";
        break;
      case kAddress:
        facts.kind = TypeKind::composite;
        facts.name = "address";
        break;
      case kCitext:
        facts.name = "citext";
        break;
      case kHstore:
        facts.name = "hstore";
        break;
      case kDomain:
        facts.kind = TypeKind::domain;
        facts.name = "percent";
        facts.base = type_oid::int4;
        break;
      default:
        return Error(ErrorKind::schema_mismatch, fmt::format("no type has OID {}", oid));
    }
    facts.spelling = "public." + facts.name;
    return std::make_shared<const postgres::TypeFacts>(std::move(facts));
  }
  Result<std::optional<postgres::RelationFacts>> relation(std::uint32_t) override {
    return std::optional<postgres::RelationFacts>();
  }
  void forget(std::uint32_t) override {}
};

// Type modifiers, as the server packs them.
constexpr std::int32_t characters(std::int32_t length) {
  return length + 4;
}
constexpr std::int32_t digits(std::int32_t precision, std::int32_t scale) {
  return (precision << 16 | (scale & 0x7FF)) + 4;
}

TypeSample sample(std::uint32_t oid, std::int32_t modifier, std::vector<Probe> probes) {
  SampleCatalogue catalogue;
  auto plan = postgres::plan_column(oid, modifier, catalogue, {});
  TR_ASSERT(plan);
  TypeSample made = {plan->column.native_type, std::move(plan->column), std::move(probes)};
  made.defined = oid >= kMood && oid != kDomain;
  if (made.type == "bpchar") made.type = "character without length";
  if (oid == kDomain) made.type = "domain over integer";
  if (made.column.type == LogicalType::enumeration) {
    made.type += oid == kSpaced ? " (enum, a label ends with a space)" : " (enum)";
  }
  if (oid == kAddress) made.type += " (composite)";
  return made;
}

std::uint32_t named(std::string_view name) {
  for (const auto& type : postgres::builtin_types()) {
    if (type.name == name) return type.oid;
    if (name == "_" + std::string(type.name)) return type.array_oid;
  }
  TR_ASSERT(false);
  return 0;
}
TypeSample sample(std::string_view name, std::vector<Probe> probes) {
  return sample(named(name), -1, std::move(probes));
}

std::vector<Probe> text_probes() {
  return {{"empty", ""}, {"4-octet UTF-8", "\xF0\x9F\x98\x80"}, {"spaces at the end", "a "}};
}

std::vector<Probe> long_text_probes() {
  auto probes = text_probes();
  probes.push_back({"longer texts", std::string(1001, 'x')});
  return probes;
}

std::vector<Probe> float_probes(const char* greatest) {
  return {
      {"the greatest", greatest}, {"NaN", "NaN"}, {"\xC2\xB1Infinity", "Infinity"}, {"-0", "-0"}};
}

std::vector<Probe> date_probes(const std::string& rest, bool utc) {
  const std::string end = rest + (utc ? "Z" : "");
  return {{"\xC2\xB1infinity", "infinity"},
          {"years before 0000", "-0043-03-15" + end},
          {"the year 0001", "0001-01-01" + end},
          {"the year 9999", "9999-12-31" + end},
          {"years after 9999", "10000-01-01" + end}};
}

std::vector<TypeSample> numbers() {
  const std::string nines(36, '9');
  return {
      sample("bool", {{"true", "1"}, {"false", "0"}}),
      sample("int2", {{"the least", "-32768"}, {"the greatest", "32767"}}),
      sample("int4", {{"the least", "-2147483648"}, {"the greatest", "2147483647"}}),
      sample("int8", {{"the least", "-9223372036854775808"}, {"2^63-1", "9223372036854775807"}}),
      sample("oid", {{"the greatest", "4294967295"}}),
      sample(kDomain, -1, {{"the greatest", "2147483647"}}),
      sample(type_oid::numeric, digits(10, 2), {{"the least", "-99999999.99"}, {"NaN", "NaN"}}),
      sample(type_oid::numeric, digits(3, -2), {{"zeros in front of the point", "99900"}}),
      sample(type_oid::numeric, digits(3, 5), {{"zeros behind the point", "0.00999"}}),
      sample(type_oid::numeric, digits(100, 40),
             {{"100 digits", std::string(60, '9') + "." + std::string(40, '9')}, {"NaN", "NaN"}}),
      sample("numeric", {{"more than 35 digits before the point", nines},
                         {"more than 30 digits behind the point", "0." + nines},
                         {"35 and 30 digits", nines.substr(1) + "." + nines.substr(6)},
                         {"NaN", "NaN"},
                         {"\xC2\xB1Infinity", "-Infinity"}}),
      sample("money", {{"the least", "-92233720368547758.08"}}),
      sample("float4", float_probes("3.4028235e+38")),
      sample("float8", float_probes("1.7976931348623157e+308")),
  };
}

std::vector<TypeSample> texts() {
  return {
      sample(type_oid::bpchar, characters(5), {{"empty", ""}, {"any", "abcde"}}),
      sample(type_oid::bpchar, -1, long_text_probes()),
      sample(type_oid::varchar, characters(255), text_probes()),
      sample(type_oid::varchar, characters(20'000), long_text_probes()),
      sample("varchar", long_text_probes()),
      sample("text", long_text_probes()),
      sample("name", text_probes()),
      sample(kCitext, -1, long_text_probes()),
      sample("bytea", {{"empty", ""},
                       {"every octet", std::string("\0\xFF", 2)},
                       {"longer values", std::string(4001, 'x')}}),
      sample(kMood, -1, {{"a label", "glad"}, {"a label that was added later", "mad"}}),
      sample(kSpaced, -1, {{"a label with a space at its end", "a "}}),
  };
}

std::vector<TypeSample> temporals() {
  const std::string interval = "P14M3DT-4.000001S";
  return {
      sample("date", date_probes("", false)),
      sample(type_oid::timestamp, 3, date_probes(" 23:59:59.999", false)),
      sample("timestamp", date_probes(" 23:59:59.999999", false)),
      sample("timestamptz", date_probes(" 23:59:59.999999", true)),
      sample("time", {{"24:00:00", "24:00:00.000000"}, {"any", "23:59:59.999999"}}),
      sample("timetz", {{"any offset", "23:59:59.999999-15:59:59"}}),
      sample("interval", {{"signs that differ", interval}, {"\xC2\xB1infinity", "infinity"}}),
  };
}

std::vector<TypeSample> others() {
  const std::vector<Probe> big = {
      {"an object", "{\"a\": [1, null]}"},
      {"numbers that are neither of 64 bits nor a double", "[12345678901234567890123]"}};
  auto json = big;
  json.push_back({"the escape \\u0000", "\"\\u0000\""});
  const Probe bounds = {"lower bounds other than 1", "[0:1]={1,2}"};
  return {
      sample("uuid", {{"any", "00112233-4455-6677-8899-aabbccddeeff"},
                      {"UUIDs of version 8 to f without the standard variant",
                       "00112233-4455-8677-0899-aabbccddeeff"}}),
      sample("json", std::move(json)),
      sample("jsonb", big),
      sample("_int4", {{"NULL, two dimensions", "[[1,null],[2,3]]"}, bounds}),
      sample("_text", {{"quotes", "[\"a\\\"b\",null]"}, bounds}),
      sample("_numeric",
             {{"numbers that are neither of 64 bits nor a double", "[12345678901234567890123]"},
              bounds}),
      sample(type_oid::bit, 3, {{"zeros in front", "001"}}),
      sample(type_oid::bit, 100, {{"100 bits", std::string(100, '1')}}),
      sample(type_oid::varbit, 5, {{"none", ""}, {"zeros in front", "001"}}),
      sample("varbit", {{"none", ""}, {"zeros in front", "001"}}),
      sample("inet", {{"a network", "2001:db8::/32"}}),
      sample("cidr", {{"a network", "192.168.0.0/16"}}),
      sample("macaddr", {{"any", "08:00:2b:01:02:03"}}),
      sample("int4range", {{"any", "[1,5)"}, {"empty", "empty"}}),
      sample("int4multirange", {{"any", "{[1,5),[7,9)}"}}),
      sample("point", {{"any", "(1,2)"}}),
      sample("polygon", {{"any", "((0,0),(1,1),(1,0))"}}),
      sample("xml", {{"any", "<a/>"}, {"longer texts", std::string(1001, 'x')}}),
      sample("tsvector", {{"any", "'a':1"}, {"longer texts", std::string(1001, 'x')}}),
      sample("pg_lsn", {{"any", "16/B374D848"}}),
      sample(kHstore, -1, {{"NULL as value", "\"a\"=>NULL"}}),
      sample(kAddress, -1, {{"quotes", "(\"a \"\"b\"\"\",)"}}),
  };
}

}  // namespace

std::vector<TypeSample> postgres_type_samples() {
  std::vector<TypeSample> all;
  for (const auto& part : {numbers(), texts(), temporals(), others()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  // No primary key without an order.
  constexpr std::array kWithoutOrder = {"json", "point", "polygon", "xml"};
  for (TypeSample& one : all) {
    one.can_be_key =
        std::find(kWithoutOrder.begin(), kWithoutOrder.end(), one.type) == kWithoutOrder.end();
  }
  return all;
}

}  // namespace tailrace::app
