#include "extractors/postgres/lsn.h"

#include <gtest/gtest.h>

namespace tailrace::postgres {
namespace {

TEST(Lsn, ReadsBothPaddings) {
  EXPECT_EQ(Lsn::parse("0/16B3748"), Lsn{0x16B3748});
  EXPECT_EQ(Lsn::parse("0/016B3748"), Lsn{0x16B3748});
  EXPECT_EQ(Lsn::parse("A/1"), Lsn{0xA00000001});
  EXPECT_EQ((Lsn{0xA00000001}).to_string(), "A/1");
}

TEST(Lsn, RefusesWhatIsNone) {
  for (const char* text : {"", "/", "0/", "/1", "0/1x", "1", "0/123456789", "-1/0", " 0/1"}) {
    EXPECT_FALSE(Lsn::parse(text)) << text;
  }
}

TEST(WalPosition, CarriesItsTimeline) {
  const WalPosition position{Lsn{0x16B3748}, 2};
  EXPECT_EQ(position.to_position().text, "0/16B3748@2");
  EXPECT_EQ(WalPosition::parse(Position{"0/16B3748@2"}).value(), position);
  EXPECT_EQ(WalPosition::parse(Position{"0/16B3748"}).value().timeline, 0U);
  for (const char* text : {"0/1@", "0/1@0", "0/1@x", "@1", "0-1-2"}) {
    EXPECT_EQ(WalPosition::parse(Position{text}).error().kind(), ErrorKind::invalid_config) << text;
  }
}

}  // namespace
}  // namespace tailrace::postgres
