#include "clients/postgres/establish.h"

#include <gtest/gtest.h>

namespace tailrace::postgres {
namespace {

TEST(Establish, SettingsAreWrittenAsTheServerSplitsThem) {
  struct Case {
    std::vector<std::pair<std::string, std::string>> settings;
    std::string argument;
  };
  const std::vector<Case> cases = {
      {{}, ""},
      {{{"timezone", "UTC"}}, "-c timezone=UTC"},
      {{{"a", "1"}, {"b", "2"}}, "-c a=1 -c b=2"},
      {{{"datestyle", "ISO, MDY"}}, "-c datestyle=ISO,\\ MDY"},
      {{{"search_path", "a\\b\tc"}}, "-c search_path=a\\\\b\\\tc"},
      {{{"role", "it's"}}, "-c role=it's"},
  };
  for (const Case& one : cases) EXPECT_EQ(settings_argument(one.settings), one.argument);
}

}  // namespace
}  // namespace tailrace::postgres
