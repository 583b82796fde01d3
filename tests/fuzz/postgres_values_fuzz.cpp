// Feeds arbitrary bytes to the readers of PostgreSQL's built-in types. Input: which type (one byte,
// an index into builtin_types()), 1 for its array, the type modifier (one byte), and the value.

#include <cstdint>
#include <optional>

#include "extractors/postgres/builtin_types.h"
#include "extractors/postgres/column_plan.h"

namespace tailrace::postgres {
namespace {

// Built-in types need none.
class NoCatalogue final : public Catalogue {
 public:
  Result<TypePtr> type(std::uint32_t) override {
    return Error(ErrorKind::schema_mismatch, "no such type");
  }
  Result<std::optional<RelationFacts>> relation(std::uint32_t) override {
    return std::optional<RelationFacts>();
  }
  void forget(std::uint32_t) override {}
};

}  // namespace
}  // namespace tailrace::postgres

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tailrace;
  using namespace tailrace::postgres;
  if (size < 3) return 0;
  const auto types = builtin_types();
  const BuiltinType& type = types[data[0] % types.size()];
  const bool as_array = data[1] == 1 && type.array_oid != 0;
  NoCatalogue catalogue;
  const auto modifier = static_cast<std::int32_t>(static_cast<std::int8_t>(data[2]));
  const auto plan =
      plan_column(as_array ? type.array_oid : type.oid, modifier, catalogue, DecodeContext{});
  if (!plan) return 0;
  const std::string_view wire(reinterpret_cast<const char*>(data + 3), size - 3);
  ByteWriter out;
  static_cast<void>(plan->decoder->text(wire, out));
  out.clear();
  static_cast<void>(plan->decoder->binary(wire, out));
  return 0;
}
