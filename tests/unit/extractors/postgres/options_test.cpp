#include "extractors/postgres/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tailrace::postgres {
namespace {

using ::testing::ElementsAre;
using ::testing::MatchesRegex;

TEST(SourceOptions, SlotIsNamedAfterThePipeline) {
  EXPECT_EQ(default_slot_name("accounts"), "tailrace_accounts");
  EXPECT_EQ(default_slot_name("a_1"), "tailrace_a_1");
  // As long as it fits exactly.
  EXPECT_EQ(default_slot_name(std::string(54, 'a')), "tailrace_" + std::string(54, 'a'));
}

TEST(SourceOptions, NamesThatDoNotFitGetAHash) {
  for (const std::string& pipeline :
       {std::string("Accounts"), std::string("my-shop"), std::string("Bücher"),
        std::string(55, 'a'), std::string(300, 'b')}) {
    const std::string name = default_slot_name(pipeline);
    EXPECT_THAT(name, MatchesRegex("tailrace_[a-z0-9_]*_[0-9a-f]{8}")) << pipeline;
    EXPECT_LE(name.size(), 63u) << pipeline;
  }
  // Servers keep slots under these names: they may never change.
  EXPECT_EQ(default_slot_name("my-shop"), "tailrace_my_shop_b420dffa");
}

TEST(SourceOptions, NoTwoPipelinesShareASlot) {
  EXPECT_NE(default_slot_name("my-shop"), default_slot_name("my_shop"));
  EXPECT_NE(default_slot_name("my-shop"), default_slot_name("my.shop"));
  EXPECT_NE(default_slot_name("Shop"), default_slot_name("shop"));
  EXPECT_NE(default_slot_name(std::string(80, 'a')), default_slot_name(std::string(81, 'a')));
}

TEST(SourceOptions, NamedSlotAndPublicationsWin) {
  PostgresSourceOptions options;
  options.pipeline = "shop";
  EXPECT_EQ(options.slot_name(), "tailrace_shop");
  EXPECT_THAT(options.publication_names(), ElementsAre("tailrace_shop"));
  EXPECT_TRUE(options.owns_publication());
  options.slot = "mine";
  options.publications = {"p1", "p2"};
  EXPECT_EQ(options.slot_name(), "mine");
  EXPECT_THAT(options.publication_names(), ElementsAre("p1", "p2"));
  EXPECT_FALSE(options.owns_publication());
}

}  // namespace
}  // namespace tailrace::postgres
