#include "core/result.h"

#include <memory>

#include <gtest/gtest.h>

namespace tailrace {
namespace {

Result<int> half(int value) {
  if (value % 2 != 0) return Error(ErrorKind::unsupported_value, "odd number").with("half");
  return value / 2;
}

TEST(Result, HoldsAValue) {
  const auto result = half(4);
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, 2);
}

TEST(Result, HoldsAnError) {
  const auto result = half(3);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind(), ErrorKind::unsupported_value);
}

TEST(Result, MovesWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 7);
}

TEST(Result, StatusIsOkByDefault) {
  const Status status;
  EXPECT_TRUE(status);
  const Status failed = Error(ErrorKind::busy, "lock wait");
  EXPECT_FALSE(failed);
}

TEST(Error, PrintsContextOutermostFirst) {
  const Error error = Error(ErrorKind::row_rejected, "duplicate key")
                          .native("1062/23000")
                          .with("table shop.orders")
                          .with("sink mail")
                          .hint("remove the row at the target");
  EXPECT_EQ(error.to_string(),
            "sink mail: table shop.orders: duplicate key [1062/23000]; hint: remove the row at the "
            "target");
}

}  // namespace
}  // namespace tailrace
