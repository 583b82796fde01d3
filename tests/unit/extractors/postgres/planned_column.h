#pragma once

// A column's plan and what it makes of a value, for tables of cases.

#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "extractors/postgres/builtin_types.h"
#include "extractors/postgres/column_plan.h"

namespace tailrace::postgres {

// Types that a test made up.
class MadeUpCatalogue final : public Catalogue {
 public:
  void add(TypeFacts facts) {
    const std::uint32_t oid = facts.oid;
    types_[oid] = std::make_shared<const TypeFacts>(std::move(facts));
  }
  Result<TypePtr> type(std::uint32_t oid) override {
    const auto known = types_.find(oid);
    if (known == types_.end()) return Error(ErrorKind::schema_mismatch, "no such type");
    return known->second;
  }
  Result<std::optional<RelationFacts>> relation(std::uint32_t) override {
    return std::optional<RelationFacts>();
  }
  void forget(std::uint32_t) override {}

 private:
  std::map<std::uint32_t, TypePtr> types_;
};

// The canonical bytes, or "refused". The wire bytes are copied to memory of just their size, so
// that the address sanitizer sees a read beyond.
class PlannedColumn {
 public:
  explicit PlannedColumn(std::uint32_t oid, std::int32_t modifier = -1, DecodeContext context = {})
      : PlannedColumn(oid, modifier, nothing(), context) {}
  PlannedColumn(std::uint32_t oid, std::int32_t modifier, Catalogue& catalogue,
                DecodeContext context = {})
      : plan_(plan_column(oid, modifier, catalogue, context).value()) {}

  const Column& column() const { return plan_.column; }
  bool reads_binary() const { return plan_.reads_binary; }
  std::string text(std::string_view wire) const {
    const Copy copy(wire);
    ByteWriter out;
    return plan_.decoder->text(copy.view(), out) ? std::string(out.text()) : "refused";
  }
  std::string binary(std::string_view wire) const {
    const Copy copy(wire);
    ByteWriter out;
    return plan_.decoder->binary(copy.view(), out) ? std::string(out.text()) : "refused";
  }

 private:
  class Copy {
   public:
    explicit Copy(std::string_view wire) : size_(wire.size()), bytes_(new char[wire.size()]) {
      if (size_ > 0) std::memcpy(bytes_.get(), wire.data(), size_);
    }
    std::string_view view() const { return {bytes_.get(), size_}; }

   private:
    std::size_t size_;
    std::unique_ptr<char[]> bytes_;
  };
  static MadeUpCatalogue& nothing() {
    static MadeUpCatalogue catalogue;
    return catalogue;
  }

  ColumnPlan plan_;
};

}  // namespace tailrace::postgres
