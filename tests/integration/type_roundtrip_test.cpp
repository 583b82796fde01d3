// The type contract: every type with its limits and with random values, copied and streamed, is the
// same at each target, equals the source, and comes back from there unchanged.
//
// TAILRACE_TEST_SEED repeats a run, TAILRACE_TEST_ROWS makes it longer.
#include <cstdlib>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/type_bed.h"
#include "tests/support/beds.h"
#include "tests/support/compare/compare.h"

namespace tailrace::testing {
namespace {

std::uint64_t number_from_environment(const char* name, std::uint64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::stoull(text);
}

class TypeRoundtrip : public ::testing::TestWithParam<Engine> {
 protected:
  bool missing() {
    if (bed_missing(why_unavailable(GetParam()))) return true;
    for (const Engine target : kTypeTargets) {
      if (bed_missing(why_unavailable(target))) return true;
    }
    return false;
  }

  void expect_equal_at(TypeBed& bed, Engine target) {
    SCOPED_TRACE("at " + name_of(target));
    EXPECT_EQ(bed.copied_against_streamed(target), "");
    const CompareReport report =
        compare_databases(bed.source_url(), bed.target_url(target),
                          {.tables = {TypeBed::schema_for(target) + ".*"}, .most_differences = 3});
    EXPECT_EQ(report.tables.size(), 2 * bed.tables().size());
    EXPECT_GT(report.source_rows(), bed.tables().size());
    EXPECT_TRUE(report.equal()) << describe(report);
  }
};

TEST_P(TypeRoundtrip, CopiedStreamedAndBack) {
  if (missing()) return;
  const TypeBedOptions options{
      .seed = number_from_environment("TAILRACE_TEST_SEED", std::random_device{}()),
      .rows = static_cast<int>(number_from_environment("TAILRACE_TEST_ROWS", 60))};
  std::printf("TAILRACE_TEST_SEED=%llu\n", static_cast<unsigned long long>(options.seed));
  SCOPED_TRACE("seed " + std::to_string(options.seed));
  TypeBed bed(GetParam(), options);
  EXPECT_EQ(bed.replicate(), "");
  for (const Engine target : kTypeTargets) expect_equal_at(bed, target);
  if (is_postgres(GetParam())) {
    EXPECT_EQ(bed.differences_after_way_back(Engine::mysql), "");
  } else {
    EXPECT_EQ(bed.differences_after_way_back(Engine::postgres18), "");
  }
}

INSTANTIATE_TEST_SUITE_P(Sources, TypeRoundtrip,
                         ::testing::Values(Engine::mariadb, Engine::mysql, Engine::postgres18),
                         [](const auto& instance) { return name_of(instance.param); });

}  // namespace
}  // namespace tailrace::testing
